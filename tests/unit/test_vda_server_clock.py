"""The gateway's own clock is set back by an hour: what is due after seconds comes after seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from amr_core.vda5050 import InstantAction
from amr_interop.mqtt.clocks import GatewayClocks
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker
from amr_interop.vda.versions import V3_0
from tests.unit.test_vda_zones import HOLD, answers, enabled, furnished, request, shows
from tests.unit.vda_desk import Desk, leading, mission

HOUR = 3600.0


class SetClock(Desk):
    """A desk whose gateway reads two clocks, as the node does; the robot goes by the one that was not set."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.step_by = 0.0
        self.began = self.now
        self.clocks = GatewayClocks(lambda: self.now + self.step_by, lambda: self.now - self.began)
        self.gateway = Gateway(Broker(port=1), "x", [self.master])
        self.gateway.link = self  # type: ignore[assignment]
        self.ready = True

    def take(self) -> list[Any]:
        return []

    def send(self, _letter: Any) -> bool:
        return True

    def step(self) -> Any:
        ((_, outcome),) = self.gateway.tick(*self.clocks.read())
        return outcome


def test_the_steady_clock_goes_on_while_the_other_is_set() -> None:
    wall: Iterator[float] = iter([1000.0, 1001.0, 402.0])
    steady: Iterator[float] = iter([5.0, 6.0, 7.0])
    clocks = GatewayClocks(lambda: next(wall), lambda: next(steady))
    assert clocks.read() == (1001.0, 0.0)
    assert clocks.read() == (1002.0, -600.0)


@pytest.mark.parametrize("step", [-HOUR, HOUR])
def test_orders_updates_pauses_and_cancels_go_out_and_again(step: float) -> None:
    desk = SetClock()
    leading(desk)
    desk.step_by = step
    desk.master.order(mission(5, update=1))
    assert len(desk.orders(desk.say(2.5))) >= 2, "an update that is not shown goes out again"
    desk.master.instant(InstantAction("r", "startPause", "p"))
    assert desk.instants(desk.say(2.5)).count("startPause") >= 2
    desk.master.instant(InstantAction("r", "cancelOrder", "c"))
    assert desk.instants(desk.say(2.5)).count("cancelOrder") >= 2


def test_stamps_follow_the_clock_and_the_robot_that_kept_its_own_is_told() -> None:
    desk = SetClock()
    desk.say()
    desk.step_by = -HOUR
    desk.master.order(mission(3))
    (order,) = desk.orders(desk.wait(0.2))
    assert order["timestamp"].startswith("2027-01-15T07:00:00")
    for _ in range(12):
        desk.say(0.5)
    assert desk.told is not None
    (skew,) = [e for e in desk.told.errors if e.code == "vda.clock_skew"]
    assert skew.facts["seconds"] == pytest.approx(-HOUR, abs=1.0)


def test_a_lease_ends_by_the_clock_of_stamps() -> None:
    desk = SetClock(V3_0)
    desk.state["clock"] = desk.step_by = -HOUR  # robot and server alike, from the start
    furnished(desk)
    desk.master.zones.wanted = (HOLD,)
    name = enabled(desk)
    (told,) = answers(shows(desk, (name, "ENABLED"), zoneRequests=[request("q", name)], x=15.0, y=15.0))
    assert told["grantType"] == "GRANTED"
    assert told["leaseExpiry"].startswith("2027-01-15T07:00:1")
