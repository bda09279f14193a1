"""A hall is shut and opened by its letter, and what lies or waits in it is counted: no site file names one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.assistant import tools
from amr_fleet.assistant.answers import ToolResult
from amr_fleet.assistant.effects import touched
from amr_fleet.assistant.live import facts_of, requests_of
from amr_fleet.assistant.reading import Call
from amr_fleet.cargo_views import Cargo, CargoView
from amr_fleet.ports import AlarmView, FleetSnapshot, Reason, ZoneView
from amr_fleet.requests import ClearZone, SetZone
from tests.api.fake_fleet import FakeFleet

SITE = load_site("cai_cui")


def fleet(*zones: ZoneView) -> FleetSnapshot:
    """Two robots, one at a dock of hall A, the other of hall B; an order into A, one within B."""
    fake = FakeFleet(robots=2)
    fake.seed([("D11", "A1W", "QUEUED", "", 0.0), ("D12", "B1", "QUEUED", "", 0.0)])
    now = fake.snapshot()
    robots = []
    for robot, name in zip(now.robots, ("D03", "D12"), strict=True):
        station = SITE.place(name).stations[0]
        robots.append(replace(robot, node=station.id, x=station.x, y=station.y, localized=True, online=True))
    alarms = (
        AlarmView(alarm_id="A000001", reason=Reason("alarm.robot_error", {}, now.t), robot="amr_01", order_id=""),
    )
    return replace(now, robots=tuple(robots), zones=zones, alarms=alarms)


def shut(zone: str) -> ZoneView:
    """Return the restriction that a confirmed closing puts into force."""
    [request] = requests_of(Call("zone_close", {"zone": zone}), fleet(), SITE, "lan")
    assert isinstance(request, SetZone)
    return ZoneView(**{**vars(request.zone), "since": fleet().t})


def test_a_hall_that_was_shut_is_opened_by_its_letter_and_both_proposals_say_how_much_it_is() -> None:
    """The closure had a number for a name: "mở kho A" found nothing, while every robot was kept out of the hall."""
    zone, opening = shut("A"), Call("zone_open", {"zone": "A"})
    now = fleet(zone)
    facts = facts_of(now, (), SITE)
    assert requests_of(opening, now, SITE, "hoa") == [ClearZone(zone_id=zone.zone_id, user="hoa")]
    assert touched(facts, opening)[0].startswith("Đang đóng bởi “lan”; mở cả ")
    assert touched(facts, Call("zone_open", {"zone": "A1"}))[0].startswith("Đang đóng bởi “lan”; mở cả kho A, ")
    assert ", đang đóng." in tools.run(facts, Call("station_state", {"station": "A"})).text
    with pytest.raises(AmrError, match=r"zone\.not_found"):
        requests_of(Call("zone_open", {"zone": "B"}), now, SITE, "hoa")


def test_closing_a_hall_says_how_many_lanes_who_is_there_and_which_orders_go_there() -> None:
    now = fleet()
    first, second = (order.order_id for order in now.orders)
    whole, robots, orders = touched(facts_of(now, (), SITE), Call("zone_close", {"zone": "A"}))
    count = sum(lane in {one.id for one in SITE.lanes} for lane in facts_of(fleet(shut("A")), (), SITE).zones[0].lanes)
    assert whole.startswith(f"Đóng cả kho A, {count} lối: ")
    assert count > 10
    assert robots == "Robot đang ở đó: AMR-01."
    assert (first in orders, second in orders) == (True, False)


@pytest.mark.parametrize("hall", ["A", "a"])
def test_loads_orders_places_and_alarms_of_a_hall_are_those_in_it(hall: str) -> None:
    """They were told as none, and as known."""
    now = fleet()
    lies = CargoView(
        load_id="LOT-1", cargo=Cargo(kind="lot", lot="gạo"), place="A1W", robot="", since=now.t, legs=()
    )  # fmt: skip
    facts = facts_of(now, (lies, replace(lies, load_id="LOT-2", place="B1")), SITE)

    def run(name: str, **args: Any) -> ToolResult:
        return tools.run(facts, Call(name, args))

    assert [row["where"] for row in run("cargo_where", goods="gạo", station=hall).rows] == ["A1W"]
    assert [row["to"] for row in run("orders_find", to=hall).rows] == ["A1W"]
    assert run("station_state", station="A").text.startswith("A: 1 kiện trong sổ, robot AMR-01")
    assert [row["alarm"] for row in run("alarms_list", station="A").rows] == ["A000001"]
    assert run("alarms_list", station="B").rows == ()
    assert [row["where"] for row in run("cargo_where", goods="gạo", station="B").rows] == ["B1"]
    assert [row["where"] for row in run("cargo_where", station=hall, period="today").rows] == ["A1W"]
