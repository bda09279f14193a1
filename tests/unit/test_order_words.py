"""What people write into the cells of an order list."""

from __future__ import annotations

from datetime import datetime

import pytest

from amr_core.site import load_site
from amr_core.site.model import Place
from amr_fleet.api import order_words as words
from amr_fleet.api.order_list import read_table
from amr_fleet.fleet_time import LOCAL

NEW_YEARS_EVE = datetime(2026, 12, 31, 22, 30, tzinfo=LOCAL).timestamp()
TEN = 36_000.0  # of a simulation's first day


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("D02", "D02"), ("d02", "D02"), ("d 02", "D02"), ("D-02", "D02"), ("Cửa xuất nhập D02", "D02"),
        ("cua xuat nhap d02", "D02"), ("CỬA XUẤT NHẬP D02", "D02"), ("cửa số d02", "D02"), ("Khối hàng A1 Tây", "A1W"),
        ("D99", "D99"), ("cửa", "cửa"), ("D01 D02", "D01 D02"), ("từ D01 qua kho", "từ D01 qua kho"),
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
        ("17:30", TEN, 27_000.0), ("17h30", TEN, 27_000.0), ("17h", TEN, 25_200.0), ("7g05", TEN, 75_900.0),
        ("17:30:00", TEN, 27_000.0), ("10:00", TEN, 86_400.0), ("9:59", TEN, 86_340.0),
        ("23:00", NEW_YEARS_EVE, 1800.0), ("22:00", NEW_YEARS_EVE, 84_600.0), ("31/12 23:00", NEW_YEARS_EVE, 1800.0),
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
    assert [words.kilograms(text) for text in ("850", "850,5 kg", "nặng")] == [850.0, 850.5, "nặng"]


def test_a_column_is_ignored_aloud_when_something_stands_in_it() -> None:
    csv = "từ;đến;Ghi chú;;Trống\nD1;A1;gấp;lạnh;\nD1;A1;;;;thừa"
    table = read_table(csv, b"", load_site("lab").places, 0.0)
    assert table.ignored == ["Ghi chú", "#4", "#6"]
    assert table.lines == ["D1 · A1 · gấp · lạnh", "D1 · A1 · thừa"]
    assert table.rows == [{"pick_place": "D1", "drop_place": "A1"}] * 2
