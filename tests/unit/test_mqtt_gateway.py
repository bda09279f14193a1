"""Which states of its robots a gateway tells the fleet."""

from __future__ import annotations

from itertools import pairwise

import pytest

from amr_core.robots import LIFT_AMR
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.versions import V2_1
from tests.unit.vda_desk import Desk


def told(desk: Desk, gateway: Gateway, steps: int) -> list[int]:
    """Return after how many tenths of a second the fleet was told something."""
    found = []
    for k in range(steps):
        desk.now += 0.1
        outcome = desk.master.step(desk.now)
        if (state := gateway.to_tell(desk.now, desk.master, outcome)) is not None:
            assert state is outcome.state
            found.append(k)
    return found


def made(interval: float | None) -> tuple[Desk, Gateway]:
    """Return a robot whose factsheet promises a state every so many seconds, and its gateway, not connected."""
    desk = Desk(V2_1)
    sheet = factsheet(LIFT_AMR, V2_1)
    timing = sheet["protocolLimits"]["timing"]
    timing.pop("defaultStateInterval", None)
    if interval is not None:
        timing["defaultStateInterval"] = interval
    desk.receive("factsheet", sheet)
    return desk, Gateway(Broker(port=1), "amr-fleet", [desk.master])


@pytest.mark.parametrize("interval", [None, 30.0])
def test_the_state_of_a_robot_that_speaks_rarely_is_told_again_each_second(interval: float | None) -> None:
    desk, gateway = made(interval)
    assert told(desk, gateway, 20) == [], "nothing is known of it"
    desk.receive("state", desk.body())
    times = told(desk, gateway, 35)
    assert times[0] == 0
    assert len(times) == 4
    assert all(9 <= b - a <= 11 for a, b in pairwise(times))


def test_a_robot_that_speaks_each_second_itself_is_not_repeated() -> None:
    desk, gateway = made(1.0)
    desk.receive("state", desk.body())
    assert told(desk, gateway, 35) == [0]
    desk.receive("state", desk.body())
    assert told(desk, gateway, 5) == [0]


def test_what_a_robot_says_anew_is_told_at_once() -> None:
    desk, gateway = made(None)
    for _ in range(5):
        desk.receive("state", desk.body())
        assert told(desk, gateway, 2) == [0]
