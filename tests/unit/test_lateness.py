"""How late messages are, by stamps of clocks that are not ours."""

from __future__ import annotations

import random

import pytest

from amr_core.lateness import Lateness


@pytest.mark.parametrize("offset", [-4000.0, 0.0, 1e6])
def test_a_message_is_late_against_the_quickest_whatever_the_senders_clock_shows(offset: float) -> None:
    late = Lateness(2.0)
    assert late.fresh(10.0 + offset + 5000.0, 10.0)
    assert late.fresh(11.0 + offset + 5000.0, 12.9)
    assert not late.fresh(12.0 + offset + 5000.0, 14.1)
    assert late.fresh(14.0 + offset + 5000.0, 14.0)


def test_a_message_that_was_overtaken_is_not_fresh_and_one_without_a_stamp_is() -> None:
    late = Lateness(2.0)
    assert late.fresh(100.0, 0.0)
    assert not late.fresh(99.5, 0.1)
    assert late.fresh(100.0, 0.2)  # the same once more: still how it is
    assert late.fresh(0.0, 50.0)


def test_a_sender_that_starts_anew_with_a_clock_set_back_is_heard() -> None:
    late = Lateness(2.0)
    assert late.fresh(5000.0, 10.0)
    assert late.fresh(3.0, 11.0)
    assert not late.fresh(4.0, 15.0)


def test_clocks_that_drift_apart_make_nobody_late() -> None:
    late, rng = Lateness(2.0), random.Random(1)
    for i in range(1, 200_000, 7):
        assert late.fresh(i * (1.0 - 5e-5), i + rng.uniform(0.0, 0.5))
