"""What is asked around flights: stock lists, orders made of differences, and the nodes' view of messages."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.cargo_views import Cargo
from amr_fleet.domain.cargo import CargoRegister
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import JournalEntry
from amr_fleet.flight_requests import SetStock
from amr_fleet.nodes.uav import reading_from_msg
from amr_fleet.requests import ClearZone
from amr_sim.nodes.uav import UavNode
from amr_uav.gate import LINK_S
from amr_uav.sample_stock import sscc
from tests.unit.flight_rig import FLYING, PILOT, ROADMAP, FlightRig

FLIGHT = "F000001"


def test_a_load_on_a_robot_is_not_booked_into_a_place() -> None:
    rig = FlightRig()
    assert rig.ask(SetStock(loads=((sscc(1), "B1"),))) == 1
    loads = rig.engine.world.state.cargo.loads
    loads[sscc(1)] = replace(loads[sscc(1)], place="", robot="amr_01")
    answer = rig.ask(SetStock(loads=((sscc(1), "B2"),)))
    assert isinstance(answer, AmrError)
    assert (answer.code, answer.facts["load_id"]) == ("cargo.busy", sscc(1))
    assert loads[sscc(1)].robot == "amr_01"


def test_a_load_that_is_brought_back_stays_what_it_is() -> None:
    rig = FlightRig()
    view = rig.planned(["B1", "B2"])
    cargo = Cargo(kind="pallet", lot="L7", container="CSQU3054383", customer="Mekong")
    register = rig.engine.world.state.cargo
    for load_id in list(register.loads):
        register.loads[load_id] = replace(register.loads[load_id], cargo=cargo)
    rig.start(view)
    assert rig.until(lambda: rig.view().state == "DONE", 900.0)
    (order_id,) = [d.order_id for d in rig.view().differences if d.kind == "misplaced"]
    wish = rig.engine.world.state.orders[order_id].request
    assert wish.cargo == cargo
    assert register.loads[wish.load_id].cargo == cargo


def test_custody_begins_where_the_load_was_found() -> None:
    register = CargoRegister()
    register.apply(JournalEntry(t=1.0, kind="cargo_stocked", facts={"load_id": sscc(1), "place": "B2"}))
    facts = {"load_id": sscc(1), "pick_place": "B1", "drop_place": "B2"}
    register.apply(JournalEntry(t=2.0, kind="order_created", order_id="T1", facts=facts))
    register.apply(JournalEntry(t=3.0, kind="order_picked", order_id="T1", robot="amr_01"))
    assert register.loads[sscc(1)].legs[0].from_place == "B1"
    # What is found on board of a robot has left its place before: nobody knows from where.
    register.apply(JournalEntry(t=4.0, kind="order_created", order_id="T2", facts={**facts, "pick_place": "B3"}))
    on_board = {"found_on_board": True}
    register.apply(JournalEntry(t=5.0, kind="order_picked", order_id="T2", robot="amr_01", facts=on_board))
    assert register.loads[sscc(1)].legs[1].from_place == ""


def test_a_start_that_was_refused_is_no_start() -> None:
    rig = FlightRig()
    view = rig.planned(["B1"], [1])
    rig.start(view, replace(PILOT, rain=True))
    assert (rig.view().state, rig.view().started) == ("PLANNED", 0.0)
    run = rig.now
    rig.start(view)
    assert rig.view().started > run


def test_a_fleet_that_flies_no_more_still_says_where_its_aircraft_lies_and_opens_the_ground() -> None:
    rig = FlightRig()
    rig.airborne()
    rig.craft.position_ok = False
    assert rig.until(lambda: "alarm.flight_down" in rig.alarms(), 60.0)
    zone = f"flight:{FLIGHT}"
    rig.rehearsal.engine = FleetEngine(ROADMAP, rig.rehearsal.units, journal=rig.journal, doors=ROADMAP.doors)
    for _ in range(60):
        rig.step()
    assert "alarm.flight_down" in rig.alarms()
    assert rig.ask(ClearZone(zone_id=zone, user="ky_su")) is None
    rig.restart()
    rig.step()
    assert zone in rig.engine.world.state.zones, "nobody has said yet that it is out of the way"


@pytest.mark.parametrize(
    ("state", "sscc_read", "right"),
    [("label", sscc(1), True), ("empty", "", True), ("unreadable", "", True), ("unknown", "", False),
     ("label", "", False), ("label", "²" * 18, False), ("label", "٣" * 18, False),
     ("empty", sscc(1), False), ("?", "", False)],
)  # fmt: skip
def test_only_what_was_looked_at_is_a_reading(state: str, sscc_read: str, right: bool) -> None:
    message = SimpleNamespace(state=state, sscc=sscc_read, cell="B1W-01-1")
    if right:
        assert reading_from_msg(message).state == state
        return
    with pytest.raises(AmrError, match=r"message\.invalid"):
        reading_from_msg(message)


@pytest.mark.parametrize(("age", "flies"), [(0.5, True), (LINK_S + 1.0, False), (-LINK_S - 1.0, False)])
def test_the_simulated_aircraft_looks_at_the_stamp_of_a_mission(age: float, flies: bool) -> None:
    told: list[float] = []

    def fly(_mission: object, old: float) -> bool:
        told.append(old)
        return abs(old) <= LINK_S

    craft: Any = SimpleNamespace(name="uav_01", mission=None, mode="LANDED", fly=fly)
    log: list[str] = []
    node: Any = SimpleNamespace(
        aircraft=craft, now=1000.0, get_logger=lambda: SimpleNamespace(warning=log.append)
    )  # fmt: skip
    sent = 1000.0 - age
    stamp = SimpleNamespace(sec=int(sent), nanosec=int((sent % 1) * 1e9))
    x, y = FLYING.pad
    message = SimpleNamespace(
        vehicle="uav_01", command="fly", flight_id="F1", stamp=stamp, x=[x], y=[y], z=[5.0], yaw=[0.0], scan=[""],
        fence_x=[], fence_y=[], fence_z=9.0, transit=6.0,
    )  # fmt: skip
    UavNode._on_mission(node, message)
    assert told == [pytest.approx(age)]
    assert (log == []) == flies
