"""Two robots under one serial number, as a broker brings their states: who is told from one that only counts badly."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest

from tests.unit.vda_desk import Desk

Word = tuple[float, int, float]
"""When it comes (s), its headerId, where its robot stands (x, m)."""
HEARD: tuple[Word, ...] = (
    (26.46, 4, 4.6), (28.48, 5, 4.6), (29.01, 6, 6.6), (30.59, 6, 4.6), (31.04, 7, 6.6), (32.64, 7, 4.6),
    (33.08, 8, 6.6), (34.77, 8, 4.6), (35.09, 9, 6.6), (36.89, 9, 4.6), (37.24, 10, 6.6), (38.94, 10, 4.6),
)  # fmt: skip
"""What a gateway heard at a real broker for 480 s without an alarm: both count alike, their bays are 2.0 m apart."""


def noticed(words: Sequence[Word], clocks: Sequence[float] = (0.0,)) -> Iterator[bool]:
    """Give a master words of robots, in turn by their clocks (s ahead); yield whether it suspects two after each."""
    desk = Desk()
    begin = desk.now
    for turn, (when, number, x) in enumerate(words):
        desk.now, desk.header = begin + when, number
        desk.state["clock"] = clocks[turn % len(clocks)]
        desk.state["x"] = x
        desk.receive("state", desk.body())
        yield desk.master.identity.double(desk.now)


def in_turn(order: str, every: float, behind: int = 0, apart: float = 0.8, rounds: int = 6) -> list[Word]:
    """Return the words of a and b in that order, again and again; each speaks at so long (s) on average."""
    counts = {"a": 100, "b": 100 - behind}
    found = []
    for step, who in enumerate(order * rounds):
        found.append((step * every / 2.0, counts[who], apart * (who == "b")))
        counts[who] += 1
    return found


def test_two_that_count_alike_in_bays_two_metres_apart_are_noticed_as_a_broker_brought_them() -> None:
    """The fault: only places more than 2.0 m apart told them from each other, and these were not."""
    told = list(noticed(HEARD))
    assert not any(told[:4])
    assert all(told[6:]), "after the second round"


@pytest.mark.parametrize("order", ["ab", "abba", "aabb"])
@pytest.mark.parametrize("behind", [0, 1, 3, 19, 40])
def test_two_that_count_nearly_alike_are_noticed_in_whatever_order_they_come(order: str, behind: int) -> None:
    words = in_turn(order, 2.0, behind)
    assert all(told for (when, *_), told in zip(words, noticed(words), strict=True) if when >= 10.0)


@pytest.mark.parametrize("behind", [0, 1, 3])
def test_two_that_speak_every_half_minute_are_noticed_within_two_minutes(behind: int) -> None:
    words = in_turn("ab", 30.0, behind)
    assert all(told for (when, *_), told in zip(words, noticed(words), strict=True) if when >= 120.0)


@pytest.mark.parametrize("behind", [0, 1, 3])
@pytest.mark.parametrize("clock", [-5.0, 5.0])
def test_one_whose_clock_is_wrong_is_noticed_beside_the_other(behind: int, clock: float) -> None:
    """The fault: with the lower number and the older stamp all that one of them said was left out as late."""
    assert all(list(noticed(in_turn("ab", 2.0, behind), (0.0, clock)))[11:])


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([0] * 20, id="never counts"),
        pytest.param([step // 2 for step in range(20)], id="counts every other time"),
        pytest.param([step // 2 * 2 for step in range(20)], id="counts every other time, by two"),
        pytest.param([step % 4 for step in range(20)], id="begins anew every 4 s"),
    ],
)
@pytest.mark.parametrize("speed", [0.0, 0.2, 1.5])
def test_one_that_counts_badly_while_it_drives_is_one(numbers: list[int], speed: float) -> None:
    assert not any(noticed([(float(when), number, speed * when) for when, number in enumerate(numbers)]))


def test_one_that_drives_there_and_back_without_counting_is_one() -> None:
    assert not any(noticed([(10.0 * step, 0, 9.0 * (step % 2)) for step in range(20)]))


def test_one_that_is_started_again_and_again_and_knows_its_place_within_a_hand_is_one() -> None:
    dice = random.Random(1)
    numbers = [number for life in range(5, 20, 2) for number in range(life)]
    assert not any(noticed([(float(when), number, dice.gauss(0.0, 0.05)) for when, number in enumerate(numbers)]))


def test_one_whose_states_overtake_each_other_or_come_twice_is_one() -> None:
    numbers = [0, 1, 3, 2, 2, 4, 6, 5, 6, 7, 7, 9, 8, 7, 10, 10, 12, 11, 10, 13, 14, 12, 15]
    desk = Desk()
    begin = desk.now
    for place, number in enumerate(numbers):
        desk.now, desk.header = begin + place, number
        desk.state |= {"clock": number - place, "x": 1.5 * number}
        desk.receive("state", desk.body())
        assert not desk.master.identity.double(desk.now)


@pytest.mark.parametrize("seed", range(20))
def test_one_that_is_started_again_and_again_with_one_counter_for_all_its_topics_is_one(seed: int) -> None:
    """Its numbers pass those of its last life, more at a time than one: operators were told of a robot that was not."""
    rng = random.Random(seed)
    words, at = list[Word](), 0.0
    for _ in range(8):
        number = 0
        for _ in range(rng.randint(3, 15)):
            words.append((at, number, 0.0))
            at, number = at + 1.0, number + rng.randint(2, 4)
        at += rng.choice((15.0, 20.0))
    assert not any(noticed(words))


@pytest.mark.parametrize("leap", [1, 19, 25, 31])
def test_two_side_by_side_whose_numbers_grow_by_leaps_are_noticed(leap: int) -> None:
    words = [(0.5 * turn, leap * (turn // 2) + (1000 if turn % 2 else 0), 0.8 * (turn % 2)) for turn in range(40)]
    assert list(noticed(words))[-1]
