"""Zones of the fleet on robots of 3.0: sets are sent, enabled and replaced; requests are answered."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.robots import LIFT_AMR
from amr_interop.vda import zones as zones_module
from amr_interop.vda.messages import WireState
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.sent import Sent
from amr_interop.vda.versions import V2_1, V3_0, Spelling
from amr_interop.vda.zones import SiteZone, zones_of
from tests.unit.vda_desk import Desk, mission

SQUARE = ((10.0, 10.0), (20.0, 10.0), (20.0, 20.0), (10.0, 20.0))
HOLD, SLOW, CLOSED = (SiteZone(kind, kind, SQUARE, 0.4) for kind in ("hold", "slow", "closed"))
ALL_ZONES = ("BLOCKED", "RELEASE", "SPEED_LIMIT")


def desk(spelling: Spelling = V3_0, zones: tuple[str, ...] = ALL_ZONES, **physical: float) -> Desk:
    return furnished(Desk(spelling), zones, **physical)


def furnished(made: Desk, zones: tuple[str, ...] = ALL_ZONES, **physical: float) -> Desk:
    """Have the robot say which zones it knows; return its desk."""
    spelling = made.spelling
    sheet = factsheet(LIFT_AMR, spelling)
    sheet["physicalParameters"] |= physical
    if spelling.major == 3:
        sheet["typeSpecification"]["supportedZones"] = list(zones)
    rows = sheet["protocolFeatures"]["agvActions" if spelling.major == 2 else "mobileRobotActions"]
    more = [{**row, "actionType": name} for name in ("enableZoneSet", "deleteZoneSet") for row in rows[-1:]]
    for row in more:
        row["actionParameters"] = [{"key": "zoneSetId", "valueDataType": "STRING", "isOptional": False}]
    rows += more
    made.receive("factsheet", sheet)
    return made


def sets(sent: list[Any]) -> list[dict[str, Any]]:
    return [m.message["zoneSet"] for m in sent if m.topic.endswith("/zoneSet")]


def answers(sent: list[Any]) -> list[dict[str, Any]]:
    return [a for m in sent if m.topic.endswith("/responses") for a in m.message["responses"]]


def asked(sent: list[Any], kind: str) -> list[str]:
    bodies = [m.message for m in sent if m.topic.endswith("/instantActions")]
    rows = [a for body in bodies for a in body["actions"] if a["actionType"] == kind]
    return [p["value"] for row in rows for p in row["actionParameters"]]


def shows(desk: Desk, *rows: tuple[str, str], seconds: float = 0.3, **more: Any) -> list[Any]:
    """The robot shows zone sets as (id, status)."""
    found = [{"zoneSetId": name, "mapId": "site", "zoneSetStatus": status} for name, status in rows]
    return desk.say(seconds, zoneSets=found, **more)


def enabled(desk: Desk) -> str:
    """Bring the robot to the set that is wanted now; return its id."""
    (told,) = sets(desk.say(0.3))
    name = str(told["zoneSetId"])
    shows(desk, (name, "DISABLED"))
    shows(desk, (name, "ENABLED"))
    return name


def request(name: str, zone_set: str, zone: str = "hold", status: str = "REQUESTED", kind: str = "ACCESS") -> Any:
    return {
        "requestId": name, "requestType": kind, "zoneId": zone, "zoneSetId": zone_set, "requestStatus": status,
    }  # fmt: skip


def test_a_set_is_sent_enabled_and_replaces_the_one_before() -> None:
    d = desk()
    d.master.zones.wanted = (HOLD, SLOW, CLOSED)
    (told,) = sets(d.say(0.3))
    first = told["zoneSetId"]
    assert told["mapId"] == "site"
    kinds = {z["zoneId"]: (z["zoneType"], z.get("maximumSpeed"), z.get("releaseLossBehavior")) for z in told["zones"]}
    assert kinds == {
        "hold": ("RELEASE", None, "CONTINUE"), "slow": ("SPEED_LIMIT", 0.4, None), "closed": ("BLOCKED", None, None),
    }  # fmt: skip
    assert asked(shows(d, (first, "DISABLED")), "enableZoneSet") == [first]
    sent = shows(d, (first, "ENABLED"), seconds=5.0)
    assert (sets(sent), asked(sent, "deleteZoneSet")) == ([], [])
    d.master.zones.wanted = (SLOW,)
    (other,) = sets(shows(d, (first, "ENABLED")))
    second = other["zoneSetId"]
    assert second != first
    assert asked(shows(d, (first, "ENABLED"), (second, "DISABLED")), "deleteZoneSet") == []
    assert asked(shows(d, (first, "DISABLED"), (second, "ENABLED")), "deleteZoneSet") == [first]
    d.master.zones.wanted = ()
    (last,) = sets(shows(d, (second, "ENABLED"), seconds=3.0))
    assert last["zones"] == []


def test_a_set_that_was_lost_is_sent_again_as_it_was() -> None:
    d = desk()
    d.master.zones.wanted = (SLOW,)
    found = [s for _ in range(25) for s in sets(d.say(1.0))]
    assert len(found) == 3
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(("spelling", "zones"), [(V2_1, ALL_ZONES), (V3_0, ()), (V3_0, ("SPEED_LIMIT",))])
def test_only_robots_that_know_zones_hear_of_them(spelling: Spelling, zones: tuple[str, ...]) -> None:
    d = desk(spelling, zones)
    d.master.zones.wanted = (HOLD, SLOW)
    told = sets(d.say(1.0))
    assert [[z["zoneType"] for z in s["zones"]] for s in told] == (
        [["SPEED_LIMIT"]] if zones == ("SPEED_LIMIT",) else []
    )


def test_without_zones_nothing_is_said_and_a_person_hears_nothing() -> None:
    d = desk()
    assert sets(d.say(1.0)) == []
    d.master.zones.wanted = ()
    assert sets(d.say(1.0)) == []
    d.master.zones.wanted = (SLOW,)
    assert sets(d.say(1.0, operatingMode="INTERVENED")) == []
    assert sets(d.say(1.0, operatingMode="MANUAL")) == []
    assert len(sets(d.say(1.0, operatingMode="AUTOMATIC"))) == 1


@pytest.mark.parametrize(("x", "y", "told"), [(15.0, 15.0, False), (20.3, 15.0, False), (22.0, 15.0, True)])
def test_a_robot_inside_or_at_a_closed_area_hears_of_it_when_it_has_left(x: float, y: float, *, told: bool) -> None:
    d = desk()
    d.master.zones.wanted = (CLOSED,)
    assert len(sets(d.say(0.5, x=x, y=y))) == int(told)
    if not told:
        assert len(sets(d.say(0.5, x=30.0))) == 1


def test_a_robot_that_was_released_to_go_through_a_closed_area_is_not_stopped_before_it() -> None:
    d = desk()
    d.say()
    d.master.order(mission(3))  # along x from 0 to 6
    (order,) = d.orders(d.wait(0.2))
    d.take_over(order)
    across = SiteZone("c", "closed", ((4.0, -1.0), (5.0, -1.0), (5.0, 1.0), (4.0, 1.0)))
    d.master.zones.wanted = (across,)
    assert sets(d.say(1.0)) == []
    last = order["nodes"][2]["nodeId"]
    assert len(sets(d.say(2.5, x=6.0, lastNodeId=last, lastNodeSequenceId=4, nodeStates=[]))) == 1


def around_a_corner(released: int, update: int = 0) -> Any:
    """Return the fleet's order that goes up from A to B and only then along x."""
    order = mission(released, update=update)
    return replace(order, nodes=(order.nodes[0], *(replace(n, y=6.0, x=n.x - 3.0) for n in order.nodes[1:])))


BETWEEN = SiteZone("c", "closed", ((-1.0, 2.5), (0.5, 2.5), (0.5, 3.5), (-1.0, 3.5)))
"""Across the way from A to B, and beside the straight line from A to what comes after B."""


def test_what_was_released_before_the_last_update_is_still_before_the_robot() -> None:
    d = desk()
    d.say()
    d.master.order(around_a_corner(4))
    (first,) = d.orders(d.wait(0.2))
    d.take_over(first)
    d.master.order(around_a_corner(6, update=1))
    (update,) = d.orders(d.wait(0.2))
    d.say(orderUpdateId=1, nodeStates=[*d.state["nodeStates"][:3], *update["nodes"][1:]])
    d.master.zones.wanted = (BETWEEN,)
    assert sets(d.say(1.0)) == []
    again = Desk(V3_0, shelf=d.shelf)
    assert again.master.sent is not None
    assert [number for number, _, _ in again.master.sent.way] == [0, 2, 4, 6, 8, 10]
    at_b = {"x": 0.0, "y": 6.0, "lastNodeId": "B", "lastNodeSequenceId": 2}
    d.state["y"] = 6.0
    assert len(sets(d.say(2.5, **at_b))) == 1


def test_a_number_of_the_order_before_passes_nothing_of_the_next_one() -> None:
    d = desk()
    d.say(orderId="before", lastNodeId="Z", lastNodeSequenceId=8)
    d.master.order(around_a_corner(4))
    assert len(d.orders(d.wait(0.2))) == 1
    d.master.zones.wanted = (BETWEEN,)
    assert sets(d.say(1.0)) == []


def test_an_order_that_was_given_up_holds_its_way_as_long_as_the_robot_drives_on_it() -> None:
    d = desk()
    d.say()
    d.master.order(around_a_corner(4))
    (first,) = d.orders(d.wait(0.2))
    d.take_over(first)
    sent = d.master.sent
    assert sent is not None
    sent.ended = "refused"  # its update was; the cancelOrder has not been obeyed yet
    d.master.zones.wanted = (BETWEEN,)
    assert sets(d.say(1.0, driving=True)) == []
    assert len(sets(d.say(2.5, driving=False, nodeStates=[]))) == 1


def test_a_book_of_before_knows_of_its_way_what_its_last_message_says() -> None:
    d = desk()
    d.say()
    d.master.order(around_a_corner(4))
    d.wait(0.2)
    book = d.shelf.load("r")
    assert book.sent is not None
    raw = {key: value for key, value in vars(book.sent).items() if key != "way"}
    text = json.dumps({"format": 1, **vars(book), "sent": raw, "names": vars(book.names)})
    d.shelf._texts["r"] = text
    old = d.shelf.load("r").sent
    assert old is not None
    assert old.way == book.sent.way == [(0, 0.0, 0.0), (2, 0.0, 6.0), (4, 3.0, 6.0), (6, 6.0, 6.0)]


@pytest.mark.parametrize(("name", "rows"), [("enableZoneSet", 1), ("deleteZoneSet", 2)])
def test_a_robot_that_will_not_change_its_sets_is_asked_now_and_then(name: str, rows: int) -> None:
    d = desk()
    d.master.zones.wanted = (SLOW,)
    first = enabled(d)
    shown = [(first, "DISABLED")]
    if rows == 2:
        d.master.zones.wanted = (HOLD,)
        (other,) = sets(shows(d, (first, "ENABLED"), seconds=2.5))
        shown = [(first, "DISABLED"), (str(other["zoneSetId"]), "ENABLED")]
    count, failed = 0, list[dict[str, Any]]()
    for _ in range(60):
        sent = shows(d, *shown, seconds=0.5, instantActionStates=failed)
        bodies = [m.message for m in sent if m.topic.endswith("/instantActions")]
        found = [a for body in bodies for a in body["actions"] if a["actionType"] == name]
        count += len(found)
        failed += [{"actionId": a["actionId"], "actionType": name, "actionStatus": "FAILED"} for a in found]
    assert 2 <= count <= 4, "30 s"


def test_what_could_not_be_asked_while_another_was_out_is_asked_as_soon_as_it_can() -> None:
    d = desk()
    d.master.zones.wanted = (SLOW,)
    (told,) = sets(d.say(0.3))
    first = str(told["zoneSetId"])
    sent = shows(d, (first, "DISABLED"))
    (action,) = (a for m in sent if m.topic.endswith("/instantActions") for a in m.message["actions"])
    d.master.zones.wanted = (HOLD,)
    (other,) = sets(shows(d, (first, "DISABLED"), seconds=2.5))
    second = str(other["zoneSetId"])
    both = (first, "DISABLED"), (second, "DISABLED")
    assert second not in asked(shows(d, *both), "enableZoneSet"), "the first is still out"
    failed = [{"actionId": action["actionId"], "actionType": "enableZoneSet", "actionStatus": "FAILED"}]
    assert asked(shows(d, *both, seconds=0.5, instantActionStates=failed), "enableZoneSet") == [second]


def sized(length: float, width: float) -> Desk:
    return desk(length=length, width=width)


@pytest.mark.parametrize(("length", "width", "x", "told"), [
    (1.2, 0.8, 20.8, False), (1.2, 0.8, 20.9, True), (0.0, 0.0, 20.8, False), (3.0, 1.2, 21.5, False),
    (3.0, 1.2, 21.7, True),
])  # fmt: skip
def test_of_a_closed_area_hears_only_who_cannot_be_in_it_with_any_part(
    length: float, width: float, x: float, *, told: bool
) -> None:
    d = sized(length, width)
    d.master.zones.wanted = (CLOSED,)
    assert len(sets(d.say(0.5, x=x, y=15.0))) == int(told)


def test_ids_of_zones_have_the_recommended_characters() -> None:
    d = desk()
    d.master.zones.wanted = (replace(HOLD, zone_id="Kho @ 1"),)
    (told,) = sets(d.say(0.3))
    (zone,) = told["zones"]
    assert zone["zoneId"] == "Kho:x20::-:x20:1"
    name = str(told["zoneSetId"])
    shows(d, (name, "ENABLED"))
    rows = [request("q", name, zone=zone["zoneId"])]
    found = answers(shows(d, (name, "ENABLED"), zoneRequests=rows, x=15.0, y=15.0))
    assert [a["grantType"] for a in found] == ["GRANTED"]


def test_zones_are_weighed_once_for_each_state_and_not_ten_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    d = desk()
    d.master.zones.wanted = (SLOW, CLOSED)
    enabled(d)
    weighed = list[WireState]()
    way = zones_module._way

    def counted(state: WireState, sent: Sent | None) -> list[tuple[float, float]]:
        weighed.append(state)
        return way(state, sent)

    monkeypatch.setattr(zones_module, "_way", counted)
    d.say(2.0)
    assert len(weighed) == 1
    d.master.zones.wanted = (SLOW,)
    assert len(sets(d.wait(0.5))) == 1
    assert len(weighed) == 2
    d.master.order(mission(3))
    assert len(d.orders(d.wait(0.5))) == 1
    assert len(weighed) == 3, "there is a way now"


def text_of(rows: list[dict[str, Any]]) -> str:
    return json.dumps({"zones": rows})


def row(**changes: Any) -> dict[str, Any]:
    return {"zone_id": "z", "kind": "slow", "polygon": SQUARE, "max_speed": 0.3, **changes}


def test_what_the_fleet_says_is_read_back_and_turned_counter_clockwise() -> None:
    (zone,) = zones_of(text_of([row()]))
    assert zone == SiteZone("z", "slow", SQUARE, 0.3)
    (turned,) = zones_of(text_of([row(polygon=SQUARE[::-1], kind="hold", max_speed=0.0)]))
    assert set(turned.corners) == set(SQUARE)
    assert turned.corners == SQUARE
    assert zones_of(text_of([row(polygon=[]), row(polygon=SQUARE[:2])])) == ()


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"zones": 5}', '{"zones": [5]}', text_of([row(kind="odd")]), text_of([row(max_speed=0.0)]),
        text_of([row(polygon=[[1, 2, 3]])]), text_of([row(polygon=[["a", "b"]])]), text_of([row(polygon=None)]),
        '{"zones": [{"zone_id": "z", "kind": "hold", "polygon": [[1e999, 0], [1, 0], [0, 1]]}]}',
    ],
)  # fmt: skip
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(AmrError) as error:
        zones_of(text)
    assert error.value.code == "message.invalid"
