"""Custody as EPCIS 2.0 events. Own checks (GS1's schema has no open licence); the public schema: make validators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.dataset.calendar import Calendar
from amr_fleet.domain.events import JournalEntry
from amr_fleet.epcis.event_hash import event_id
from amr_fleet.epcis.mapper import DOCUMENT_TAIL, KINDS, EpcisMapper, document_head
from amr_fleet.epcis.names import Gs1Names
from tests.unit.dataset_world import DROP, LOAD, PICK, ROBOT, SITE, created, entry, one_order

LOCAL = Calendar.of(1e6).local
PLACES = {place.id: place.kind for place in SITE.places}


def events(entries: list[JournalEntry], **more: Any) -> list[dict[str, Any]]:
    mapper = EpcisMapper(Gs1Names("cai_cui", **more), LOCAL, PLACES)
    return [event for e in entries if e.kind in KINDS for event in mapper.take(e)]


def test_an_order_is_a_load_that_a_robot_gets_shows_and_gives_away() -> None:
    add, seen, delete = events(one_order())
    assert [e["type"] for e in (add, seen, delete)] == ["AssociationEvent", "ObjectEvent", "AssociationEvent"]
    assert (add["action"], add["bizStep"], delete["action"]) == ("ADD", "loading", "DELETE")
    assert add["parentID"] == delete["parentID"] == f"https://id.gs1.org/8004/9520000{ROBOT}"
    assert add["childEPCs"] == delete["childEPCs"] == seen["epcList"] == [f"https://id.gs1.org/00/{LOAD}"]
    assert (seen["action"], seen["bizStep"]) == ("OBSERVE", "inspecting")
    assert add["readPoint"]["id"].endswith(f"/254/{PICK}")
    assert delete["bizLocation"]["id"].endswith(f"/254/{DROP}")


def test_a_rack_or_block_stores_and_other_places_unload() -> None:
    for place in SITE.places:
        *_, done = events([e for e in one_order() if e.kind != "order_done"]
                          + [entry(900.0, "order_done", "o1", ROBOT, place=place.id)])  # fmt: skip
        assert done["bizStep"] == ("storing" if place.kind in ("block", "rack") else "unloading")


def test_every_event_says_its_time_in_port_time() -> None:
    for event in events(one_order(t=100.0)):
        assert event["eventTimeZoneOffset"] == "+07:00"
        assert re.fullmatch(r"2027-01-01T00:0\d:\d\d\.\d{3}\+07:00", event["eventTime"])


def test_an_event_has_the_same_id_wherever_it_is_made() -> None:
    first, second = events(one_order()), events(one_order())
    assert [e["eventID"] for e in first] == [e["eventID"] for e in second]
    assert len({e["eventID"] for e in first}) == 3
    moved = events(one_order(t=100.001))
    assert not {e["eventID"] for e in first} & {e["eventID"] for e in moved}


def test_the_id_is_the_hash_that_the_reference_generator_makes() -> None:
    # epcis-event-hash-generator 1.9.3 made this one; `make validators` compares more of them.
    event = {
        "type": "AssociationEvent", "eventTime": "2027-01-01T08:00:00.000+07:00", "eventTimeZoneOffset": "+07:00",
        "parentID": "https://id.gs1.org/8004/9520000amr_01", "childEPCs": ["https://id.gs1.org/00/395200000000000014"],
        "action": "ADD", "bizStep": "loading", "disposition": "in_transit",
        "readPoint": {"id": "https://id.gs1.org/414/9520000000004/254/D1"},
        "bizLocation": {"id": "https://id.gs1.org/414/9520000000004/254/D1"},
    }  # fmt: skip
    assert (
        event_id(event) == "ni:///sha-256;fbdbc15e7d57889c077d3d132c089f098f5d4e289522885a12e07ab4f665f457?ver=CBV2.0"
    )


def test_a_field_without_a_rule_is_not_hashed_away() -> None:
    with pytest.raises(ValueError, match="ilmd"):
        event_id({"type": "ObjectEvent", "ilmd": {}})


def test_a_hold_is_holding_and_a_wrong_number_gets_a_uri_of_ours() -> None:
    (hold,) = events([entry(5.0, "cargo_held", load_id=LOAD, document="D 1", user="an")])
    assert hold["bizStep"] == "holding"
    add, *_ = events(one_order(load_id="PAL 7/ü"))
    assert add["childEPCs"] == ["https://example.org/cai_cui/obj/PAL%207%2F%C3%BC"]
    assert "an" not in str(hold["epcList"])


def test_the_company_prefix_is_the_operators() -> None:
    add, *_ = events(one_order(), prefix="8938501")
    assert add["parentID"].startswith("https://id.gs1.org/8004/8938501")
    assert "/414/8938501000001/254/" in add["readPoint"]["id"] or re.search(r"/414/8938501\d{6}/254/", str(add))
    with pytest.raises(AmrError):
        Gs1Names("x", prefix="89A")


def test_what_has_no_load_or_no_order_makes_no_event() -> None:
    assert events(one_order(load_id="")) == []
    assert events(one_order()[3:]) == []


def test_a_rescue_does_not_load_the_same_load_twice() -> None:
    again = [created(500.0, "o2", rescue=True), entry(501.0, "order_picked", "o2", ROBOT, found_on_board=True)]
    found = events([*one_order()[:4], *again, entry(600.0, "order_done", "o2", ROBOT, place=DROP)])
    assert [e["action"] for e in found] == ["ADD", "DELETE"]


def test_it_remembers_open_orders_only() -> None:
    mapper = EpcisMapper(Gs1Names("cai_cui"), LOCAL, PLACES)

    def month() -> Iterator[JournalEntry]:
        for number in range(2000):
            yield from one_order(t=100.0 + 400.0 * number, order=f"o{number}")
            yield created(100.0 + 400.0 * number, f"c{number}")
            yield entry(101.0 + 400.0 * number, "order_cancelled", f"c{number}", "", user="an")

    count = sum(1 for e in month() if e.kind in KINDS for _ in mapper.take(e))
    assert count == 6000
    assert not mapper._orders
    assert not mapper._on_board


def test_a_document_is_head_events_and_tail() -> None:
    import json

    text = document_head("2027-01-02T00:00:00.000+07:00") + ",".join(json.dumps(e) for e in events(one_order()))
    document = json.loads(text + DOCUMENT_TAIL)
    assert document["type"] == "EPCISDocument"
    assert document["schemaVersion"] == "2.0"
    assert len(document["epcisBody"]["eventList"]) == 3
