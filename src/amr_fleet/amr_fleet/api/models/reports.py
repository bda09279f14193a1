"""Figures of a period (definitions: docs/kpis.md). s, m, Wh, shares 0..1; null = cannot be said."""

from __future__ import annotations

from amr_fleet.api.models.alarms import Note
from amr_fleet.api.models.base import Answer
from amr_fleet.api.models.words import RobotUse
from amr_fleet.report.trends import TrendStep


class Period(Answer):
    """begin <= t < end in fleet seconds. shift: 1, 2 or 3, 0 when it is not one shift."""

    begin: float
    end: float
    shift: int


class Shifts(Answer):
    """The shifts that the journal touches, newest first."""

    shifts: list[Period]


class Spread(Answer):
    """How many, mean with the half width of its 95 % interval, median, 95th percentile, longest."""

    n: int
    mean: float | None
    ci95: float | None
    p50: float | None
    p95: float | None
    longest: float | None


class Technical(Answer):
    """Stops, docking, links, cameras and loads. off in m, turn in degrees, links and camera_zones in s."""

    protective_stops: int
    emergency_stops: int
    halts: int
    off: Spread
    turn: Spread
    links: Spread
    state_age_p99: float | None
    camera_zones: Spread
    labels_read: int
    wrong_loads: int


class Flow(Answer):
    """Orders from places of one kind to places of another."""

    pick_kind: str
    drop_kind: str
    created: int
    done: int
    service: Spread


class RobotFigures(Answer):
    """One robot. seconds: by use; total: all of them."""

    robot: str
    done: int
    seconds: dict[RobotUse, float]
    metres: float
    metres_loaded: float
    soc_min: float | None
    soc_used: float
    interventions: int
    faults: int
    total: float
    availability: float | None


class Hour(Answer):
    """Orders created and delivered in the hour that begins at `begin`."""

    begin: float
    created: int
    done: int


class RobotTrend(Answer):
    """A robot in one stretch. availability: share of its time; soc_min: lowest charge, 0..1."""

    robot: str
    done: int
    availability: float | None
    soc_min: float | None
    soc_used: float
    faults: int
    interventions: int


class TrendPoint(Answer):
    """A day or week: begin <= t < end in fleet seconds, of which the journal knows so many hours.

    late: of with_deadline orders that ended, so many were not done in time; waits: seconds by wait code.
    """

    begin: float
    end: float
    hours: float
    created: int
    done: int
    per_hour: float | None
    service_p95: float | None
    with_deadline: int
    late: int
    wait_share: float | None
    waits: dict[str, float]
    availability: float | None
    faults: int
    interventions: int
    robots: list[RobotTrend]


class Trends(Answer):
    """The last days or weeks that the journal touches, oldest first."""

    step: TrendStep
    points: list[TrendPoint]


class Report(Answer):
    """All figures of one period. covered: what the journal knows of it; digest: SHA-256 of its entries.

    waits: seconds by wait code; alarms: how many by alarm code.
    """

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
    energy_wh: float
    technical: Technical
    alarms: dict[str, int]
    waits: dict[str, float]
    flows: list[Flow]
    robots: list[RobotFigures]
    hours: list[Hour]
    notes: list[Note]
    seconds: dict[RobotUse, float]
    metres: float
    metres_loaded: float
    per_hour: float | None
    wait_share: float | None
    availability: float | None
    mtbf: float | None
    missions_between: float | None
    interventions_per_100_km: float | None
    wh_per_order: float | None
    protective_stops_per_100_h: float | None
