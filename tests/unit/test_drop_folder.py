"""The drop folder: files become orders once, whatever is broken, half written, sent twice or interrupted."""

from __future__ import annotations

import io
import random
import re
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook

from amr_core.errors import AmrError
from amr_fleet.dropfolder.settings import Partner
from amr_fleet.dropfolder.tables import read_table, sheet_cells
from tests.unit.drop_rig import HEAD, WMS, Rig


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, WMS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_table_becomes_orders_whatever_its_encoding_and_separator(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    columns = {"pick_place": "Nơi lấy" if encoding != "cp1258" else "Noi lay", "drop_place": "Giao"}
    rig = Rig(tmp_path, {**WMS, "columns": columns, "places": {}})
    text = f"{columns['pick_place']}|Giao|x\r\nD01|A1W|\r\n\r\nD02|A1E|1\r\n".replace("|", separator)
    receipt = rig.send("a.csv", text.encode(encoding))
    assert (receipt["verdict"], [r["verdict"] for r in receipt["rows"]]) == ("taken", ["created", "created"])
    assert [r["row"] for r in receipt["rows"]] == [2, 4]
    assert [(o.request.pick_place, o.request.drop_place) for o in rig.orders] == [("D01", "A1W"), ("D02", "A1E")]
    assert rig.path("done", "a.csv").is_file()


def test_places_references_priorities_and_local_deadlines_are_translated(rig: Rig) -> None:
    rig.send("a.csv", HEAD + "CỬA 1;A1W;PX-7;LÔ 1;5,0;15/01/2027 16:00\r\n")
    request = rig.orders[0].request
    assert (request.pick_place, request.reference, request.load_id, request.priority) == ("D01", "wms:PX-7", "LÔ 1", 5)
    assert request.deadline == pytest.approx(rig.fleet.t + 3600.0, abs=10.0)  # now is 15:00 on that day
    assert request.user == "drop"


def test_a_column_may_say_the_weight_of_a_load(tmp_path: Path) -> None:
    rig = Rig(tmp_path, {**WMS, "columns": {**WMS["columns"], "weight_kg": "Nặng"}, "rows": "each"})
    head = HEAD.replace("\r\n", ";Nặng\r\n")
    rows = ("D01;A1W;1;;;;812,5", "D01;A1E;2;;;;1.300 kg", "D01;A1W;3;;;;nặng", "D01;A1W;4;;;;9000", "D01;A1W;5;;;;nan")
    receipt = rig.send("a.csv", head + "\r\n".join(rows) + "\r\n")
    assert [r.get("error", {}).get("code", "") for r in receipt["rows"]] == [
        "", "", "drop.bad_row", "order.too_heavy", "drop.bad_row",
    ]  # fmt: skip
    assert [o.request.cargo and o.request.cargo.weight_kg for o in rig.orders] == [812.5, 1300.0]


def test_a_column_may_say_the_type_of_a_load_in_the_words_of_the_partner(tmp_path: Path) -> None:
    more = {"columns": {**WMS["columns"], "load_type": "Kiện"}, "load_types": {"bao": "JUMBO"}, "rows": "each"}
    rig = Rig(tmp_path, {**WMS, **more})
    rows = ("D01;A1W;1;;;;bao", "D01;A1E;2;;;;EPAL", "D01;A1W;3;;;;thùng", "D01;A1W;4;;;;")
    receipt = rig.send("a.csv", HEAD.replace("\r\n", ";Kiện\r\n") + "\r\n".join(rows) + "\r\n")
    assert [r.get("error", {}).get("code", "") for r in receipt["rows"]] == ["", "", "order.unknown_load_type", ""]
    assert [o.request.cargo and o.request.cargo.load_type for o in rig.orders] == ["JUMBO", "EPAL", None]


@pytest.mark.parametrize(
    ("cell", "text"), [(timedelta(hours=1), "60 min"), (999_999_999_999_999, "999999999999999"), (1.5, "1.5")]
)
def test_a_duration_and_a_long_number_of_a_workbook(cell: object, text: str) -> None:
    assert list(sheet_cells(workbook({1: ["D01", cell]}))) == [["D01", text]]


def test_a_number_that_lost_its_last_digits_in_excel_is_refused() -> None:
    for number in (346012345678901234, 1e15):
        with pytest.raises(AmrError, match="format its column as text"):
            list(sheet_cells(workbook({1: ["D01", number]})))


def test_a_workbook_is_read_and_a_formula_is_a_text(rig: Rig) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Từ", "Đến", "Số phiếu"], ["D01", "A1W", 12.0], ["=1+1", "A1E", "x"]):
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    receipt = rig.send("a.xlsx", data.getvalue())
    assert receipt["verdict"] == "refused"
    wrong = receipt["rows"][0]
    assert (wrong["row"], wrong["error"]["code"], wrong["error"]["facts"]) == (
        3,
        "order.unknown_place",
        {"place": "=1+1"},
    )
    assert rig.orders == []
    each = Rig(rig.root.parent / "2", {**WMS, "rows": "each"})
    assert each.send("a.xlsx", data.getvalue())["verdict"] == "partly"
    assert [o.request.reference for o in each.orders] == ["wms:12"]


def test_one_wrong_row_creates_nothing_and_each_wrong_row_is_told_in_both_languages(rig: Rig) -> None:
    rows = "D01;A1W;1;;;\r\nD01;NOWHERE;2;;;\r\nD01;D01;3;;;\r\nD01;A1W;4;;x;\r\nD01;A1W;5;;;soon\r\n"
    receipt = rig.send("a.csv", HEAD + rows)
    assert receipt["verdict"] == "refused"
    assert [(r["row"], r["error"]["code"]) for r in receipt["rows"]] == [
        (3, "order.unknown_place"), (4, "order.same_place"), (5, "drop.bad_row"), (6, "drop.bad_row"),
    ]  # fmt: skip
    assert all(r["error"]["vi"] and r["error"]["en"] for r in receipt["rows"])
    assert receipt["error"]["code"] == "drop.bad_file"
    assert rig.orders == []
    assert rig.path("error", "a.csv").is_file()


def _bomb() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 250_000_000)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b""), ("b.csv", b"\x00\x00\x00"), ("c.csv", "Đi;Về\r\nD01;A1W\r\n".encode()),
        ("d.csv", HEAD.encode()),
        ("e.csv", b"\xff\xfe\x00"), ("f.csv", b'"\xe1\xba'), ("g.xlsx", b"PK\x03\x04 nothing"), ("h.xlsx", b"x"),
        ("i.pdf", b"%PDF"), ("j.edi", b"UNB+UNOA:2+X+Y'"), ("k.csv", (HEAD + "D01;A1W\n" * 10_001).encode()),
        ("l.csv", b'a;b\r\n"' + b"x" * 200_000), ("m.csv", b"\n\n\n"),
    ],
)  # fmt: skip
def test_rubbish_is_refused_with_a_code_and_moved_away(rig: Rig, name: str, data: bytes) -> None:
    receipt = rig.send(name, data)
    assert (receipt["verdict"], receipt["error"]["code"]) == ("refused", "drop.bad_file")
    assert rig.path("error", name).read_bytes() == data
    assert rig.orders == []


def test_workbooks_with_changed_bytes_are_refused_and_nothing_else_is_raised() -> None:
    """zlib, the XML parser and openpyxl raise kinds of their own; one of them ended the thread."""
    book = Workbook()
    book.active.append(["Từ", "Đến"])
    book.active.append(["D01", "A1W"])
    data = io.BytesIO()
    book.save(data)
    whole, dice, partner = data.getvalue(), random.Random(1), Partner(**WMS)
    parts = {name: zipfile.ZipFile(data).read(name) for name in zipfile.ZipFile(data).namelist()}
    refused = 0
    for i in range(150):
        changed = bytearray(whole)
        if i % 2:  # inside the XML, in an archive that is whole
            name = dice.choice(sorted(parts))
            text = bytearray(parts[name])
            text[dice.randrange(len(text))] = dice.choice(b'0aZ<>"/ ')
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as archive:
                for other, old in parts.items():
                    archive.writestr(other, bytes(text) if other == name else old)
            changed = bytearray(out.getvalue())
        else:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        try:
            read_table("a.xlsx", bytes(changed), partner)
        except AmrError as error:
            refused += error.code == "drop.bad_file"
    assert refused > 30


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(rig: Rig) -> None:
    assert "too much" in rig.send("a.xlsx", _bomb())["error"]["en"]


@pytest.mark.parametrize(
    "inside",
    [
        *("<row/>" * 1_010_000, "<row>" + "<c/>" * 17_000, "<x:row>" + "<x:c/>" * 17_000),
        *("<a>" * 100, "<c " + 'a="b" ' * 200_000, "<!DOCTYPE x>"),
    ],
    ids=["rows", "cells", "other names", "nesting", "one tag", "entities"],
)
def test_a_small_workbook_costs_neither_minutes_nor_gigabytes(inside: str) -> None:
    """Of 118 kB were made 19 s of CPU and 2 GB in the fleet's process."""
    begin = "" if inside.startswith("<!") else "<worksheet xmlns:x='x'><sheetData>"
    whole = workbook({1: ["D01"]}, instead=f"{begin}{inside}".encode())
    began = time.process_time()
    with pytest.raises(AmrError, match="too much"):
        list(sheet_cells(whole))
    assert time.process_time() - began < 4.0


def test_a_list_as_long_as_we_take_is_read_with_forty_columns() -> None:
    row = b"<row>" + b'<c t="inlineStr"><is><t>x</t></is></c>' * 20 + b"</row>"
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    sheet += row * 200 + b"</sheetData></worksheet>"
    assert len(list(sheet_cells(workbook({1: ["D01"]}, instead=sheet)))) == 200


def workbook(rows: dict[int, list[object]], said: str = "", instead: bytes = b"") -> bytes:
    """Return a workbook. rows: by their numbers; said: the range that the sheet says to be of, "" = the right one.

    instead: what stands in the sheet instead.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for number, row in rows.items():
        for column, value in enumerate(row, 1):
            sheet.cell(number, column, value)
    whole, made = io.BytesIO(), io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if said and name.endswith("sheet1.xml"):
                data = re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{said}"'.encode(), data)
            new.writestr(name, instead if instead and name.endswith("sheet1.xml") else data)
    return made.getvalue()


@pytest.mark.parametrize("said", ["", "A1:B2"])
def test_a_row_far_below_empty_ones_is_read(rig: Rig, said: str) -> None:
    """Sheets were cut at their 10,002nd row, and empty rows left out afterwards: what stood below was lost."""
    data = workbook({1: ["Từ", "Đến"], 2: ["D01", "A1W"], 10_005: ["D02", "A1E"]}, said)
    receipt = rig.send("a.xlsx", data)
    assert [(row["row"], row["verdict"]) for row in receipt["rows"]] == [(2, "created"), (10_005, "created")]


def test_a_workbook_with_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amr_fleet.dropfolder.tables.MOST_ROWS", 3)
    rows: dict[int, list[object]] = {1: ["Từ", "Đến"]}
    rows |= {9 * k: ["D01", "A1W"] for k in range(1, 5)}
    assert len(read_table("a.xlsx", workbook(dict(list(rows.items())[:4])), Partner(**WMS))) == 3
    for name, data in (("a.xlsx", workbook(rows)), ("a.csv", ("Từ;Đến\n" + "D01;A1W\n\n" * 4).encode())):
        with pytest.raises(AmrError, match="more than 3 rows"):
            read_table(name, data, Partner(**WMS))
