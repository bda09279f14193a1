"""The figures of one period as plain frozen values. Times in s, lengths in m, shares 0..1; None = cannot be said."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from amr_fleet.report.period import Period

USES = ("loaded", "empty", "wait", "charge", "fault", "paused", "offline", "idle")


@dataclass(frozen=True)
class Spread:
    """A set of durations: how many, mean with the half width of its 95 % interval, median, 95th percentile, longest."""

    n: int = 0
    mean: float | None = None
    ci95: float | None = None
    p50: float | None = None
    p95: float | None = None
    longest: float | None = None

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of values; percentiles are nearest-rank, so each is a value that occurred."""
        if not values:
            return cls()
        ordered = sorted(values)
        n = len(ordered)
        mean = math.fsum(ordered) / n
        ci95 = 1.96 * math.sqrt(math.fsum((v - mean) ** 2 for v in ordered) / (n - 1) / n) if n > 1 else None
        rank = [ordered[max(0, math.ceil(q * n) - 1)] for q in (0.5, 0.95)]
        return cls(n, mean, ci95, rank[0], rank[1], ordered[-1])


@dataclass(frozen=True, kw_only=True)
class FlowFigures:
    """Orders from places of one kind to places of another."""

    pick_kind: str
    drop_kind: str
    created: int
    done: int
    service: Spread


@dataclass(frozen=True, kw_only=True)
class RobotFigures:
    """One robot. seconds: by use (USES)."""

    robot: str
    done: int
    seconds: Mapping[str, float]
    metres: float
    metres_loaded: float
    soc_min: float | None
    soc_used: float
    interventions: int
    faults: int

    @property
    def total(self) -> float:
        """Counted time."""
        return math.fsum(self.seconds.values())

    @property
    def availability(self) -> float | None:
        """Share of the counted time without fault and with a link."""
        total = self.total
        down = self.seconds.get("fault", 0.0) + self.seconds.get("offline", 0.0)
        return 1.0 - down / total if total > 0 else None


@dataclass(frozen=True)
class HourFigures:
    """Orders created and delivered in the hour (or what the period has of it) that begins at `begin`."""

    begin: float
    created: int
    done: int


@dataclass(frozen=True)
class Note:
    """What a person left for the next shift, at a fleet second."""

    t: float
    user: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Technical:
    """Stops, docking, links, cameras and loads.

    off (m), turn (degrees): of a robot to its station when a load changed hands, by its own localisation;
    links: how long lost ones were lost; state_age_p99: an upper bound in s;
    camera_zones: how long cameras slowed or held robots somewhere; wrong_loads: labels that were not the order's.
    """

    protective_stops: int = 0
    emergency_stops: int = 0
    halts: int = 0
    off: Spread = Spread()
    turn: Spread = Spread()
    links: Spread = Spread()
    state_age_p99: float | None = None
    camera_zones: Spread = Spread()
    labels_read: int = 0
    wrong_loads: int = 0


@dataclass(frozen=True, kw_only=True)
class Report:
    """All figures of one period. covered: the part of it that the journal knows; digest: SHA-256 of its entries."""

    site: str
    name_vi: str
    name_en: str
    period: Period
    covered: Period
    digest: str
    created: int
    done: int
    cancelled: int
    failed: int
    open_at_end: int
    service: Spread
    allocation: Spread
    with_deadline: int
    on_time: int
    missions: int
    deadlocks: int
    interventions: int
    attempts_failed: int
    faults: int
    repair: Spread
    charges: int
    energy_wh: float = 0.0
    technical: Technical = Technical()
    alarms: Mapping[str, int] = field(default_factory=dict)
    waits: Mapping[str, float] = field(default_factory=dict)
    flows: Sequence[FlowFigures] = ()
    robots: Sequence[RobotFigures] = ()
    hours: Sequence[HourFigures] = ()
    notes: Sequence[Note] = ()

    @property
    def per_hour(self) -> float | None:
        """Delivered orders per hour of covered time."""
        return self.done / self.covered.hours if self.covered.hours > 0 else None

    @property
    def seconds(self) -> dict[str, float]:
        """Time of all robots by use."""
        return {use: math.fsum(r.seconds.get(use, 0.0) for r in self.robots) for use in USES}

    @property
    def metres(self) -> float:
        """Distance of all robots."""
        return math.fsum(r.metres for r in self.robots)

    @property
    def metres_loaded(self) -> float:
        """Distance of all robots with a load on board."""
        return math.fsum(r.metres_loaded for r in self.robots)

    @property
    def wait_share(self) -> float | None:
        """Waiting as a share of the time at work (loaded, empty, waiting)."""
        s = self.seconds
        return _ratio(s["wait"], s["wait"] + s["loaded"] + s["empty"])

    @property
    def availability(self) -> float | None:
        """Share of all robots' time without fault and with a link."""
        s = self.seconds
        total = math.fsum(s.values())
        return 1.0 - (s["fault"] + s["offline"]) / total if total > 0 else None

    @property
    def mtbf(self) -> float | None:
        """Mean time between failures: up time per fault."""
        s = self.seconds
        up = math.fsum(s.values()) - s["fault"] - s["offline"]
        return _ratio(up, self.faults)

    @property
    def missions_between(self) -> float | None:
        """Mean missions before an intervention (MMBI)."""
        return _ratio(self.missions, self.interventions)

    @property
    def wh_per_order(self) -> float | None:
        """Energy taken from the batteries per delivered order."""
        return _ratio(self.energy_wh, self.done)

    @property
    def protective_stops_per_100_h(self) -> float | None:
        """Protective stops per 100 h of robots with a link."""
        s = self.seconds
        return _ratio(self.technical.protective_stops * 360_000.0, math.fsum(s.values()) - s["offline"])

    @property
    def interventions_per_100_km(self) -> float | None:
        """Interventions per 100 km."""
        return _ratio(self.interventions * 1e5, self.metres)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
