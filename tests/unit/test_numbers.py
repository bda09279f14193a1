"""What counts as a number in what others wrote."""

from __future__ import annotations

import math
import sys

import pytest

from amr_core.numbers import is_number, number

HUGE = 10**400


@pytest.mark.parametrize("value", [0, -3, 2.5, -0.0, 2**1000, sys.float_info.max, -sys.float_info.max])
def test_what_a_float_holds_is_a_number(value: float) -> None:
    assert is_number(value)
    assert number(value) == value
    assert isinstance(number(value), float)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, HUGE, -HUGE, None, "7", b"7", [7], {}, 7j])
def test_anything_else_is_none_and_counts_as_zero(value: object) -> None:
    assert not is_number(value)
    assert number(value) == 0.0


@pytest.mark.parametrize("value", [True, False])
def test_true_and_false_are_no_numbers_but_count_as_1_and_0(*, value: bool) -> None:
    assert not is_number(value)
    assert number(value) == float(value)
