"""What an agent finds when it is started again: the goals of the one before still move its robot."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from action_msgs.msg import GoalInfo, GoalStatus, GoalStatusArray
from unique_identifier_msgs.msg import UUID

from amr_navigation.nodes.agent_leftovers import Leftovers
from amr_navigation.nodes.agent_server import OthersGoals


class _Server:
    """A motion server that can be found, is asked to cancel all and answers when it is told to."""

    name = "follow_path"

    def __init__(self, *, ready: bool = True) -> None:
        self.ready, self.asked = ready, 0
        self.answer: Callable[[], None] = lambda: None

    def cancel_all(self, on_done: Callable[[], None]) -> None:
        self.asked += 1
        self.answer = on_done


def test_nothing_is_sent_or_said_before_every_server_has_cancelled_what_it_has() -> None:
    one, two = _Server(), _Server()
    left = Leftovers([one, two], list[str]().append)  # type: ignore[list-item]
    left.poll(0.0)
    assert (one.asked, two.asked) == (1, 1)
    one.answer()
    left.poll(0.1)
    assert not left.stopped
    assert not left.settled, "its robot drives: neither free nor paused"
    two.answer()
    left.poll(0.2)
    assert left.stopped
    assert left.settled
    left.poll(9.0)
    assert (one.asked, two.asked) == (1, 1), "later goals are its own"


def test_a_server_that_is_found_late_is_asked_before_the_next_goal() -> None:
    found, late = _Server(), _Server(ready=False)
    left = Leftovers([found, late], list[str]().append)  # type: ignore[list-item]
    left.poll(0.0)
    found.answer()
    left.poll(4.0)
    assert not left.settled, "discovery may take a while"
    left.poll(5.0)
    assert left.settled, "a robot whose Nav2 is not there says so, it is not silent for ever"
    late.ready = True
    assert not left.stopped
    left.poll(7.0)
    assert late.asked == 1
    late.answer()
    assert left.stopped


def test_a_server_that_does_not_answer_is_asked_again() -> None:
    server, said = _Server(), list[str]()
    left = Leftovers([server], said.append)  # type: ignore[list-item]
    for tick in range(40):
        left.poll(0.1 * tick)
    assert server.asked == 2
    assert not left.stopped
    left.poll(60.0)
    assert not left.settled, "nobody knows what it does"
    left.poll(60.1)
    assert len(said) == 1, "once in half a minute"
    assert "follow_path" in said[0]
    assert "nothing is driven or said" in said[0]


def test_a_server_that_is_found_late_is_given_its_time_to_answer() -> None:
    """Real Nav2's controller is found while it loads its plugins: at each start an error said "start it anew"."""
    server, said = _Server(ready=False), list[str]()
    left = Leftovers([server], said.append)  # type: ignore[list-item]
    left.poll(0.0)
    for tick in range(10):
        server.ready = tick != 5
        left.poll(10.0 + 0.9 * tick)
    assert said == [], "it is 2.7 s that it is there, and has not answered"
    left.poll(20.5)
    assert len(said) == 1


def test_a_server_that_is_asked_again_later_holds_the_driving_only() -> None:
    """Its agent has said how the robot is for long: whoever read the log looked for a silence that was none."""
    server, said = _Server(), list[str]()
    left = Leftovers([server], said.append)  # type: ignore[list-item]
    left.poll(0.0)
    server.answer()
    left.poll(0.1)
    left.again(100.0, server)  # type: ignore[arg-type]
    left.poll(131.0)
    assert left.settled
    assert said == ["follow_path cancels no goals of before: nothing is driven; start it anew"]


class _Loads:
    """The base's load server of an agent: it can be found, and somebody else can take its place."""

    name = "handle_load"

    def __init__(self) -> None:
        self.ready, self.servers = True, frozenset({b"old"})
        self.says: Callable[[GoalStatusArray], None] = lambda _message: None

    def create_subscription(
        self, _kind: type, _topic: str, callback: Callable[[GoalStatusArray], None], _qos: object
    ) -> None:
        self.says = callback

    def work_on(self, goal_id: int, status: int) -> None:
        goal = GoalInfo(goal_id=UUID(uuid=[goal_id] * 16))
        self.says(GoalStatusArray(status_list=[GoalStatus(goal_info=goal, status=status)]))


def watch(base: _Loads) -> OthersGoals:
    return OthersGoals(base, base)  # type: ignore[arg-type]


def test_a_base_that_says_nothing_of_loads_works_on_none() -> None:
    found, late = _Loads(), _Loads()
    late.ready = False
    goals = watch(found)
    assert [goals.poll(now) for now in (0.0, 0.9, 1.0, 1.1)] == [None, None, False, False], "what it said comes late"
    goals = watch(late)
    assert [goals.poll(now) for now in (0.0, 4.9, 5.0)] == [None, None, False], "a robot without one drives"


def test_a_base_works_for_another_one_until_it_says_that_this_has_ended() -> None:
    base = _Loads()
    goals = watch(base)
    for status in (GoalStatus.STATUS_ACCEPTED, GoalStatus.STATUS_EXECUTING, GoalStatus.STATUS_CANCELING):
        base.work_on(1, status)
        assert [goals.poll(now) for now in (0.0, 500.0)] == [True, True]
        goals.mine(bytes([1] * 16))
        assert goals.poll(500.1) is False, "its own"
        goals.mine(b"")
    base.work_on(1, GoalStatus.STATUS_CANCELED)
    assert goals.poll(501.0) is False


def test_a_base_that_was_started_anew_works_no_longer_on_what_the_one_before_did() -> None:
    base = _Loads()
    goals = watch(base)
    base.work_on(1, GoalStatus.STATUS_EXECUTING)
    assert goals.poll(0.0) is True
    base.servers = frozenset({b"old", b"new"})
    assert [goals.poll(now) for now in (1.0, 2.0, 9.0)] == [True] * 3, "which of the two works is not known"
    base.servers = frozenset({b"new"})
    assert [goals.poll(now) for now in (9.5, 10.5, 11.5)] == [True, True, None], "it comes late with what it does"
    assert [goals.poll(now) for now in (11.6, 12.4, 12.6)] == [None, None, False]
    base.work_on(2, GoalStatus.STATUS_EXECUTING)
    assert goals.poll(12.7) is True
    base.ready = False
    assert [goals.poll(now) for now in (13.0, 13.5)] == [True, True], "a blink of discovery is no end"
    base.ready = True
    assert [goals.poll(now) for now in (14.0, 15.0)] == [True, True]


def test_a_base_that_only_disappears_may_have_stopped_half_way() -> None:
    base = _Loads()
    goals = watch(base)
    base.work_on(1, GoalStatus.STATUS_EXECUTING)
    assert goals.poll(0.0) is True
    base.ready, base.servers = False, frozenset()
    assert [goals.poll(now) for now in (1.0, 9.0, 500.0)] == [True] * 3
    base.ready, base.servers = True, frozenset({b"new"})
    assert [goals.poll(now) for now in (501.0, 501.5, 502.1)] == [None, None, False]


@pytest.mark.parametrize("seen_first", [True, False])
def test_a_base_that_crashes_just_after_it_began_locks_nobody_in(seen_first: bool) -> None:
    """Its last word came when it had gone: the next one was taken for the one that works on the load, for ever."""
    base = _Loads()
    goals = watch(base)
    if seen_first:
        assert goals.poll(0.0) is None
        base.ready, base.servers = False, frozenset()
    base.work_on(1, GoalStatus.STATUS_EXECUTING)
    base.ready, base.servers = False, frozenset()
    assert [goals.poll(now) for now in (0.1, 1.0, 9.0)] == [True] * 3
    base.ready, base.servers = True, frozenset({b"new"})
    assert [goals.poll(now) for now in (9.6, 10.2, 12.3, 13.4)] == [None, None, False, False]


def test_a_base_that_comes_again_and_works_at_once_is_not_taken_for_gone() -> None:
    base = _Loads()
    goals = watch(base)
    assert goals.poll(0.0) is None
    base.ready, base.servers = False, frozenset()
    assert goals.poll(3.0) is None
    base.ready, base.servers = True, frozenset({b"new"})
    base.work_on(1, GoalStatus.STATUS_EXECUTING)
    base.ready, base.servers = False, frozenset()
    assert goals.poll(3.1) is True
    base.ready, base.servers = True, frozenset({b"new"})
    assert [goals.poll(now) for now in (3.6, 9.0, 90.0)] == [True] * 3, "it works"
