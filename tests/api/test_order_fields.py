"""What an order may be asked to be: nothing that somebody sends is lost on its way, or in a template."""

from __future__ import annotations

from typing import Any

import pytest

from amr_fleet.api.models.book import Template as KeptTemplate
from amr_fleet.api.models.orders import KeptOrder, OrderBody, TransportOrder
from amr_fleet.domain.orders import TransportOrder as Order
from amr_fleet.ports import OrderRequest, Template

ONCE = {"load_id", "reference", "key"}
"""What comes only once: no template has it."""
WAY: dict[str, Any] = {"pick_place": "D1", "drop_place": "A1"}
SAID: dict[type, Any] = {bool: True, str: "X1", int: 5, float: 90.0}


def said(name: str) -> Any:
    """Return something that may be sent in a field, other than its default."""
    if name == "cargo":
        return {"kind": "lot", "lot": "L7"}
    field = OrderBody.model_fields[name]
    return SAID[float if field.default is None else type(field.default)]


@pytest.mark.parametrize("name", sorted(OrderBody.model_fields.keys() - WAY.keys()))
def test_what_is_sent_reaches_the_engine(name: str) -> None:
    plain, asked = (OrderBody(**WAY, **more).request(100.0, "an") for more in ({}, {name: said(name)}))
    assert asked != plain


@pytest.mark.parametrize("name", sorted(OrderBody.model_fields.keys() - WAY.keys() - ONCE))
def test_a_template_keeps_what_may_come_again(name: str) -> None:
    asked = OrderBody(**WAY, **{name: said(name)}).request(0.0, "an")
    kept = KeptTemplate.model_validate(Template(name="daily", request=asked)).order.model_dump()
    assert kept[name] == (said(name) if name != "cargo" else kept[name])
    assert OrderBody(**{n: value for n, value in kept.items() if value is not None}).request(0.0, "an") == asked


def test_no_other_field_of_a_request_is_left_to_the_engine_alone() -> None:
    here = {name.removesuffix("_in_s") for name in OrderBody.model_fields}
    request = OrderRequest(pick_place="D1", drop_place="A1")
    assert vars(request).keys() - here == {"user"}
    assert KeptOrder.model_fields.keys() == OrderBody.model_fields.keys() - ONCE


FLAGS = [name for name, field in OrderBody.model_fields.items() if field.annotation is bool and name != "until_ready"]
"""What an order is, until it has ended; until when it is held is what `awaits` says."""


@pytest.mark.parametrize("name", FLAGS)
def test_an_order_says_what_it_was_asked_to_be(name: str) -> None:
    orders = [Order(order_id="T1", request=OrderBody(**WAY, **more).request(0.0, "an")) for more in ({}, {name: True})]
    assert [TransportOrder.model_validate(order.view()).model_dump()[name] for order in orders] == [False, True]
