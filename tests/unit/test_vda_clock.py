"""A robot's clock by the stamps of its states: a network that is late is no wrong clock."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from amr_interop.vda.messages import Header, WireState
from amr_interop.vda.watch import Identity


def heard(offsets: Iterable[float], every: float = 1.0) -> Identity:
    """States that come every so many s, each so many s after its stamp."""
    watched, now = Identity(), 1000.0
    for number, offset in enumerate(offsets):
        now += every
        watched.state(now, WireState(header=Header(number, now - offset, "", "", "")))
    return watched


def test_states_that_a_cut_line_brings_late_are_no_wrong_clock() -> None:
    late = [5.0, 4.0, 3.0, 0.3, 2.0, 1.5, 1.2, 0.1, 4.0, 3.0, 0.2, 2.0]
    for end in range(8, 60):  # with the median of a minute it was 2 s
        assert heard((late * 5)[:end]).skew(1000.0 + end) == 0.0


@pytest.mark.parametrize("seconds", [60.0, -60.0, 1.5])
def test_a_clock_that_was_set_is_told_within_20_s_also_over_a_late_line(seconds: float) -> None:
    watched = heard([0.1, 0.9] * 20 + [seconds + delay for delay in [0.1, 0.9] * 10])
    assert watched.skew(1060.0) == pytest.approx(seconds + 0.1, abs=0.9)


def test_a_burst_of_states_that_a_line_held_back_is_no_wrong_clock() -> None:
    """17 s of silence, then all of them within half a second, the oldest first; then on time again."""
    watched, now = heard([0.3] * 30), 1030.0
    told, ages = [], [*(17.0 - 0.5 * k for k in range(34)), *[0.3] * 20]
    for number, age in enumerate(ages):
        now = 1047.0 + (0.015 * number if number < 34 else 0.5 * (number - 33))
        watched.state(now, WireState(header=Header(30 + number, now - age, "", "", "")))
        told.append(watched.skew(now))
    assert told == [0.0] * len(ages)


def test_one_stamp_that_is_rubbish_is_no_clock() -> None:
    assert heard([0.1] * 10 + [-3600.0] + [0.1] * 3).skew(1014.0) == 0.0


def test_a_robot_that_speaks_every_12_s_has_a_clock_too() -> None:
    assert heard([30.0] * 5, every=12.0).skew(1064.0) == pytest.approx(30.0)
    assert heard([30.0] * 4, every=12.0).skew(1052.0) == 0.0
