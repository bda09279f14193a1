"""How people say places, dates and numbers of this port."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.periods import interval
from amr_fleet.assistant.understanding import Understanding
from amr_fleet.assistant.zone_names import spoken

FACTS = load_facts(Path(__file__).parents[3] / "eval" / "state.json")
UNDERSTANDING = Understanding(FACTS)


def places(text: str) -> list[str]:
    return [next(iter(place.values())) for place in UNDERSTANDING.hear(text).mentions.places]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("lối băng qua ba mươi phía bắc", ["crossing_30_north"]),
        ("nga tu 90 bac", ["crossing_90_north"]),
        ("giao lộ 30 nam", ["crossing_30_south"]),
        ("cửa chống cháy phía nam", ["fire_opening_south"]),
        ("sân cửa A", ["dock_apron_a"]),
        ("cửa 5 vị trí số 2", ["D05_2"]),
        ("vao a3 dong", ["A3E"]),
        ("a3 dong roi", ["A3"]),  # closed, not east
        ("tạo đơn từ D06 về A3W 3 pallet", ["D06", "A3W"]),
        ("góc SE", ["SE"]),
        ("xe nào sẽ hết pin nè", []),  # SE and NE are no words with marks
    ],
)
def test_places(text: str, names: list[str]) -> None:
    assert places(text) == names


@pytest.mark.parametrize("text", ["cửa 15", "trạm sạc 9"])
def test_a_number_that_no_place_has_is_remembered(text: str) -> None:
    assert UNDERSTANDING.hear(text).mentions.unknown


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("đơn bốn mười ba", ["DH-0413"]),
        ("đơn bốn hai mươi", ["DH-0420"]),
        ("đơn bốn trăm mười lăm", ["DH-0415"]),
        ("đơn 4 12", ["DH-0412"]),
    ],
)
def test_order_numbers_as_they_are_said(text: str, orders: list[str]) -> None:
    assert UNDERSTANDING.hear(text).mentions.orders == orders


def test_robots_in_a_row() -> None:
    assert UNDERSTANDING.hear("xe 4 6 7 sao đứng hết").mentions.robots == ["AMR-04", "AMR-06", "AMR-07"]


@pytest.mark.parametrize("text", ["xa lan sl 07 con don nao", "sl07 còn đơn nào", "sà lan 7 còn đơn nào"])
def test_barges_in_two_pieces(text: str) -> None:
    assert UNDERSTANDING.hear(text).mentions.barge == "SL-07"


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("hôm kia", "2026-11-24"),
        ("ngày 20 tháng 11", "2026-11-20"),
        ("thứ hai tuần này", "2026-11-23"),
        ("thứ sáu tuần trước", "2026-11-20"),
        ("chủ nhật", "2026-11-22"),
        ("ngày 30", "2026-10-30"),
        ("hồi hôm", "yesterday"),
        ("đêm qua", "2026-11-25T22:00+07:00/2026-11-26T06:00+07:00"),
        ("t10", "2026-10"),
        ("2 tuần qua", "2026-11-12T15:10+07:00/2026-11-26T15:10+07:00"),
    ],
)
def test_periods(text: str, period: str) -> None:
    times = UNDERSTANDING.hear(f"{text} chạy được bao nhiêu đơn").times
    assert interval(times.period, FACTS.now) == interval(period, FACTS.now)


def test_since_the_shift_began() -> None:
    assert UNDERSTANDING.hear("từ đầu ca tới giờ xong mấy đơn").times.shift == "current"


def test_correcting_oneself_counts() -> None:
    answer = UNDERSTANDING.read("hủy đơn 412, à nhầm, hủy đơn số 421")[0]
    assert answer.calls[0].args == {"order": "DH-0421"}


def test_names_without_known_parts_are_left_alone() -> None:
    assert spoken(["quay_7", "crossing_5"])[0].name == "crossing_5"
    assert len(spoken(["quay_7", "crossing_5"])) == 1


@pytest.mark.parametrize("text", ["nhận warning 33", "warning số 33 do đâu", "cảnh báo nhẹ CB-33", "warning 3 3"])
def test_an_alarm_of_the_mild_grade_is_that_alarm(text: str) -> None:
    assert UNDERSTANDING.hear(text).mentions.alarms == ["CB-33"]


@pytest.mark.parametrize("text", ["có warning nào không", "warning 2 giờ qua", "hôm nay có 3 warning"])
def test_a_grade_without_a_number_is_no_alarm(text: str) -> None:
    heard = UNDERSTANDING.hear(text)
    assert heard.mentions.alarms == []
    assert "canh'r bao's nhe'j" in heard.text
