"""Orders that the agent refuses, and why."""

from __future__ import annotations

import dataclasses

import pytest

from amr_navigation.agent import model as m
from tests.unit.agent_rig import Rig, make_order


@pytest.mark.parametrize(
    "change",
    [
        {"robot": "r2"},
        {"order_id": ""},
        {"nodes": ()},
        {"edges": ()},
    ],
)
def test_rubbish_orders_are_refused(change: dict[str, object]) -> None:

    rig = Rig()
    rig.send(m.OrderReceived(dataclasses.replace(make_order(3), **change)))  # type: ignore[arg-type]
    error = rig.error("agent.order_rejected")
    assert error is not None
    assert error.level == "WARNING"
    assert rig.engine.idle
    assert not rig.follows


def test_orders_from_elsewhere_and_while_busy_are_refused() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4, first=2, order_id="far")))
    assert rig.error("agent.order_rejected") is not None
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(1.0)
    rig.send(m.OrderReceived(make_order(4, order_id="other")))
    assert rig.error("agent.order_rejected") is not None
    assert rig.state.order_id == "m1"


def test_an_update_may_not_take_the_base_back() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(1.0)
    rig.send(m.OrderReceived(make_order(2, update=1)))
    assert rig.error("agent.order_rejected") is not None
    rig.run(20.0)
    assert rig.state.last_node_id == "n4"


def test_invalid_messages_are_reported_and_forgotten() -> None:
    rig = Rig()
    rig.send(m.Invalid("order", "nan"))
    assert rig.error("message.invalid") is not None
    rig.run(12.0)
    assert rig.error("message.invalid") is None
