"""How late messages are, by stamps of clocks that are not ours."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from amr_core.lateness import ROW, SURE_S, Lateness


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


def heard(late: Lateness, stamps_and_times: Iterable[tuple[float, float]]) -> list[bool]:
    return [late.fresh(stamp, now) for stamp, now in stamps_and_times]


@pytest.mark.parametrize("set_by", [-9.9, -5.0, -2.5])
@pytest.mark.parametrize("period", [0.5, 1.0])
def test_a_sender_whose_clock_was_set_back_is_heard_again_within_a_row(set_by: float, period: float) -> None:
    late, rng = Lateness(2.0), random.Random(2)
    times = [100.0 + k * period + rng.uniform(0.0, 0.2) for k in range(60)]
    assert all(heard(late, ((now - 40.0, now) for now in times[:20])))
    assert late.news() == ""
    after = heard(late, ((now - 40.0 + set_by, now) for now in times[20:]))
    silent = after.index(True)
    assert times[20 + silent] - times[20] < SURE_S + (ROW + 1) * period
    assert after == [False] * silent + [True] * (len(after) - silent)
    assert f"its clock was set by {set_by:+.1f} s" in late.news()
    assert late.news() == "", "once"
    assert not late.fresh(times[-1] - 40.0 + set_by + 1.0, times[-1] + 4.0), "what is late is late by the new clock"


def test_a_clock_that_ran_ahead_for_one_message_silences_nobody() -> None:
    late = Lateness(2.0)
    assert late.fresh(10.0, 10.0)
    assert late.fresh(16.0, 11.0)
    assert heard(late, ((float(t), float(t)) for t in range(12, 40)))[-15:] == [True] * 15


def test_a_backlog_that_comes_at_once_and_a_line_that_crawls_are_late_however_long_they_last() -> None:
    late = Lateness(2.0)
    assert late.fresh(0.5, 0.5)
    assert not any(heard(late, ((float(t), 40.0 + t / 1000.0) for t in range(1, 31)))), "40 s, then all of it"
    crawl = Lateness(2.0)
    assert crawl.fresh(1.0, 1.0)
    assert not any(heard(crawl, ((float(t), 4.0 + 1.3 * t) for t in range(2, 60)))), "later and later"


def test_the_same_old_message_again_and_again_does_not_become_news() -> None:
    late = Lateness(2.0)
    assert late.fresh(10.0, 10.0)
    assert not any(heard(late, ((5.0, 10.0 + t) for t in range(30))))
    assert not any(heard(late, ((15.0, 20.0 + t) for t in range(30))))


def test_few_messages_and_a_short_time_are_no_proof() -> None:
    late = Lateness(2.0)
    assert late.fresh(10.0, 10.0)
    assert not any(heard(late, ((10.0 + t, 15.0 + t) for t in range(0, 60 * (ROW - 1), 60)))), "too few"
    late = Lateness(2.0)
    assert late.fresh(10.0, 10.0)
    assert not any(heard(late, ((10.0 + t / 50, 15.0 + t / 50) for t in range(int(50 * SURE_S) - 1)))), "too short"


def test_by_the_new_clock_messages_are_late_from_the_first_on() -> None:
    late = Lateness(2.0)
    assert late.fresh(10.0, 10.0)
    assert heard(late, ((6.0 + t, 11.0 + t) for t in range(ROW))) == [False] * (ROW - 1) + [True]
    assert not late.fresh(6.0 + ROW, 13.1 + ROW)
    assert late.fresh(8.0 + ROW, 13.2 + ROW)


def test_old_ones_between_fresh_ones_are_no_row() -> None:
    late = Lateness(2.0)
    for k in range(60):
        assert late.fresh(100.0 + k, 100.0 + k)
        assert not late.fresh(96.0 + k, 100.3 + k)


def test_what_is_dropped_is_told_the_first_time_and_seldom_after_that() -> None:
    late = Lateness(2.0)
    assert late.fresh(1000.0, 0.0)
    said = []
    for k in range(100):
        assert not late.fresh(995.0, float(k))
        said.append(late.news())
    assert [k + 1 for k, news in enumerate(said) if news] == [1, 2, 4, 8, 16, 32, 64]
    assert "overtaken or too long under way" in said[0]
