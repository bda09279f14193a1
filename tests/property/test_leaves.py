"""What is hashed of a journal's row is RFC 8785 as another implementation writes it, of a row meddled with, too."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from amr_fleet.store.leaves import JOURNAL, journal_content

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
whole = st.integers(-(2**53) + 1, 2**53 - 1)
times = st.floats(allow_nan=False, allow_infinity=False) | whole


@given(whole, times, words, words, words, words | whole | st.booleans())
@example(0, 2.0**53, "", "", "", 0)  # the first float whose neighbours are all whole
@example(0, -(2.0**53), "", "", "", 0)
@example(0, 1e16, "", "", "", 0)
def test_a_row_is_written_as_rfc_8785_has_it(seq: int, t: float, kind: str, order: str, robot: str, said: Any) -> None:
    row = (seq, t, kind, order, robot, said)
    assert journal_content(*row) == rfc8785.dumps(dict(zip(JOURNAL, row, strict=True)))


@pytest.mark.parametrize("bad", [None, b"x", [], float("nan")])
def test_what_is_neither_text_nor_a_number_has_no_hash(bad: Any) -> None:
    with pytest.raises(ValueError, match=r"neither|NaN|nan|domain"):
        journal_content(1, 0.0, "order_done", "T1", "r1", bad)
    with pytest.raises(ValueError, match=r"neither|NaN|nan|domain"):
        journal_content(1, bad, "order_done", "T1", "r1", "{}")
