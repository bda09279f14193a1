"""What robots see together: each person and vehicle once, and none that is one of the robots themselves.

A robot takes another one for a vehicle, and each that sees a person tells of one. For people to look at only: what a
robot does about what it sees it decides itself, from its own sensors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from amr_core.robots import ROBOT_TYPES
from amr_fleet.ports import RobotView, TrackView
from amr_fleet.vocabulary import TrackKind

_BODY: Final[Mapping[TrackKind, float]] = {"person": 0.1, "vehicle": 0.6, "unknown": 0.4}
"""m around a robot in which a track is the robot itself.

A person may stand close to it. The middle of a vehicle cannot be so near, but that of a robot seen from one side, and
half a second ago, is.
"""
_SAME: Final[Mapping[TrackKind, float]] = {"person": 0.7, "vehicle": 1.5, "unknown": 0.7}
"""m between what two robots see of one thing."""
_SAME_EYES: Final = 0.3  # m: a robot that tells of two people this close sees one twice
_SPEED: Final = 1.0  # m/s: two things that pass each other are not one


@dataclass
class _Thing:
    """Tracks of one thing: by whom, the mean so far, of how many."""

    track: TrackView
    by: set[str]
    count: int = 1

    def add(self, track: TrackView, robot: str) -> None:
        n, mean = self.count, self.track
        old = {name: getattr(mean, name) for name in ("x", "y", "vx", "vy")}
        merged = {name: (value * n + getattr(track, name)) / (n + 1) for name, value in old.items()}
        kind = track.kind if mean.kind == "unknown" else mean.kind
        self.track = replace(mean, **merged, kind=kind, radius=max(mean.radius, track.radius))
        self.count += 1
        self.by.add(robot)


def fused(seen: Mapping[str, Sequence[TrackView]], robots: Sequence[RobotView]) -> tuple[TrackView, ...]:
    """Return what all robots see, by robot, with every thing once and without the robots (map frame, m, m/s)."""
    known = [r for r in robots if r.localized and r.type in ROBOT_TYPES]
    things: list[_Thing] = []
    for robot, tracks in sorted(seen.items()):
        for track in tracks:
            if not all(map(math.isfinite, (track.x, track.y))) or any(_is_robot(track, r) for r in known):
                continue
            near = [(_apart(t, track), t) for t in things if _may_be_one(t, track, robot)]
            found = min(near, key=lambda pair: pair[0], default=None)
            if found is None:
                things.append(_Thing(track, {robot}))
            else:
                found[1].add(track, robot)
    return tuple(t.track for t in things)


def _apart(thing: _Thing, track: TrackView) -> float:
    return math.hypot(thing.track.x - track.x, thing.track.y - track.y)


def _may_be_one(thing: _Thing, track: TrackView, robot: str) -> bool:
    kinds = {thing.track.kind, track.kind}
    if len(kinds) > 1 and "unknown" not in kinds:
        return False
    limit = _SAME_EYES if robot in thing.by else min(_SAME[kind] for kind in kinds)
    speed = math.hypot(thing.track.vx - track.vx, thing.track.vy - track.vy)
    return _apart(thing, track) <= limit and not speed > _SPEED


def _is_robot(track: TrackView, robot: RobotView) -> bool:
    """The track lies on the robot's footprint, or as near as only the robot itself can be seen."""
    kind = ROBOT_TYPES[robot.type]
    dx, dy = track.x - robot.x, track.y - robot.y
    c, s = math.cos(robot.theta), math.sin(robot.theta)
    ahead, left = c * dx + s * dy, c * dy - s * dx
    front, rear = (kind.load_front, kind.load_rear) if robot.loaded else (kind.front, kind.rear)
    width = kind.load_half_width if robot.loaded else kind.half_width
    off_x = max(ahead - max(front, kind.front), -max(rear, kind.rear) - ahead, 0.0)
    off_y = max(abs(left) - max(width, kind.half_width), 0.0)
    return math.hypot(off_x, off_y) <= _BODY[track.kind]
