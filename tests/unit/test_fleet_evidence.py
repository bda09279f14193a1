"""What cameras read on a load: in the order's history and the load's custody record, also after a restart."""

from __future__ import annotations

from typing import Any

import pytest

from amr_fleet.api.models.cargo import Load
from amr_fleet.cargo_views import Cargo
from amr_fleet.domain.events import Ask
from amr_fleet.domain.evidence import MOST_READINGS
from amr_fleet.domain.orders import FleetState
from amr_fleet.ports import OrderRequest, OrderView
from amr_fleet.requests import CreateOrder, NoteEvidence
from tests.unit.test_fleet_cargo import CONTAINER, SSCC
from tests.unit.test_fleet_engine import ask, refuse, rehearsal

OTHER = "006141411234567890"


def evidence(**facts: Any) -> Ask:
    good = {"order_id": "T000001", "load_id": "", "kind": "sscc", "value": SSCC, "valid": True, "frames": 3}
    return Ask(9, NoteEvidence(**{**good, "source": "/gate/label_reader", **facts}))


def ordered(run: Any, load_id: str = SSCC, **cargo: Any) -> OrderView:
    wish = OrderRequest(pick_place="D1", drop_place="A1", load_id=load_id, cargo=Cargo(**cargo) if cargo else None)
    order = ask(run, Ask(1, CreateOrder(order=wish))).result
    assert isinstance(order, OrderView)
    return order


def test_a_reading_belongs_to_its_order_and_its_load() -> None:
    run = rehearsal(1)
    order = ordered(run, kind="pallet", container=CONTAINER)
    assert ask(run, evidence(value=f"(00){SSCC}")).result == "yes"
    assert (
        ask(run, evidence(order_id="", load_id=SSCC, kind="container", value=CONTAINER, size_type="22G1")).result
        == "yes"
    )
    assert ask(run, evidence(value="006141411234567890")).result == "no"
    entries = [e for e in run.journal if e.kind == "order_evidence"]
    assert [e.order_id for e in entries] == [order.order_id] * 3
    assert [e.facts["match"] for e in entries] == ["yes", "yes", "no"]
    state = FleetState.fold(run.journal)
    assert state.cargo.loads == run.engine.world.state.cargo.loads
    assert state.orders[order.order_id].readings == 3
    readings = Load.of(state.cargo.loads[SSCC]).model_dump()["readings"]
    assert [(r["kind"], r["value"], r["match"]) for r in readings] == [
        ("sscc", SSCC, "yes"), ("container", CONTAINER, "yes"), ("sscc", OTHER, "no"),
    ]  # fmt: skip


def test_what_is_not_known_is_not_called_right_or_wrong() -> None:
    run = rehearsal(1)
    ordered(run, "PAL-1")
    assert ask(run, evidence()).result == "unknown"
    assert ask(run, evidence(kind="code", value="PAL-1", valid=False)).result == "yes"
    assert ask(run, evidence(kind="code", value="PAL-2", valid=False)).result == "unknown"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"order_id": "T999999"}, "order.not_found"),
        ({"order_id": "", "load_id": "nobody's"}, "order.not_found"),
        ({"order_id": "", "load_id": ""}, "order.not_found"),
        ({"kind": "face"}, "order.invalid"),
        ({"value": ""}, "order.invalid"),
        ({"value": "1" * 500, "kind": "code"}, "order.invalid"),
        ({"value": "106141412345678909"}, "cargo.bad_sscc"),
        ({"kind": "container", "value": "CSQU3054384"}, "cargo.bad_container"),
    ],
)
def test_rubbish_is_refused(facts: dict[str, Any], code: str) -> None:
    run = rehearsal(1)
    ordered(run)
    assert refuse(run, evidence(**facts)) == code


def test_a_reader_gone_wild_does_not_fill_the_journal() -> None:
    run = rehearsal(1)
    ordered(run)
    for _ in range(MOST_READINGS):
        ask(run, evidence())
    assert refuse(run, evidence()) == "order.invalid"
    assert len([e for e in run.journal if e.kind == "order_evidence"]) == MOST_READINGS
    assert len(run.engine.world.state.cargo.loads[SSCC].readings) == 50
