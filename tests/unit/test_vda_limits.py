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
from tests.unit.test_vda_master import Desk, leading, mission

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
