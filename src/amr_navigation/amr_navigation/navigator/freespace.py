"""When to leave the path a little: MPPI takes over in free space while something moves or stands in the way."""

from __future__ import annotations

import math

from amr_core.geometry import Pose2D, Twist2D, distance, wrap_angle
from amr_navigation.control.ahead import Ahead, MovingKind
from amr_navigation.control.mppi import Mppi, Surroundings
from amr_navigation.control.tracker import PathTracker
from amr_navigation.costmap.footprint import lookup
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.motion import MotionView

OPEN, REACH = 1.3, 4.5  # m: room around the robot that it needs; m of path for MPPI, as far as its horizon reaches
NEAR_TRACK, NEAR_BLOCK = 6.0, 4.0  # m: who moves, or what blocks, this near makes it leave the path
END, TURNED, BACK_ON_PATH = 2.2, 0.7, 0.25  # m before the leg's end, rad off it, m beside it: the tracker's work
SLOW_NEAR_PEOPLE, PEOPLE_NEAR = 0.6, 2.5  # m/s while a person is within so many m

GIVE_UP, GOT_ON, PAUSE, REST, LONGEST_REST = 15.0, 0.8, 5.0, 30.0, 240.0
"""Who has not got on by GOT_ON (m) within GIVE_UP (s) does not get through: the tracker, which stands and waits before
what blocks, has the next REST (s), twice as long each time in the same place. A PAUSE (s) ends an attempt."""


def clearance(view: MotionView) -> float:
    """Return the distance (m) of the robot's centre to the nearest thing on the map."""
    g = view.planner.grid
    return float(lookup(g.sdf, g.resolution, g.origin_x, g.origin_y, 0.0, view.pose.x, view.pose.y))


class FreeSpace:
    """Answers with a command while it is wanted: outside aisles, off the ends of legs, with somebody about."""

    def __init__(self) -> None:
        self._mppi: Mppi | None = None
        self._active = False
        self._local: DistanceGrid | None = None
        self._anchor: Pose2D | None = None
        self._since, self._drove_at = 0.0, -math.inf
        self._rest, self._rest_until = REST, -math.inf

    def command(self, view: MotionView, tracker: PathTracker, ahead: Ahead) -> Twist2D | None:
        """Return the command of this period, or None when the tracker shall drive."""
        if view.now < self._rest_until or not self._wanted(view, tracker, ahead) or self._stuck(view):
            self._active = False
            return None
        if self._mppi is None:
            self._mppi = Mppi()
        if not self._active:
            self._mppi.reset()
        if view.fresh or not self._active:
            self._local = view.obstacles.distances(view.now)
        self._active = True
        limits = view.limits
        people: MovingKind = "person"
        if any(
            t.kind == people and math.hypot(t.x - view.pose.x, t.y - view.pose.y) < PEOPLE_NEAR for t in view.tracks
        ):
            limits = limits.capped(SLOW_NEAR_PEOPLE)
        around = Surroundings(view.planner.grid, self._local, view.tracks)
        return self._mppi.step(view.pose, view.last, limits, view.body, tracker.ahead(REACH), around)

    def _stuck(self, view: MotionView) -> bool:
        """Return whether the robot moves about without getting on; a rest begins then."""
        if self._anchor is None or distance(view.pose, self._anchor) > GOT_ON:
            if self._anchor is not None:
                self._rest = REST
            self._anchor, self._since = view.pose, view.now
        elif view.now - self._drove_at > PAUSE:
            self._since = view.now
        self._drove_at = view.now
        if view.now - self._since <= GIVE_UP:
            return False
        self._rest_until, self._rest = view.now + self._rest, min(2.0 * self._rest, LONGEST_REST)
        return True

    def _wanted(self, view: MotionView, tracker: PathTracker, ahead: Ahead) -> bool:
        leg = tracker.current
        if leg is None or tracker.phase != "drive" or leg.direction < 0 or leg.length - tracker.s < END:
            return False
        if abs(wrap_angle(leg.heading(max(tracker.s, 0.0)) - view.pose.theta)) > TURNED or clearance(view) < OPEN:
            return False
        if self._active and abs(tracker.lateral) > BACK_ON_PATH:
            return True
        if min(ahead.free, ahead.beside) < NEAR_BLOCK:
            return True
        c, s = math.cos(view.pose.theta), math.sin(view.pose.theta)
        for track in view.tracks:
            dx, dy = track.x - view.pose.x, track.y - view.pose.y
            moving = math.hypot(track.vx, track.vy) > 0.15
            if track.kind != "unknown" and moving and math.hypot(dx, dy) < NEAR_TRACK and c * dx + s * dy > -0.5:
                return True
        return False
