"""What the ROS services of the fleet take."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.nodes.service_limits import BURST, MOST_NAMES, ServiceLimits
from amr_fleet.vocabulary import MOST_PRIORITY


class Clock:
    """ROS time by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> ServiceLimits:
    return ServiceLimits(clock)


def order(priority: int = 0) -> Any:
    return SimpleNamespace(priority=priority)


def pause(*robots: str, stop: bool = True, instead_of: tuple[str, ...] = ()) -> Any:
    return SimpleNamespace(robots=robots, pause=stop, instead_of=instead_of)


def test_priorities_are_those_of_the_rest_api(limits: ServiceLimits) -> None:
    for good in (0, MOST_PRIORITY):
        limits.create(order(good))
    for bad in (-1, MOST_PRIORITY + 1, 255):
        with pytest.raises(AmrError, match="priority"):
            limits.create(order(bad))


def test_a_flood_is_refused_and_time_lets_it_in_again(limits: ServiceLimits, clock: Clock) -> None:
    for _ in range(int(BURST)):
        limits.create(order())
    with pytest.raises(AmrError, match=r"request\.too_many"):
        limits.create(order())
    limits.cancel(SimpleNamespace(order_id="T1"))
    clock.now = 1.0
    limits.create(order())


def test_stopping_robots_is_never_too_much(limits: ServiceLimits) -> None:
    for _ in range(int(BURST) + 50):
        limits.pause(pause())
    for _ in range(int(BURST)):
        limits.pause(pause(stop=False))
    with pytest.raises(AmrError, match=r"request\.too_many"):
        limits.pause(pause(stop=False))
    limits.pause(pause())


def test_a_stop_is_not_refused_for_how_many_it_takes_over(limits: ServiceLimits) -> None:
    names = ("minh",) * (MOST_NAMES + 1)
    limits.pause(pause("amr_01", instead_of=names))
    with pytest.raises(AmrError, match="instead_of"):
        limits.pause(pause("amr_01", stop=False, instead_of=names))


def test_long_names_and_lists_are_refused_and_not_repeated(limits: ServiceLimits) -> None:
    with pytest.raises(AmrError) as error:
        limits.cancel(SimpleNamespace(order_id="T" * 10_000))
    assert len(error.value.facts_json) < 200
    with pytest.raises(AmrError) as error:
        limits.pause(pause("r" * 10_000))
    assert len(error.value.facts_json) < 200
    with pytest.raises(AmrError, match="robots"):
        limits.pause(pause(*["amr_01"] * (MOST_NAMES + 1)))
