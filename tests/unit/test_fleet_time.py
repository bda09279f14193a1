"""Fleet time over clocks that are set: it never falls, never jumps, and finds back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amr_fleet.fleet_time import SLEW, FleetTime

_DAY = 86400.0


@pytest.mark.parametrize("step", [40.0, -40.0, _DAY, -_DAY, 1.0])
def test_a_clock_that_is_set_moves_it_by_a_tenth_at_most(step: float) -> None:
    time = FleetTime(0.0)
    t = time.at(1000.0, 0.0)
    for i in range(1, 101):
        later = time.at(1000.0 + 0.1 * i, step)
        assert 0.1 * (1 - SLEW) - 1e-9 <= later - t <= 0.1 * (1 + SLEW) + 1e-9
        t = later
    assert abs(time.behind) < abs(step), "it finds back"


def test_forty_seconds_are_made_up_within_seven_minutes() -> None:
    time = FleetTime(0.0)
    time.at(0.0, 0.0)
    t = 0.0
    while abs(time.behind) > 0.01 or t == 0.0:
        t += 0.1
        time.at(t, -40.0)
    assert t < 410.0


def test_it_begins_where_the_journal_ended() -> None:
    assert FleetTime(5000.0).at(1000.0, 0.0) == 5000.0
    assert FleetTime(500.0).at(1000.0, 0.0) == 1000.0


def test_a_simulation_that_starts_anew_does_not_take_it_back() -> None:
    time = FleetTime(500.0)
    assert [time.at(now) for now in (0.0, 0.5, 1.0, 0.0, 0.5)] == [500.0, 500.5, 501.0, 501.0, 501.5]
    assert time.behind == 0.0


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.one_of(st.none(), st.floats(-1e6, 1e6))), max_size=30),
    st.floats(0.0, 1e6),
)
def test_it_never_falls(moments: list[tuple[float, float | None]], least: float) -> None:
    time = FleetTime(least)
    t = least
    for now, offset in moments:
        later = time.at(now, offset)
        assert later >= t
        t = later
