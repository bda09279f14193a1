"""Actions for nodes that work in ticks: nothing here blocks, awaits or spins.

rclpy wants an execute callback that runs as long as the goal. A coroutine that waits there costs 0.9 core with
EventsExecutor (it polls), so a goal is left unexecuted until it is finished and "executed" in no time.

What a callback fails on when a neighbour's goal, cancel, answer, feedback or result has come is counted as malformed
(`guarded`), and a failed goal. What is left is a fault of our own, and `fatal`: one in here, or a client that cannot
even take that its goal has failed.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any
from uuid import uuid4

from action_msgs.msg import GoalStatus
from rclpy.action import ActionClient, ActionServer, CancelResponse, GoalResponse
from rclpy.action.client import ClientGoalHandle
from rclpy.action.server import GoalEvent, ServerGoalHandle
from rclpy.node import Node
from unique_identifier_msgs.msg import UUID

from amr_ros.guard import fatal
from amr_ros.guarded import refusing


class _Server(ActionServer):
    """rclpy's; what it raises itself on a request is counted: its executor ends with that or reads a null pointer."""

    refuse: Callable[[Exception], None]

    async def execute(self, taken_data: Any) -> None:
        try:
            await super().execute(taken_data)
        except Exception as error:  # such as a client that has gone before its answer
            self.refuse(error)


class _Client(ActionClient):
    """As _Server, for answers."""

    refuse: Callable[[Exception], None]

    async def execute(self, taken_data: Any) -> None:
        try:
            await super().execute(taken_data)
        except Exception as error:  # such as two servers that take one goal
            self.refuse(error)


class Preempt(Enum):
    """What happens to a new goal while another one runs."""

    TAKE_OVER = "take_over"
    WAIT = "wait"
    REJECT = "reject"


class ActionServerBridge:
    """An action server with Nav2 semantics: one running goal, one pending, the newest wins."""

    def __init__(
        self,
        node: Node,
        action_type: Any,
        name: str,
        *,
        on_goal: Callable[[Any], None],
        on_cancel: Callable[[], None] | None = None,
        on_preempt: Callable[[Any], Preempt] | None = None,
        accepting: Callable[[], bool] | None = None,
        result_timeout_s: float = 10.0,
    ) -> None:
        self._node = node
        self._refuse = refusing(node, name)
        self._type = action_type
        self._on_goal = on_goal
        self._on_cancel = on_cancel
        self._on_preempt = on_preempt
        self._accepting = accepting
        self._current: ServerGoalHandle | None = None
        self._pending: ServerGoalHandle | None = None
        self._server = _Server(
            node,
            action_type,
            name,
            execute_callback=_unused,
            goal_callback=fatal(self._decide),
            handle_accepted_callback=fatal(self._accepted),
            cancel_callback=fatal(self._cancel_asked),
            result_timeout=round(result_timeout_s),
        )
        self._server.refuse = fatal(self._refuse)

    @property
    def active(self) -> bool:
        """True while a goal runs."""
        return self._current is not None

    @property
    def goal(self) -> Any:
        """The running goal, None if there is none."""
        return None if self._current is None else self._current.request

    @property
    def pending(self) -> Any:
        """The goal that waits for the running one to end, None if there is none."""
        return None if self._pending is None else self._pending.request

    @property
    def cancel_requested(self) -> bool:
        """True if a client asked to cancel the running goal."""
        return self._current is not None and bool(self._current.is_cancel_requested)

    def feedback(self, message: Any) -> None:
        """Publish feedback for the running goal; ignored without one."""
        if self._current is not None:
            self._current.publish_feedback(message)

    def succeed(self, result: Any = None) -> None:
        """End the running goal with SUCCEEDED."""
        self._end_current(ServerGoalHandle.succeed, result)

    def abort(self, result: Any = None) -> None:
        """End the running goal with ABORTED."""
        self._end_current(ServerGoalHandle.abort, result)

    def canceled(self, result: Any = None) -> None:
        """End the running goal with CANCELED; ABORTED if no client asked for it."""
        asked = self.cancel_requested
        self._end_current(ServerGoalHandle.canceled if asked else ServerGoalHandle.abort, result)

    def abort_all(self) -> None:
        """End the running and the pending goal with ABORTED: on deactivation."""
        pending, self._pending = self._pending, None
        if pending is not None:
            self._end(pending, ServerGoalHandle.abort, None)
        self.abort()

    def destroy(self) -> None:
        """Remove the server from its node."""
        self._server.destroy()

    def _decide(self, _goal: Any) -> GoalResponse:
        try:
            accept = self._accepting is None or self._accepting()
        except Exception as error:
            self._refuse(error)
            accept = False
        return GoalResponse.ACCEPT if accept else GoalResponse.REJECT

    def _accepted(self, handle: ServerGoalHandle) -> None:
        if self._current is None:
            self._start(handle)
            return
        decision = self._preempts(handle.request)
        if decision is Preempt.REJECT:
            handle._update_state(GoalEvent.EXECUTE)
            self._end(handle, ServerGoalHandle.abort, None)
        elif decision is Preempt.TAKE_OVER:
            old, self._current = self._current, None
            self._end(old, ServerGoalHandle.abort, None)
            self._start(handle)
        else:
            self._replace_pending(handle)

    def _preempts(self, goal: Any) -> Preempt:
        if self._on_preempt is None:
            return Preempt.TAKE_OVER
        try:
            return self._on_preempt(goal)
        except Exception as error:
            self._refuse(error)
            return Preempt.REJECT

    def _replace_pending(self, handle: ServerGoalHandle) -> None:
        handle._update_state(GoalEvent.EXECUTE)
        old, self._pending = self._pending, handle
        if old is not None:
            self._end(old, ServerGoalHandle.abort, None)

    def _start(self, handle: ServerGoalHandle) -> None:
        if handle.status == GoalStatus.STATUS_ACCEPTED:
            handle._update_state(GoalEvent.EXECUTE)
        self._current = handle
        try:
            self._on_goal(handle.request)
        except Exception as error:  # a goal that nobody thought of must not end the process
            self._refuse(error)
            self._give_up(handle)

    def _cancel_asked(self, handle: ServerGoalHandle) -> CancelResponse:
        # The goal becomes CANCELING only after this callback, and can be ended only then.
        self._node.executor.create_task(fatal(self._cancel_accepted), handle)
        return CancelResponse.ACCEPT

    def _cancel_accepted(self, handle: ServerGoalHandle) -> None:
        if handle is self._pending:
            self._pending = None
            self._end(handle, ServerGoalHandle.canceled, None)
        elif handle is self._current and self._on_cancel is not None:
            try:
                self._on_cancel()
            except Exception as error:
                self._refuse(error)
                self._give_up(handle)

    def _give_up(self, handle: ServerGoalHandle) -> None:
        if handle is self._current:  # else its callback has ended it before it failed
            self.abort()

    def _end_current(self, transition: Callable[[ServerGoalHandle], None], result: Any) -> None:
        if self._current is None:
            return
        handle, self._current = self._current, None
        self._end(handle, transition, result)
        pending, self._pending = self._pending, None
        if pending is not None:
            self._start(pending)

    def _end(self, handle: ServerGoalHandle, transition: Callable[[ServerGoalHandle], None], result: Any) -> None:
        final = self._type.Result() if result is None else result
        transition(handle)
        self._server.notify_execute(handle, lambda _handle: final)


def _unused(_handle: ServerGoalHandle) -> Any:
    raise RuntimeError("goals are ended by the bridge")


class GoalOutcome(Enum):
    """How a call ended."""

    SUCCEEDED = "succeeded"
    ABORTED = "aborted"
    CANCELED = "canceled"
    REJECTED = "rejected"


_OUTCOMES = {
    GoalStatus.STATUS_SUCCEEDED: GoalOutcome.SUCCEEDED,
    GoalStatus.STATUS_ABORTED: GoalOutcome.ABORTED,
    GoalStatus.STATUS_CANCELED: GoalOutcome.CANCELED,
}


class ActionCall:
    """One goal on its way. Built by ActionPort.send()."""

    def __init__(
        self,
        on_done: Callable[[ActionCall], None],
        on_feedback: Callable[[Any], None] | None,
        refuse: Callable[[Exception], None],
    ) -> None:
        self.goal_id = uuid4().bytes
        self.outcome: GoalOutcome | None = None
        self.result: Any = None
        self._on_done: Callable[[ActionCall], None] | None = on_done
        self._on_feedback = on_feedback
        self._refuse = refuse
        self._handle: Any = None
        self._cancel = False
        self._spoilt = False  # feedback came that cannot be used: whatever the result, the goal has failed

    @property
    def done(self) -> bool:
        """True after the result came or the goal was rejected."""
        return self.outcome is not None

    @property
    def accepted(self) -> bool:
        """True once the server has accepted the goal."""
        return self._handle is not None

    def cancel(self) -> None:
        """Ask the server to cancel, at once or as soon as it has accepted the goal."""
        if self._cancel or self.done:
            return
        self._cancel = True
        if self._handle is not None:
            self._handle.cancel_goal_async()

    def detach(self) -> None:
        """Stop all callbacks; the goal goes on."""
        self._on_done = None
        self._on_feedback = None

    def _answered(self, future: Any) -> None:
        handle = future.result()
        if not handle.accepted:
            self._finish(GoalOutcome.REJECTED, None)
            return
        self._handle = handle
        handle.get_result_async().add_done_callback(fatal(self._ended))
        if self._cancel:
            handle.cancel_goal_async()

    def _ended(self, future: Any) -> None:
        response = future.result()
        # The server forgets a goal's result some time after its end; then the status is UNKNOWN.
        self._finish(_OUTCOMES.get(response.status, GoalOutcome.ABORTED), response.result)

    def _fed(self, message: Any) -> None:
        if self._on_feedback is None or self.done:
            return
        try:
            self._on_feedback(message.feedback)
        except Exception as error:
            self._refuse(error)
            self._spoilt, self._on_feedback = True, None
            self.cancel()

    def _finish(self, outcome: GoalOutcome, result: Any) -> None:
        self.outcome, self.result = (GoalOutcome.ABORTED, None) if self._spoilt else (outcome, result)
        try:
            self._tell()
        except Exception as error:
            if self.result is None:  # nothing of a message is in it
                raise
            self._refuse(error)
            self.outcome, self.result = GoalOutcome.ABORTED, None
            self._tell()

    def _tell(self) -> None:
        if self._on_done is not None:
            self._on_done(self)


class ActionPort:
    """An action client."""

    def __init__(self, node: Node, action_type: Any, name: str) -> None:
        self._node = node
        self._client = _Client(node, action_type, name)
        self._refuse = refusing(node, name)
        self._client.refuse = fatal(self._refuse)
        self.name = name

    @property
    def ready(self) -> bool:
        """True when a server is there."""
        return bool(self._client.server_is_ready())

    @property
    def servers(self) -> frozenset[bytes]:
        """The servers that are there, by ids that no other process has, not even the same server started anew."""
        found = self._node.get_publishers_info_by_topic(f"{self.name}/_action/status")
        return frozenset(bytes(server.endpoint_gid) for server in found)

    def send(
        self,
        goal: Any,
        *,
        on_done: Callable[[ActionCall], None],
        on_feedback: Callable[[Any], None] | None = None,
    ) -> ActionCall:
        """Send a goal. on_done comes once; on_feedback gets the feedback messages of this goal.

        A result that on_done fails on is told once more: aborted, no result. When on_feedback fails, the server is
        asked to cancel, and the goal ends so, whatever its server says.
        """
        call = ActionCall(on_done, on_feedback, self._refuse)
        goal_id = UUID(uuid=list(call.goal_id))
        future = self._client.send_goal_async(goal, feedback_callback=fatal(call._fed), goal_uuid=goal_id)
        future.add_done_callback(fatal(call._answered))
        return call

    def cancel_all(self, on_done: Callable[[], None]) -> None:
        """Ask the server to cancel every goal, whoever sent it; on_done comes with its answer."""

        def answered(_future: Any) -> None:
            try:
                on_done()
            except Exception as error:
                self._refuse(error)

        future = ClientGoalHandle(self._client, UUID(), None).cancel_goal_async()
        future.add_done_callback(fatal(answered))

    def destroy(self) -> None:
        """Remove the client from its node."""
        self._client.destroy()
