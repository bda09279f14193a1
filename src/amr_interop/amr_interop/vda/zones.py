"""Zones of the fleet on a robot of 3.0: closed is BLOCKED, on hold is RELEASE, slow is SPEED_LIMIT (3.0, 6.4).

A zone set never changes: other zones are another set with another id. It is sent, enabled, and the one before deleted,
each step when the robot shows the last one. Only robots get one whose factsheet names the kinds of its zones. Nobody
enters an area on hold: who asks is queued; who is inside gets a short lease that is renewed, so that it can leave. What
is closed is told to a robot that is neither inside nor released to go there: it would have to stop for good.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal, cast

from amr_interop.vda import encode, ids
from amr_interop.vda.floors import LevelMap
from amr_interop.vda.messages import Factsheet, WireState
from amr_interop.vda.reading import Record, invalid, parse
from amr_interop.vda.sent import Sent, SentBook
from amr_interop.vda.versions import V3_0

SiteZoneKind = Literal["closed", "hold", "slow"]
# two renewals may be lost (tests/unit/test_vda_zone_leases.py); longer, who lost its link stays as long inside
LEASE_S, RENEW_S = 10.0, 3.0
_SKEW_S: Final = 5.0
"""A lease ends by the robot's clock: one that is further off gets none."""
_AWAY_M: Final = 0.86
"""At least so far from a closed area no part of a robot is in it, however it turns: half its diagonal."""
_WITHIN_M: Final = 0.62
"""At most so near to an area on hold a part of a robot must be in it: half its narrower side."""
_STEP_M: Final = 0.3  # below half of _WITHIN_M: no area that it would have to enter lies between two points
_AGAIN_S: Final = 10.0  # chosen: a robot that answered FAILED will again; more often fills its list of actions
_SETTLE_S: Final = 2.0
"""A robot at a border does not get a set with every step."""
_TYPES: Final[Mapping[str, str]] = {"closed": "BLOCKED", "hold": "RELEASE", "slow": "SPEED_LIMIT"}
Ask = Callable[[str, Mapping[str, object]], bool]
"""Asks the robot for an instant action; False: not now, another of its type is out and not shown."""


@dataclass(frozen=True)
class SiteZone:
    """A restriction of the fleet: its corners (m) counter-clockwise; max_speed (m/s) where it is slow."""

    zone_id: str
    kind: SiteZoneKind
    corners: tuple[tuple[float, float], ...]
    max_speed: float = 0.0


def zones_of(text: str) -> tuple[SiteZone, ...]:
    """Return the zones in what the fleet says; message.invalid for anything else. Those without an area stay out."""
    found = []
    for record in parse("zones", text.encode()).children("zones"):
        points = record.values.get("polygon")
        if not isinstance(points, list):
            raise record.fail("polygon", "is not a list")
        corners = tuple(_corner(record, point) for point in points)
        kind = cast(SiteZoneKind, record.word("kind", tuple(_TYPES)))
        speed = record.number("max_speed", 0.0)
        if kind == "slow" and speed <= 0.0:
            raise record.fail("max_speed", "is not above zero")
        area = _area(corners)
        if abs(area) > 0.0:
            turned = corners if area > 0.0 else corners[::-1]
            found.append(SiteZone(record.text("zone_id"), kind, turned, speed))
    return tuple(found)


def _corner(record: Record, point: object) -> tuple[float, float]:
    if not (isinstance(point, list) and len(point) == 2 and all(type(v) in (int, float) for v in point)):
        raise invalid("zones", f"{record.path}polygon has a corner that is not two numbers")
    x, y = map(float, point)
    if not (math.isfinite(x) and math.isfinite(y)):
        raise invalid("zones", f"{record.path}polygon is not finite")
    return x, y


def _area(corners: Sequence[tuple[float, float]]) -> float:
    """Return the area (m2), above zero when the corners go counter-clockwise."""
    around = [*corners, *corners[:1]]
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(around)) / 2.0


class ZoneDesk:
    """What one robot is told of zones. wanted: those of the fleet now, None while nothing was said of them.

    ahead: see `Master.set_clock`.
    """

    def __init__(self, book: SentBook, floor: LevelMap) -> None:
        self.wanted: tuple[SiteZone, ...] | None = None
        self.ahead = 0.0
        self._book = book
        self._map, self._floor = floor.map_id, floor
        self._set: tuple[str, tuple[SiteZone, ...]] | None = None
        self._sent_at = self._made_at = -1e9
        self._answered: dict[str, tuple[str, float]] = {}
        self._asked: tuple[str, str, float] = ("", "", -1e9)
        self._within = _WITHIN_M
        self._weighed: tuple[object, ...] = ()
        self._open: tuple[SiteZone, ...] = ()

    def step(
        self, now: float, state: WireState, sheet: Factsheet, wait: float, skew: float, ask: Ask
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield topics and messages. wait: s until something is said again; skew: s that the robot's clock is off.

        ask: asks the robot for an instant action. The book must be kept when something was yielded.
        """
        narrow = min(sheet.length, sheet.width) / 2.0
        self._within = min(_WITHIN_M, narrow) if narrow > 0.0 else _WITHIN_M
        if answers := self._answers(now, state, wait, skew):
            yield "responses", {"responses": answers}
        if self.wanted is None or not sheet.zones:
            return
        here = self._here(state, sheet, self.wanted)
        if (self._set is None or self._set[1] != here) and now - self._made_at >= _SETTLE_S:
            if self._set is None and not here and not self._ours(state):
                return
            self._book.zone_sets += 1
            self._made_at = now
            self._set, self._sent_at = (f"{self._prefix}{self._book.zone_sets}", here), -1e9
        if self._set is not None:
            yield from self._transfer(now, state, wait, ask)

    def _here(self, state: WireState, sheet: Factsheet, wanted: tuple[SiteZone, ...]) -> tuple[SiteZone, ...]:
        """Return the zones that the robot may hear of, weighed when something came: there are ten steps a second."""
        sent = self._book.sent
        weighed = (state, sheet, wanted, sent, "" if sent is None else sent.ended)
        if len(self._weighed) != len(weighed) or any(a is not b for a, b in zip(weighed, self._weighed, strict=True)):
            way, away = _way(state, sent), max(_AWAY_M, math.hypot(sheet.length, sheet.width) / 2.0)
            self._open = tuple(z for z in wanted if _TYPES[z.kind] in sheet.zones and not _traps(z, way, away))
            self._weighed = weighed
        return self._open

    @property
    def _prefix(self) -> str:
        return f"{ids.safe(self._map)}-{self._book.mark}-"

    def owns(self, zone_set: str) -> bool:
        """Return whether a zone set is one of this map."""
        return zone_set.startswith(self._prefix)

    def _ours(self, state: WireState) -> list[str]:
        return [s.id for s in state.zone_sets if s.map_id == self._map and self.owns(s.id)]

    def _transfer(
        self, now: float, state: WireState, wait: float, ask: Ask
    ) -> Iterator[tuple[str, dict[str, Any]]]:  # fmt: skip
        assert self._set is not None
        name, zones = self._set
        shown = next((s for s in state.zone_sets if s.id == name), None)
        if shown is None:
            if now - self._sent_at >= max(wait, _AGAIN_S if self._sent_at > 0.0 else 0.0):
                self._sent_at = now
                told = [_zone(zone, self._floor) for zone in zones]
                yield "zoneSet", {"zoneSet": {"mapId": self._map, "zoneSetId": name, "zones": told}}
        elif not shown.enabled:
            self._ask(now, "enableZoneSet", name, ask)
        elif old := [other for other in self._ours(state) if other != name]:
            self._ask(now, "deleteZoneSet", old[0], ask)

    def _ask(self, now: float, action: str, zone_set: str, ask: Ask) -> None:
        """Ask for an action; for the same one only now and then: a robot that answers FAILED will do so again."""
        due = self._asked[:2] != (action, zone_set) or now - self._asked[2] >= _AGAIN_S
        if due and ask(action, {"zoneSetId": zone_set}):
            self._asked = action, zone_set, now

    def _answers(self, now: float, state: WireState, wait: float, skew: float) -> list[dict[str, Any]]:
        """Return answers to what the robot asks. Corridors are never sent, so none is given either."""
        asked = {r.id for r in state.requests}
        self._answered = {k: v for k, v in self._answered.items() if k in asked}
        found = []
        for request in state.requests:
            if request.status not in ("REQUESTED", "QUEUED", "GRANTED"):
                continue
            word = self._word(request.kind, request.zone_id, request.zone_set, state, skew)
            if request.status == "GRANTED" and word != "GRANTED":
                continue  # it leaves, or its lease ends by itself
            told, at = self._answered.get(request.id, ("", -1e9))
            pause = RENEW_S if word == "GRANTED" else _AGAIN_S if request.status == "QUEUED" else wait
            if told == word and now - at < pause:
                continue
            self._answered[request.id] = word, now
            answer = {"requestId": request.id, "grantType": word}
            lease = (
                {"leaseExpiry": encode.timestamp(now + self.ahead - skew + LEASE_S, V3_0)} if word == "GRANTED" else {}
            )
            found.append(answer | lease)
        return found

    def _word(self, kind: str, zone_id: str, zone_set: str, state: WireState, skew: float) -> str:
        zones = self._set[1] if self._set is not None and self._set[0] == zone_set else ()
        zone = next((z for z in zones if ids.safe(z.zone_id) == zone_id and z.kind == "hold"), None)
        if zone is None or kind != "ACCESS":
            ours = self.owns(zone_set) and kind == "ACCESS"
            return "QUEUED" if ours else "REJECTED"
        inside = state.x is not None and state.y is not None and _inside(zone, (state.x, state.y), self._within)
        return "GRANTED" if inside and abs(skew) < _SKEW_S else "QUEUED"


def _zone(zone: SiteZone, floor: LevelMap) -> dict[str, Any]:
    body: dict[str, Any] = {
        "zoneId": ids.safe(zone.zone_id),
        "zoneType": _TYPES[zone.kind],
        "vertices": [dict(zip("xy", floor.wire(x, y), strict=True)) for x, y in zone.corners],
    }
    if zone.kind == "slow":
        body["maximumSpeed"] = zone.max_speed
    elif zone.kind == "hold":
        body["releaseLossBehavior"] = "CONTINUE"  # who is inside leaves
    return body


def _way(state: WireState, sent: Sent | None) -> list[tuple[float, float]]:
    """Return where the robot is and where it is released to go, in steps that no zone fits between.

    An order that was given up counts as long as the robot shows it: it may be driving to the end of its base.
    """
    if state.x is None or state.y is None:
        return []
    corners = [(state.x, state.y)]
    if sent is not None:
        shown = state.order_id == sent.order_id
        if not sent.ended or (shown and not state.idle):
            passed = state.last_sequence_id if shown else -1  # before, it is a number of another order
            corners += [(x, y) for number, x, y in sent.way if number > passed]
    found = corners[:1]
    for a, b in pairwise(corners):
        steps = math.ceil(math.dist(a, b) / _STEP_M)
        found += [(a[0] + (b[0] - a[0]) * k / steps, a[1] + (b[1] - a[1]) * k / steps) for k in range(1, steps + 1)]
    return found


def _traps(zone: SiteZone, way: Sequence[tuple[float, float]], away: float) -> bool:
    """A robot inside a BLOCKED zone has to stop there (3.0, table 6); ours may leave, so it hears of it outside."""
    return zone.kind == "closed" and any(_inside(zone, at, away) for at in way)


def _inside(zone: SiteZone, at: tuple[float, float], reach: float) -> bool:
    """Return whether a place is in a zone or within reach (m) of its border."""
    around = [*zone.corners, *zone.corners[:1]]
    if any(_from_line(at, a, b) <= reach for a, b in pairwise(around)):
        return True
    crossings = 0
    for (ax, ay), (bx, by) in pairwise(around):
        if (ay > at[1]) != (by > at[1]) and at[0] < ax + (at[1] - ay) * (bx - ax) / (by - ay):
            crossings += 1
    return crossings % 2 == 1


def _from_line(at: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance (m) of a place from the line between two others."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    share = 0.0 if square == 0.0 else ((at[0] - a[0]) * dx + (at[1] - a[1]) * dy) / square
    share = min(1.0, max(0.0, share))
    return math.hypot(at[0] - a[0] - share * dx, at[1] - a[1] - share * dy)
