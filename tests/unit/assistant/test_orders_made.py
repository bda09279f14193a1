"""What an order of the assistant carries is what its proposal says: goods and numbers were left out of it."""

from __future__ import annotations

from typing import Any

import pytest

from amr_core.check_digits import gs1, iso6346
from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.assistant.live import requests_of
from amr_fleet.assistant.reading import Call
from amr_fleet.cargo_views import Cargo
from amr_fleet.domain.events import Ask
from amr_fleet.requests import CreateOrder, ImportOrders
from tests.unit.test_fleet_engine import ask, rehearsal

SSCC = f"89385000000000002{gs1('89385000000000002')}"
BOX = f"MSCU123456{iso6346('MSCU123456')}"
RICE = Cargo(lot="gạo")


def made(**args: Any) -> list[tuple[str, Cargo | None]]:
    """Return the loads of the orders that a real engine makes of a confirmed command."""
    run = rehearsal(1)
    call = Call("order_create", {"from": "D1", "to": "A1", **args})
    for request in requests_of(call, run.engine.snapshot(), load_site("lab"), "lan"):
        result = ask(run, Ask(7, request)).result
        assert not isinstance(result, AmrError), result
    return [(order.request.load_id, order.request.cargo) for order in run.engine.world.state.orders.values()]


@pytest.mark.parametrize(
    ("args", "loads"),
    [
        ({}, [("", None)]),
        ({"goods": "gạo"}, [("", RICE)]),
        ({"goods": "gạo", "qty": 3}, [("", RICE)] * 3),
        ({"sscc": f"(00){SSCC}", "goods": "gạo"}, [(SSCC, Cargo(kind="pallet", lot="gạo"))]),
        ({"container": BOX.lower()}, [(BOX, Cargo(kind="container"))]),
        ({"container": BOX, "goods": "gạo", "qty": 2}, [("", Cargo(lot="gạo", container=BOX))] * 2),
        ({"container": BOX, "sscc": SSCC}, [(SSCC, Cargo(kind="pallet", container=BOX))]),
    ],
)
def test_goods_and_numbers_are_in_the_order(args: dict[str, Any], loads: list[tuple[str, Cargo | None]]) -> None:
    assert made(**args) == loads


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"sscc": SSCC, "qty": 2}, "order.invalid"),  # one label is on one load
        ({"sscc": "123"}, "cargo.bad_sscc"),
        ({"container": BOX[:-1] + str((int(BOX[-1]) + 1) % 10)}, "cargo.bad_container"),
        ({"qty": 31}, "order.invalid"),
    ],
)
def test_a_number_that_is_none_is_refused_before_anything_is_made(args: dict[str, Any], code: str) -> None:
    run = rehearsal(1)
    with pytest.raises(AmrError) as error:
        requests_of(
            Call("order_create", {"from": "D1", "to": "A1", **args}), run.engine.snapshot(), load_site("lab"), ""
        )
    assert error.value.code == code


def test_several_orders_are_one_request() -> None:
    """Asked one by one, a refusal at the third left two made and said only that it failed."""
    run = rehearsal(1)
    snapshot, site = run.engine.snapshot(), load_site("lab")
    call = Call("order_create", {"from": "D1", "to": "A1", "qty": 3})
    [request] = requests_of(call, snapshot, site, "lan")
    assert isinstance(request, ImportOrders)
    assert [order.user for order in request.orders] == ["lan"] * 3
    [one] = requests_of(Call("order_create", {"from": "D1", "to": "A1"}), snapshot, site, "lan")
    assert isinstance(one, CreateOrder)
