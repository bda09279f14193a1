"""The numbers of a language model's words against what the tools returned."""

from __future__ import annotations

import pytest

from amr_fleet.assistant.numbers_said import made_up

RETURNED = (
    '{"text": "12 robot: AMR-01 pin 84.83 %", "rows": [{"orders": 1250}], "at": "2026-11-29T14:30:05+07:00"}',
    "Tạm dừng robot: AMR-07 60.0",
)


@pytest.mark.parametrize(
    "words",
    [
        "Robot 1 vẫn ổn, pin 84,8 % lúc 14:30.", "Pin khoảng 85 %.", "Có mười hai robot và 1.250 đơn.",
        "Lúc 14 giờ 30, ngày 29/11.", "Tính đến 14h30.", "Lúc 14:30:05 có 12 robot.",
        "Robot AMR-07 sẽ dừng trong 60 giây.", "Mười hai robot, không robot nào chờ.", "Ngày 29/11/2026.", "Xong.", "",
    ],
)  # fmt: skip
def test_what_tools_returned_may_be_said_in_other_words(words: str) -> None:
    assert made_up(words, RETURNED) == []


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Cả đội có 42 robot.", "42"), ("Bốn mươi hai robot.", "42"), ("Pin 84,7 %.", "84,7"), ("1.251 đơn", "1.251"),
        ("Pin 84,84 %", "84,84"), ("12 robot, 3 đang chờ", "3"),
    ],
)  # fmt: skip
def test_any_other_number_is_made_up(words: str, number: str) -> None:
    assert made_up(words, RETURNED) == [number]
    assert made_up(words, (*RETURNED, number)) == []


@pytest.mark.parametrize(
    "words", ["Có 7 robot đang chờ.", "11 đơn trễ.", "5 robot hỏng.", "0 đơn.", "Có 29 đơn trễ.", "Đã giao 30 đơn."]
)
def test_the_clock_of_an_answer_vouches_for_no_count(words: str) -> None:
    """Every answer has one: with its day, its minute and its zone of time any small count came through."""
    status = RETURNED[:1]
    assert made_up(words, status)
    assert made_up("Lúc 14:31.", status), "and for no other time"
    assert made_up("Ngày 30/11.", status)
