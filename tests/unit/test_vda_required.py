"""Optional fields of orders that a robot cannot do without, or that change what an order means to it."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

from amr_core.robots import LIFT_AMR
from amr_interop.vda.versions import V2_0, V3_0, Spelling
from tests.unit.test_vda_factsheet import EACH, sheet_of, told, with_sheet
from tests.unit.vda_desk import Desk, leading, mission


def requiring(spelling: Spelling, *names: str) -> dict[str, Any]:
    body = sheet_of(spelling)
    rows = [{"parameter": name, "support": "REQUIRED"} for name in names]
    body["protocolFeatures"]["optionalParameters"] += rows
    return body


@EACH
@pytest.mark.parametrize(
    "name", ["order.edges.trajectory", "order.zoneSetId", "order.nodes.nodePosition.mapDescription"]
)
def test_who_requires_what_is_never_sent_gets_no_orders(spelling: Spelling, name: str) -> None:
    desk = Desk(spelling)  # whatever its type
    desk.receive("factsheet", requiring(spelling, name, "state.loads"))
    assert told(desk) == [("vda.factsheet_requires", "FATAL", {"parameter": name})]
    desk.master.order(mission(3))
    assert desk.orders(desk.wait(12.0)) == []


@EACH
def test_lengths_and_how_far_a_heading_may_be_off_are_there_when_it_requires_them(spelling: Spelling) -> None:
    desk = Desk(spelling, kind=LIFT_AMR)
    desk.receive("factsheet", requiring(spelling, "nodePosition.allowedDeviationTheta", "order.edges.length"))
    assert told(desk) == []
    sent = leading(desk)
    for node in sent["nodes"]:
        assert node["nodePosition"]["allowedDeviationTheta"] == (0.1 if node["actions"] else 3.1415926)
    places = [(n["nodePosition"]["x"], n["nodePosition"]["y"]) for n in sent["nodes"]]
    assert [e["length"] for e in sent["edges"]] == pytest.approx([math.dist(*ends) for ends in pairwise(places)])
    spare = leading(with_sheet(spelling))
    assert all("length" not in e for e in spare["edges"])
    assert all("allowedDeviationTheta" not in n["nodePosition"] for n in spare["nodes"])


@EACH
def test_headings_and_orientations_that_it_requires_are_there(spelling: Spelling) -> None:
    desk = Desk(spelling, kind=LIFT_AMR)
    names = ("order.nodes.nodePosition.theta", "order.edges.orientation", "order.edges.orientationType")
    desk.receive("factsheet", requiring(spelling, *names))
    assert told(desk) == []
    order = mission(3)
    nodes = tuple(type(n)(**{**vars(n), "theta": None}) for n in order.nodes)
    edges = tuple(type(e)(**{**vars(e), "manoeuvre": "unpark" if e.end == "D" else "drive"}) for e in order.edges)
    desk.master.order(type(order)(order.robot, order.order_id, 0, nodes, edges))
    (sent,) = desk.orders(desk.wait(0.3))
    turned = [round(n["nodePosition"]["theta"], 2) for n in sent["nodes"]]
    assert turned == [0.0, 0.0, 0.0, 3.14, 0.0, 0.0]
    assert [round(e["orientation"], 2) for e in sent["edges"]] == [0.0, 0.0, 3.14, 0.0, 0.0]
    assert {e["orientationType"] for e in sent["edges"]} == {"TANGENTIAL"}


def supporting(spelling: Spelling, required: str, *supported: str) -> dict[str, Any]:
    body = requiring(spelling, required)
    rows = [{"parameter": name, "support": "SUPPORTED"} for name in supported]
    body["protocolFeatures"]["optionalParameters"] += rows
    return body


def bare(order: Any, count: int = 6) -> Any:
    """Return an order whose nodes say no heading."""
    nodes = tuple(type(n)(**{**vars(n), "theta": None}) for n in order.nodes[:count])
    return type(order)(order.robot, order.order_id, order.update_id, nodes, order.edges[: count - 1])


THETA, TURN = "order.nodes.nodePosition.theta", "order.nodes.nodePosition.allowedDeviationTheta"


@EACH
@pytest.mark.parametrize("known", [True, False])
def test_a_heading_that_is_only_passed_may_be_off_by_any_angle(spelling: Spelling, *, known: bool) -> None:
    """Where a robot knows the deviation, a node without it allows none (3.0)."""
    desk = Desk(spelling, kind=LIFT_AMR)
    body = supporting(spelling, THETA, TURN)
    if not known:
        rows = body["protocolFeatures"]["optionalParameters"]
        body["protocolFeatures"]["optionalParameters"] = [r for r in rows if not r["parameter"].endswith("Theta")]
    desk.receive("factsheet", body)
    desk.say()
    desk.master.order(bare(mission(6)))
    (sent,) = desk.orders(desk.wait(0.3))
    places = [n["nodePosition"] for n in sent["nodes"]]
    assert all("theta" in place for place in places)
    turns = [place.get("allowedDeviationTheta") for place in places]
    assert turns == ([*5 * [3.1415926], 0.1] if known else 6 * [None])


@EACH
@pytest.mark.parametrize("charging", [True, False])
@pytest.mark.parametrize(("x", "count", "leads"), [(0.0, 6, 0), (0.0, 1, 0), (1.4, 6, 0), (-2.0, 6, 1)])
def test_an_order_begins_with_the_robots_own_heading(
    spelling: Spelling, x: float, count: int, leads: int, *, charging: bool
) -> None:
    """It stands the other way: with the heading of the first edge it would be out of range at its first node."""
    desk = Desk(spelling, kind=LIFT_AMR)
    body = supporting(spelling, THETA, TURN)
    rows = body["protocolFeatures"]["agvActions" if spelling.major == 2 else "mobileRobotActions"]
    rows.append({**rows[0], "actionType": "stopCharging", "actionScopes": ["NODE"]})
    desk.receive("factsheet", body)
    desk.say(x=x, theta=2.5, charging=charging)
    desk.master.order(bare(mission(6), count))
    (sent,) = desk.orders(desk.wait(0.3))
    headings = [round(n["nodePosition"]["theta"], 2) for n in sent["nodes"]]
    back = [3.14] if x == 1.4 and charging else []  # what ends the charging is done where the order begins
    assert headings == [2.5, *back, *(count - 1 + leads) * [0.0]]


@EACH
@pytest.mark.parametrize(("theta", "said"), [(0.05, 0.0), (3.0, 3.0), (-2.0, -2.0)])
def test_a_first_node_that_is_only_left_is_as_the_robot_stands(spelling: Spelling, theta: float, said: float) -> None:
    desk = Desk(spelling, kind=LIFT_AMR)
    body = sheet_of(spelling)
    body["protocolFeatures"]["optionalParameters"].append({"parameter": THETA, "support": "SUPPORTED"})
    desk.receive("factsheet", body)
    desk.say(theta=theta)
    desk.master.order(mission(6))  # the site says 0.0 for each of its nodes
    (sent,) = desk.orders(desk.wait(0.3))
    assert [n["nodePosition"]["theta"] for n in sent["nodes"]] == [said, *5 * [0.0]]
    works = Desk(spelling, kind=LIFT_AMR)
    works.receive("factsheet", body)
    works.say(theta=theta)
    order = mission(6)
    first = type(order.nodes[0])(**{**vars(order.nodes[0]), "actions": order.nodes[-1].actions})
    works.master.order(type(order)(order.robot, "M1", 0, (first, *order.nodes[1:]), order.edges))
    (sent,) = works.orders(works.wait(0.3))
    assert sent["nodes"][0]["nodePosition"]["theta"] == 0.0
    one = Desk(spelling, kind=LIFT_AMR)  # where something is done it must look as the site says
    one.receive("factsheet", body)
    one.say(theta=theta)
    one.master.order(mission(1, last=0))
    (sent,) = one.orders(one.wait(0.3))
    assert [n["nodePosition"]["theta"] for n in sent["nodes"]] == [0.0]


@EACH
def test_an_update_does_not_turn_its_decision_point(spelling: Spelling) -> None:
    desk = Desk(spelling, kind=LIFT_AMR)
    desk.receive("factsheet", supporting(spelling, THETA, TURN))
    desk.say(theta=2.5)
    desk.master.order(bare(mission(3)))
    (first,) = desk.orders(desk.wait(0.3))
    desk.take_over(first)
    desk.master.order(bare(mission(6, update=1)))
    (update,) = desk.orders(desk.wait(0.3))
    assert update["nodes"][0] == first["nodes"][2]
    assert [n["nodePosition"]["theta"] for n in update["nodes"]] == 4 * [0.0]


@pytest.mark.parametrize("name", [
    "responses.grantResponses.leaseExpiry", "zoneSet.zones.releaseLossBehavior", "State.loads",
    "order.nodes.nodePosition.allowedDeviationXy", "ORDER.NODES.NODEPOSITION.THETA", "order.edges.maximumspeed",
])  # fmt: skip
def test_what_is_sent_is_not_missed_whatever_its_letters(name: str) -> None:
    desk = Desk(V3_0)
    desk.receive("factsheet", requiring(V3_0, name))
    assert told(desk) == []


def test_a_field_is_sent_however_the_factsheet_writes_it() -> None:
    """The schema of 2.0.0 writes allowedDeviationXy; what goes out is spelt as the text has it."""
    desk = Desk(V2_0)
    body = sheet_of(V2_0)
    rows = [{"parameter": name, "support": "SUPPORTED"} for name in ("order.nodes.nodePosition.allowedDeviationXy",)]
    rows += [{"parameter": "order.edges.Length", "support": "REQUIRED"}]
    body["protocolFeatures"]["optionalParameters"] = rows
    desk.receive("factsheet", body)
    sent = leading(desk)
    assert all("allowedDeviationXY" in n["nodePosition"] for n in sent["nodes"])
    assert all("length" in e for e in sent["edges"])
