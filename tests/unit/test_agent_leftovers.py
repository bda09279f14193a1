"""What an agent finds when it is started again: the goals of the one before still move its robot."""

from __future__ import annotations

from collections.abc import Callable

from amr_navigation.nodes.agent_leftovers import Leftovers


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
