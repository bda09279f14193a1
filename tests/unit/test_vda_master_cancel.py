"""What the text of VDA 5050 asks of a master that calls an order off, and of its ids."""

from __future__ import annotations

from amr_core import vda5050
from amr_interop.vda.versions import Spelling
from tests.unit.test_vda_master_text import EACH, actions, call_off, show
from tests.unit.vda_desk import Desk, leading, mission


@EACH
def test_what_was_called_off_is_neither_sent_again_nor_continued(spelling: Spelling) -> None:
    desk = Desk(spelling)
    desk.say()
    desk.master.order(mission(3))
    (order,) = desk.orders(desk.wait(0.2))  # lost: the robot never shows it
    (cancel,) = call_off(desk)
    if spelling.major == 3:
        assert cancel["actionParameters"] == [{"key": "orderId", "value": order["orderId"]}]
    sent = desk.say(3.0)
    assert desk.orders(sent) == []
    assert {a["actionId"] for a in actions(desk, sent)} <= {cancel["actionId"]}
    sent = show(desk, (cancel["actionId"], "cancelOrder", "FAILED"), seconds=3.0)
    assert desk.orders(sent) == []
    # It was only late: the robot takes it after all, and is told to give it up.
    desk.take_over(order)
    sent = desk.say(6.0)
    assert "cancelOrder" in desk.instants(sent)
    assert desk.orders(sent) == []


@EACH
def test_no_update_and_no_new_order_until_the_cancel_has_ended(spelling: Spelling) -> None:
    desk = Desk(spelling)
    leading(desk)
    (cancel,) = call_off(desk)
    desk.master.order(mission(5, update=1))
    other = vda5050.Order("r", "M2", 0, mission(3).nodes, mission(3).edges)
    for status in ("RUNNING", "RUNNING"):
        desk.master.order(other)
        sent = show(desk, (cancel["actionId"], "cancelOrder", status), seconds=2.0)
        assert (desk.orders(sent), actions(desk, sent)) == ([], [])
    show(desk, (cancel["actionId"], "cancelOrder", "FINISHED"), nodeStates=[])
    desk.master.order(other)
    (order,) = desk.orders(desk.wait(0.2))
    assert order["orderUpdateId"] == 0


def test_a_refused_mission_that_the_fleet_still_wants_is_tried_again_later_under_a_new_id() -> None:
    desk = Desk()
    desk.say()
    desk.master.order(mission(3))
    (first,) = desk.orders(desk.wait(0.2))
    references = [{"referenceKey": "orderId", "referenceValue": first["orderId"]}]
    error = {"errorType": "noRouteError", "errorLevel": "WARNING", "errorReferences": references}
    for _ in range(4):
        desk.say(1.0, errors=[error])
    desk.sent.clear()
    for _ in range(14):
        desk.master.order(mission(3))
        desk.say(1.0, errors=[error])
    (again, *_) = desk.orders(desk.sent)
    assert again["orderId"] != first["orderId"]


def test_a_cancel_that_a_robot_will_not_do_is_not_asked_with_every_state() -> None:
    desk = Desk()
    left = [{"nodeId": "Z", "sequenceId": 2, "released": True}]
    desk.say(orderId="somebody's", nodeStates=left)
    asked = []
    for _ in range(20):
        sent = actions(desk, desk.sent)
        ids = [a["actionId"] for a in sent if a["actionType"] == "cancelOrder"]
        asked = list(dict.fromkeys(ids))
        show(desk, *((i, "cancelOrder", "FAILED") for i in asked), seconds=0.5)
    assert 1 <= len(asked) <= 3


@EACH
def test_an_update_that_a_cleared_order_never_got_is_given_up(spelling: Spelling) -> None:
    desk = Desk(spelling)
    leading(desk)
    desk.master.order(mission(5, update=1))
    assert len(desk.orders(desk.wait(0.2))) == 1  # lost
    desk.say(1.0, operatingMode="MANUAL", nodeStates=[])
    desk.say(2.5)
    desk.sent.clear()
    assert desk.orders(desk.say(3.0, operatingMode="AUTOMATIC")) == []
    assert desk.told is not None
    assert desk.told.base == ()
    other = vda5050.Order("r", "M2", 0, mission(3).nodes, mission(3).edges)
    desk.master.order(other)
    (order,) = desk.orders(desk.wait(0.2))
    assert order["orderUpdateId"] == 0
