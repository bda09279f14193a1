"""What a strict robot looks for in a master control beside `test_vda_master_text`: ids, errors, small print."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from amr_core import vda5050
from amr_core.robots import LIFT_AMR
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.versions import V2_1, V3_0, Spelling
from tests.unit.test_vda_master_text import EACH, actions, call_off, show
from tests.unit.vda_desk import Desk, leading, mission

RECOMMENDED = re.compile(r"[A-Za-z0-9_.:-]+")


def named(order: vda5050.Order, name: str) -> vda5050.Order:
    """Return the order with other names of nodes and edges, as our sites have them."""

    def of(old: str) -> str:
        return f"SE@00{'ABCDEF'.index(old)}.9"

    nodes = tuple(vda5050.OrderNode(**{**vars(n), "node_id": of(n.node_id)}) for n in order.nodes)
    edges = tuple(
        vda5050.OrderEdge(
            **{**vars(e), "edge_id": f"{of(e.start)}>{of(e.end)}", "start": of(e.start), "end": of(e.end)}
        )
        for e in order.edges
    )
    return vda5050.Order(order.robot, name, order.update_id, nodes, edges)


def refusing(kind: str, *references: tuple[str, str], level: str = "WARNING") -> dict[str, Any]:
    rows = [{"referenceKey": key, "referenceValue": value} for key, value in references]
    error: dict[str, Any] = {"errorType": kind, "errorLevel": level, "errorDescription": "no"}
    return error | ({"errorReferences": rows} if rows else {})


def codes(desk: Desk) -> list[tuple[str, str]]:
    assert desk.told is not None
    return [(e.code, e.level) for e in desk.told.errors]


@EACH
def test_ids_have_the_recommended_characters_and_the_fleet_reads_its_own(spelling: Spelling) -> None:
    desk = Desk(spelling)
    desk.say()
    desk.master.order(named(mission(3), "M@1"))
    (order,) = desk.orders(desk.wait(0.2))
    ids = [order["orderId"], *(n["nodeId"] for n in order["nodes"]), *(e["edgeId"] for e in order["edges"])]
    ids += [a["actionId"] for n in order["nodes"] for a in n["actions"]]
    if spelling.major == 2:
        ids += [e[key] for e in order["edges"] for key in ("startNodeId", "endNodeId")]
    assert [i for i in ids if not RECOMMENDED.fullmatch(i)] == []
    desk.take_over(order)
    left = desk.state["nodeStates"][1:]
    desk.say(lastNodeId=order["nodes"][1]["nodeId"], lastNodeSequenceId=2, nodeStates=left)
    assert desk.told is not None
    assert (desk.told.order_id, desk.told.last_node_id, desk.told.base) == ("M@1", "SE@001.9", ("SE@002.9",))
    desk.say(orderId="strange", nodeStates=left)  # read back where no order of ours stands, too
    desk.say(3.0)
    assert desk.told.last_node_id == "SE@001.9"


def test_critical_stops_the_order_and_not_the_next_one() -> None:
    """CRITICAL: "is able to take new orders" (3.0, 6.6.5.1); many last until a new order is accepted (table 9)."""
    desk = Desk(V3_0)
    order = leading(desk)
    error = refusing("NODE_UNREACHABLE", ("nodeId", "C"), level="CRITICAL")
    desk.say(errors=[error])
    assert codes(desk) == [("vda.reported", "FATAL")]
    desk.say(errors=[error], nodeStates=[], lastNodeId="C", lastNodeSequenceId=4)
    assert codes(desk) == [("vda.reported", "WARNING")]
    desk.say(errors=[{**error, "errorLevel": "FATAL"}])
    assert codes(desk) == [("vda.reported", "FATAL")]
    assert order["orderId"]


@EACH
def test_a_robot_that_needs_a_person_gets_no_new_order_until_the_error_is_gone(spelling: Spelling) -> None:
    desk = Desk(spelling)
    desk.say(errors=[refusing("laserScanner", level="FATAL")])
    desk.master.order(mission(3))
    assert desk.orders(desk.wait(2.0)) == []
    assert len(desk.orders(desk.say(errors=[]))) == 1
    desk = Desk(spelling)
    # vda5050-core refuses with FATAL and never takes it back: that is about a message, not about the robot.
    desk.say(errors=[refusing("orderUpdateError", level="FATAL")])
    desk.master.order(mission(3))
    assert len(desk.orders(desk.wait(0.3))) == 1


@EACH
@pytest.mark.parametrize("kind", ["orderError", "OTHER_ORDER_ACTIVE", "vehicleBusy", "noStart"])
def test_what_refers_to_our_order_refuses_it_whatever_it_is_called(spelling: Spelling, kind: str) -> None:
    desk = Desk(spelling)
    desk.say()
    desk.master.order(mission(3))
    (order,) = desk.orders(desk.wait(0.2))
    error = refusing(kind, ("orderId", order["orderId"]), ("orderUpdateId", "0"))
    sent = [order for _ in range(6) for order in desk.orders(desk.say(1.0, errors=[error]))]
    assert len(sent) == 1
    assert ("agent.order_rejected", "WARNING") in codes(desk)


def test_an_error_of_the_running_order_is_no_refusal_of_its_update() -> None:
    desk = Desk()
    order = leading(desk)
    desk.master.order(mission(5, update=1))
    desk.wait(0.2)
    trouble = refusing("obstacle", ("orderId", order["orderId"]))
    for _ in range(3):
        desk.say(1.0, errors=[trouble])
    assert "cancelOrder" not in desk.instants(desk.sent)
    about = refusing("noNode", ("orderId", order["orderId"]), ("orderUpdateId", "1"))
    for _ in range(3):
        desk.say(1.0, errors=[about])
    assert "cancelOrder" in desk.instants(desk.sent)


def test_a_refusal_without_references_that_stands_already_is_believed_when_nothing_is_taken() -> None:
    desk = Desk(V3_0)
    error = refusing("UNSUPPORTED_PARAMETER", ("parameter", "order.nodes.theta"), level="CRITICAL")
    desk.say(errors=[error])
    desk.master.order(mission(3))
    sent = [order for _ in range(8) for order in desk.orders(desk.say(1.0))]
    assert len(sent) <= 4
    assert ("agent.order_rejected", "WARNING") in codes(desk)
    assert desk.told is not None
    assert [e.facts["reason"] for e in desk.told.errors if e.code == "agent.order_rejected"] == [
        "UNSUPPORTED_PARAMETER: no"
    ]


ABOUT_ACTIONS = [
    refusing("INVALID_INSTANT_ACTION"), refusing("instantActionError", ("actionId", "x-1")),
    refusing("noOrderToCancel"), refusing("NO_ORDER_TO_CANCEL", level="URGENT"),
]  # fmt: skip


@EACH
@pytest.mark.parametrize("error", ABOUT_ACTIONS, ids=lambda e: str(e["errorType"]))
@pytest.mark.parametrize("stands", [False, True])
def test_an_error_about_an_instant_action_refuses_no_order(
    spelling: Spelling, error: dict[str, Any], *, stands: bool
) -> None:
    desk = Desk(spelling)
    desk.say(errors=[error] if stands else [])
    desk.master.order(mission(3))
    for _ in range(9):
        desk.say(1.0, errors=[error])
    assert desk.master.sent is not None
    assert desk.master.sent.ended == "", "it is deaf, and an order that got lost goes out again"
    assert "agent.order_rejected" not in {code for code, _ in codes(desk)}


@EACH
def test_what_names_our_order_refuses_it_even_as_an_error_about_an_action(spelling: Spelling) -> None:
    desk = Desk(spelling)
    desk.say()
    desk.master.order(mission(3))
    (order,) = desk.orders(desk.wait(0.2))
    error = refusing("INVALID_INSTANT_ACTION", ("orderId", order["orderId"]), ("orderUpdateId", "0"))
    for _ in range(6):
        desk.say(1.0, errors=[error])
    assert ("agent.order_rejected", "WARNING") in codes(desk)


@pytest.mark.parametrize("spelling", [V2_1], ids=["2.1.0"])
def test_the_first_edge_of_an_update_begins_where_its_first_node_is(spelling: Spelling) -> None:
    """The decision point may have been called otherwise, as when the order began between two nodes."""
    desk = Desk(spelling)
    desk.say(x=1.5)
    desk.master.order(mission(1))
    (first,) = desk.orders(desk.wait(0.2))
    assert first["nodes"][0]["nodeId"].startswith("here-")
    desk.take_over(first)
    desk.master.order(mission(3, update=1))
    (update,) = desk.orders(desk.wait(0.2))
    assert update["nodes"][0]["nodeId"] == first["nodes"][0]["nodeId"]
    for order in (first, update):
        names = [n["nodeId"] for n in order["nodes"]]
        assert [(e["startNodeId"], e["endNodeId"]) for e in order["edges"]] == [*pairwise(names)]


@EACH
def test_nothing_is_called_off_where_nothing_is_left(spelling: Spelling) -> None:
    desk = Desk(spelling)
    leading(desk, 6)
    desk.say(nodeStates=[], lastNodeId="F", lastNodeSequenceId=10)
    assert call_off(desk) == []
    assert desk.master.counts["nothing_to_cancel"] == 1
    desk.say(3.0)
    assert actions(desk, desk.sent) == []


@EACH
def test_what_is_under_way_to_an_idle_robot_is_called_off(spelling: Spelling) -> None:
    desk = Desk(spelling)
    desk.say()
    desk.master.order(mission(3))
    assert len(desk.orders(desk.wait(0.2))) == 1
    (cancel,) = call_off(desk)
    show(desk, (cancel["actionId"], "cancelOrder", "FAILED"))
    assert desk.orders(desk.wait(2.0)) == []


def optional(spelling: Spelling, *names: str) -> dict[str, Any]:
    sheet = factsheet(LIFT_AMR, spelling)
    rows = [{"parameter": name, "support": "SUPPORTED"} for name in names]
    sheet["protocolFeatures"]["optionalParameters"] = rows
    return sheet


@EACH
def test_the_type_of_an_orientation_is_an_optional_field_of_its_own(spelling: Spelling) -> None:
    for names, expected in (
        (("order.edges.orientation",), {"orientation"}),
        (("order.edges.orientation", "order.edges.orientationType"), {"orientation", "orientationType"}),
        (("order.edges.orientationType",), set()),
    ):
        desk = Desk(spelling)
        desk.receive("factsheet", optional(spelling, *names))
        desk.say()
        order = mission(3)
        edges = tuple(vda5050.OrderEdge(**{**vars(e), "manoeuvre": "unpark"}) for e in order.edges)
        desk.master.order(vda5050.Order("r", "M1", 0, order.nodes, edges))
        (sent,) = desk.orders(desk.wait(0.2))
        assert {key for e in sent["edges"] for key in e if key.startswith("orientation")} == expected, names


@EACH
def test_an_action_that_names_no_parameters_has_none_and_blocks_as_it_may(spelling: Spelling) -> None:
    desk = Desk(spelling)
    sheet = factsheet(LIFT_AMR, spelling)
    for row in sheet["protocolFeatures"]["agvActions" if spelling.major == 2 else "mobileRobotActions"]:
        row.pop("actionParameters", None)
        if row["actionType"] == "pick":
            row["blockingTypes"] = ["NONE", "SOFT"]
    desk.receive("factsheet", sheet)
    desk.say()
    desk.master.order(mission(6))
    (sent,) = desk.orders(desk.wait(0.2))
    (pick,) = sent["nodes"][-1]["actions"]
    must = {"stationType", "loadType"} if spelling.major == 2 else set()
    assert {p["key"] for p in pick.get("actionParameters", [])} == must
    assert pick["blockingType"] == "SOFT"


@EACH
@pytest.mark.parametrize(
    ("allowed", "blocked"),
    [
        (["NONE", "SINGLE"], {2: "NONE", 3: "SINGLE"}), (["NONE", "SINGLE", "SOFT"], {2: "SOFT", 3: "SOFT"}),
        (["SINGLE"], {2: "HARD", 3: "SINGLE"}), ([], {2: "HARD", 3: "HARD"}),
    ],
)  # fmt: skip
def test_each_action_blocks_only_as_its_factsheet_allows(
    spelling: Spelling, allowed: list[str], blocked: dict[int, str]
) -> None:
    """stopCharging, which master control adds, too; SINGLE is of 3.0."""
    desk = Desk(spelling)
    sheet = factsheet(LIFT_AMR, spelling)
    rows = sheet["protocolFeatures"]["agvActions" if spelling.major == 2 else "mobileRobotActions"]
    rows.append({**rows[0], "actionType": "stopCharging"})
    for row in rows:
        if row["actionType"] in ("pick", "stopCharging"):
            row["actionScopes"], row["blockingTypes"] = ["NODE"], allowed
    desk.receive("factsheet", sheet)
    desk.say(charging=True)
    desk.master.order(mission(6))
    (sent,) = desk.orders(desk.wait(0.2))
    found = {a["actionType"]: a["blockingType"] for n in sent["nodes"] for a in n["actions"]}
    assert found == dict.fromkeys(("stopCharging", "pick"), blocked[spelling.major])


def test_no_more_instant_actions_in_a_message_than_the_factsheet_allows() -> None:
    desk = Desk(V2_1)
    sheet = factsheet(LIFT_AMR, V2_1)
    sheet["protocolLimits"]["maxArrayLens"]["instantActions"] = 1
    desk.receive("factsheet", sheet)
    desk.say()
    desk.sent.clear()
    for kind in ("startPause", "stateRequest"):
        desk.master.instant(vda5050.InstantAction("r", kind, kind))
    sent = [m for m in desk.wait(0.1) if m.topic.endswith("/instantActions")]
    assert [len(m.message["actions"]) for m in sent] == [1, 1]
    assert sent[0].message["headerId"] + 1 == sent[1].message["headerId"]
