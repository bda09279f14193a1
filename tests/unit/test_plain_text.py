"""Two orders for one document are impossible, however its number is typed; hidden characters are refused everywhere."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from amr_core.errors import AmrError
from amr_core.plain_text import plain, read_as
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.models.orders import OrderBody
from amr_fleet.api.order_list import parse_rows
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import units_of
from amr_fleet.requests import CreateOrder, ImportOrders

_SITE = load_site("lab")
_ROADMAP = build_roadmap(_SITE)
_DOCK = next(p.id for p in _SITE.places if p.kind == "dock")
_RACK = next(p.id for p in _SITE.places if p.kind != "dock")
_NAME = "Số 12/Đợt ế"
_SAME = (
    unicodedata.normalize("NFD", _NAME), f"  {_NAME}\t".replace("\t", " "), _NAME.replace(" ", "\u00a0"),
    _NAME.replace(" ", "   "), _NAME.replace(" ", "\u3000"),
)  # fmt: skip
_HIDDEN = (
    "\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\u00ad", "\u061c", "\x00", "\x1b", "\x7f", "\u0085", "\u2028",
    "\ue000", "\U000e0041", "\ufe0f", "\u034f", "\u3164", "\u2800", "\ud800", "\uffff",
)  # fmt: skip


def _engine(journal: list[JournalEntry] | None = None) -> FleetEngine:
    return FleetEngine(_ROADMAP, units_of(_SITE, 2), journal=journal or [])


def _wish(reference: str) -> OrderRequest:
    return OrderRequest(pick_place=_DOCK, drop_place=_RACK, reference=reference)


@pytest.mark.parametrize("text", _SAME)
def test_what_looks_the_same_is_the_same(text: str) -> None:
    assert plain(text) == _NAME


@pytest.mark.parametrize("hidden", _HIDDEN)
def test_what_no_screen_shows_is_refused(hidden: str) -> None:
    with pytest.raises(ValueError, match="visible"):
        plain(f"DN-{hidden}7")
    result = _engine().step(1.0, [Ask(1, CreateOrder(order=_wish(f"DN-{hidden}7")))])
    error = result.replies[0].result
    assert isinstance(error, AmrError)
    assert (error.code, error.facts["where"]) == ("order.invalid", "reference")
    with pytest.raises(ValidationError):
        OrderBody(pick_place=_DOCK, drop_place=_RACK, reference=f"DN-{hidden}7")


@given(st.text(max_size=30))
def test_once_plain_it_stays_so(text: str) -> None:
    try:
        shown = plain(text)
    except ValueError:
        return
    assert plain(shown) == shown == shown.strip()
    assert unicodedata.is_normalized("NFC", shown)


@pytest.mark.parametrize("text", _SAME)
def test_one_document_is_one_order_by_ros_rest_and_list(text: str) -> None:
    engine = _engine()
    body = OrderBody(pick_place=_DOCK, drop_place=_RACK, reference=text).request(1.0, "lan")
    (row,) = parse_rows([{"pick_place": _DOCK, "drop_place": _RACK, "reference": text}], 1.0, "lan")
    assert isinstance(row, OrderRequest)
    asked = [
        Ask(1, CreateOrder(order=_wish(_NAME))), Ask(2, CreateOrder(order=_wish(text))),
        Ask(3, CreateOrder(order=body)),
        Ask(4, ImportOrders(orders=(row, _wish(text)))),
    ]  # fmt: skip
    engine.step(1.0, asked)
    assert [o.request.reference for o in engine.orders()] == [_NAME]


def test_a_journal_of_before_with_the_other_spelling_is_known_too() -> None:
    entries: list[JournalEntry] = []
    engine = _engine()
    entries += engine.step(1.0, [Ask(1, CreateOrder(order=_wish("Số 1")))]).entries
    apart = {"reference": unicodedata.normalize("NFD", "Số 1")}
    old = [replace(e, facts={**e.facts, **apart}) if "reference" in e.facts else e for e in entries]
    again = _engine(old)
    again.step(2.0, [Ask(1, CreateOrder(order=_wish("Số 1")))])
    assert len(again.orders()) == 1


def test_a_name_of_only_blanks_is_none() -> None:
    with pytest.raises(ValidationError):
        OrderBody(pick_place="\u3000", drop_place=_RACK)


@pytest.mark.parametrize("name", ["LAN", "ｌａｎ", "𝓁an", "ˡan", "lａN"])
def test_names_that_read_alike_are_told_from_those_that_do_not(name: str) -> None:
    assert read_as(name) == read_as("lan")
    assert read_as(name) != read_as("lán")
    assert read_as(read_as(name)) == read_as(name)
