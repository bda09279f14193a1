"""What robots and fixed cameras see together: each person and vehicle once, and none that is a robot itself.

A robot takes another one for a vehicle, and each that sees a person tells of one. For people to look at only: what a
robot does about what it sees it decides itself, from its own sensors, and what a camera asks for is a zone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from amr_core.roadmap import Doorway
from amr_core.roadmap.doorways import LEAF_HALF_DEPTH, distance
from amr_core.robots import ROBOT_TYPES
from amr_fleet.camera_frames import CameraFrame
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
_CAMERA: Final = 0.5
"""m more for what a camera sees: its box ends at the feet to some pixels, its picture is up to half a second older, and
it sees of a vehicle the side that is nearest to it."""
_STANDS: Final = 0.3
"""m/s: a leaf stands; what the lidar's noise makes of it is slower."""


@dataclass
class _Thing:
    """Tracks of one thing: by which robots and cameras, the mean so far, of how many. moving: its speed is known."""

    track: TrackView
    by: set[str]
    count: int = 1
    moving: bool = True

    def add(self, track: TrackView, robot: str) -> None:
        n, mean = self.count, self.track
        old = {name: getattr(mean, name) for name in ("x", "y", "vx", "vy")}
        merged = {name: (value * n + getattr(track, name)) / (n + 1) for name, value in old.items()}
        kind = track.kind if mean.kind == "unknown" else mean.kind
        self.track = replace(mean, **merged, kind=kind, radius=max(mean.radius, track.radius))
        self.count += 1
        self.by.add(robot)


def fused(
    seen: Mapping[str, Sequence[TrackView]],
    robots: Sequence[RobotView],
    cameras: Sequence[CameraFrame] = (),
    leaves: Iterable[Doorway] = (),
) -> tuple[TrackView, ...]:
    """Return what robots, by name, and fixed cameras see, with every thing once, without robots and shut doors.

    leaves: doors that are shut; to a lidar the leaf is a thing that stands. Map frame, m, m/s. What only cameras see
    has a speed of 0: they tell of places. A robot measures to centimetres, so a camera that sees the same thing does
    not move it.
    """
    known = [r for r in robots if r.localized and r.type in ROBOT_TYPES]
    shut = tuple(leaves)
    things: list[_Thing] = []
    for robot, tracks in sorted(seen.items()):
        for track in tracks:
            if not all(map(math.isfinite, (track.x, track.y))) or any(_is_robot(track, r) for r in known):
                continue
            if any(_is_leaf(track, door) for door in shut):
                continue
            found = _nearest(things, track, robot)
            if found is None:
                things.append(_Thing(track, {robot}))
            else:
                found.add(track, robot)
    for camera in cameras:
        for track in _tracks_of(camera):
            if any(_is_robot(track, r, _CAMERA) for r in known):
                continue
            found = _nearest(things, track, camera.camera, _CAMERA)
            if found is None:
                things.append(_Thing(track, {camera.camera}, moving=False))
            elif found.moving:
                found.track = replace(found.track, camera=True)
                found.by.add(camera.camera)
            else:
                found.add(track, camera.camera)
    return tuple(t.track for t in things)


def _tracks_of(camera: CameraFrame) -> list[TrackView]:
    """Return the people and vehicles in a picture as tracks that stand. A load is no track, a blind camera has none."""
    return [
        TrackView(x=thing.x, y=thing.y, vx=0.0, vy=0.0, kind=thing.kind, radius=thing.radius, camera=True)
        for thing in camera.things
        if thing.kind != "load" and not camera.blind and math.isfinite(thing.x) and math.isfinite(thing.y)
    ]


def _nearest(things: Sequence[_Thing], track: TrackView, by: str, slack: float = 0.0) -> _Thing | None:
    """Return the thing that this track is of, if there is one already. slack: m that the track may be further off."""
    near = [thing for thing in things if _may_be_one(thing, track, by, slack)]
    return min(near, key=lambda thing: _apart(thing, track), default=None)


def _apart(thing: _Thing, track: TrackView) -> float:
    return math.hypot(thing.track.x - track.x, thing.track.y - track.y)


def _may_be_one(thing: _Thing, track: TrackView, by: str, slack: float) -> bool:
    kinds = {thing.track.kind, track.kind}
    if len(kinds) > 1 and "unknown" not in kinds:
        return False
    limit = _SAME_EYES if by in thing.by else min(_SAME[kind] for kind in kinds) + slack
    speed = 0.0 if slack else math.hypot(thing.track.vx - track.vx, thing.track.vy - track.vy)
    return _apart(thing, track) <= limit and not speed > _SPEED


def _is_leaf(track: TrackView, door: Doorway) -> bool:
    """Return whether a track is the leaf of a door. A person may lean on it, and a vehicle at it is further away."""
    stands = math.hypot(track.vx, track.vy) <= _STANDS
    return track.kind != "person" and stands and distance(door, track.x, track.y) <= LEAF_HALF_DEPTH


def _is_robot(track: TrackView, robot: RobotView, slack: float = 0.0) -> bool:
    """The track lies on the robot's footprint, or as near (slack: m more) as only the robot itself can be seen."""
    kind = ROBOT_TYPES[robot.type]
    dx, dy = track.x - robot.x, track.y - robot.y
    c, s = math.cos(robot.theta), math.sin(robot.theta)
    ahead, left = c * dx + s * dy, c * dy - s * dx
    front, rear, half_width = kind.reach(loaded=robot.loaded)
    off_x = max(ahead - front, -rear - ahead, 0.0)
    off_y = max(abs(left) - half_width, 0.0)
    return math.hypot(off_x, off_y) <= _BODY[track.kind] + (slack if track.kind != "person" else 0.0)
