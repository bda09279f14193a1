"""The navigation engine of one robot: sensors in, one velocity command and status out. No ROS, no clock, no threads."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from amr_core.geometry import FloatArray, Pose2D, Twist2D, distance, relative
from amr_core.robots import RobotType
from amr_navigation.control.ahead import Blocker, MovingObject
from amr_navigation.control.limits import limits_of
from amr_navigation.costmap.body import Body, body_of
from amr_navigation.costmap.depth_layer import DepthLayer
from amr_navigation.costmap.obstacles import ObstacleGrid
from amr_navigation.costmap.scan import Projector, Sweep, moved
from amr_navigation.costmap.static_map import StaticMap
from amr_navigation.localization.localizer import Localizer, LocalizerParams
from amr_navigation.monitor.collision import CollisionMonitor, MonitorParams, Verdict
from amr_navigation.motion import STOP, DockDetection, Motion, MotionOutcome, MotionView
from amr_navigation.navigator.guard import Guard, Hold
from amr_navigation.planning.planner import GlobalPlanner

EMPTY: FloatArray = np.empty((0, 2))
GRID_PERIOD = 0.2  # s between two updates of the distance grid
FEWEST_RETURNS = 5
UNMATCHED_S = 1.0  # s without two lidars' sweeps at one time, and odometry for it, after which the robot stands
SILENT_S = 1.0  # s without odometry after which a motion that goes by it alone ends
RELOCATED = 0.25  # m: a correction of the pose by more than this is a jump, motions forget places
AHEAD = 0.2
"""s: a sweep that is stamped further ahead was made by another clock; nobody can say how old it is."""
MOST_SIGHTED = 40  # detections that wait for odometry of their time
BLIND_DEPTH_SPEED = 0.3  # m/s without the clouds of a depth camera that the robot should have
WARY_GAP, WARY_TURN = 1.4, 0.4  # m, rad/s; see below
SWEPT_GAP, SWEPT_TURN, ON_THE_SPOT = 1.15, 0.15, 0.1
"""Within WARY_GAP (m of the centre) of people and vehicles turn at most at WARY_TURN (rad/s). Slower than ON_THE_SPOT
(m/s), with somebody within SWEPT_GAP, where the corners come by, at SWEPT_TURN: a person who stands there may step
forward without a warning.
"""


@dataclass
class Output:
    """What one step decided. command is None when there is nothing to publish; wanted: before the collision monitor."""

    command: Twist2D | None = None
    wanted: Twist2D | None = None
    verdict: Verdict = field(default_factory=lambda: Verdict(STOP))
    blocked: Blocker = ""
    ended: Motion | None = None
    outcome: MotionOutcome | None = None
    localized: bool = False
    hold: Hold = ""


class Navigator:
    """Owns localisation, obstacle memory, collision monitor and the one running motion of a robot."""

    def __init__(
        self,
        robot: RobotType,
        static_map: StaticMap,
        planner: GlobalPlanner,
        *,
        localizer: LocalizerParams | None = None,
        seed: int = 0,
    ) -> None:
        self.robot = robot
        self.planner = planner
        self.localizer = Localizer(static_map.walls, localizer or LocalizerParams(), seed=seed)
        self.obstacles = ObstacleGrid(static_map.walls)
        self.depth = DepthLayer(robot.depth_camera)
        self.monitor = CollisionMonitor(
            MonitorParams(deceleration=robot.deceleration, turn_deceleration=robot.turn_acceleration)
        )
        self.body: Body = body_of(robot)
        self.motion: Motion | None = None
        self.last = STOP
        self.charging = False
        self.tracks: tuple[MovingObject, ...] = ()
        self.measured = STOP
        self._zones = static_map.speed
        self._guard = Guard()
        self._limits = limits_of(robot)
        self._speed_limit = math.inf
        self._projectors = tuple(Projector(lidar, body_of(robot)) for lidar in robot.lidars)
        self._sweeps: list[Sweep | None] = [None, None]
        self._judged: list[Sweep | None] = [None, None]
        self._offsets: list[float | None] = [None, None]
        self._detections: list[DockDetection] = []
        self._sighted: deque[DockDetection] = deque(maxlen=MOST_SIGHTED)
        self.picture_fault: float | None = None
        """Age (s, < 0: ahead) of dock pictures that cannot be used, while the motion has had no other."""
        self._pictured = False
        self._fresh = False
        self._gridded = -math.inf
        self._stepped: float | None = None
        self._located = -math.inf  # stamp (s) of the last sweeps that the localisation got
        self._moving = False

    @property
    def pose(self) -> Pose2D | None:
        """The newest pose in the map frame; None before the first odometry."""
        return self.localizer.pose()

    def set_initial_pose(self, pose: Pose2D, sigma: tuple[float, float, float] = (0.15, 0.15, 0.09)) -> None:
        """Start the localisation over from pose (map frame)."""
        self.localizer.set_pose(pose, sigma)

    def set_body(self, body: Body) -> None:
        """Use another outline, for example with a load."""
        self.body = body

    def set_speed_limit(self, limit: float, *, percentage: bool = False) -> None:
        """Limit the speed to limit m/s, or to that percentage of the robot's; 0 = no limit."""
        absolute = limit * self.robot.max_speed / 100.0 if percentage else limit
        self._speed_limit = absolute if absolute > 0.0 else math.inf

    def enable_monitor(self, enabled: bool) -> None:
        """Turn the collision monitor on or off; off, it still stops the robot when a lidar is silent."""
        self.monitor = CollisionMonitor(replace(self.monitor.params, enabled=enabled))

    def add_odometry(self, stamp: float, pose: Pose2D, twist: Twist2D) -> None:
        """Take in wheel odometry: pose in the odom frame and velocity at stamp (s)."""
        self.localizer.add_odometry(stamp, pose)
        self.measured = twist

    def add_scan(self, lidar: int, stamp: float, ranges: npt.NDArray[np.float32]) -> None:
        """Take in the ranges (m) of lidar 0 (front) or 1 (rear) at stamp (s).

        A sweep with fewer than FEWEST_RETURNS echoes is a blind lidar's and no news.
        """
        sweep = self._projectors[lidar].sweep(stamp, ranges)
        if len(sweep.hits) < FEWEST_RETURNS and self._sweeps[lidar] is not None:
            return
        self._sweeps[lidar] = sweep
        self._fresh = True

    def add_depth(self, stamp: float, obstacles: FloatArray, clearing: FloatArray) -> None:
        """Take in what a depth camera saw at stamp (s): obstacles and free floor (N x 3, M x 3; m, base_link then)."""
        base = self.localizer.odometry.at(stamp)
        if base is not None:
            self.depth.update(stamp, base, obstacles, clearing, self.body)

    def add_detection(self, detection: DockDetection) -> None:
        """Take in a dock marker detection; base is looked up as soon as odometry has come as far."""
        self._sighted.append(detection)

    def _take_detections(self, now: float) -> None:
        """Give those to the motion whose place is known by now: odometry may come later than the picture."""
        odometry, waiting = self.localizer.odometry, list(self._sighted)
        newest = odometry.samples[-1][0]
        self._sighted.clear()
        self._sighted.extend(d for d in waiting if newest < d.stamp <= now + AHEAD)
        placed = ((d, odometry.at(d.stamp)) for d in waiting if d.stamp <= newest)
        self._detections = [d._replace(base=base) for d, base in placed if base is not None]
        if self._detections:
            self._pictured, self.picture_fault = True, None
        known = odometry.samples[0][0] if len(odometry.samples) == odometry.samples.maxlen else -math.inf
        refused = [now - d.stamp for d in waiting if d.stamp < known or d.stamp > max(newest, now + AHEAD)]
        if refused and not self._pictured:
            self.picture_fault = refused[-1]

    def start(self, motion: Motion) -> None:
        """Make motion the running one; the one before it is dropped, the robot goes on from its present speed."""
        if not self._moving or self.last == STOP:
            self.localizer.about_to_move()
        self.motion = motion
        self._pictured, self.picture_fault = False, None

    def cancel(self) -> None:
        """Drop the running motion and stop."""
        self.motion = None

    def step(self, now: float) -> Output:
        """Advance to time now (s): localise, run the motion, check the command."""
        out = Output()
        if self._fresh:
            self._refuse_future(now)
        if self._fresh:
            out.localized = self._localize()
        dt = 0.05 if self._stepped is None else min(max(now - self._stepped, 1e-3), 0.2)
        self._stepped = now
        pose = self.pose
        if pose is None:
            return out
        self._take_detections(now)
        if self.motion is None:
            self._halt(out, dt)
        else:
            self._run(out, now, dt, pose)
        if out.hold == "blind" and self.clock_fault is not None:
            out.blocked = "clock"
        looking = self.motion is not None and self.motion.looking and self.last == STOP
        if looking and self.picture_fault is not None and not out.blocked:
            out.blocked = "clock"
        self._fresh = False
        return out

    def _run(self, out: Output, now: float, dt: float, pose: Pose2D) -> None:
        motion = self.motion
        assert motion is not None
        view = self._view(now, dt, pose)
        if motion.needs_pose:
            view.limits = replace(view.limits, speed=self._guard.speed(self.localizer.confidence, view.limits.speed))
        given_up = self._guard.check(now, max(self._age(now), self._uncorrected(now)), needs_pose=motion.needs_pose)
        out.hold = self._guard.hold
        silent = self._odometry_age(now) if motion.odometry_code else 0.0
        command: Twist2D
        outcome: MotionOutcome | None
        if given_up and motion.needs_pose:
            command, outcome = STOP, MotionOutcome(False, motion.lost_code if out.hold == "lost" else motion.blind_code)
        elif silent > SILENT_S:
            command, outcome = STOP, MotionOutcome(False, motion.odometry_code)
        elif (out.hold and motion.needs_pose) or silent > self._guard.source_timeout:
            command, outcome = view.limits.towards(self.last, STOP, dt), None
        else:
            command, outcome = motion.step(view)
        out.blocked = motion.blocked
        if outcome is not None:
            out.ended, out.outcome = motion, outcome
            command = view.limits.towards(self.last, STOP, dt)
            self.motion = None
        self._send(out, command, view.cloud, now, motion.margin)

    @property
    def clock_fault(self) -> tuple[str, float] | None:
        """The lidar whose stamps are not of this clock, and how old (s, < 0: ahead) its sweeps seem when they come."""
        for lidar, offset in zip(self.robot.lidars, self._offsets, strict=True):
            if offset is not None and not -AHEAD <= offset <= self._guard.source_timeout:
                return lidar.name, offset
        return None

    def _refuse_future(self, now: float) -> None:
        """Note how old sweeps are when they come, and drop those from the future."""
        for index, sweep in enumerate(self._sweeps):
            if sweep is None or sweep is self._judged[index]:
                continue
            self._offsets[index] = now - sweep.stamp
            if sweep.stamp > now + AHEAD:
                self._sweeps[index] = sweep = None
                self._fresh = False
            self._judged[index] = sweep

    def _age(self, now: float) -> float:
        """Return the age (s) of the older lidar's last sweep; a stamp of the future ages, too."""
        return max(abs(now - s.stamp) if s is not None else math.inf for s in self._sweeps)

    def _uncorrected(self, now: float) -> float:
        """Return the age (s) that counts for what the pose comes from: odometry, and sweeps that fit it and each other.

        Without them the localisation takes no scan, and its confidence stays what it was.
        """
        late = now - self._located - (UNMATCHED_S - self._guard.source_timeout)
        return max(self._odometry_age(now), late)

    def _odometry_age(self, now: float) -> float:
        """Return the age (s) of the last odometry; a stamp of the future ages, too."""
        return abs(now - self.localizer.odometry.samples[-1][0])

    def _send(self, out: Output, command: Twist2D, cloud: FloatArray, now: float, margin: float) -> None:
        if self.monitor.params.margin != margin:
            self.monitor = CollisionMonitor(replace(self.monitor.params, margin=margin))
        out.wanted = command
        out.verdict = self.monitor.check(command, cloud, self._age(now), self.body)
        self.last = out.command = out.verdict.twist
        self._moving = True

    def _halt(self, out: Output, dt: float) -> None:
        """Brake to a stop after a motion ended, then stay silent."""
        if not self._moving:
            return
        self.last = self._limits.towards(self.last, STOP, dt)
        out.command = out.wanted = self.last
        self._moving = self.last != STOP

    def _view(self, now: float, dt: float, pose: Pose2D) -> MotionView:
        samples = self.localizer.odometry.samples
        cloud = self._cloud()
        unmapped = EMPTY
        if self._fresh and len(cloud):
            near = cloud[np.abs(cloud).max(axis=1) < 6.0]
            unmapped = self.obstacles.unmapped(moved(near, pose))
            if now - self._gridded >= GRID_PERIOD:
                self._gridded = now
                sweeps = tuple(s for s in self._sweeps if s is not None)
                self.obstacles.update(now, pose, sweeps, moved(self._depth_points(), pose))
        return MotionView(
            now=now,
            dt=dt,
            pose=pose,
            odom=samples[-1][1],
            odom_stamp=samples[-1][0],
            last=self.last,
            limits=replace(self._limits, speed=self._allowed(now, pose), turn_rate=self._turn_rate(pose)),
            body=self.body,
            cloud=cloud,
            unmapped=unmapped,
            fresh=self._fresh,
            tracks=self.tracks,
            score=self.localizer.estimate.score,
            charging=self.charging,
            detections=self._detections,
            planner=self.planner,
            obstacles=self.obstacles,
        )

    def _allowed(self, now: float, pose: Pose2D) -> float:
        """Return the speed (m/s) that the robot, the speed limit given, the zone it is in and its sight allow."""
        zone = math.inf if self._zones is None else self._zones.limit(pose.x, pose.y)
        sight = BLIND_DEPTH_SPEED if self.depth.stale(now) else math.inf
        return min(self._limits.speed, self._speed_limit, zone, sight)

    def _turn_rate(self, pose: Pose2D) -> float:
        """Return the turn rate (rad/s) allowed: low beside people and vehicles, which turn towards a robot, too."""
        known = (t for t in self.tracks if t.kind != "unknown")
        gap = min((math.hypot(t.x - pose.x, t.y - pose.y) - t.radius for t in known), default=math.inf)
        if gap < SWEPT_GAP and abs(self.last.v) < ON_THE_SPOT:
            return min(SWEPT_TURN, self._limits.turn_rate)
        return min(WARY_TURN, self._limits.turn_rate) if gap < WARY_GAP else self._limits.turn_rate

    def _cloud(self) -> FloatArray:
        """Return all live returns (N x 2) in base_link as it is now."""
        newest = self.localizer.odometry.samples[-1][1]
        parts = []
        for sweep in self._sweeps:
            if sweep is not None:
                then = self.localizer.odometry.at(sweep.stamp)
                parts.append(
                    sweep.hits if then is None or then == newest else moved(sweep.hits, relative(newest, then))
                )
        parts.append(self._depth_points())
        return np.concatenate(parts) if parts else EMPTY

    def _depth_points(self) -> FloatArray:
        """Return what the depth camera saw (N x 2, base_link as it is now); nothing while it closes in on a dock.

        There it drives up to, and under, what it takes: the lidars and the dock's own detector watch that.
        """
        if self.motion is not None and self.motion.looking:
            return EMPTY
        return self.depth.points(self.localizer.odometry.samples[-1][1])

    def _localize(self) -> bool:
        """Update the localisation once both lidars have been seen at about the same time."""
        front, rear = self._sweeps
        if front is None or rear is None or abs(front.stamp - rear.stamp) > 0.06:
            return False
        stamp = max(front.stamp, rear.stamp)
        here, parts, origins = self.localizer.odometry.at(stamp), [], []
        for sweep in (front, rear):
            then = self.localizer.odometry.at(sweep.stamp)
            if here is None or then is None:
                return False
            start = np.array((sweep.lidar,))
            if then == here:
                parts.append(sweep.hits)
            else:
                shift = relative(here, then)
                parts.append(moved(sweep.hits, shift))
                start = moved(start, shift)
            origins.append(np.repeat(start, len(sweep.hits), axis=0))
        before, self._located = self.pose, stamp
        updated = self.localizer.add_scan(stamp, np.concatenate(parts), np.concatenate(origins))
        jumped = updated and before is not None and distance(before, self.pose or before) > RELOCATED
        if jumped and self.motion is not None:
            self.motion.relocated()
        return updated
