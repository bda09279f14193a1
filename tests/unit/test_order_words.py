"""What people write into the cells of an order list."""

from __future__ import annotations

import unicodedata
from datetime import datetime

import pytest

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_core.site.model import Place
from amr_fleet.api import order_words as words
from amr_fleet.api.order_list import parse_rows, read_table
from amr_fleet.fleet_time import LOCAL
from amr_fleet.ports import OrderRequest
from amr_fleet.written import kilograms

NEW_YEARS_EVE = datetime(2026, 12, 31, 22, 30, tzinfo=LOCAL).timestamp()
TEN = 36_000.0  # of a simulation's first day


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("D02", "D02"), ("d02", "D02"), ("d 02", "D02"), ("D-02", "D02"), ("Cửa xuất nhập D02", "D02"),
        ("cua xuat nhap d02", "D02"), ("CỬA XUẤT NHẬP D02", "D02"), ("cửa số d02", "D02"), ("Khối hàng A1 Tây", "A1W"),
        ("D99", "D99"), ("cửa", "cửa"), ("D01 D02", "D01 D02"), ("từ D01 qua kho", "từ D01 qua kho"),
        ("kho A1W", "A1W"),
        ("không D02", "không D02"), ("đối diện D02", "đối diện D02"), ("bỏ D03", "bỏ D03"), ("", ""),
    ],
)  # fmt: skip
def test_places_are_found_as_people_name_them(text: str, found: str) -> None:
    assert words.place_finder(load_site("cai_cui").places)(text) == found


def test_a_name_of_two_places_means_neither() -> None:
    station = load_site("lab").places[0].stations
    places = [Place(id=i, kind="dock", name_vi="Cửa sau", name_en=f"Gate {i}", stations=station) for i in ("D1", "D2")]
    find = words.place_finder(places)
    assert [find("cửa sau"), find("gate d1"), find("d2")] == ["cửa sau", "D1", "D2"]


@pytest.mark.parametrize(
    ("text", "now", "seconds"),
    [
        ("30", TEN, 1800.0), ("1,5", TEN, 90.0), ("45 phút", TEN, 2700.0), ("45p", TEN, 2700.0),
        ("17:30", TEN, 27_000.0), ("17h30", TEN, 27_000.0), ("17h", TEN, 25_200.0), ("19g05", TEN, 32_700.0),
        ("17:30:00", TEN, 27_000.0), ("10:00", TEN, 0.0), ("9:59", TEN, -60.0),
        ("2:00", TEN, -28_800.0), ("1:59", TEN, 57_540.0),
        ("23:00", NEW_YEARS_EVE, 1800.0), ("22:00", NEW_YEARS_EVE, -1800.0), ("14:00", NEW_YEARS_EVE, 55_800.0),
        ("31/12 23:00", NEW_YEARS_EVE, 1800.0),
        ("01/01 00:30", NEW_YEARS_EVE, 7200.0), ("1/1/2027 0h30", NEW_YEARS_EVE, 7200.0),
        ("2026-12-31T22:00:00", NEW_YEARS_EVE, -1800.0), ("2026-12-31T17:00:00+00:00", NEW_YEARS_EVE, 5400.0),
    ],
)  # fmt: skip
def test_times_are_minutes_the_next_such_time_or_a_date(text: str, now: float, seconds: float) -> None:
    assert words.seconds_from_now(text, now) == seconds


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("17:60", TEN), ("24:00", TEN), ("mai", TEN), ("-5", TEN), ("2 giờ", TEN), ("1e3", TEN), ("", TEN),
        ("31/12 23:00", TEN),  # a simulation has no dates
        ("31/02 10:00", NEW_YEARS_EVE), ("31/12 25:00", NEW_YEARS_EVE), ("31/12", NEW_YEARS_EVE),
    ],
)  # fmt: skip
def test_what_is_no_time_stays_as_it_was_typed(text: str, now: float) -> None:
    assert words.seconds_from_now(text, now) == text


def test_words_of_the_page_are_its_numbers() -> None:
    priorities = ["Thường", "Cao", "Khẩn", "khan", "gấp", "7", "-1", "siêu gấp"]
    assert [words.priority(text) for text in priorities] == [0, 5, 9, 9, 9, 7, -1, "siêu gấp"]
    yes, no = ("Có", "x", "1"), ("không", "0")
    assert [words.answer(text) for text in (*yes, *no, "chưa")] == [True, True, True, False, False, "chưa"]
    kinds = ("Pallet", "lô hàng", "công-te-nơ", "thùng")
    assert [words.kind(text) for text in kinds] == ["pallet", "lot", "container", "thùng"]
    assert [words.kilograms(text) for text in ("1.300 kg", "nặng")] == [1300.0, "nặng"]


def test_a_column_is_ignored_aloud_when_something_stands_in_it() -> None:
    csv = "từ;đến;Ghi chú;;Trống\nD1;A1;gấp;lạnh;\nD1;A1;;;;thừa"
    table = read_table(csv, b"", load_site("lab"), 0.0)
    assert table.ignored == ["Ghi chú", "#4", "#6"]
    assert table.lines == ["D1 · A1 · gấp · lạnh", "D1 · A1 · thừa"]
    assert table.rows == [{"pick_place": "D1", "drop_place": "A1"}] * 2


def test_a_table_that_writes_vietnamese_apart_says_the_same() -> None:
    csv = 'Nơi lấy,Nơi trả,Khối lượng,Hạn giao\nD1,A1,"1,3 tấn",30 phút\n'
    at_eight = 8 * 3600.0
    tables = [read_table(unicodedata.normalize(form, csv), b"", load_site("lab"), at_eight) for form in ("NFC", "NFD")]
    assert tables[0].rows[0]["cargo"] == {"weight_kg": 1300.0}
    assert tables[1] == tables[0]


def test_a_load_type_is_found_by_its_names() -> None:
    csv = "từ;đến;Loại kiện\nD1;A1;bao Jumbo\nD1;A1;Big bag\nD1;A1;epal\nD1;A1;thùng"
    rows = read_table(csv, b"", load_site("lab"), 0.0).rows
    assert [row["cargo"]["load_type"] for row in rows] == ["JUMBO", "JUMBO", "EPAL", "thùng"]


def test_what_has_passed_holds_nothing_up_and_what_is_due_must_come_after_the_start() -> None:
    at_eight = 8 * 3600.0 + 300.0
    csv = "từ;đến;không trước;hạn\nD1;A1;08:00;17:30\nD1;A1;09:00;08:30\nD1;A1;;08:00"
    table = read_table(csv, b"", load_site("lab"), at_eight)
    assert table.rows[0]["earliest_in_s"] == 0.0
    good, late, passed = parse_rows(table.rows, at_eight, "lan")
    assert isinstance(good, OrderRequest)
    assert (good.earliest, good.deadline) == (0.0, 17.5 * 3600.0)
    assert isinstance(late, AmrError)
    assert isinstance(passed, AmrError)
    assert [late.facts["where"], passed.facts["where"]] == ["earliest_in_s", "deadline_in_s"]


@pytest.mark.parametrize(
    ("text", "kg"),
    [
        ("850", 850.0), ("850,5 kg", 850.5), ("850.5", 850.5), ("1.300", 1300.0), ("1,300", 1300.0),
        ("1.200 kg", 1200.0), ("0", 0.0), (" 12 KG ", 12.0),
        ("1.300,5", 1300.5), ("1,300.5kg", 1300.5), ("1.234.567", 1_234_567.0), 
        ("1,3 tấn", 1300.0), ("1.300 t", 1300.0),
    ],
)  # fmt: skip
def test_weights_are_read_as_they_are_written(text: str, kg: float) -> None:
    assert kilograms(text) == kg


@pytest.mark.parametrize(
    "text", ["", "kg", "nặng", "1.30.0", "1,2,3", "-5", "1e3", "nan", "inf", "5 lb", "1.300,5 tấn tấn", "٣"]
)
def test_what_is_no_weight_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no number of kg"):
        kilograms(text)
