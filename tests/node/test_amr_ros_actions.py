"""ActionServerBridge and ActionPort: accept, feedback, result, cancel, preempt, reject; across two contexts."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from nav2_msgs.action import Wait

from amr_ros.actions import ActionCall, ActionPort, ActionServerBridge, GoalOutcome, Preempt
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode

TIMEOUT_S = 10.0


class _Server(AmrNode):
    decision = Preempt.TAKE_OVER
    accepting = True

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.started: list[int] = []
        self.cancels = 0
        self.bridge = ActionServerBridge(
            self,
            Wait,
            "wait",
            on_goal=lambda goal: self.started.append(goal.time.sec),
            on_cancel=self._on_cancel,
            on_preempt=lambda _goal: self.decision,
            accepting=lambda: self.accepting,
        )

    def _on_cancel(self) -> None:
        self.cancels += 1


class _Client(AmrNode):
    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.port = ActionPort(self, Wait, "wait")
        self.done: list[ActionCall] = []
        self.feedback: list[int] = []

    def send(self, seconds: int) -> ActionCall:
        goal = Wait.Goal()
        goal.time.sec = seconds
        return self.port.send(
            goal, on_done=self.done.append, on_feedback=lambda message: self.feedback.append(message.time_left.sec)
        )


class _Pair:
    """A server and a client, in one host or in two with a context each."""

    def __init__(self, hosts: list[ProcessHost]) -> None:
        self.hosts = hosts
        self.server: _Server = hosts[0].build(_Server, "server")
        self.client: _Client = hosts[-1].build(_Client, "client")
        assert self.until(lambda: self.client.port.ready)

    def until(self, predicate: Any) -> bool:
        if len(self.hosts) == 1:
            return self.hosts[0].spin_until(predicate, TIMEOUT_S)
        end = time.monotonic() + TIMEOUT_S
        while not predicate():
            if time.monotonic() >= end:
                return False
            for host in self.hosts:
                host.spin_once(0.005)
        return True


@pytest.fixture(params=["one context", "two contexts"])
def pair(request: pytest.FixtureRequest, domain_id: int) -> Iterator[_Pair]:
    count = 1 if request.param == "one context" else 2
    hosts = [ProcessHost(participant=f"p{i}", sim_time=False, domain_id=domain_id) for i in range(count)]
    try:
        yield _Pair(hosts)
    finally:
        for host in hosts:
            host.close()


def test_a_closed_host_leaves_no_server_behind_that_others_take_for_a_living_one(domain_id: int) -> None:
    """A goal that went to it was lost: who shares the process or takes the domain next found a ready server."""
    with ProcessHost(participant="other", sim_time=False, domain_id=domain_id) as other:
        client = other.build(_Client, "client")
        gone = ProcessHost(participant="gone", sim_time=False, domain_id=domain_id)
        kept = gone.build(_Server, "server")
        assert other.spin_until(lambda: client.port.ready, TIMEOUT_S)
        gone.close()
        assert other.spin_until(lambda: not client.port.ready, TIMEOUT_S)
        assert other.spin_until(lambda: client.get_node_names() == ["client"], TIMEOUT_S)
        assert kept.started == []  # what somebody still holds keeps nothing alive


def test_goal_feedback_and_result(pair: _Pair) -> None:
    call = pair.client.send(3)
    assert pair.until(lambda: pair.server.bridge.active and call.accepted)
    feedback = Wait.Feedback()
    feedback.time_left.sec = 2
    pair.server.bridge.feedback(feedback)
    assert pair.until(lambda: pair.client.feedback == [2])
    result = Wait.Result()
    result.total_elapsed_time.sec = 3
    pair.server.bridge.succeed(result)
    assert pair.until(lambda: call.done)
    assert (call.outcome, call.result.total_elapsed_time.sec) == (GoalOutcome.SUCCEEDED, 3)
    assert pair.client.done == [call]
    assert not pair.server.bridge.active


def test_cancel(pair: _Pair) -> None:
    call = pair.client.send(3)
    assert pair.until(lambda: pair.server.bridge.active)
    call.cancel()
    assert pair.until(lambda: pair.server.cancels == 1)
    assert pair.server.bridge.cancel_requested
    pair.server.bridge.canceled()
    assert pair.until(lambda: call.done)
    assert call.outcome is GoalOutcome.CANCELED


def test_cancel_before_the_goal_is_accepted(pair: _Pair) -> None:
    call = pair.client.send(3)
    call.cancel()
    assert pair.until(lambda: pair.server.cancels == 1)
    pair.server.bridge.canceled()
    assert pair.until(lambda: call.done)
    assert call.outcome is GoalOutcome.CANCELED


def test_new_goal_takes_over(pair: _Pair) -> None:
    old = pair.client.send(1)
    assert pair.until(lambda: pair.server.bridge.active)
    new = pair.client.send(2)
    assert pair.until(lambda: old.done)
    assert old.outcome is GoalOutcome.ABORTED
    assert pair.server.started == [1, 2]
    pair.server.bridge.succeed()
    assert pair.until(lambda: new.done)
    assert new.outcome is GoalOutcome.SUCCEEDED


def test_new_goal_waits(pair: _Pair) -> None:
    pair.server.decision = Preempt.WAIT
    first = pair.client.send(1)
    assert pair.until(lambda: pair.server.bridge.active)
    second = pair.client.send(2)
    assert pair.until(lambda: pair.server.bridge.pending is not None)
    third = pair.client.send(3)
    assert pair.until(lambda: second.done)
    assert second.outcome is GoalOutcome.ABORTED
    third.cancel()
    assert pair.until(lambda: third.done)
    assert third.outcome is GoalOutcome.CANCELED
    pair.server.bridge.abort()
    assert pair.until(lambda: first.done)
    assert pair.server.started == [1]


def test_new_goal_is_refused(pair: _Pair) -> None:
    pair.server.decision = Preempt.REJECT
    first = pair.client.send(1)
    assert pair.until(lambda: pair.server.bridge.active)
    second = pair.client.send(2)
    assert pair.until(lambda: second.done)
    assert second.outcome is GoalOutcome.ABORTED
    assert not first.done


def test_inactive_server_rejects(pair: _Pair) -> None:
    pair.server.accepting = False
    call = pair.client.send(1)
    assert pair.until(lambda: call.done)
    assert call.outcome is GoalOutcome.REJECTED
    assert pair.server.started == []
