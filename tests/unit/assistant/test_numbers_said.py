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
