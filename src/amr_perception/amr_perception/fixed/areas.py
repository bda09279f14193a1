"""Watched areas of a fixed camera: presence with hysteresis becomes events that end by themselves."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import shapely
from shapely.geometry.base import BaseGeometry

from amr_core.cameras import RENEW_S
from amr_core.site.solids import area_of
from amr_perception.people.boxes import BoxKind

EventKind = Literal["person_near", "vehicle_near", "lane_blocked", "fallen_load", "blind"]
ZoneAction = Literal["slow", "hold"]
Polygon = tuple[tuple[float, float], ...]

# chosen: who was seen before it went blind may still be there; then the event blind holds, and it alone
BLIND_HOLD_S = 30.0
# with looks of 5 a second told within 2 s (docs/perception.md); sooner, one bad picture holds robots
BLIND_AFTER_S, SEES_AGAIN_S = 0.9, 1.0
_OFTEN = 2  # looks that must agree before a blind camera holds robots
ROUGH_S, ROUGH_SHARE, SMOOTH_S = 1.5, 0.5, 3.0
"""With so many bad looks among the last ones it sees too little; it sees again after so long without a bad one."""
_JUDGED = frozenset({"frozen", "turned"})
"""What is said only after many looks over more than a second: to wait again would make it later than 2 s."""
_FRAMES = 2
_MISSES = 1  # two of three pictures make an event: a detector misses a picture now and then
_STILL_M = 0.35  # chosen: the foot of one who stands is found within less; more, a slow walker stands still
_AROUND_M = 0.6  # chosen: half a laden robot (0.5 m) and 0.1 m, so that it stops before what it would touch
_ALONE_M = 1.5  # chosen: what somebody carries, pushes or casts as a shadow is nearer to them, and has not fallen


@dataclass(frozen=True)
class SeenThing:
    """A thing on the floor (m, map frame): class, place, half width, score. No identity."""

    kind: BoxKind
    x: float
    y: float
    radius: float
    score: float


@dataclass(frozen=True)
class AreaRule:
    """What to do about whom in an area. after_s: how long it must be there; still: it must stay in one place for that.

    clear_s: how long nothing must be seen before the event ends. around_thing: the zone is drawn around the thing, not
    over the whole area. alone: nobody and nothing that drives within 1.5 m: what lies beside a walker may be a part of
    him, and what somebody handles has not fallen.
    """

    area: str
    event: EventKind
    kinds: frozenset[BoxKind]
    polygon: Polygon
    action: ZoneAction
    max_speed: float = 0.0
    after_s: float = 0.0
    still: bool = False
    clear_s: float = 1.5
    around_thing: bool = False
    alone: bool = False


@dataclass(frozen=True)
class AreaEvent:
    """The state of an event to be told: active False means that it has ended. reason: why it is blind, with "blind"."""

    event_id: str
    rule: AreaRule
    polygon: Polygon
    active: bool
    count: int
    confidence: float
    reason: str = ""


@dataclass
class _State:
    """One rule's memory."""

    shape: BaseGeometry
    hits: int = 0
    misses: int = 0
    since: float = 0.0
    place: tuple[float, float] = (0.0, 0.0)
    last: float = -math.inf
    told: float = -math.inf
    event_id: str = ""
    serial: int = 0
    event: AreaEvent | None = field(default=None)

    def off(self, thing: SeenThing) -> float:
        """Return how far (m) a thing is from where the one that stands was seen."""
        return math.hypot(thing.x - self.place[0], thing.y - self.place[1])


class AreaMonitor:
    """All rules of one camera. update() is given each picture's things and returns what must be told."""

    def __init__(self, rules: Sequence[AreaRule], blind: Sequence[AreaRule] = ()) -> None:
        self._states = [(rule, _State(area_of(rule.polygon))) for rule in rules]
        self._blindness = Blindness(blind)

    def update(self, now: float, seen: Sequence[SeenThing] | None, reason: str = "") -> list[AreaEvent]:
        """Return events that started, must be renewed or ended at now (s). seen None: blind, for this reason.

        A blind camera ends nothing for 30 s: an event that was true stays true until somebody can see again. From
        0.9 s on (at once for what the lens watch has judged over time), or when half the looks of 1.5 s were bad, each
        of its areas has an event of its own for that. It ends once it has seen for a second, 3 s in the second case.
        """
        events = self._blindness.update(now, reason or "blind" if seen is None else "")
        for rule, state in self._states:
            event = self._blind(now, state) if seen is None else self._look(now, rule, state, seen)
            if event is not None:
                events.append(event)
        return events

    @property
    def longest_wait(self) -> float:
        """How long (s) another monitor needs to find again by itself what lasts here."""
        return max((rule.after_s for rule, state in self._states if state.event is not None), default=0.0)

    def follow(self, before: AreaMonitor) -> None:
        """Number events on from those of a monitor of the same camera: one must not end the other's."""
        serial = max((state.serial for _, state in before._states), default=0)
        for _, state in self._states:
            state.serial = max(state.serial, serial)
        self._blindness.follow(before._blindness)

    def hold(self, now: float, reason: str) -> list[AreaEvent]:
        """Return the events that hold all areas from now (s) on, until it has seen for a second."""
        return self._blindness.begin(now, reason)

    def release(self) -> list[AreaEvent]:
        """Return the ends of all events."""
        ended = [self._end(state) for _, state in self._states if state.event is not None]
        return [*self._blindness.release(), *ended]

    def _blind(self, now: float, state: _State) -> AreaEvent | None:
        state.misses += 1
        if state.misses > _MISSES:  # fewer: one look that shows nothing, as when the detector misses somebody
            state.hits = 0
        if state.event is None:
            return None
        if now - state.last > BLIND_HOLD_S:
            return self._end(state)
        return self._tell(now, state) if now - state.told >= RENEW_S else None

    def _look(self, now: float, rule: AreaRule, state: _State, seen: Sequence[SeenThing]) -> AreaEvent | None:
        inside = [s for s in seen if s.kind in rule.kinds and _reaches(state.shape, s)]
        if rule.alone and state.event is None:
            inside = [s for s in inside if _alone(s, seen)]
        if rule.around_thing and state.event is not None and inside:
            there = area_of(state.event.polygon)
            at_it = [s for s in inside if _reaches(there, s)]
            if not at_it:
                return self._elsewhere(now, rule, state, inside)
            inside = at_it
        if not inside:
            state.misses += 1
            if rule.still or state.misses > _MISSES:
                state.hits = 0
            over = state.event is not None and now - state.last >= rule.clear_s
            return self._end(state) if over else self._renewal(now, state)
        best = max(inside, key=lambda s: s.score)
        if rule.still and state.hits:  # the one that stands there, not whichever is seen best
            best = min(inside, key=state.off)
        moved = rule.still and state.off(best) > _STILL_M
        if state.hits == 0 or (moved and state.event is None):
            state.since, state.place, state.hits = now, (best.x, best.y), 0
        state.hits += 1
        state.misses = 0
        state.last = now
        if state.event is None:
            if state.hits < _FRAMES or now - state.since < rule.after_s:
                return None
            state.serial += 1
            state.event_id = f"{rule.area}:{rule.event}:{state.serial}"
            return self._begin(now, rule, state, inside, best)
        return self._renewal(now, state)

    def _elsewhere(self, now: float, rule: AreaRule, state: _State, seen: Sequence[SeenThing]) -> AreaEvent | None:
        """Go on with an event while something is in its area, but not where it began: for after_s.

        It may still be the same, seen with its foot elsewhere; who stands elsewhere for that long has an event at once.
        """
        best = min(seen, key=state.off)
        if state.off(best) > _STILL_M:
            state.since, state.place = now, (best.x, best.y)
        if now - state.last < rule.after_s:
            return self._renewal(now, state)
        ended = self._end(state)
        state.hits = _FRAMES
        return ended

    def _begin(self, now: float, rule: AreaRule, state: _State, inside: list[SeenThing], best: SeenThing) -> AreaEvent:
        polygon = _around(best) if rule.around_thing else rule.polygon
        state.event = AreaEvent(state.event_id, rule, polygon, True, len(inside), best.score)
        return self._tell(now, state)

    def _renewal(self, now: float, state: _State) -> AreaEvent | None:
        return self._tell(now, state) if state.event is not None and now - state.told >= RENEW_S else None

    @staticmethod
    def _tell(now: float, state: _State) -> AreaEvent:
        assert state.event is not None
        state.told = now
        return state.event

    @staticmethod
    def _end(state: _State) -> AreaEvent:
        event = state.event
        assert event is not None
        state.event, state.hits = None, 0
        return AreaEvent(event.event_id, event.rule, event.polygon, False, 0, event.confidence)


class Blindness:
    """The events "blind" of one camera's areas: they last as long as nothing can be said of what is there."""

    def __init__(self, rules: Sequence[AreaRule]) -> None:
        self._rules = rules
        self._since: float | None = None  # last time that it saw, while it does not
        self._saw: float | None = None
        self._looks = self._serial = 0
        self._told = -math.inf
        self._reason = ""
        self._active = False
        self._last = deque[tuple[float, bool]]()  # when it looked, and whether that was bad
        self._again_s = SEES_AGAIN_S

    def follow(self, before: Blindness) -> None:
        """Number events on from those of another one."""
        self._serial = max(self._serial, before._serial)

    def begin(self, now: float, reason: str) -> list[AreaEvent]:
        """Be blind at once, without waiting for another look."""
        if not self._active:
            self._active, self._again_s = True, SEES_AGAIN_S
            self._serial += 1
        self._since, self._saw, self._told, self._reason = now, None, now, reason
        return self._events(active=True)

    def release(self) -> list[AreaEvent]:
        """Return the ends of what was told."""
        if not self._active:
            return []
        self._active, self._looks = False, 0
        return self._events(active=False)

    def update(self, now: float, reason: str) -> list[AreaEvent]:
        """Return what must be told at now (s). reason: why it is blind, or ""."""
        self._last.append((now, bool(reason)))
        while self._last and not 0.0 <= now - self._last[0][0] <= ROUGH_S:
            self._last.popleft()
        if not reason:
            return self._seeing(now)
        self._since = now if self._since is None else min(self._since, now)
        self._saw = None
        self._looks += 1
        if not self._active:
            soon = self._looks < _OFTEN or now - self._since < BLIND_AFTER_S
            rough = soon and self._rough()
            if soon and not rough and reason not in _JUDGED:
                return []
            self._active, self._again_s = True, SMOOTH_S if rough else SEES_AGAIN_S
            self._serial += 1
        elif reason == self._reason and now - self._told < RENEW_S:
            return []
        self._told, self._reason = now, reason
        return self._events(active=True)

    def _rough(self) -> bool:
        """Return whether too many of the last looks were bad by turns, though no two of them may have come together."""
        bad = [was_bad for _, was_bad in self._last]
        long = self._last[-1][0] - self._last[0][0] >= BLIND_AFTER_S
        turns = any(one and not after for one, after in pairwise(bad))  # else it went blind at once
        return long and turns and sum(bad) >= max(_OFTEN, ROUGH_SHARE * len(bad))

    def _seeing(self, now: float) -> list[AreaEvent]:
        if not self._active:
            self._since, self._looks = now, 0
            return []
        self._saw = now if self._saw is None else min(self._saw, now)
        if now - self._saw < self._again_s:
            if now - self._told < RENEW_S:
                return []
            self._told = now
            return self._events(active=True)
        self._active, self._since, self._looks = False, now, 0
        return self._events(active=False)

    def _events(self, *, active: bool) -> list[AreaEvent]:
        return [
            AreaEvent(f"{r.area}:blind:{self._serial}", r, r.polygon, active, 0, 1.0, self._reason) for r in self._rules
        ]


def _reaches(shape: BaseGeometry, thing: SeenThing) -> bool:
    return bool(shape.distance(shapely.Point(thing.x, thing.y)) <= thing.radius)


def _alone(thing: SeenThing, seen: Sequence[SeenThing]) -> bool:
    others = (s for s in seen if s.kind != "load")
    return all(math.hypot(s.x - thing.x, s.y - thing.y) - s.radius > _ALONE_M for s in others)


def _around(thing: SeenThing) -> Polygon:
    r = thing.radius + _AROUND_M
    return tuple((thing.x + a * r, thing.y + b * r) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)))
