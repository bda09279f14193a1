"""What holds an order back at the master: limits of the factsheet, and an emergency stop."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from amr_core.robots import LIFT_AMR
from amr_core.vda5050 import InstantAction, OrderAction
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.unit.vda_desk import Desk, leading, mission

EVERY = pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0], ids=lambda s: s.version)


def limited(spelling: Spelling, *, longest: int | None = None, **arrays: int) -> Desk:
    """Return a desk whose robot says limits: bytes of a message, and lengths of lists (node_actions=1)."""
    desk = Desk(spelling)
    sheet = factsheet(LIFT_AMR, spelling)
    two = spelling.major == 2
    limits = sheet["protocolLimits"]
    limits["maxArrayLens" if two else "maximumArrayLengths"] = {k.replace("_", ".", 1): n for k, n in arrays.items()}
    if longest is not None:
        limits["maxStringLens" if two else "maximumStringLengths"] = {
            "msgLen" if two else "maximumMessageLength": longest
        }
    desk.receive("factsheet", sheet)
    desk.say()
    return desk


def drive(desk: Desk, order: dict[str, Any]) -> None:
    """The robot takes a message over, and stands at its last node."""
    last = order["nodes"][-1]
    desk.say(
        orderId=order["orderId"], orderUpdateId=order["orderUpdateId"], nodeStates=[], lastNodeId=last["nodeId"],
        lastNodeSequenceId=last["sequenceId"], x=last["nodePosition"]["x"],
    )  # fmt: skip


@EVERY
def test_no_message_is_longer_than_the_robot_can_take_and_the_rest_follows(spelling: Spelling) -> None:
    desk = limited(spelling, longest=1700)
    desk.master.order(mission(6))
    desk.wait(0.2)
    for _ in range(6):
        drive(desk, desk.orders(desk.sent)[-1])
    orders = [m for m in desk.sent if m.topic.endswith("/order")]
    assert all(len(json.dumps(m.message)) <= 1700 for m in orders)
    assert [m.message["orderUpdateId"] for m in orders] == list(range(len(orders)))
    assert len(orders) > 1
    numbers = [n["sequenceId"] for m in orders for n in m.message["nodes"]]
    assert sorted(set(numbers)) == [0, 2, 4, 6, 8, 10]
    assert [a["actionType"] for n in orders[-1].message["nodes"] for a in n["actions"]] == ["pick"]


def test_a_horizon_that_does_not_fit_is_not_told_again_and_again() -> None:
    desk = limited(V2_1, longest=1700)
    desk.master.order(mission(2))
    (order,) = desk.orders(desk.wait(0.2))
    desk.take_over(order)
    for update in range(1, 30):
        desk.master.order(mission(2, update=update))
        desk.take_over(desk.orders(desk.sent)[-1])
    assert len(desk.orders(desk.sent)) <= 2


@EVERY
@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"node_actions": 1}, "its factsheet allows 1 actions at a node"),
        ({"actions_actionsParameters": 1}, "its factsheet allows 1 parameters of an action"),
        ({"longest": 600}, "its factsheet allows messages of 600 bytes"),
    ],
)
def test_what_cannot_be_made_shorter_goes_back_to_the_fleet(
    spelling: Spelling, limits: dict[str, int], reason: str
) -> None:
    desk = limited(spelling, **limits)
    order = mission(3, last=2)
    two = tuple(OrderAction(kind, f"T1:{kind}", {"load_id": "P"}) for kind in ("pick", "drop"))
    desk.master.order(replace(order, nodes=(*order.nodes[:-1], replace(order.nodes[-1], actions=two))))
    assert desk.orders(desk.wait(0.5)) == []
    assert desk.told is not None
    (error,) = desk.told.errors
    assert (error.code, dict(error.facts)) == ("agent.order_rejected", {"order_id": "M1", "reason": reason})


def demanding(spelling: Spelling, *keys: str) -> Desk:
    """Return a desk whose robot does no pick without these parameters."""
    desk = Desk(spelling)
    sheet = factsheet(LIFT_AMR, spelling)
    actions = sheet["protocolFeatures"]["agvActions" if spelling.major == 2 else "mobileRobotActions"]
    pick = next(a for a in actions if a["actionType"] == "pick")
    pick["actionParameters"] = [{"key": key, "valueDataType": "STRING", "isOptional": False} for key in keys]
    desk.receive("factsheet", sheet)
    desk.say()
    return desk


@EVERY
def test_what_a_robot_demands_of_an_action_is_said(spelling: Spelling) -> None:
    desk = demanding(spelling, "stationType", "loadType", "loadId")
    desk.master.order(mission(3, last=2))
    (order,) = desk.orders(desk.wait(0.5))
    said = {p["key"]: p["value"] for a in order["nodes"][-1]["actions"] for p in a["actionParameters"]}
    assert said == {"loadId": "PALLET-0001", "loadType": "EPAL", "stationType": "floor"}


@EVERY
def test_what_nobody_can_say_keeps_the_order_at_home(spelling: Spelling) -> None:
    desk = demanding(spelling, "loadId", "height")
    desk.master.order(mission(3, last=2))
    assert desk.orders(desk.wait(0.5)) == []
    assert desk.told is not None
    (error,) = desk.told.errors
    reason = "its factsheet demands height of pick"
    assert (error.code, dict(error.facts)) == ("agent.order_rejected", {"order_id": "M1", "reason": reason})


def test_an_update_that_the_robot_cannot_take_ends_the_order() -> None:
    desk = limited(V2_1, node_actions=1)
    desk.master.order(mission(2, last=2))
    # The first part has one action at a node, the fleet's next word has two.
    (first,) = desk.orders(desk.wait(0.2))
    desk.take_over(first)
    longer = mission(4, update=1, last=3)
    two = tuple(OrderAction(kind, f"T1:{kind}", {"load_id": "P"}) for kind in ("pick", "drop"))
    desk.master.order(replace(longer, nodes=(*longer.nodes[:-1], replace(longer.nodes[-1], actions=two))))
    sent = desk.wait(0.5)
    assert desk.orders(sent) == []
    assert desk.instants(sent) == ["cancelOrder"]
    assert desk.told is not None
    assert [e.code for e in desk.told.errors] == ["agent.order_rejected"]


@EVERY
@pytest.mark.parametrize("limit", ["state_nodeStates", "state_edgeStates"])
def test_no_more_is_announced_than_the_states_of_the_robot_hold_and_the_rest_follows(
    spelling: Spelling, limit: str
) -> None:
    """2.1, 6.15.1: "maximum number of nodeStates sent by the AGV, maximum number of nodes in base of AGV"."""
    desk = limited(spelling, **{limit: 3})
    desk.master.order(mission(6))
    desk.wait(0.2)
    left: list[dict[str, Any]] = []
    for _ in range(5):
        while orders := desk.orders(desk.sent):
            first, *more = orders[0]["nodes"]
            left = [*(n for n in left if n["sequenceId"] <= first["sequenceId"]), *more]
            desk.sent.clear()
            desk.take_over({**orders[0], "nodes": [first, *left]})
        assert len(left) <= 3
        desk.say(2.0)  # time to drive
        reached, *left = left
        desk.say(
            lastNodeId=reached["nodeId"], lastNodeSequenceId=reached["sequenceId"], x=reached["nodePosition"]["x"],
            nodeStates=[{k: n[k] for k in ("nodeId", "sequenceId", "released")} for n in left],
        )  # fmt: skip
    assert reached["nodeId"] == "F"
    assert [a["actionType"] for a in reached["actions"]] == ["pick"]


def test_a_horizon_that_the_states_do_not_hold_waits_and_is_not_told_again_and_again() -> None:
    desk = limited(V2_1, state_nodeStates=2)
    first = leading(desk)
    assert [n["nodeId"] for n in first["nodes"]] == ["A", "B", "C"]
    for update in range(1, 20):
        desk.master.order(mission(3, update=update))
        assert desk.orders(desk.say()) == []
    desk.master.order(mission(5, update=20))
    assert desk.orders(desk.say()) == []  # its base is full
    (more,) = desk.orders(desk.say(lastNodeId="B", lastNodeSequenceId=2, x=3.0, nodeStates=[]))
    assert [(n["nodeId"], n["released"]) for n in more["nodes"]] == [("C", True), ("D", True)]


class Stopped(Desk):
    """A robot that says what its emergency stop is."""

    e_stop = "NONE"

    def body(self) -> dict[str, Any]:
        """Return a state with it."""
        body = super().body()
        body["safetyState"][self.spelling.e_stop] = self.e_stop
        return body


@pytest.mark.parametrize(
    ("spelling", "word"),
    [(V2_0, "AUTOACK"), (V2_1, "MANUAL"), (V2_1, "REMOTE"), (V3_0, "MANUAL"), (V3_0, "REMOTE")],
)
def test_a_robot_in_an_emergency_stop_gets_neither_order_nor_update_until_it_is_reset(
    spelling: Spelling, word: str
) -> None:
    desk = Stopped(spelling)
    desk.e_stop = word
    desk.say()
    desk.master.order(mission(3))
    assert desk.orders(desk.say()) == []
    desk.e_stop = "NONE"
    desk.say()
    assert len(desk.orders(desk.sent)) == 1
    desk.take_over(desk.orders(desk.sent)[0])
    desk.e_stop = word
    desk.say()
    desk.master.order(mission(5, update=1))
    assert desk.orders(desk.say(3.0)) == []
    desk.e_stop = "NONE"
    assert len(desk.orders(desk.say())) == 1


def test_an_order_that_was_not_confirmed_before_the_stop_is_not_sent_again_during_it() -> None:
    desk = Stopped()
    desk.say()
    desk.master.order(mission(3))
    assert len(desk.orders(desk.wait(0.2))) == 1
    desk.e_stop = "MANUAL"
    assert desk.orders(desk.say(3.0)) == []
    desk.e_stop = "NONE"
    (again,) = desk.orders(desk.say())
    assert again["orderUpdateId"] == 0


def test_a_stop_does_not_keep_a_cancel_from_the_robot() -> None:
    desk = Stopped()
    leading(desk)
    desk.e_stop = "MANUAL"
    desk.say()
    desk.master.instant(InstantAction("r", "cancelOrder", "c"))
    assert desk.instants(desk.say()) == ["cancelOrder"]
