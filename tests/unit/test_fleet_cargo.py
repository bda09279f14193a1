"""Cargo: check digits, holds, chain of custody; and what a journal of before cargo still means."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amr_core import check_digits
from amr_core.errors import AmrError, Fact
from amr_fleet.cargo_views import Cargo, CargoView
from amr_fleet.domain import cargo_ids
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.ports import OrderRequest, OrderView
from amr_fleet.requests import CreateOrder, HoldCargo
from tests.unit.test_fleet_engine import ask, refuse, rehearsal, state

SSCC = "106141412345678908"  # the example of the GS1 General Specifications
CONTAINER = "CSQU3054383"  # the example of ISO 6346


def test_the_examples_of_the_standards_are_right() -> None:
    assert cargo_ids.sscc(f"(00) {SSCC}") == SSCC
    assert cargo_ids.container("csqu 305438-3") == CONTAINER
    assert cargo_ids.container("MSCU 666687 0"[:4] + "6639870") == "MSCU6639870"


@settings(max_examples=40, deadline=None)
@given(st.from_regex(r"\A[0-9]{17}\Z"), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_of_a_pallet_number_is_noticed(digits: str, at: int, plus: int) -> None:
    right = digits + check_digits.gs1(digits)
    assert cargo_ids.sscc(right) == right
    wrong = right[:at] + str((int(right[at]) + plus) % 10) + right[at + 1 :]
    with pytest.raises(AmrError, match=r"cargo\.bad_sscc"):
        cargo_ids.sscc(wrong)


@pytest.mark.parametrize(
    "text", ["", "CSQU3054384", "CSQX3054383", "CSQU305438", "ÇSQU3054383", "CSQU30543٨3", "x" * 999]
)
def test_rubbish_is_no_container(text: str) -> None:
    with pytest.raises(AmrError, match=r"cargo\.bad_container"):
        cargo_ids.container(text)


@pytest.mark.parametrize("text", ["", "1" * 17, "1" * 19, "10614141234567890٨", "00" + "1" * 19, "10614141234567890a"])
def test_rubbish_is_no_pallet(text: str) -> None:
    with pytest.raises(AmrError, match=r"cargo\.bad_sscc"):
        cargo_ids.sscc(text)


def test_a_pallet_is_followed_from_hand_to_hand() -> None:
    run = rehearsal(1)
    cargo = Cargo(kind="pallet", lot="L-7", container=CONTAINER, customer="Gạo Sông Hậu")
    wish = OrderRequest(pick_place="D1", drop_place="A1", load_id=SSCC, cargo=cargo)
    first = ask(run, Ask(1, CreateOrder(order=wish))).result
    assert isinstance(first, OrderView)
    assert refuse(run, Ask(2, CreateOrder(order=wish))) == "cargo.busy"
    run.run(lambda r: r.done, 600.0)
    back = OrderRequest(pick_place="A1", drop_place="D1", load_id=SSCC)
    assert isinstance(ask(run, Ask(3, CreateOrder(order=back))).result, OrderView)
    run.run(lambda r: r.done, 600.0)
    load = FleetState.fold(run.journal).cargo.loads[SSCC]
    assert load == run.engine.world.state.cargo.loads[SSCC]
    assert (load.place, load.robot, load.cargo) == ("D1", "", cargo)
    assert [(leg.from_place, leg.to_place) for leg in load.legs] == [("D1", "A1"), ("A1", "D1")]
    assert all(0 < leg.picked < leg.dropped for leg in load.legs)


def test_customs_hold_a_load_until_it_is_released() -> None:
    run = rehearsal(1)
    cargo = Cargo(kind="container", customs_hold=True)
    wish = OrderRequest(pick_place="D1", drop_place="A1", load_id=CONTAINER, cargo=cargo)
    order = ask(run, Ask(1, CreateOrder(order=wish))).result
    assert isinstance(order, OrderView)
    for _ in range(200):
        run.step()
    assert state(run, order) == "QUEUED"
    reason = run.engine.snapshot().orders[0].reason
    assert reason is not None
    assert reason.code == "wait.customs"
    held = ask(run, Ask(2, HoldCargo(load_id=CONTAINER, hold=False, document="TK-101", user="hq"))).result
    assert isinstance(held, CargoView)
    run.run(lambda r: r.done, 600.0)
    assert state(run, order) == "DONE"
    assert refuse(run, Ask(3, HoldCargo(load_id="nothing", hold=True))) == "cargo.not_found"


@pytest.mark.parametrize(
    ("load_id", "cargo", "code"),
    [
        ("", Cargo(kind="pallet"), "order.invalid"),
        ("106141412345678909", Cargo(kind="pallet"), "cargo.bad_sscc"),
        (f"(00){SSCC}", Cargo(kind="pallet"), "order.invalid"),
        ("CSQU3054384", Cargo(kind="container"), "cargo.bad_container"),
        ("A", Cargo(kind="box"), "order.invalid"),  # type: ignore[arg-type]
        ("A", Cargo(kind="lot", container="CSQU3054384"), "cargo.bad_container"),
    ],
)
def test_bad_cargo_is_refused(load_id: str, cargo: Cargo, code: str) -> None:
    run = rehearsal(1)
    wish = OrderRequest(pick_place="D1", drop_place="A1", load_id=load_id, cargo=cargo)
    assert refuse(run, Ask(1, CreateOrder(order=wish))) == code


def test_a_journal_of_before_cargo_is_still_read() -> None:
    facts: dict[str, Fact] = {"pick_place": "D1", "drop_place": "A1", "reference": "", "load_id": "", "user": "x"}
    facts |= {"priority": 2, "deadline": 0.0}
    order = FleetState.fold([JournalEntry(t=1.0, kind="order_created", order_id="T1", facts=facts)]).orders["T1"]
    assert (order.request.priority, order.request.cargo, order.due) == (2, None, 0.0)
