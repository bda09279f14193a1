"""How codes and goods are compared: what is one name, and what only looks like goods."""

from __future__ import annotations

import pytest

from amr_fleet.assistant.codes import name_words, norm, number
from amr_fleet.assistant.goods import goods_pattern
from amr_fleet.assistant.text import key


@pytest.mark.parametrize(
    ("name", "compared"), [("AMR-06", "amr6"), ("amr 6", "amr6"), ("A1W_03", "a1w3"), ("Cổng 2", "cong2"), ("--", "")]
)
def test_names_are_compared_without_marks_and_leading_zeros(name: str, compared: str) -> None:
    assert norm(name) == compared


@pytest.mark.parametrize(("name", "digits"), [("DH-0412", "412"), ("A1W_03", "3"), ("007", "7"), ("Kho", ""), ("", "")])
def test_the_last_number_of_a_name_counts(name: str, digits: str) -> None:
    assert number(name) == digits


def test_words_of_a_name_leave_codes_out() -> None:
    assert name_words("Phân bón NPK 16 A1W") == {"phân", "bón", "npk"}


@pytest.mark.parametrize("said", ["phân bổ đơn", "ai phân công", "phân loại"])
def test_words_that_begin_like_goods_are_none(said: str) -> None:
    text = " ".join(map(key, said.split()))
    assert goods_pattern("phân").search(text) is None
    assert goods_pattern("phân").search(f"{key('chở')} {key('phân')}")
