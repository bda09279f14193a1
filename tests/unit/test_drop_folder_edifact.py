"""COPARN and CODECO in the drop folder, its settings and its size."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.dropfolder.codeco import codeco
from amr_fleet.dropfolder.coparn import read_coparn
from amr_fleet.dropfolder.edifact import messages, segments
from amr_fleet.dropfolder.settings import Partner, load_drop
from amr_fleet.dropfolder.tables import read_table
from tests.unit.drop_rig import BOX, HEAD, LINE, OTHER, WMS, Rig, coparn


@pytest.fixture
def line(tmp_path: Path) -> Rig:
    return Rig(tmp_path, LINE)


def test_a_release_makes_held_orders_and_a_deletion_cancels_them(line: Rig) -> None:
    receipt = line.send("r.edi", coparn(BOX, OTHER))
    assert [(r["verdict"], r["segment"]) for r in receipt["rows"]] == [("created", 6), ("created", 7)]
    request = line.orders[0].request
    assert (request.pick_place, request.drop_place, request.load_id) == ("A1W", "G1", BOX)
    assert (request.reference, request.held) == (f"line:REL1:{BOX}", True)
    assert request.cargo is not None
    assert (request.cargo.kind, request.cargo.customer) == ("container", "BK+77")
    receipt = line.send("d.edi", coparn(BOX, function="3"))
    assert [r["verdict"] for r in receipt["rows"]] == ["cancelled"]
    assert [o.open for o in line.orders] == [False, True]
    again = line.send("d2.edi", coparn(BOX, "TCLU4265449", function="3"))
    assert [r["error"]["code"] for r in again["rows"]] == ["order.finished", "order.not_found"]


def test_the_size_and_type_of_a_container_is_a_load_type_by_the_partners_table(tmp_path: Path) -> None:
    line = Rig(tmp_path, {**LINE, "load_types": {"22G1": "JUMBO"}})
    receipt = line.send("r.edi", coparn(BOX, size="22G1"))
    assert [r["verdict"] for r in receipt["rows"]] == ["created"]
    assert line.orders[0].request.cargo is not None
    assert line.orders[0].request.cargo.load_type == "JUMBO"
    for size in ("45R1", "", "22G1X"):
        receipt = line.send(f"w{size}.edi", coparn(OTHER, doc="REL2", size=size))
        assert (receipt["verdict"], receipt["error"]["code"]) == ("refused", "drop.bad_segment"), size
    assert len(line.orders) == 1
    assert line.send("d.edi", coparn(BOX, function="3", size="45R1"))["rows"][0]["verdict"] == "cancelled"


def test_a_deletion_finds_an_order_whose_document_has_two_blanks(line: Rig) -> None:
    """Orders hold their references as people see them, the deletion looked for what stands in the file."""
    line.send("r.edi", coparn(BOX, doc="REL  1"))
    receipt = line.send("d.edi", coparn(BOX, doc="REL  1", function="3"))
    assert [r["verdict"] for r in receipt["rows"]] == ["cancelled"]
    never = line.send("e.edi", coparn(BOX, doc="REL\x011", function="3"))
    assert [r["error"]["code"] for r in never["rows"]] == ["order.not_found"]


@pytest.mark.parametrize(
    ("data", "segment", "text"),
    [
        (coparn(BOX)[:-3], 9, "ends within"), (coparn(BOX)[:60], 2, "ends within"),
        (coparn(BOX, UNT="UNT+9+M1"), 8, "counts"), (coparn(BOX, UNT="UNT+7+M9"), 8, "another reference"),
        (coparn(BOX, UNZ="UNZ+2+R1"), 9, "counts"), (coparn(BOX, UNZ="UNZ+1+R9"), 9, "another reference"),
        (coparn(BOX, UNZ=""), 8, "UNZ"), (coparn(BOX, UNT=""), 8, "no UNT"), (coparn(BOX, UNH=""), 2, "outside"),
        (coparn(BOX, UNB="UNB+UNOA:2+EVIL+AMR+270115:0800+R1"), 1, "sender"),
        (coparn(BOX, UNB="UNB+KECA:2+TCIT+AMR+270115:0800+R1"), 1, "character set"),
        (coparn(BOX, UNH="UNH+M1+CODECO:D:95B:UN"), 3, "not COPARN"),
        (coparn(BOX, UNH="UNH+M1+COPARN:D:00B:UN"), 3, "not COPARN"),
        (coparn(BOX, BGM="BGM+12"), 3, "BGM"), (coparn(BOX, BGM="NAD+X"), 3, "BGM"),
        (coparn(BOX, code="27"), 3, "no way"),
        (coparn(BOX, function="4"), 3, "function"), (coparn(BOX, function="5"), 3, "function"),
        (coparn("CSQU3054384"), 6, "ISO 6346"), (coparn(""), 6, "ISO 6346"), (coparn(BOX, BOX), 7, "twice"),
        (coparn(), 0, "no container"), (coparn(BOX, NAD="na d+1"), 5, "no tag"), (coparn(BOX) + "UNB?", 10, "release"),
        (coparn(BOX, doc="D" * 200), 3, "too long"), ("", 0, ""), ("UNA:+", 1, ""),
    ],
)  # fmt: skip
def test_a_broken_segment_is_named_and_nothing_of_the_file_counts(
    line: Rig, data: str, segment: int, text: str
) -> None:
    receipt = line.send("x.edi", data)
    assert receipt["verdict"] == "refused"
    error = receipt["error"]
    if data:
        assert error["code"] == "drop.bad_segment"
        assert (error["facts"]["segment"], text in error["en"]) == (segment, True), error
    assert line.orders == []
    assert line.path("error", "x.edi").is_file()


def test_service_characters_may_be_others_and_releases_count() -> None:
    found = segments("UNA;*.! ~UNB*UNOA;2*A!*B~RFF*BN;x!;y~")
    assert [s.tag for s in found] == ["UNB", "RFF"]
    assert found[0].at(1) == "A*B"
    assert (found[1].at(0, 1), found[1].at(5), found[1].at(0, 9)) == ("x;y", "", "")


@pytest.mark.parametrize("filler", ["+", ":", "x", "\n", "?+"])
def test_a_segment_without_an_end_is_refused_before_it_costs_time_and_memory(filler: str) -> None:
    """A component of 20 MB took a time that grows with its square, in the one thread of all partners."""
    with pytest.raises(AmrError, match="longer than") as caught:
        segments("UNB+UNOA:2'FTX+" + filler * 6000 + "'")
    assert caught.value.facts["segment"] == 2
    assert len(segments("UNB+UNOA:2'" + f"FTX+{'x' * 2500}'\r\n" * 3)) == 4


@pytest.mark.parametrize("sign", ["+", ":"])
def test_many_segments_of_nothing_but_signs_are_refused_before_they_fill_the_memory(sign: str) -> None:
    """Each of 20 million signs made a list."""
    text = "UNB+UNOA:2'" + ("FTX" + sign * 4000 + "'") * 260
    with pytest.raises(AmrError, match="more than 1000000 components"):
        segments(text)


def test_a_number_with_a_wrong_check_digit_is_taken_where_a_partner_is_trusted_with_it() -> None:
    partner = Partner.model_validate({**LINE, "check_digit": False})
    found = read_coparn(coparn("CSQU3054384").encode(), partner)
    assert [one.container for one in found] == ["CSQU3054384"]


def test_gate_moves_of_announced_containers_are_told_once_and_readable(line: Rig) -> None:
    line.look()
    line.send("r.edi", coparn(BOX))
    order = line.orders[0].order_id
    done = JournalEntry(t=1_800_000_000.0, kind="order_done", order_id=order, robot="amr_01", facts={"place": "G1"})
    elsewhere = JournalEntry(t=1_800_000_000.0, kind="order_picked", order_id=order, robot="a", facts={"place": "A1W"})
    foreign = JournalEntry(t=1.0, kind="order_done", order_id="T9", robot="a", facts={"place": "G1"})
    line.fleet.journal += [elsewhere, done, foreign]
    line.look()
    line.look()
    files = sorted(line.path("out", "").glob("codeco_*.edi"))
    assert len(files) == 1
    message = messages(segments(files[0].read_text(encoding="ascii")), "AMR")[0]
    assert (message.kind, message.version) == ("CODECO", "D:95B")
    said = {s.tag: s for s in message.segments}
    assert (said["BGM"].at(0), said["EQD"].at(1), said["RFF"].at(0, 1)) == ("36", BOX, "REL1")
    assert (said["DTM"].at(0, 1), said["LOC"].at(1)) == ("202701151500", "VNCCU")


def test_texts_in_codeco_are_escaped_and_ascii() -> None:
    partner = Partner.model_validate(LINE)
    assert partner.codeco is not None
    data = codeco(5, "34", BOX, "Lệnh+1'", datetime(2027, 1, 15, 15, 0), partner.codeco)
    message = messages(segments(data.decode("ascii")))[0]
    assert next(s for s in message.segments if s.tag == "RFF").at(0, 1) == "L?NH+1'"


def test_a_long_document_number_is_cut_without_breaking_the_message() -> None:
    """Cut after it was escaped, it could end with a release character, which took the segment's end with it."""
    partner = Partner.model_validate(LINE)
    assert partner.codeco is not None
    for length in range(30, 75):
        document = "D" * length + "+" * 40
        data = codeco(5, "34", BOX, document, datetime(2027, 1, 15, 15, 0), partner.codeco)
        message = messages(segments(data.decode("ascii")))[0]
        assert next(s for s in message.segments if s.tag == "RFF").at(0, 1) == document[:35]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "W M S"}, {"columns": {"pick_place": "a"}}, {"columns": {"colour": "a"}}, {"columns": {}},
        {"rows": "some"}, {"encoding": "klingon"}, {"more": 1}, {"ways": {"x": {}}}, {"codeco": {}},
    ],
)  # fmt: skip
def test_wrong_settings_are_named(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "drop.yaml"
    path.write_text(json.dumps({"folder": str(tmp_path), "partners": [WMS]}), encoding="utf-8")
    assert load_drop(path).partners[0].name == "wms"
    path.write_text(json.dumps({"folder": str(tmp_path), "partners": [WMS | change]}), encoding="utf-8")
    with pytest.raises(AmrError) as caught:
        load_drop(path)
    assert caught.value.code == "parameter.invalid"
    for text in ("", "[]", "{", "\x00", json.dumps({"folder": "x", "partners": [WMS, WMS]})):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(AmrError):
            load_drop(path)


def test_ten_thousand_rows_are_read() -> None:
    text = HEAD + "".join(f"D01;A1W;{i};;;\r\n" for i in range(10_000))
    assert len(read_table("a.csv", text.encode(), Partner.model_validate(WMS))) == 10_000
