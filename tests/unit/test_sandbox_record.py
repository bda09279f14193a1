"""The trial's record: what is refused, with which code; windows; hashes."""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.fleet_time import LOCAL
from amr_fleet.sandbox.checks import check, faults, missing
from amr_fleet.sandbox.record import TrialEnvelope, load, parse
from amr_fleet.sandbox.windows import next_begin, span_at
from tests.unit.trial_rig import raw, record

BOX = [[0, 0], [20, 0], [20, 12], [0, 12]]


def codes(**changes: Any) -> list[str]:
    return [f.code for f in faults(record(**changes), load_site("lab"))]


def test_a_sound_record_has_no_faults() -> None:
    assert codes() == []
    assert missing(record()) == []


def test_a_polygon_that_crosses_itself_is_told_with_its_place() -> None:
    with pytest.raises(AmrError) as told:
        check(record(envelope={"areas": [[[0, 0], [10, 10], [10, 0], [0, 10]]]}))
    assert told.value.code == "sandbox.self_crossing"
    assert told.value.facts == {"where": "envelope.areas.0", "x": 5.0, "y": 5.0}


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"criteria": [{"id": "C1", "text": {"vi": "a"}, "target": 4711.5}]}, "criteria.0.target"),
        ({"envelope": {"conditions": {"temp": [4711.5, None]}}}, "envelope.conditions.temp.0"),
    ],
)
def test_a_number_that_no_record_can_write_is_refused(change: dict[str, Any], where: str, number: str) -> None:
    """What cannot be written canonically would end the engine, whose thread writes it."""
    text = json.dumps(raw(**change)).replace("4711.5", number)
    for said in (text, json.loads(text)):
        with pytest.raises(AmrError) as told:
            parse(said)
        assert told.value.code == "sandbox.invalid"
        assert str(told.value.facts["where"]).startswith(where)


@pytest.mark.parametrize("where", ["criteria", "risk_register", "control.duties"])
def test_an_id_that_is_there_twice_is_told_with_its_place(where: str) -> None:
    text = {"vi": "Một"}
    rows = [{"id": "A", "text": text}, {"id": "B", "text": text}, {"id": "A", "text": text}]
    name, _, part = where.partition(".")
    change: dict[str, Any] = {name: rows if not part else {"reports": "x", "emergency_plan": "x", part: rows}}
    (found,) = faults(record(**change))
    assert (found.code, found.facts["where"]) == ("sandbox.invalid", f"{where}.2.id")
    assert faults(record(**{name: rows[:2] if not part else {part: rows[:2]}})) == []


@pytest.mark.parametrize("where", ["forbidden", "zones"])
def test_every_polygon_is_looked_at(where: str) -> None:
    bad = [[0, 0], [10, 10], [10, 0], [0, 10]]
    change: dict[str, Any] = {"forbidden": [bad]}
    if where == "zones":
        change = {"max_speed": {"all": 1.0, "zones": [{"polygon": bad, "max_speed": 0.3}]}}
    assert codes(envelope=change) == ["sandbox.self_crossing"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("end", "2027-01-16T00:00:00+00:00"),  # midnight, but in London
        ("end", "2027-01-16T00:00:00+08:00"),
        ("begin", "2027-01-15T00:00:00Z"),
    ],
)
def test_a_time_of_another_zone_is_refused_though_it_is_a_time(field: str, value: str) -> None:
    with pytest.raises(AmrError) as told:
        check(record(envelope={field: value}))
    assert told.value.code == "sandbox.time_zone"
    assert told.value.facts["where"] == f"envelope.{field}"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(AmrError) as told:
        record(envelope={"end": "2027-01-16T00:00:00"})
    assert (told.value.code, told.value.facts["where"]) == ("sandbox.invalid", "envelope.end")


def test_an_end_before_the_begin_is_refused() -> None:
    assert codes(envelope={"end": "2027-01-15T13:59:59+07:00"}) == ["sandbox.time_order"]


def test_permits_overlap_only_on_the_same_floor_at_the_same_time() -> None:
    mine = record()

    def other(**envelope: Any) -> list[str]:
        return [f.code for f in faults(mine, others=[record(trial_id="TN-2", envelope=envelope)])]

    assert other() == ["sandbox.overlap"]
    assert other(begin="2027-01-16T14:00:00+07:00", end="2027-01-17T14:00:00+07:00") == []
    assert other(areas=[[[20, 0], [30, 0], [30, 12], [20, 12]]]) == []  # they only touch
    assert [f.code for f in faults(mine, others=[mine])] == []


def test_names_that_the_site_does_not_have_are_told() -> None:
    assert codes(envelope={"serials": ["amr_01", "amr_99"]}) == ["sandbox.unknown_name"]
    assert codes(envelope={"cameras": ["CAM-X"]}) == ["sandbox.unknown_name"]
    assert codes(envelope={"max_speed": {"all": 1, "types": {"tank": 1}}}) == ["sandbox.unknown_name"]
    assert codes(envelope={"areas": [[[100, 100], [120, 100], [120, 120]]]}) == ["sandbox.outside_site"]
    assert codes(envelope={"areas": [[[0, 0], [0.1, 0], [0.1, 0.1]]]}) == ["sandbox.invalid"]


@pytest.mark.parametrize(
    "change",
    [
        {"trial_id": "../x"},
        {"trial_id": ""},
        {"surprise": 1},
        {"permit": {"file_sha256": "xyz"}},
        {"title": {"vi": "a\nb"}},
        {"envelope": {"areas": []}},
        {"envelope": {"areas": [[[0, 0], [1, 1]]]}},
        {"envelope": {"areas": [[[0, 0], [float("nan"), 1], [1, 0]]]}},
        {"envelope": {"areas": [[[0, 0], [1e9, 1], [1, 0]]]}},
        {"envelope": {"max_speed": {"all": 0}}},
        {"envelope": {"max_speed": {"all": -1}}},
        {"envelope": {"max_robots_moving": 0}},
        {"envelope": {"max_load_kg": float("inf")}},
        {"envelope": {"serials": []}},
        {"envelope": {"windows": [{"days": ["mon"], "begin": "25:00", "end": "26:00"}]}},
        {"envelope": {"windows": [{"days": ["someday"], "begin": "05:00", "end": "06:00"}]}},
    ],
)
def test_rubbish_is_refused_with_its_place(change: dict[str, Any]) -> None:
    with pytest.raises(AmrError) as told:
        record(**change)
    assert told.value.code == "sandbox.invalid"
    assert told.value.facts["where"]


@pytest.mark.parametrize("text", ["", "[]", "{", "7", '{"trial_id": "x"}', "[" * 5000])
def test_rubbish_text_is_refused(text: str) -> None:
    with pytest.raises(AmrError) as told:
        parse(text)
    assert told.value.code == "sandbox.invalid"


def test_a_file_keeps_the_zone_that_it_names(tmp_path: Path) -> None:
    import yaml

    path = tmp_path / "permit.yaml"
    text = yaml.safe_dump(raw(envelope={"end": "2027-01-16T00:00:00+08:00"}), allow_unicode=True)
    path.write_text(text.replace("'2027-01-16T00:00:00+08:00'", "2027-01-16T00:00:00+08:00"), encoding="utf-8")
    assert [f.code for f in faults(load(path))] == ["sandbox.time_zone"]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: [", b"x" * 300_000])
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "permit.yaml"
    path.write_bytes(content)
    with pytest.raises(AmrError) as told:
        load(path)
    assert told.value.code == "sandbox.bad_file"
    with pytest.raises(AmrError):
        load(tmp_path / "none.yaml")


def test_the_hash_is_of_the_content_and_not_of_its_spelling() -> None:
    one, other = record(), parse(json.dumps(raw(), indent=4, sort_keys=True))
    assert one.sha256() == other.sha256()
    assert record(selection_note="khác").sha256() != one.sha256()
    assert parse(one.canonical()) == one


def test_a_draft_may_lack_what_a_submitted_record_may_not() -> None:
    lacking = missing(record(goals=[], authority={"organisation": "Sở"}))
    assert lacking == ["goals", "authority.accounts"]


# Windows -------------------------------------------------------------------------------------------------------


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).timestamp()


def envelope(*windows: dict[str, Any], **more: Any) -> TrialEnvelope:
    return record(envelope={"windows": list(windows), "end": "2027-02-15T00:00:00+07:00", **more}).envelope


def test_without_windows_the_permit_is_one_span_whose_end_is_outside() -> None:
    found = record().envelope
    assert span_at(found, at("2027-01-15T14:00")) == (at("2027-01-15T14:00"), at("2027-01-16T14:00"))
    assert span_at(found, at("2027-01-16T14:00")) is None
    assert span_at(found, at("2027-01-15T14:00") - 0.001) is None


def test_a_window_is_of_the_sites_days() -> None:
    week = envelope({"days": ["mon", "tue", "wed", "thu", "fri"], "begin": "06:00", "end": "18:00"})
    assert span_at(week, at("2027-01-18T05:59")) is None  # a Monday
    assert span_at(week, at("2027-01-18T06:00")) == (at("2027-01-18T06:00"), at("2027-01-18T18:00"))
    assert span_at(week, at("2027-01-16T10:00")) is None  # a Saturday
    assert next_begin(week, at("2027-01-16T10:00")) == at("2027-01-18T06:00")


def test_a_night_shift_goes_over_midnight_and_windows_that_touch_are_one() -> None:
    night = envelope({"days": ["fri"], "begin": "22:00", "end": "04:00"})
    assert span_at(night, at("2027-01-16T03:59")) == (at("2027-01-15T22:00"), at("2027-01-16T04:00"))
    assert span_at(night, at("2027-01-17T03:00")) is None
    joined = envelope(
        {"days": ["fri"], "begin": "18:00", "end": "24:00"}, {"days": ["sat"], "begin": "00:00", "end": "02:00"}
    )
    assert span_at(joined, at("2027-01-15T23:00")) == (at("2027-01-15T18:00"), at("2027-01-16T02:00"))


def test_the_permit_cuts_its_windows_and_nothing_begins_after_it() -> None:
    found = envelope({"days": ["fri"], "begin": "00:00", "end": "24:00"}, end="2027-01-15T20:00:00+07:00")
    assert span_at(found, at("2027-01-15T15:00")) == (at("2027-01-15T14:00"), at("2027-01-15T20:00"))
    assert next_begin(found, at("2027-01-15T21:00")) == math.inf
    assert next_begin(found, at("2027-01-10T00:00")) == at("2027-01-15T14:00")


def test_a_window_without_length_is_refused() -> None:
    with pytest.raises(AmrError) as told:
        check(record(envelope={"windows": [{"days": ["mon"], "begin": "06:00", "end": "06:00"}]}))
    assert told.value.code == "sandbox.invalid"
