"""A computer's clock that is set: forward, backward, by a day, by a leap second; and NTP that slews it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from std_msgs.msg import Header

from amr_ros import convert
from amr_ros.host import ProcessHost
from amr_ros.steady import SteadyClock

_DAY = 86400.0


class Clocks:
    """A computer whose clock is set by hand. Each look at the steady one takes a millisecond."""

    def __init__(self) -> None:
        self.t, self.wall_ahead = 50.0, 1.7e9

    def steady(self) -> float:
        self.t += 0.001
        return self.t

    def wall(self) -> float:
        return self.t + self.wall_ahead


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def host(domain_id: int, clocks: Clocks) -> Iterator[ProcessHost]:
    clock = SteadyClock(clocks.wall, clocks.steady)
    with ProcessHost(participant="test", sim_time=False, domain_id=domain_id, clock=clock) as host:
        yield host


@pytest.mark.parametrize("step", [40.0, -40.0, _DAY, -_DAY, 1.0, -1.0])
def test_ticks_come_evenly_when_the_clock_is_set(host: ProcessHost, clocks: Clocks, step: float) -> None:
    ticks: list[float] = []
    host.ticker.add(ticks.append, 0.1)

    def run(seconds: float) -> None:
        end = clocks.t + seconds
        while clocks.t < end:
            host.spin_once(0.0)

    run(2.0)
    before = len(ticks)
    clocks.wall_ahead += step
    run(2.0)
    assert 18 <= before <= 22
    assert 18 <= len(ticks) - before <= 22, "neither frozen nor hurried"
    assert all(0.0 < b - a < 0.2 for a, b in itertools.pairwise(ticks))
    stamp = convert.to_stamp(host.ticker.now)
    assert convert.from_duration(stamp) == pytest.approx(clocks.wall(), abs=0.1), "stamps are the computer's"
    assert convert.from_stamp(Header(stamp=stamp).stamp) == pytest.approx(host.ticker.now, abs=1e-6)


def test_a_slewed_clock_changes_nothing_but_stamps() -> None:
    clocks = Clocks()
    clock = SteadyClock(clocks.wall, clocks.steady)
    for _ in range(500):  # 100 s: 500 ppm, as NTP slews at most
        clocks.t += 0.2
        clocks.wall_ahead += 0.2 * 500e-6
        assert clock.look() == 0.0
    assert clock.jumps == 0
    assert clock.offset == pytest.approx(0.05, abs=0.006)


def test_a_clock_that_agrees_leaves_stamps_alone() -> None:
    clocks = Clocks()
    clock = SteadyClock(clocks.wall, clocks.steady)
    clocks.wall_ahead += 0.003
    assert clock.look() == 0.0
    assert clock.offset == 0.0


def test_who_is_interrupted_between_two_clocks_sees_no_jump() -> None:
    clocks = Clocks()
    clock = SteadyClock(clocks.wall, clocks.steady)

    def slow() -> float:
        wall = clocks.wall()
        clocks.t += 1.4
        return wall

    clock._wall = slow
    assert clock.look() == 0.0
    assert clock.offset == 0.0


@pytest.mark.parametrize("step", [60.0, -60.0, _DAY, -1.0])
def test_stamps_from_either_side_of_a_jump_are_the_same_moment(step: float) -> None:
    """Two processes of a computer: each may see that the clock was set before the other does."""
    clocks = Clocks()
    clock = SteadyClock(clocks.wall, clocks.steady)
    before = clocks.wall()
    clocks.wall_ahead += step
    after = clocks.wall()
    assert clock.own(after) == pytest.approx(clock.now(), abs=0.1), "stamped by who saw it first"
    assert clock.own(before) == pytest.approx(clock.now(), abs=0.1), "stamped by who sees it later, or still on its way"
    assert clock.look() == pytest.approx(step, abs=0.01), "and it is told once"
    assert clock.look() == 0.0


def test_another_clock_stays_another_clock() -> None:
    clocks = Clocks()
    clock = SteadyClock(clocks.wall, clocks.steady)
    assert clock.own(clocks.wall() - 5.0) == pytest.approx(clock.now() - 5.0, abs=0.1)
    clocks.wall_ahead += 5.0
    clocks.t += 1.0
    assert clock.look() == pytest.approx(5.0, abs=0.01)
    clocks.t += 3.0
    assert clock.own(clocks.wall() - 5.0) == pytest.approx(clock.now() - 5.0, abs=0.1), "not for ever two clocks"
