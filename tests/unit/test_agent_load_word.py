"""Who says what is on board: the word of a base that has ended is none of the next one, which tells it to who asks."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from amr_navigation.nodes.agent_load_word import OnBoardWord


class Bases:
    """A node beside bases, each with an id and the word that it keeps for who listens."""

    def __init__(self) -> None:
        self.kept: dict[bytes, str | None] = {}
        self.heard: list[str] = []
        self.listeners: list[Callable[[Any], None]] = []
        self.word = OnBoardWord(self, self.heard.append, lambda: self.heard.append("?"))
        self.now = 0.0

    def create_subscription(self, _kind: type, _topic: str, take: Callable[[Any], None], _qos: object) -> Any:
        self.listeners.append(take)
        for word in self.kept.values():
            if word is not None:
                take(word)
        return take

    def destroy_subscription(self, listener: Callable[[Any], None]) -> None:
        self.listeners.remove(listener)

    def get_publishers_info_by_topic(self, _topic: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(endpoint_gid=list(gid)) for gid in self.kept]

    def say(self, gid: bytes, word: str) -> None:
        self.kept[gid] = word
        for take in self.listeners:
            take(word)

    def run(self, seconds: float) -> None:
        for _ in range(round(10.0 * seconds)):
            self.now += 0.1
            self.word.poll(self.now)


@pytest.fixture
def bases() -> Bases:
    found = Bases()
    found.kept[b"old"] = None
    found.run(1.0)
    found.say(b"old", "L1")
    found.run(5.0)
    return found


def test_a_new_base_that_says_nothing_makes_the_word_of_the_old_one_void(bases: Bases) -> None:
    """Its robot drove with what the last base had on board, and took nothing where it said that it had it already."""
    del bases.kept[b"old"]
    bases.kept[b"new"] = None
    bases.run(3.0)
    assert bases.heard == ["L1", "?"]
    bases.say(b"new", "")
    bases.run(10.0)
    assert bases.heard == ["L1", "?", ""]
    assert len(bases.listeners) == 1


def test_a_new_base_that_spoke_before_it_was_found_is_heard_again(bases: Bases) -> None:
    """It speaks on change only: forgotten, its one word would never come again."""
    del bases.kept[b"old"]
    bases.say(b"new", "L2")
    bases.run(5.0)
    assert bases.heard == ["L1", "L2", "?", "L2"]


@pytest.mark.parametrize("beside", [False, True])
def test_a_base_that_is_not_seen_for_a_while_keeps_its_word(beside: bool, bases: Bases) -> None:
    gone = bases.kept.pop(b"old")
    bases.run(30.0)
    bases.kept[b"old"] = gone
    if beside:
        bases.kept[b"second"] = None
    bases.run(30.0)
    assert bases.heard == ["L1"]


def test_the_word_is_heard_anew_when_who_handles_the_load_was_lost(bases: Bases) -> None:
    bases.word.renew()
    assert bases.heard == ["L1", "?", "L1"]
