"""What `amr demo --uav` asks for, step by step, until the count and its second look are over."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.demo_flight import DemoFlight
from amr_fleet.flight_requests import AbortFlight
from tests.unit.flight_rig import FlightRig
from tests.unit.test_fleet_flight_camera import small, told


class Port:
    """The engine of a rig as the demonstration sees its fleet."""

    def __init__(self, rig: FlightRig) -> None:
        self._rig = rig

    def ask(self, request: Any) -> Future[Any]:
        answer, asked = self._rig.ask(request), Future[Any]()
        asked.set_exception(answer) if isinstance(answer, AmrError) else asked.set_result(answer)
        return asked

    def snapshot(self) -> Any:
        return self._rig.engine.snapshot()


@pytest.mark.timeout(400)
def test_the_misplaced_load_becomes_an_order_and_the_torn_label_is_looked_at_again() -> None:
    site = small(2)
    rig = FlightRig(site=site)
    demo = DemoFlight(Port(rig), site)  # type: ignore[arg-type]

    def over() -> bool:
        demo.step(rig.now)
        flights = rig.engine.world.state.flights.flights.values()
        return len(flights) == 2 and all(one.state == "DONE" for one in flights)

    assert rig.until(over, 900.0, 0.2), list(rig.engine.world.state.flights.flights.values())
    first, second = rig.view("F000001"), rig.view("F000002")
    assert (second.again, len(second.plan.cells)) == ("F000001", 1)
    assert set(told([*first.differences, *second.differences])) == rig.stock.planted
    (misplaced,) = (one for one in first.differences if one.kind == "misplaced")
    order = rig.engine.world.state.orders[misplaced.order_id]
    assert (order.request.load_id, order.request.held) == (misplaced.load_id, True)
    for _ in range(100):
        rig.step(dt=0.2)
        demo.step(rig.now)
    assert len(rig.engine.world.state.flights.flights) == 2, "it is over"


def test_a_count_that_somebody_at_the_pad_called_off_is_planned_again_but_not_against_a_person() -> None:
    """A robot that passes the pad before the take-off ended the whole demonstration: nothing was ever counted."""
    site = small(2)
    rig = FlightRig(site=site)
    demo = DemoFlight(Port(rig), site)  # type: ignore[arg-type]

    def states() -> list[str]:
        demo.step(rig.now)
        return [one.state for one in rig.engine.world.state.flights.flights.values()]

    assert rig.until(lambda: states() == ["CLEARING"], 60.0, 0.2), states()
    rig.people = [(site.pad[0] + 0.5, site.pad[1])]
    assert rig.until(lambda: states() == ["CANCELLED"], 10.0, 0.2), states()
    rig.people = []
    assert rig.until(lambda: states() == ["CANCELLED", "CLEARING"], 60.0, 0.2), states()
    assert rig.ask(AbortFlight(flight_id="F000002", user="lan")).state == "CANCELLED"
    assert not rig.until(lambda: len(states()) > 2, 60.0, 0.2), states()
