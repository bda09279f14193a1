"""No goal, cancel, feedback or result of a neighbour ends a process: a failed goal, counted and told. Our faults do."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from nav2_msgs.action import Wait
from rclpy.node import Node

from amr_ros.actions import ActionCall, ActionPort, ActionServerBridge, GoalOutcome, Preempt
from amr_ros.guard import survived
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode

TIMEOUT_S = 20.0
BAD = 13
"""Seconds of a goal, a feedback or a result that nobody thought of."""


class _Fragile(AmrNode):
    """Serves and calls; fails(hook) in the hooks named in `broken`, and on all messages of BAD seconds."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.broken: set[str] = set()
        self.done: list[tuple[GoalOutcome | None, bool]] = []
        self.fed: list[int] = []
        self.started: list[int] = []
        self.bridge = ActionServerBridge(
            self,
            Wait,
            "served",
            on_goal=lambda goal: self.started.append(self._checked("goal", goal.time.sec)),
            on_cancel=self._on_cancel,
            on_preempt=self._on_preempt,
            accepting=lambda: self._checked("accepting", 1) == 1,
        )
        self.port = ActionPort(self, Wait, "called")

    def _checked(self, hook: str, seconds: int) -> int:
        if hook in self.broken or seconds == BAD:
            raise KeyError(hook)
        return seconds

    def _on_preempt(self, goal: Any) -> Preempt:
        self._checked("preempt", goal.time.sec)
        return Preempt.TAKE_OVER

    def _on_cancel(self) -> None:
        self._checked("cancel", 1)
        self.bridge.canceled()

    def _on_done(self, call: ActionCall) -> None:
        self._checked("done", 1 if call.result is None else call.result.total_elapsed_time.sec)
        self.done.append((call.outcome, call.result is None))

    def send(self) -> ActionCall:
        return self.port.send(
            Wait.Goal(),
            on_done=self._on_done,
            on_feedback=lambda said: self.fed.append(self._checked("feedback", said.time_left.sec)),
        )


class _Rig:
    """The fragile node, and a neighbour with a client of what it serves and a server of what it calls."""

    def __init__(self, host: ProcessHost) -> None:
        self.host = host
        self.ended: list[str] = []  # what would have ended the process
        self.node: _Fragile = host.build(_Fragile, "fragile")
        other: AmrNode = host.build(AmrNode, "neighbour")
        self.client = ActionPort(other, Wait, "served")
        self.server = ActionServerBridge(
            other, Wait, "called", on_goal=lambda _goal: None, on_cancel=lambda: self.server.canceled()
        )
        self.until(lambda: self.client.ready and self.node.port.ready)

    def until(self, predicate: Callable[[], object]) -> None:
        assert self.host.spin_until(lambda: bool(predicate()) or bool(self.ended), TIMEOUT_S)
        assert not self.ended, self.ended[0]

    def ask(self, seconds: int) -> ActionCall:
        goal = Wait.Goal()
        goal.time.sec = seconds
        return self.client.send(goal, on_done=lambda _call: None)

    def called(self) -> ActionCall:
        call = self.node.send()
        self.until(lambda: self.server.active and call.accepted)
        return call

    def outcome(self, call: ActionCall) -> GoalOutcome | None:
        self.until(lambda: call.done)
        return call.outcome


@pytest.fixture
def rig(host: ProcessHost) -> Iterator[_Rig]:
    rig = _Rig(host)
    with survived(lambda: rig.ended.append(traceback.format_exc())):
        yield rig


def _result(seconds: int) -> Any:
    result = Wait.Result()
    result.total_elapsed_time.sec = seconds
    return result


def _feedback(seconds: int) -> Any:
    feedback = Wait.Feedback()
    feedback.time_left.sec = seconds
    return feedback


def test_a_goal_that_cannot_be_judged_is_refused(rig: _Rig) -> None:
    rig.node.broken = {"accepting"}
    assert rig.outcome(rig.ask(1)) is GoalOutcome.REJECTED
    assert rig.node.malformed["served"] == 1
    rig.node.broken.clear()
    rig.ask(1)
    rig.until(lambda: rig.node.started == [1])


def test_a_goal_that_fails_in_the_question_who_goes_first_ends_and_the_running_one_goes_on(rig: _Rig) -> None:
    first = rig.ask(1)
    rig.until(lambda: rig.node.bridge.active)
    assert rig.outcome(rig.ask(BAD)) is GoalOutcome.ABORTED
    assert rig.node.malformed["served"] == 1
    assert (rig.node.bridge.goal.time.sec, first.done) == (1, False)
    rig.node.bridge.succeed()
    assert rig.outcome(first) is GoalOutcome.SUCCEEDED


def test_a_goal_whose_start_fails_after_it_ended_itself_takes_no_other_with_it(rig: _Rig) -> None:
    decisions = [Preempt.WAIT, Preempt.TAKE_OVER]

    def start(goal: Any) -> None:
        if goal.time.sec == BAD:
            rig.node.bridge.abort()
            raise KeyError("too late")

    rig.node.bridge._on_goal, rig.node.bridge._on_preempt = start, lambda _goal: decisions.pop(0)
    rig.ask(1)
    rig.until(lambda: rig.node.bridge.active)
    waits = rig.ask(2)
    rig.until(lambda: rig.node.bridge.pending is not None)
    assert rig.outcome(rig.ask(BAD)) is GoalOutcome.ABORTED
    rig.until(lambda: rig.node.malformed["served"] == 1)
    assert (rig.node.bridge.goal.time.sec, waits.done) == (2, False)


def test_a_goal_that_cannot_be_cancelled_is_aborted(rig: _Rig) -> None:
    call = rig.ask(1)
    rig.until(lambda: rig.node.bridge.active)
    rig.node.broken = {"cancel"}
    call.cancel()
    assert rig.outcome(call) is GoalOutcome.ABORTED
    assert rig.node.malformed["served"] == 1
    assert not rig.node.bridge.active
    rig.ask(2)
    rig.until(lambda: rig.node.started == [1, 2])


def test_a_result_that_is_no_use_is_a_failed_goal(rig: _Rig) -> None:
    call = rig.called()
    rig.server.succeed(_result(BAD))
    rig.until(lambda: rig.node.done)
    assert rig.node.done == [(GoalOutcome.ABORTED, True)], "told once, without what cannot be used"
    assert (call.outcome, call.result) == (GoalOutcome.ABORTED, None)
    assert rig.node.malformed["called"] == 1


def test_feedback_that_is_no_use_calls_the_goal_off_and_it_counts_as_failed(rig: _Rig) -> None:
    call = rig.called()
    rig.server.feedback(_feedback(1))
    rig.until(lambda: rig.node.fed == [1])
    rig.server.feedback(_feedback(BAD))
    rig.until(lambda: not rig.server.active)
    assert rig.outcome(call) is GoalOutcome.ABORTED
    assert (rig.node.done, rig.node.malformed["called"]) == ([(GoalOutcome.ABORTED, True)], 1)


def test_a_goal_with_feedback_that_is_no_use_has_not_succeeded_whatever_its_server_says(rig: _Rig) -> None:
    rig.server._on_cancel = lambda: rig.server.succeed(_result(1))
    call = rig.called()
    rig.server.feedback(_feedback(BAD))
    assert rig.outcome(call) is GoalOutcome.ABORTED
    assert rig.node.done == [(GoalOutcome.ABORTED, True)]


def test_who_cannot_use_that_all_was_cancelled_goes_on(rig: _Rig) -> None:
    def fail() -> None:
        rig.node._checked("answer", BAD)

    rig.node.port.cancel_all(fail)
    rig.until(lambda: rig.node.malformed["called"] == 1)


def test_a_second_server_that_takes_the_same_goal_ends_nobody(rig: _Rig) -> None:
    """rclpy raises there, and its executor read a null pointer."""
    client: Any = rig.node.port._client
    taken: Any = []
    execute = client.execute

    async def twice(data: Any) -> None:
        await execute(data)
        if "goal" in data and not taken:
            taken.append(data)
            await execute(data)

    client.execute = twice
    call = rig.called()
    assert taken
    rig.server.succeed()
    assert rig.outcome(call) is GoalOutcome.SUCCEEDED
    assert rig.node.malformed["called"] == 1


@pytest.mark.parametrize("rejected", [False, True])
def test_a_fault_that_no_message_has_caused_ends_the_process(rig: _Rig, rejected: bool) -> None:
    """A node that cannot even take that its goal has failed must not go on: the supervisor starts it again."""
    rig.node.broken = {"done"}
    rig.server._accepting = lambda: not rejected
    rig.server._on_goal = lambda _goal: rig.server.abort(_result(1))
    rig.node.send()
    assert rig.host.spin_until(lambda: bool(rig.ended), TIMEOUT_S)
    assert "KeyError: 'done'" in rig.ended[0]


def test_what_a_node_without_a_guard_fails_on_ends_its_process(rig: _Rig, host: ProcessHost) -> None:
    plain = Node("plain", context=host.context)
    host.executor.add_node(plain)
    try:
        port = ActionPort(plain, Wait, "called")
        rig.until(lambda: port.ready)
        port.send(Wait.Goal(), on_done=lambda call: {}[call.result])
        rig.until(lambda: rig.server.active)
        rig.server.succeed()
        assert host.spin_until(lambda: bool(rig.ended), TIMEOUT_S)
    finally:
        host.executor.remove_node(plain)
        port.destroy()
        plain.destroy_node()
