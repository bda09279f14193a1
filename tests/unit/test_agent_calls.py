"""The agent's goals when their servers go, come again or do not answer: no load is taken for ended that may move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from action_msgs.msg import GoalInfo, GoalStatus, GoalStatusArray
from nav2_msgs.action import DockRobot, FollowPath
from unique_identifier_msgs.msg import UUID

from amr_core.geometry import Pose2D
from amr_interfaces.action import HandleLoad
from amr_navigation.agent import model as m
from amr_navigation.nodes import agent_calls
from amr_navigation.nodes.agent_calls import AgentCalls
from amr_ros.actions import GoalOutcome

LOAD = m.HandleLoad(1, "pick", "L1")


class _Call:
    """One goal of the agent."""

    def __init__(self, number: int) -> None:
        self.goal_id, self.accepted, self.cancelled, self.detached = bytes([number] * 16), False, False, False

    def cancel(self) -> None:
        self.cancelled = True

    def detach(self) -> None:
        self.detached = True


class _Port:
    """An action's client, and what its server is asked for."""

    def __init__(self, _node: object, _kind: type, name: str) -> None:
        self.name, self.ready, self.servers = name, True, frozenset({b"old"})
        self.calls: list[_Call] = []
        self.asked: list[Callable[[], None]] = []
        self.answers = True

    def send(self, _goal: object, *, on_done: Callable[[Any], None]) -> _Call:
        self.calls.append(_Call(len(self.calls) + 1))
        return self.calls[-1]

    def cancel_all(self, on_done: Callable[[], None]) -> None:
        self.asked.append(on_done)
        if self.answers:
            on_done()


class Bench:
    """The calls of an agent, by a clock of their own."""

    def __init__(self, settles_for: float = 7.0) -> None:
        self.now, self.wall, self.results = 0.0, 0.0, list[m.ActionResult]()
        self.says: Callable[[GoalStatusArray], None] = lambda _message: None
        self.said = list[str]()
        self.error = self.said.append
        self.calls = AgentCalls(self, self.results.append, lambda: self.wall)  # type: ignore[arg-type]
        self.load: Any = self.calls._ports[m.HandleLoad]
        self.drive: Any = self.calls._ports[m.NavigateTo]
        self.run(settles_for)
        port: Any
        for port in self.calls._ports.values():
            port.asked.clear()

    def create_subscription(self, _kind: type, _topic: str, callback: Callable[..., None], _qos: object) -> None:
        self.says = callback

    def get_logger(self) -> Bench:
        return self

    def status(self, *goals: tuple[int, int]) -> None:
        told = [GoalStatus(goal_info=GoalInfo(goal_id=UUID(uuid=[n] * 16)), status=status) for n, status in goals]
        self.says(GoalStatusArray(status_list=told))

    def run(self, seconds: float, speed: float = 1.0) -> None:
        """Run for some fleet seconds; speed: of the simulator."""
        for _ in range(round(10 * seconds)):
            self.now += 0.1
            self.wall += 0.1 / speed
            self.calls.poll(self.now)

    def outcomes(self) -> list[str]:
        return [result.outcome for result in self.results]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(agent_calls, "ActionPort", _Port)
    return Bench()


def begin(bench: Bench) -> _Call:
    """Have the base work on a load."""
    bench.calls.start(bench.now, LOAD)
    call: _Call = bench.load.calls[-1]
    call.accepted = True
    bench.status((1, GoalStatus.STATUS_EXECUTING))
    bench.run(1.0)
    assert bench.calls.foreign_load is False
    return call


def test_a_robot_whose_load_driver_only_disappears_stands_until_another_one_is_there(bench: Bench) -> None:
    """After two seconds its order had failed, and it got the next one with its forks in a pallet."""
    begin(bench)
    bench.load.ready, bench.load.servers = False, frozenset()
    bench.run(400.0)
    assert bench.results == [], "its lift may stand half-way"
    bench.load.ready, bench.load.servers = True, frozenset({b"new"})
    bench.run(0.9)
    assert bench.outcomes() == ["lost"]
    assert bench.calls.foreign_load is None, "the new one has not said what it does"
    bench.run(1.5)
    assert bench.calls.foreign_load is False


def test_a_load_driver_that_is_not_seen_for_a_while_goes_on(bench: Bench) -> None:
    begin(bench)
    bench.load.ready, bench.load.servers = False, frozenset()
    bench.run(60.0)
    bench.load.ready, bench.load.servers = True, frozenset({b"old"})
    bench.run(60.0)
    assert bench.results == []


@pytest.mark.parametrize(("goal", "result", "told"), [
    (LOAD, HandleLoad.Result(success=True, error_code=HandleLoad.Result.NO_LOAD_HERE), ("aborted", 2)),
    (LOAD, HandleLoad.Result(), ("succeeded", 0)),
    (m.DockAt(2, "C01", stage=True), DockRobot.Result(success=False, error_code=905), ("aborted", 905)),
    (m.DockAt(2, "C01", stage=True), DockRobot.Result(success=True), ("succeeded", 0)),
    (m.FollowLeg(2, np.zeros((2, 3))), FollowPath.Result(error_code=105), ("succeeded", 105)),
])  # fmt: skip
def test_a_success_that_its_own_result_denies_is_none(
    bench: Bench, goal: Any, result: Any, told: tuple[str, int]
) -> None:
    """A foreign server's word: a station counted as docked at, a load as taken, that its result says is not."""
    bench.calls.start(bench.now, goal)
    call: Any = bench.calls._ports[type(goal)].calls[-1]  # type: ignore[attr-defined]
    call.outcome, call.result = GoalOutcome.SUCCEEDED, result
    bench.calls._done(goal.token, call)
    assert [(each.outcome, each.code) for each in bench.results] == [told]


@pytest.mark.parametrize("ended", [[(1, GoalStatus.STATUS_ABORTED)], [(9, GoalStatus.STATUS_SUCCEEDED)]])
@pytest.mark.parametrize("accepted", [True, False])
def test_a_result_that_is_lost_while_its_server_lives_locks_no_robot_in(
    bench: Bench, ended: list[tuple[int, int]], accepted: bool
) -> None:
    """One answer was lost on its way: the robot stood until somebody restarted its base."""
    begin(bench).accepted = accepted
    bench.run(30.0)
    assert bench.results == [], "its base works on it"
    bench.status(*ended)
    bench.run(4.8)
    assert bench.results == [], "a result may come late"
    bench.run(0.4)
    assert bench.results == [m.ActionResult(1, "aborted", 99)], "what its base says is on board holds: it lives"
    assert not bench.load.asked


@pytest.mark.parametrize("told", ["in time", "and forgotten", "and started anew"])
@pytest.mark.parametrize("accepted", [True, False])
def test_a_load_that_its_base_says_is_done_is_done_though_the_result_is_lost(
    bench: Bench, told: str, accepted: bool
) -> None:
    """Its drop was told as failed and done again: nothing on board, and an order that failed where all was well."""
    begin(bench).accepted = accepted
    bench.status((1, GoalStatus.STATUS_SUCCEEDED))
    bench.run(1.0)
    if told == "and forgotten":
        bench.status()
    elif told == "and started anew":
        bench.load.servers = frozenset({b"new"})
    bench.run(4.2)
    assert bench.results == [m.ActionResult(1, "succeeded")]
    assert bench.load.calls[-1].detached


def test_a_goal_of_which_its_server_says_nothing_is_called_off_and_given_up_with_its_answer(bench: Bench) -> None:
    bench.load.answers = False
    bench.calls.start(bench.now, LOAD)
    bench.run(9.8)
    assert not bench.load.asked
    bench.run(0.4)
    assert len(bench.load.asked) == 1
    bench.run(60.0)
    assert bench.results == [], "nobody knows what it does"
    assert len(bench.load.asked) in (6, 7), "not ten times a second"
    bench.load.asked[-1]()
    bench.run(0.8)
    assert bench.results == []
    bench.run(0.4)
    assert bench.results == [m.ActionResult(1, "aborted", 99)]
    assert bench.load.calls[-1].detached


def test_a_server_that_accepts_late_is_waited_for(bench: Bench) -> None:
    bench.load.answers = False
    bench.calls.start(bench.now, LOAD)
    bench.run(10.5)
    bench.load.calls[-1].accepted = True
    bench.load.asked[-1]()
    bench.run(60.0)
    assert bench.results == [], "its result says how that ended"


@pytest.mark.parametrize("seen", [True, False])
def test_a_motion_that_is_given_up_is_cancelled_before_the_next_one(bench: Bench, seen: bool) -> None:
    """Only discovery had lost its server: the robot drove on by a goal of which the agent knew nothing more."""
    bench.drive.answers = False
    bench.calls.start(bench.now, m.NavigateTo(2, Pose2D(1.0, 0.0, 0.0)))
    if seen:  # another one beside it
        bench.drive.servers = frozenset({b"new"})
    else:
        bench.drive.ready, bench.drive.servers = False, frozenset()
    bench.run(3.5)
    assert bench.outcomes() == ["aborted"]
    assert bench.drive.calls[0].cancelled
    bench.drive.ready = True
    bench.run(0.2)
    assert bench.drive.asked
    bench.calls.start(bench.now, m.NavigateTo(3, Pose2D(1.0, 0.0, 0.0)))
    bench.run(1.0)
    assert len(bench.drive.calls) == 1, "a cancel that is under way would end it, too"
    bench.drive.asked[-1]()
    bench.run(0.2)
    assert len(bench.drive.calls) == 2
    assert not bench.said, "that is no complaint"


def test_discovery_takes_as_long_when_the_simulator_runs_ten_times_as_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """0.2 s without its server ended a motion, and 0.1 s after its start the base's lift worked on nothing."""
    monkeypatch.setattr(agent_calls, "ActionPort", _Port)
    bench = Bench(0.0)
    bench.run(9.0, speed=10.0)
    assert bench.calls.foreign_load is None
    bench.run(2.0, speed=10.0)
    assert bench.calls.foreign_load is False
    bench.calls.start(bench.now, m.NavigateTo(2, Pose2D(1.0, 0.0, 0.0)))
    bench.drive.ready = False
    bench.run(15.0, speed=10.0)
    assert bench.results == [], "a blink of discovery"
    bench.run(15.0, speed=10.0)
    assert bench.outcomes() == ["aborted"]


def test_an_agent_that_was_held_up_itself_has_not_listened_meanwhile(bench: Bench) -> None:
    """What it was told waits to be read: it called off a load that its base had accepted long ago."""
    bench.calls.start(bench.now, LOAD)
    bench.run(1.0)
    bench.now += 30.0
    bench.wall += 30.0
    bench.run(0.2)
    assert not bench.load.asked
