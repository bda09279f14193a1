"""The facts of order_created are the fields of the request: they come back as they were, and old journals read."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, get_type_hints

from hypothesis import given
from hypothesis import strategies as st

from amr_fleet.cargo_views import Cargo
from amr_fleet.fact_fields import facts_of, meanings, value_of
from amr_fleet.journal_kinds import JOURNAL
from amr_fleet.ports import OrderRequest


def _filled(kind: type[Any], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return values of a dataclass with something in every field; `builds` alone leaves out what has a default."""
    hints = get_type_hints(kind)
    numbers = {float: st.floats(allow_nan=False)}
    own = {f.name: numbers.get(hints[f.name], st.from_type(hints[f.name])) for f in fields(kind) if f.name not in given}
    return st.builds(kind, **own, **given)


REQUESTS = _filled(OrderRequest, cargo=st.none() | _filled(Cargo))


@given(REQUESTS)
def test_a_request_comes_back_from_the_journal(request: OrderRequest) -> None:
    facts = json.loads(json.dumps(facts_of(request)))
    assert value_of(OrderRequest, facts) == request
    assert JOURNAL["order_created"].faults({**facts, "user": request.user}) == []


def test_the_facts_have_the_names_of_the_first_journals() -> None:
    cargo = Cargo(kind="pallet", lot="L7", container="CSQU3054383", customer="Mekong", customs_hold=True)
    facts = facts_of(OrderRequest(pick_place="D1", drop_place="A1", held=True, cargo=cargo))
    assert facts == {
        "pick_place": "D1", "drop_place": "A1", "reference": "", "load_id": "", "priority": 0, "deadline": 0.0,
        "user": "", "earliest": 0.0, "cutoff": "", "robot": "", "held": True, "cargo_kind": "pallet",
        "cargo_lot": "L7", "cargo_container": "CSQU3054383", "cargo_customer": "Mekong", "cargo_hold": True, "key": "",
            "cargo_weight_kg": 0.0, "cargo_load_type": "",  # later ones have these, too
    }  # fmt: skip


def test_a_flag_that_is_not_set_is_not_written() -> None:
    assert "held" not in facts_of(OrderRequest(pick_place="D1", drop_place="A1"))


def test_what_an_old_entry_lacks_or_leaves_empty_has_its_default() -> None:
    facts = {"pick_place": "D1", "drop_place": "A1", "priority": None, "deadline": 7, "left_over": "x"}
    assert value_of(OrderRequest, facts) == OrderRequest(pick_place="D1", drop_place="A1", deadline=7.0)
    assert isinstance(value_of(OrderRequest, facts).deadline, float)


def test_the_journal_says_what_a_later_field_of_a_request_means() -> None:
    """A new kind of order needs no word there but beside its field."""
    flags: dict[str, Any] = {f.name: True for f in fields(OrderRequest) if f.default is False}
    wish = OrderRequest(pick_place="D1", drop_place="A1", cargo=Cargo(customs_hold=True), **flags)
    assert facts_of(wish).keys() - JOURNAL["order_created"].facts.keys() == meanings(OrderRequest).keys()
    for kind in ("order_created", "template_set", "schedule_set"):
        assert meanings(OrderRequest).keys() <= JOURNAL[kind].more.keys()
