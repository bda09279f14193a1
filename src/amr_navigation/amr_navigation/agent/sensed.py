"""What the agent knows of its robot."""

from __future__ import annotations

import math

from amr_core.geometry import Pose2D, distance
from amr_core.own_camera import OwnCamera
from amr_core.robots import STANDING as STANDING
from amr_core.vda5050 import NO_SCORE, InTheWay
from amr_navigation.agent import model as m

_LOST_SCORE, _FOUND_SCORE = 0.15, 0.3
"""At or below the first the pose is lost (an ambiguous one has exactly 0.15); it is found again from the second on."""
_LOST_SIGMA, _FOUND_SIGMA = 1.0, 0.6
"""m: by these a localiser without a score (AMCL) is judged. It starts with 0.5 m around what it is told."""
_JUMP_M = 1.0  # at 1.5 m/s nobody drives it between two readings: a base counts anew, and that is no way driven
_SPEAKS_S = 5.0  # who repeats itself each second may lose four words; longer trusts who has ended
ODOMETRY_S, _BATTERY_S = 1.0, 180.0
"""s after which what wheels (20 a second) and battery (some speak once a minute only) said is no news of now."""
_STEP_S = 0.2
"""Longest time that one step counts as silence: an agent that was held up itself has not listened."""
_BRAKING_S = 3.0
"""So long a load waits for the robot to stand: Nav2's docking ends while it rolls."""
_THERE_M = 0.3
"""Docking leaves at most 0.1 m (Nav2), the pose is a few centimetres off; the next node is a metre away."""


class Sensed:
    """The newest of each measurement."""

    def __init__(self) -> None:
        self.pose: Pose2D | None = None
        self.v = 0.0
        self.w = 0.0
        self.odometry_silent = 0.0  # s
        self.battery_silent = 0.0
        self._score_silent = 0.0
        self._listened: float | None = None
        self.score = 0.0
        self._doubted = ""
        self.sigma = 0.0
        self.soc = 0.0
        self.charging = False
        self.battery_known = False
        self.load_id = ""
        self.load_known = False
        self.blocked_by: InTheWay = ""
        self.distance_driven = 0.0
        self._cameras: dict[str, tuple[float, OwnCamera]] = {}
        self._odom: Pose2D | None = None
        self._has_score = False
        self._sure = False
        self._ever_sure = False
        self._lost_since: float | None = None
        self._braking: float | None = None  # since when a load waits for standstill

    @property
    def localized(self) -> bool:
        """True while the pose can be trusted; a robot starts unsure, until its localisation says that it is sure."""
        return self.pose is not None and self._sure

    @property
    def slowed_by(self) -> str:
        """Why the localiser slows a robot that knows where it is; of one that does not, `localized` tells."""
        return self._doubted if self.localized else ""

    def at(self, x: float, y: float) -> bool:
        """Return whether the robot takes itself to be at a place (m, map) where loads are handled."""
        return self.pose is not None and math.hypot(x - self.pose.x, y - self.pose.y) <= _THERE_M

    def stands(self, now: float) -> bool:
        """Whether a load may be handled: it is sure where it is and stands, or did not come to rest for too long."""
        if not self.localized:
            self._braking = None
            return False
        if self._braking is None:
            self._braking = now
        ready = math.hypot(self.v, self.w) < STANDING or now - self._braking > _BRAKING_S
        if ready:
            self._braking = None
        return ready

    def not_waited_for(self) -> None:
        """Nobody waits for it to stand any more: the next wait begins anew."""
        self._braking = None

    def doubt(self, now: float) -> None:
        """The localisation is told a pose: what it said of the one before says nothing of that."""
        self._judge(now, False)

    def cameras(self, now: float) -> tuple[OwnCamera, ...]:
        """Return what the robot's perception says of its cameras, while it speaks."""
        self._cameras = {name: told for name, told in self._cameras.items() if abs(now - told[0]) < _SPEAKS_S}
        return tuple(camera for _, camera in self._cameras.values())

    def lost_for(self, now: float) -> float:
        """Return for how many seconds the pose has not been trusted; infinite when it never was."""
        if not self._sure and not self._ever_sure:
            return math.inf
        return 0.0 if self._lost_since is None else now - self._lost_since

    @property
    def drives_blind(self) -> bool:
        """Nobody knows how it moves: the wheels say nothing."""
        return self.odometry_silent > ODOMETRY_S

    @property
    def battery_lost(self) -> bool:
        """The charge told is not of now."""
        return self.battery_silent > _BATTERY_S

    @property
    def ever_moved(self) -> bool:
        """The wheels have said something since the agent was started."""
        return self._odom is not None

    def age(self, now: float) -> None:
        """Count how long nothing was heard, before what this step brings."""
        passed = 0.0 if self._listened is None else min(max(now - self._listened, 0.0), _STEP_S)
        self._listened = now
        self.odometry_silent += passed
        self.battery_silent += passed
        self._score_silent += passed
        if self.battery_lost:
            self.charging = False
        if self._has_score and self._score_silent > _SPEAKS_S:
            self.score = 0.0
            self._judge(now, False)

    def take(self, now: float, event: m.AgentEvent) -> None:
        """Store one measurement; measurements that are no numbers are left out."""
        match event:
            case m.PoseUpdate(pose):
                if all(map(math.isfinite, pose)):
                    self.pose = pose
            case m.Odometry(pose, v, w):
                self._take_odometry(pose, v, w)
            case m.Localization(score):
                self._take_score(now, score)
            case m.PoseDoubted(reason):
                self._doubted = reason
            case m.PoseSpread(sigma):
                self._take_sigma(now, sigma)
            case m.LocalizerReset():
                self.doubt(now)
            case m.Battery(soc, charging):
                if math.isfinite(soc):
                    self.battery_known, self.battery_silent = True, 0.0
                    self.soc, self.charging = min(max(soc, 0.0), 1.0), charging
            case m.BlockedBy(what):
                self.blocked_by = what
            case m.CameraHeard(camera):
                self._cameras[camera.camera] = now, camera
            case _:
                pass

    def _take_odometry(self, pose: Pose2D, v: float, w: float) -> None:
        if not all(map(math.isfinite, (*pose, v, w))):
            return
        if self._odom is not None:
            step = distance(pose, self._odom)
            self.distance_driven += step if step < _JUMP_M else 0.0
        self._odom, self.v, self.w = pose, v, w
        self.odometry_silent = 0.0

    def _take_score(self, now: float, score: float) -> None:
        if not math.isfinite(score):
            return
        self._has_score, self.score, self._score_silent = True, min(max(score, 0.0), 1.0), 0.0
        self._judge(now, score > _LOST_SCORE if self._sure else score >= _FOUND_SCORE)

    def _take_sigma(self, now: float, sigma: float) -> None:
        if not math.isfinite(sigma):
            return
        self.sigma = sigma
        if not self._has_score:
            self._judge(now, sigma < _LOST_SIGMA if self._sure else sigma <= _FOUND_SIGMA)
            self.score = NO_SCORE  # a small spread proves nothing against look-alikes

    def _judge(self, now: float, sure: bool) -> None:
        self._sure = sure
        self._ever_sure |= sure
        if sure:
            self._lost_since = None
        elif self._lost_since is None:
            self._lost_since = now
