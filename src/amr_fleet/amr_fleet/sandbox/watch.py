"""The watch over a running trial, apart from dispatch and traffic: it believes poses, speeds and the clock only.

It folds the journal by itself to know which envelope is in force, and never reads what traffic granted. Two reports
in a row outside the envelope are a breach. It is no safety function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import shapely
from shapely import affinity

from amr_core.robots import ROBOT_TYPES, STANDSTILL
from amr_fleet.sandbox.book import Breach, Entry, Trial, TrialBook
from amr_fleet.sandbox.floor import floor
from amr_fleet.sandbox.record import TrialRecord
from amr_fleet.sandbox.windows import span_at
from amr_fleet.vocabulary import BreachRule

SPEED_MORE: Final = 0.1  # m/s above the limit that a controller may overshoot
SLACK: Final = 0.05  # m that a footprint may stick out: noise of the localisation
REPORTS: Final = 2  # so many in a row make a breach
FORGET: Final = 5.0  # s: a robot that was not heard for so long does not count as moving


@dataclass(frozen=True, kw_only=True)
class Pose:
    """What a robot says of itself: x, y (m), theta (rad), v (m/s), whether it knows where it is, has a load."""

    robot: str
    x: float
    y: float
    theta: float
    v: float
    localized: bool = True
    loaded: bool = False


@dataclass
class _Seen:
    t: float
    moving: bool
    rule: BreachRule | None = None
    count: int = 0


class TrialWatch:
    """Sees every report; `breaches` are handed out once each."""

    def __init__(self, types: Mapping[str, str], entries: Iterable[Entry] = ()) -> None:
        """types: robot -> its type; entries: the journal so far."""
        self._types = types
        self._book = TrialBook()
        self._seen: dict[str, _Seen] = {}
        self._shapes: tuple[TrialRecord, _Shapes] | None = None
        self.follow(entries)

    def follow(self, entries: Iterable[Entry]) -> None:
        """Take over what was journaled."""
        self._book.follow(entries)

    def see(self, t: float, pose: Pose) -> tuple[str, Breach] | None:
        """Take a report at fleet time t (s); return trial and breach when it is the second one outside in a row."""
        trial = self._book.in_force()
        if trial is None:
            self._seen.clear()
            return None
        seen = self._seen.setdefault(pose.robot, _Seen(t, False))
        seen.t, seen.moving = t, abs(pose.v) > STANDSTILL
        if trial.state != "running":
            seen.rule, seen.count = None, 0
            return None
        found = self._judge(trial, t, pose)
        if found is None or found.rule != seen.rule:
            seen.rule, seen.count = (None, 0) if found is None else (found.rule, 1)
            return None
        seen.count += 1
        return (trial.trial_id, found) if seen.count >= REPORTS else None

    def _judge(self, trial: Trial, t: float, pose: Pose) -> Breach | None:
        """Return the first rule that a report breaks."""
        record, moving = trial.record, abs(pose.v) > STANDSTILL
        envelope = record.envelope

        def breach(rule: BreachRule, value: float = 0.0, limit: float = 0.0) -> Breach:
            return Breach(
                rule=rule, robot=pose.robot, x=pose.x, y=pose.y, value=round(value, 3), limit=limit, t=t
            )  # fmt: skip

        if pose.robot not in envelope.serials:
            return breach("serial", abs(pose.v), STANDSTILL) if moving else None
        if moving and span_at(envelope, self._book.utc(t)) is None:
            return breach("window", abs(pose.v), STANDSTILL)
        if not pose.localized:
            return breach("pose", abs(pose.v), STANDSTILL) if moving else None
        shapes = self._of(record)
        outside = shapes.outside(self._footprint(pose))
        if outside is not None:
            return breach("forbidden" if outside else "area")
        cap = shapes.cap(pose.x, pose.y, self._types.get(pose.robot, ""))
        if abs(pose.v) > cap + SPEED_MORE:
            return breach("speed", abs(pose.v), cap)
        count = sum(s.moving and t - s.t <= FORGET for s in self._seen.values())
        if moving and count > envelope.max_robots_moving:
            return breach("count", count, envelope.max_robots_moving)
        return None

    def _of(self, record: TrialRecord) -> _Shapes:
        if self._shapes is None or self._shapes[0] is not record:
            self._shapes = (record, _Shapes(record))
        return self._shapes[1]

    def _footprint(self, pose: Pose) -> Any:
        kind = ROBOT_TYPES.get(self._types.get(pose.robot, ""))
        if kind is None:
            return shapely.Point(pose.x, pose.y)
        front, rear, half = kind.reach(loaded=pose.loaded)
        box = shapely.box(SLACK - rear, SLACK - half, front - SLACK, half - SLACK)
        return affinity.translate(affinity.rotate(box, pose.theta, (0.0, 0.0), use_radians=True), pose.x, pose.y)


class _Shapes:
    """The polygons of an envelope, made once."""

    def __init__(self, record: TrialRecord) -> None:
        envelope = record.envelope
        self._area, self._forbidden = floor(envelope)
        self._speed = envelope.max_speed
        self._zones = [(shapely.Polygon(z.polygon), z.max_speed) for z in self._speed.zones]
        shapely.prepare(self._area)

    def outside(self, footprint: Any) -> bool | None:
        """Return None inside, True in what is forbidden, False outside the areas."""
        if self._forbidden.intersects(footprint):
            return True
        return None if self._area.covers(footprint) else False

    def cap(self, x: float, y: float, kind: str) -> float:
        """Return the speed limit (m/s) at a point for a robot type."""
        limits = [self._speed.all, self._speed.types.get(kind, self._speed.all)]
        point = shapely.Point(x, y)
        return min([*limits, *(limit for shape, limit in self._zones if shape.contains(point))])
