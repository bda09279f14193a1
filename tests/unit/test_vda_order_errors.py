"""Errors that name an order: a refusal is dealt with by the gateway, everything else the fleet must hear."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.vda_desk import Desk, leading, mission


def error(kind: str, level: str, **references: str) -> dict[str, Any]:
    named = [{"referenceKey": key, "referenceValue": value} for key, value in references.items()]
    return {"errorType": kind, "errorLevel": level, "errorReferences": named}


def told(desk: Desk) -> list[tuple[str, str]]:
    assert desk.told is not None
    return [(e.code, e.level) for e in desk.told.errors]


@pytest.mark.parametrize("kind", ["driveFault", "orderError"])
def test_a_fatal_error_of_an_order_under_way_is_told(kind: str) -> None:
    desk = Desk()
    order = leading(desk)
    desk.say(errors=[error(kind, "FATAL", orderId=order["orderId"])])
    assert told(desk) == [("vda.reported", "FATAL")], "the robot stands, and nobody would know why"


def test_what_keeps_orders_away_is_told_though_it_names_an_order() -> None:
    desk = Desk()
    desk.master.order(mission(3))
    sent = desk.say(2.0, errors=[error("driveFault", "FATAL", orderId="of-yesterday")])
    assert desk.orders(sent) == []
    assert told(desk) == [("vda.reported", "FATAL")], "an order that is never sent needs a reason"


def test_a_fatal_refusal_by_a_name_of_its_own_is_told_twice_as_no_new_order_goes_while_it_stands() -> None:
    desk = Desk()
    desk.say()
    desk.master.order(mission(3))
    (order,) = desk.orders(desk.wait(0.2))
    for _ in range(5):
        desk.say(1.0, errors=[error("liftBroken", "FATAL", orderId=order["orderId"])])
    assert told(desk) == [("agent.order_rejected", "WARNING"), ("vda.reported", "FATAL")]


def test_a_refusal_is_told_once_as_ours_and_a_late_one_of_a_message_that_came_twice_not_at_all() -> None:
    desk = Desk()
    order = leading(desk)
    twice = error("orderUpdateError", "WARNING", orderId=order["orderId"], orderUpdateId="0")
    past = error("orderError", "FATAL", orderId="of-yesterday")
    desk.say(errors=[twice, past])
    assert told(desk) == []
    desk.master.order(mission(5, update=1))
    desk.wait(0.2)
    refusal = error("odd", "WARNING", orderId=order["orderId"], orderUpdateId="1")
    desk.say(errors=[refusal])
    assert told(desk) == []


def test_a_warning_about_an_order_under_way_is_told() -> None:
    desk = Desk()
    order = leading(desk)
    desk.say(errors=[error("pathBlocked", "WARNING", orderId=order["orderId"])])
    assert told(desk) == [("vda.reported", "WARNING")]
