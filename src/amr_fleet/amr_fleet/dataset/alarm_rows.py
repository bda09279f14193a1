"""Fold of alarms and of restrictions. What a person did loses its exact time here; see `anonymise`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from amr_core.errors import Fact
from amr_fleet.dataset.release import SYSTEMS, DatasetRelease, Made, number
from amr_fleet.domain.events import JournalEntry
from amr_fleet.vocabulary import ALARM_CODES

KINDS: Final = frozenset({"alarm_raised", "alarm_acked", "alarm_cleared", "zone_set", "zone_cleared"})
_CODES: Final = frozenset(ALARM_CODES)
_ZONE_CODES: Final = ("camera.person", "camera.vehicle", "camera.blind")
_ZONE_KINDS: Final = frozenset({"closed", "hold", "slow"})


@dataclass
class _Raised:
    t: float
    code: str
    robot: str
    order: str
    acked: float | None = None


@dataclass
class _Restriction:
    t: float
    facts: dict[str, Fact]


def ended_by_person(acked: float | None, cleared: float | None) -> bool:
    """Return whether a person's acknowledgement ended an alarm: then the moment of its end is the person's."""
    return acked is not None and cleared is not None and cleared - acked < 1.0


def source_of(facts: dict[str, Fact]) -> str:
    """Return who set a restriction: camera, person or system."""
    if str(facts.get("code", "")).startswith("camera.") or facts.get("user") == "camera":
        return "camera"
    return "system" if str(facts.get("user") or "") in SYSTEMS else "person"


@dataclass
class AlarmRows:
    """`take` entries of KINDS in journal order, then `finish`. It remembers what is open."""

    release: DatasetRelease
    _alarms: dict[str, _Raised] = field(default_factory=dict)
    _zones: dict[str, _Restriction] = field(default_factory=dict)

    def take(self, entry: JournalEntry) -> Iterator[Made]:
        """Yield what is complete now."""
        f = entry.facts
        if entry.kind == "zone_set":
            zone = str(f.get("zone"))
            yield from self._lift(zone, entry.t)
            self._zones[zone] = _Restriction(entry.t, dict(f))
        elif entry.kind == "zone_cleared":
            yield from self._lift(str(f.get("zone")), entry.t)
        elif entry.kind == "alarm_raised":
            alarm = str(f.get("alarm"))
            self._alarms[alarm] = _Raised(entry.t, str(f.get("code")), entry.robot, entry.order_id)
        elif (raised := self._alarms.get(str(f.get("alarm")))) is not None:
            if entry.kind == "alarm_acked":
                raised.acked = entry.t
            else:
                yield from self._end(str(f.get("alarm")), entry.t)

    def finish(self) -> Iterator[Made]:
        """Yield what is still open."""
        for alarm in list(self._alarms):
            yield from self._end(alarm, None)
        for zone in list(self._zones):
            yield from self._lift(zone, None)

    def _end(self, alarm: str, t: float | None) -> Iterator[Made]:
        a, r = self._alarms.pop(alarm), self.release
        if not r.stretch.holds(a.t):
            return
        by_person = ended_by_person(a.acked, t)
        yield "alarms", {
            "alarm": r.names.name("alarm", f"{alarm} {a.t}"), "code": a.code if a.code in _CODES else "other",
            "robot": r.robot(a.robot), "order": r.order(a.order), "raised": r.time(a.t),
            "cleared": None if by_person else r.time(t), "origin": r.origin,
        }  # fmt: skip

    def _lift(self, zone: str, t: float | None) -> Iterator[Made]:
        z, r = self._zones.pop(zone, None), self.release
        if z is None or not r.stretch.holds(z.t):
            return
        source, code, kind = source_of(z.facts), str(z.facts.get("code")), str(z.facts.get("zone_kind"))
        person = source == "person"
        speed = number(z.facts.get("max_speed"))
        yield "zones", {
            "zone": r.names.name("zone", f"{zone} {z.t}"), "kind": kind if kind in _ZONE_KINDS else "hold",
            "source": source, "code": next((c for c in _ZONE_CODES if code.startswith(c)), "other"),
            "max_speed": speed if kind == "slow" and speed > 0 else None,
            "begin": r.time(r.coarse(z.t) if person else z.t),
            "seconds": None if person or t is None else round(t - z.t, 1), "origin": r.origin,
        }  # fmt: skip
