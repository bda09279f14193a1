"""The agent's motion and load commands as Nav2 and HandleLoad action goals."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from action_msgs.msg import GoalStatus
from nav2_msgs.action import DockRobot, FollowPath, NavigateToPose, UndockRobot

from amr_interfaces.action import HandleLoad
from amr_navigation.agent import model as m
from amr_navigation.nodes.agent_leftovers import Leftovers
from amr_navigation.nodes.agent_server import AnswerWatch, Listened, OthersGoals, ServerWatch
from amr_ros.actions import ActionCall, ActionPort, GoalOutcome
from amr_ros.convert import array_to_path, pose_stamped
from amr_ros.node import AmrNode

_SERVER_WAIT_S = 5.0  # chosen: DDS finds a new server within a second or two; longer, a robot stands and nobody is told
_UNKNOWN = HandleLoad.Result.UNKNOWN
Goal = m.FollowLeg | m.NavigateTo | m.DockAt | m.LeaveDock | m.HandleLoad


class AgentCalls:
    """Sends goals and hands back their results. One motion and one load may run at a time."""

    def __init__(
        self,
        node: AmrNode,
        on_result: Callable[[m.ActionResult], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_result = on_result
        self._listened = Listened(clock)
        self._ports: dict[type, ActionPort] = {
            m.FollowLeg: ActionPort(node, FollowPath, "follow_path"),
            m.NavigateTo: ActionPort(node, NavigateToPose, "navigate_to_pose"),
            m.DockAt: ActionPort(node, DockRobot, "dock_robot"),
            m.LeaveDock: ActionPort(node, UndockRobot, "undock_robot"),
            m.HandleLoad: ActionPort(node, HandleLoad, "handle_load"),
        }
        motions = (port for kind, port in self._ports.items() if kind is not m.HandleLoad)
        self._leftovers = Leftovers(motions, lambda text: node.get_logger().error(text))
        self._motion: tuple[int, ActionCall] | None = None
        self._motion_port = self._ports[m.FollowLeg]
        self._load: tuple[int, ActionCall] | None = None
        self._answer: AnswerWatch | None = None  # of the load
        self._servers: dict[bool, ServerWatch] = {}  # by "is a load", of what runs
        self._others_loads = OthersGoals(node, self._ports[m.HandleLoad])
        self.foreign_load: bool | None = None  # whether the base works on a load that this agent did not ask for
        self._waiting: dict[bool, tuple[Goal, float]] = {}  # by "is a load": goals whose server is not there yet

    @property
    def settled(self) -> bool:
        """Whether nothing that an agent before this one began moves the robot."""
        return self._leftovers.settled

    @property
    def listened(self) -> float:
        """The seconds in which this agent could hear servers, see `Listened`."""
        return self._listened.seconds

    def start(self, now: float, goal: Goal) -> None:
        """Send a goal; a motion goal takes the place of the one before."""
        is_load = isinstance(goal, m.HandleLoad)
        self._waiting[is_load] = (goal, now + _SERVER_WAIT_S)
        if not is_load and self._motion is not None:
            self._motion[1].detach()
        self.poll(now)

    def poll(self, now: float) -> None:
        """Send what waits for its server, and give up on what has waited too long."""
        self._leftovers.poll(now)
        for is_load, (goal, until) in list(self._waiting.items()):
            if self._ports[type(goal)].ready and (is_load or self._leftovers.stopped):
                del self._waiting[is_load]
                self._send(now, goal)
            elif now > until:
                del self._waiting[is_load]
                self._on_result(m.ActionResult(goal.token, "rejected"))
        self._listened.step()
        self.foreign_load = self._others_loads.poll(self._listened.seconds)
        self._watch(now, self._listened.seconds)

    def cancel_loads(self) -> None:
        """Have the base give up every operation; the result of the own one comes as for any other end."""
        if self._ports[m.HandleLoad].ready:
            self._ports[m.HandleLoad].cancel_all(lambda: None)

    def cancel(self, token: int) -> None:
        """Cancel a motion; its result comes as for any other end."""
        waiting = self._waiting.get(False)
        if waiting is not None and waiting[0].token == token:
            del self._waiting[False]
            if self._motion is not None:
                self._motion[1].cancel()
            self._on_result(m.ActionResult(token, "canceled"))
        elif self._motion is not None and self._motion[0] == token:
            self._motion[1].cancel()

    def destroy(self) -> None:
        """Remove all action clients."""
        for port in self._ports.values():
            port.destroy()

    def _send(self, now: float, goal: Goal) -> None:
        is_load, port = isinstance(goal, m.HandleLoad), self._ports[type(goal)]
        call = port.send(goal_to_msg(goal, now), on_done=lambda done: self._done(goal.token, done))
        self._servers[is_load] = ServerWatch(port, self._listened.seconds)
        if is_load:
            self._load = goal.token, call
            self._others_loads.mine(call.goal_id)
            self._answer = AnswerWatch(port, call, self._others_loads, self._listened.seconds)
        else:
            self._motion, self._motion_port = (goal.token, call), port

    def _watch(self, now: float, listened: float) -> None:
        """End a motion whose server has gone, and a load's operation whose server was started anew: no result comes.

        As long as no other load server is there, nobody knows where the lift stands: the robot stands, too.
        """
        if self._motion is not None and self._servers[False].gone(listened):
            (token, call), self._motion = self._motion, None
            call.cancel()
            call.detach()
            self._leftovers.again(now, self._motion_port)  # it may be hidden only, and drive on
            self._on_result(m.ActionResult(token, "aborted"))
        if self._load is not None and self._servers[True].replaced(listened):
            self._end_load("lost")
        if self._load is not None and self._answer is not None and self._answer.lost(listened):
            self._end_load("aborted")  # not "lost": what a base that lives has said is on board still holds

    def _end_load(self, outcome: m.ActionOutcome) -> None:
        """Wait no longer for a load's result; should its goal run all the same, it counts as another one's.

        outcome: unless the base has said that it is done. Told as failed, a drop would be done again with nothing.
        """
        if self._load is None:
            return
        (token, call), self._load = self._load, None
        done = self._others_loads.own_status == GoalStatus.STATUS_SUCCEEDED
        call.detach()
        self._others_loads.mine(b"")
        self._on_result(m.ActionResult(token, "succeeded") if done else m.ActionResult(token, outcome, _UNKNOWN))

    def _done(self, token: int, call: ActionCall) -> None:
        if self._motion is not None and self._motion[0] == token:
            self._motion = None
        if self._load is not None and self._load[0] == token:
            self._load = None
        outcome = call.outcome or GoalOutcome.ABORTED
        if outcome is GoalOutcome.SUCCEEDED and _denied(call.result):
            outcome = GoalOutcome.ABORTED
        code = int(getattr(call.result, "error_code", 0))
        self._on_result(m.ActionResult(token, outcome.value, code))


def _denied(result: Any) -> bool:
    """Return whether a success is none by its own result. A load's field success is False by default: not asked."""
    if isinstance(result, HandleLoad.Result):
        return bool(result.error_code != HandleLoad.Result.NONE)
    return not getattr(result, "success", True)


def goal_to_msg(goal: Goal, now: float) -> Any:
    """Return the action goal of a command."""
    match goal:
        case m.FollowLeg():
            # Nav2 takes an empty id only where there is just one plugin of a kind.
            controller, checker = ("Reverse", "reverse") if goal.reverse else ("FollowPath", "precise")
            ids = {"controller_id": controller, "goal_checker_id": f"{checker}_goal_checker"}
            return FollowPath.Goal(
                path=array_to_path(goal.poses, "map", now), progress_checker_id="progress_checker", **ids
            )
        case m.NavigateTo(_, pose):
            return NavigateToPose.Goal(pose=pose_stamped(pose, "map", now))
        case m.DockAt(_, station, stage):
            return DockRobot.Goal(use_dock_id=True, dock_id=station, navigate_to_staging_pose=stage)
        case m.LeaveDock():
            return UndockRobot.Goal()
        case m.HandleLoad(_, operation, load_id):
            code = HandleLoad.Goal.PICK if operation == "pick" else HandleLoad.Goal.DROP
            return HandleLoad.Goal(operation=code, load_id=load_id)
