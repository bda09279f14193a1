"""A camera of whose pictures some cannot be used, one by one: who is there is told, or that it sees too little."""

from __future__ import annotations

import numpy as np
import pytest

from amr_perception.fixed.areas import AreaEvent, AreaMonitor, AreaRule, SeenThing

_SQUARE = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0))
_PERSON = AreaRule("crossing", "person_near", frozenset({"person"}), _SQUARE, "hold")
_BLIND = AreaRule("crossing", "blind", frozenset(), _SQUARE, "hold")
_STANDS = SeenThing("person", 1.0, 1.0, 0.25, 0.9)


def _told(
    pattern: str, monitor: AreaMonitor, *, period: float = 0.2, start: float = 0.0
) -> list[tuple[float, AreaEvent]]:
    """Show pictures: b cannot be used, p shows a person, anything else nobody; return what was told when."""
    found = []
    for k, kind in enumerate(pattern):
        seen = None if kind == "b" else [_STANDS] if kind == "p" else []
        now = start + period * k
        found += [(now, event) for event in monitor.update(now, seen, "bad_picture" if seen is None else "")]
    return found


@pytest.mark.parametrize("pattern", ["pb" * 5, "pbp", "bpbp", "pbbpbp"])
def test_who_stands_there_is_told_between_pictures_that_cannot_be_used(pattern: str) -> None:
    assert [e.rule.event for _, e in _told(pattern, AreaMonitor([_PERSON]))][:1] == ["person_near"]


def test_two_sights_with_two_pictures_between_that_cannot_be_used_are_no_event() -> None:
    assert _told("pbbpbbp", AreaMonitor([_PERSON])) == []


@pytest.mark.parametrize("period", [0.1, 0.2, 0.5])
@pytest.mark.parametrize("share", ["b.", "bb.", "bbb."])
def test_a_camera_of_which_half_the_pictures_cannot_be_used_is_blind(share: str, period: float) -> None:
    monitor = AreaMonitor([], [_BLIND])
    assert _told("." * round(2.0 / period), monitor, period=period) == []
    told = _told((share * 60)[: round(8.0 / period)], monitor, period=period, start=2.0)
    assert told[0][0] - 2.0 <= 2.0
    assert [event.active for _, event in told] == [True] * len(told)
    assert {event.reason for _, event in told} == {"bad_picture"}
    after = _told("." * round(5.0 / period), monitor, period=period, start=10.0)
    assert [event.active for _, event in after][-1:] == [False]


def test_it_does_not_come_and_go_while_the_link_is_bad_by_chance() -> None:
    rng, monitor = np.random.default_rng(1), AreaMonitor([], [_BLIND])
    told = _told("".join(".b"[int(rng.random() < 0.6)] for _ in range(600)), monitor)
    assert [event.active for _, event in told] == [True] * len(told)
    assert told


@pytest.mark.parametrize("pattern", ["b....", "bb.......", "...b"])
def test_few_pictures_that_cannot_be_used_hold_nobody_up(pattern: str) -> None:
    assert _told(pattern * 40, AreaMonitor([], [_BLIND])) == []


def test_after_a_camera_that_was_only_blind_a_second_of_sight_is_enough() -> None:
    monitor = AreaMonitor([], [_BLIND])
    told = _told("." * 10 + "b" * 10 + "." * 10, monitor)
    assert [(round(now, 1), event.active) for now, event in told][-1] == (5.0, False)
