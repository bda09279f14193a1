"""Doing one leg after the other: start, extend, stop, retry with growing waits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from amr_core.geometry import FloatArray, Pose2D, wrap_angle
from amr_core.vda5050 import RobotError
from amr_navigation.agent.leg import Leg
from amr_navigation.agent.model import (
    ActionResult,
    AgentCommand,
    CancelMotion,
    DockAt,
    FollowLeg,
    LeaveDock,
    NavigateTo,
)
from amr_navigation.agent.route import Route

NODE_REACHED_M = 0.25  # along the way, as much as DEVIATION_M beside it: who stops short of a node by less has come
OFF_LANE_M = 0.4  # chosen: from less it steers back along its lane; farther off it plans a way back
FAR_OFF_M = 1.5
"""From farther off its route the robot does not drive back by itself: the fleet may have given the way to others."""
# chosen: straight beside it, it would turn on the spot; further ahead it would cut the lane's curves
_BACK_ON_LANE_M = 1.0
# chosen: more than docking and localisation are off together; who stands elsewhere does not undock but follows
_AT_STATION_M = 0.15
# chosen: docking steers so much out on its way in; who is farther off drives to the staging pose first
_ALIGNED_M, _ALIGNED_RAD = 0.15, 0.3
# chosen: who crosses is gone in seconds; 10 s together before a person is told that it fails
_WAITS_S = (1.0, 3.0, 6.0)
_DETOUR_M = 3.0
"""How far its own motion may have led a robot that drives around something."""
_LOOK_AGAIN_S = 1.0  # chosen: so much later than it could it drives on; shorter starts and cancels goals all the time
# chosen: three quick tries did not help; more often only wears and logs, less often it stands when free
_LATE_WAIT_S = 20.0
_HEALED_M = 0.5  # chosen: more than a stuck robot rocks; then what stopped it lies behind, and tries count anew
_STOP_TIMEOUT_S = 5.0  # chosen: a robot brakes in 2 s; a server that has not ended by then is taken for gone
SILENT_S = 90.0
"""s of standing without a word after which a motion's server hangs: Nav2 gives up itself after 60 s."""
_STEP_S = 0.2  # longest time that one step counts: an agent that was held up itself has not watched
_MOVED_M, _MOVED_RAD = 0.1, 0.2  # a pose jitters by less

WayOut = Callable[[str, Pose2D], tuple[FloatArray, float] | None]
"""From a lane's node and a pose in one of its docks to the way back to that node, and its speed (m/s)."""
LegPhase = Literal["idle", "running", "stopping", "waiting"]


class RunningLeg:
    """The state of the one motion command that may run."""

    def __init__(self, new_token: Callable[[], int], way_out: WayOut = lambda _node, _pose: None) -> None:
        self._new_token, self._way_out = new_token, way_out
        self.leg: Leg | None = None
        self.s = 0.0
        self.phase: LegPhase = "idle"
        self.error: RobotError | None = None
        self.attempts = 0
        self.slow = math.inf  # m/s while it backs out of a dock
        self._fresh = True
        self._token = 0
        self._recovering = False
        self._since = 0.0
        self._started_at_s = 0.0
        self._hangs = False
        self._stood = self._watched = 0.0
        self._stood_at: Pose2D | None = None

    @property
    def failing(self) -> bool:
        """True after the quick retries have failed."""
        return self.error is not None

    def reached(self, pose: Pose2D) -> int | None:
        """Update the progress and return the sequence id of the last inner node passed; None without a leg."""
        leg = self.leg
        if leg is None:
            return None
        if leg.kind != "dock" and not self._recovering and not self._fresh:
            found = leg.route.project(pose, self.s)
            if found.offset < 2 * OFF_LANE_M:
                self.s = found.s
            if self.s > self._started_at_s + _HEALED_M:
                self.attempts, self.error = 0, None
        return leg.seq_at(self.s, NODE_REACHED_M)

    def drive(self, now: float, leg: Leg, pose: Pose2D) -> list[AgentCommand]:
        """Work on leg; called in every step while the robot may move."""
        if self.phase == "stopping":
            return self._give_up_waiting(now)
        changed = self._adopt(leg)
        if self.phase == "running":
            extend = changed and not self._recovering
            return self._start(now, pose) if extend else []
        if self.phase == "waiting" and now < self._since:
            return []
        return self._start(now, pose)

    def hold(self, now: float) -> list[AgentCommand]:
        """Stop and stay; called in every step while the robot must not move."""
        if self.phase == "waiting":
            self.phase = "idle"
        if self.phase == "stopping":
            return self._give_up_waiting(now)
        if self.phase != "running":
            return []
        self.phase, self._since = "stopping", now
        return [CancelMotion(self._token)]

    def watch(self, now: float, pose: Pose2D | None, *, waits: bool) -> list[AgentCommand]:
        """Stop a motion by which the robot has stood for long; waits: it has said what for. Called in every step."""
        passed, self._watched = min(max(now - self._watched, 0.0), _STEP_S), now
        if self.phase != "running" or waits or pose is None or _moved(self._stood_at, pose):
            self._stood, self._stood_at = 0.0, pose
            return []
        self._stood += passed
        if self._stood <= SILENT_S:
            return []
        self._hangs = True
        return self.hold(now)

    def drop(self) -> None:
        """Forget the leg; only when nothing runs."""
        self.leg, self.phase, self.error, self.attempts = None, "idle", None, 0
        self._recovering = False

    def on_result(self, now: float, result: ActionResult, blocked: str) -> int | None:
        """Take the result of a motion command; return the sequence id reached when it completes the leg."""
        if result.token != self._token or self.phase not in ("running", "stopping") or self.leg is None:
            return None
        stopping, self.phase, self.slow = self.phase == "stopping", "idle", math.inf
        if result.outcome == "succeeded":
            if self._recovering:
                self._recovering = False
                return None
            end = self.leg.end_seq
            self.drop()
            return end
        self._recovering = False
        if self._hangs:
            self.attempts = len(_WAITS_S)  # it was given time enough
        if self._hangs or not stopping:
            self._failed(now, result.code, blocked)
        return None

    def _failed(self, now: float, code: int, blocked: str) -> None:
        # Waiting for people or other vehicles is no defect: it never counts as the last attempt.
        limit = len(_WAITS_S) if blocked in ("person", "vehicle") else len(_WAITS_S) + 1
        self.attempts = min(self.attempts + 1, limit)
        quick = self.attempts <= len(_WAITS_S)
        self.phase = "waiting"
        self._since = now + (_WAITS_S[self.attempts - 1] if quick else _LATE_WAIT_S)
        assert self.leg is not None
        node = self.leg.route.nodes[-1].node_id
        if not quick and self.leg.kind == "dock":
            self.error = RobotError("nav.dock_failed", "FATAL", {"station": node, "nav2_code": code})
        elif not quick:
            self.error = RobotError("nav.failed", "FATAL", {"node": node, "nav2_code": code})

    def _adopt(self, leg: Leg) -> bool:
        """Make leg the one to work on, with the progress of the one it continues; tell whether its end changed."""
        old = self.leg
        if old is not None and (old.order_id, old.kind) == (leg.order_id, leg.kind):
            if old.end_seq == leg.end_seq:
                self.leg = _with_limits_of(old, leg)
                return False
            shift = (leg.start_seq - old.start_seq) // 2
            if 0 <= shift < len(old.route.s):
                self.s -= old.route.s[shift]
                self._started_at_s -= old.route.s[shift]
                self.leg = leg
                return True
        self.leg, self.s, self._fresh = leg, 0.0, True
        return True

    def _start(self, now: float, pose: Pose2D) -> list[AgentCommand]:
        leg = self.leg
        assert leg is not None
        off = leg.route.project(pose, None if self._fresh or leg.kind == "dock" else self.s).offset
        out = self._out_of_dock(leg, pose)
        if out is None and off > (_DETOUR_M if self.phase == "running" else FAR_OFF_M):
            return self._stay(now, leg, off)
        if self.error is not None and self.error.code == "nav.off_route":
            self.error = None
        self.phase, self._since, self._recovering, self._hangs = "running", now, False, False
        self._token = self._new_token()
        if out is not None:
            self._recovering, self.slow = True, out[1]
            return [FollowLeg(self._token, out[0], reverse=True)]
        if leg.kind == "dock":
            return [
                DockAt(self._token, leg.route.nodes[-1].node_id, stage=self.attempts > 0 or not _on_spur(leg, pose))
            ]
        if leg.kind == "undock" and self.attempts == 0 and _at_start(leg, pose):
            self._fresh = False
            return [LeaveDock(self._token)]
        return [self._follow(leg, pose)]

    def _out_of_dock(self, leg: Leg, pose: Pose2D) -> tuple[FloatArray, float] | None:
        """Return the way back to where a leg begins, of a robot that was restarted in a dock and is to go elsewhere."""
        if not self._fresh or leg.kind not in ("follow", "dock") or (leg.kind == "dock" and _on_spur(leg, pose)):
            return None
        return self._way_out(leg.route.nodes[0].node_id, pose)

    def _stay(self, now: float, leg: Leg, off: float) -> list[AgentCommand]:
        """Do not drive while the robot is far (m) off its route; it goes on when somebody has brought it back."""
        self.error = RobotError("nav.off_route", "FATAL", {"node": leg.route.nodes[0].node_id, "metres": round(off, 1)})
        self._started_at_s = self.s  # what it drove before heals nothing
        if self.phase == "running":
            self.phase, self._since = "stopping", now
            return [CancelMotion(self._token)]
        self.phase, self._since = "waiting", now + _LOOK_AGAIN_S
        return []

    def _follow(self, leg: Leg, pose: Pose2D) -> AgentCommand:
        found = leg.route.project(pose, None if self._fresh else self.s)
        self.s, self._fresh = found.s, False
        self._started_at_s = self.s
        if found.offset > OFF_LANE_M:
            self._recovering = True
            return NavigateTo(self._token, Pose2D(*leg.route.point(min(self.s + _BACK_ON_LANE_M, leg.route.length))))
        return FollowLeg(self._token, leg.route.poses(self.s), reverse=leg.kind in ("reverse", "undock"))

    def _give_up_waiting(self, now: float) -> list[AgentCommand]:
        if now - self._since > _STOP_TIMEOUT_S:
            self.phase = "idle"
        return []


def _moved(before: Pose2D | None, pose: Pose2D) -> bool:
    if before is None or math.hypot(pose.x - before.x, pose.y - before.y) > _MOVED_M:
        return True
    return abs(wrap_angle(pose.theta - before.theta)) > _MOVED_RAD


def _at_start(leg: Leg, pose: Pose2D) -> bool:
    node = leg.route.nodes[0]
    return math.hypot(node.x - pose.x, node.y - pose.y) <= _AT_STATION_M


def _on_spur(leg: Leg, pose: Pose2D) -> bool:
    found = leg.route.project(pose, None)
    heading = leg.route.point(found.s)[2]
    return found.offset <= _ALIGNED_M and abs(wrap_angle(heading - pose.theta)) <= _ALIGNED_RAD


def _with_limits_of(old: Leg, leg: Leg) -> Leg:
    """Return the old leg with the speed limits of the new one: zones change them on the way."""
    new = {e.sequence_id: e for e in leg.route.edges}
    edges = tuple(new.get(e.sequence_id, e) for e in old.route.edges)
    if edges == old.route.edges:
        return old
    return replace(old, route=Route(old.route.nodes, edges, reverse=old.route.reverse))
