"""The robot's state in the fleet's words."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from amr_core.errors import Fact
from amr_core.geometry import Pose2D
from amr_core.robots import STANDING
from amr_core.vda5050 import ActionState, ErrorLevel, Leader, Order, RobotError, RobotState, WaitingFor
from amr_navigation.agent.motion import RunningLeg
from amr_navigation.agent.sensed import Sensed

BASE_REQUEST_M = 4.0  # chosen: at 1.5 m/s 2.7 s for the answer; less brakes at the base's end, more holds others' space
_WARNING_S = 10.0  # chosen: ten reports carry it, so that one that is lost hides nothing; longer tells what is over
_REJECTION_S = 30.0  # chosen: a person has time to read it; longer than that it tells of an order that is forgotten
# chosen: 11 points in each report show a screen where it turns; more is only bytes on the radio
_PATH_AHEAD_M, _PATH_STEP_M = 8.0, 0.8
_NOWHERE = Pose2D(0.0, 0.0, 0.0)


class Errors:
    """Active errors by code; warnings about single messages go away by themselves."""

    def __init__(self) -> None:
        self._active: dict[str, tuple[RobotError, float]] = {}

    def warn(self, now: float, code: str, **facts: Fact) -> None:
        """Report something that concerns one message, for a while."""
        until = now + (_REJECTION_S if code == "agent.order_rejected" else _WARNING_S)
        self._active[code] = (RobotError(code, "WARNING", facts), until)

    def set(self, code: str, level: ErrorLevel, **facts: Fact) -> None:
        """Report an error until clear()."""
        self._active[code] = (RobotError(code, level, facts), math.inf)

    def keep(self, there: bool, code: str, level: ErrorLevel, **facts: Fact) -> None:
        """Report an error while it is there."""
        if there:
            self.set(code, level, **facts)
        else:
            self.clear(code)

    def has(self, code: str) -> bool:
        """Return whether an error is set."""
        return code in self._active

    def clear(self, code: str) -> None:
        """Take an error back."""
        self._active.pop(code, None)

    def reports(self, now: float) -> tuple[RobotError, ...]:
        """Return what is active now (s)."""
        self._active = {code: entry for code, entry in self._active.items() if entry[1] > now}
        return tuple(report for report, _ in self._active.values())


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Where the agent is in its work."""

    robot: str
    robot_type: str
    order: Order | None
    active: bool
    last_node: str
    last_seq: int
    paused: bool
    motion: RunningLeg
    acting: bool
    leader: Leader | None = None

    @property
    def index(self) -> int:
        """Index of the last node reached in the order."""
        return 0 if self.order is None else (self.last_seq - self.order.nodes[0].sequence_id) // 2

    @property
    def horizon(self) -> bool:
        """True while nodes wait for their release."""
        return self.active and self.order is not None and self.order.base_end < len(self.order.nodes) - 1


def build_report(
    now: float, at: Situation, sensed: Sensed, actions: tuple[ActionState, ...], errors: Errors
) -> RobotState:
    """Return the state report of this moment."""
    order = at.order
    active_errors = errors.reports(now)
    if at.motion.error is not None:
        active_errors = (*active_errors, at.motion.error)
    pose = sensed.pose or _NOWHERE
    return RobotState(
        robot=at.robot,
        robot_type=at.robot_type,
        order_id="" if order is None else order.order_id,
        update_id=0 if order is None else order.update_id,
        last_node_id=at.last_node,
        last_sequence_id=at.last_seq,
        base=_remaining(at),
        x=pose.x,
        y=pose.y,
        theta=pose.theta,
        localized=sensed.localized,
        score=sensed.score,
        v=sensed.v,
        w=sensed.w,
        driving=abs(sensed.v) > STANDING or abs(sensed.w) > STANDING,
        paused=at.paused,
        new_base_request=at.horizon and _base_left(at, sensed.pose) < BASE_REQUEST_M,
        soc=sensed.soc,
        charging=sensed.charging,
        loads=(sensed.load_id,) if sensed.load_id else (),
        actions=actions,
        errors=active_errors,
        waiting_for=_waiting_for(at, sensed),
        path=_path(at),
        distance_driven=sensed.distance_driven,
        leader=at.leader,
        cameras=sensed.cameras(now),
    )


def _remaining(at: Situation) -> tuple[str, ...]:
    if not at.active or at.order is None:
        return ()
    return tuple(n.node_id for n in at.order.nodes[at.index + 1 : at.order.base_end + 1])


def _base_left(at: Situation, pose: Pose2D | None) -> float:
    assert at.order is not None
    nodes = at.order.nodes[at.index : at.order.base_end + 1]
    left = sum(math.dist((a.x, a.y), (b.x, b.y)) for a, b in itertools.pairwise(nodes))
    return left if pose is None else left - math.dist((nodes[0].x, nodes[0].y), (pose.x, pose.y))


def _waiting_for(at: Situation, sensed: Sensed) -> WaitingFor:
    if not at.active or at.order is None:
        return ""
    if not sensed.localized:
        return "localisation"
    if at.motion.phase != "idle":
        return sensed.blocked_by
    at_base_end = at.index >= at.order.base_end and not at.paused and not at.acting
    return "base" if at.horizon and at_base_end else ""


def _path(at: Situation) -> tuple[tuple[float, float], ...]:
    leg = at.motion.leg
    if leg is None:
        return ()
    start, end = at.motion.s, min(leg.route.length, at.motion.s + _PATH_AHEAD_M)
    count = max(1, math.ceil((end - start) / _PATH_STEP_M))
    return tuple(leg.route.point(start + (end - start) * k / count)[:2] for k in range(count + 1))
