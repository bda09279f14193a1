"""Check digits against numbers printed by others, and that there is only one place that computes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amr_core import check_digits


# GS1's own example of an SSCC, the EAN-13 of GS1's manual, an 8-digit GTIN.
@pytest.mark.parametrize("number", ["106141411234567897", "4006381333931", "73513537"])
def test_gs1_keys(number: str) -> None:
    assert check_digits.gs1(number[:-1]) == number[-1]


# CSQU3054383 is the example of ISO 6346.
@pytest.mark.parametrize("number", ["CSQU3054383", "MSCU6639870"])
def test_container_numbers(number: str) -> None:
    assert check_digits.iso6346(number[:10]) == number[10]


def test_a_remainder_of_ten_is_printed_as_nought() -> None:
    values = "0123456789A?BCDEFGHIJK?LMNOPQRSTU?VWXYZ"  # from 10 on without the multiples of 11
    numbers = [f"MSCU{n:06d}" for n in range(200)]
    tens = [n for n in numbers if sum(values.index(c) << i for i, c in enumerate(n)) % 11 == 10]
    assert tens
    assert {check_digits.iso6346(ten) for ten in tens} == {"0"}


@pytest.mark.parametrize("rubbish", ["", "12a", "１２３", "-1", " 1"])
def test_rubbish_has_no_gs1_check_digit(rubbish: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        check_digits.gs1(rubbish)


@pytest.mark.parametrize("rubbish", ["", "CSQU30543", "csqu305438", "CSQU3054383", "CSQU30543É"])
def test_rubbish_has_no_container_check_digit(rubbish: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        check_digits.iso6346(rubbish)


def test_nobody_else_computes_them() -> None:
    sources = Path(__file__).resolve().parents[2].glob("src/amr_*/amr_*/**/*.py")
    weights = re.compile(r"% 11 % 10|\* \(3 if i % 2|stdnum import")
    assert {p.name for p in sources if weights.search(p.read_text(encoding="utf-8"))} == {"check_digits.py"}
