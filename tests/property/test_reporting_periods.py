"""Reporting periods: the legal cut-off days, to the second and in every year."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_core.errors import AmrError
from amr_fleet.reporting_periods import PeriodKind, PeriodRule, ReportingPeriod, day_of, period_at

KINDS: dict[PeriodKind, int] = {"month": 12, "quarter": 4, "half": 2, "year": 1}
RULES: tuple[PeriodRule, ...] = ("legal", "calendar")
DAY = timedelta(days=1)


@st.composite
def periods(draw: st.DrawFn) -> ReportingPeriod:
    kind = draw(st.sampled_from(sorted(KINDS)))
    return ReportingPeriod(
        kind, draw(st.integers(2002, 2990)), draw(st.integers(1, KINDS[kind])), draw(st.sampled_from(RULES))
    )


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("2027-01", "2026-12-15", "2027-01-14"), ("2027-03", "2027-02-15", "2027-03-14"),
        ("2028-03", "2028-02-15", "2028-03-14"), ("2027-12", "2027-11-15", "2027-12-14"),
        ("2027-Q1", "2026-12-15", "2027-03-14"), ("2027-Q2", "2027-03-15", "2027-06-14"),
        ("2027-Q3", "2027-06-15", "2027-09-14"), ("2027-Q4", "2027-09-15", "2027-12-14"),
        ("2027-H1", "2026-12-15", "2027-06-14"), ("2027-H2", "2027-06-15", "2027-12-14"),
        ("2027", "2026-12-15", "2027-12-14"),
    ],
)  # fmt: skip
def test_the_cut_off_days_are_those_of_the_decree(code: str, first: str, last: str) -> None:
    period = ReportingPeriod.parse(code)
    assert (period.first_day.isoformat(), period.last_day.isoformat()) == (first, last)
    assert period.code == code


def test_a_local_plan_may_take_calendar_months() -> None:
    leap = ReportingPeriod.parse("2028-02", "calendar")
    assert (leap.first_day, leap.last_day) == (date(2028, 2, 1), date(2028, 2, 29))
    assert ReportingPeriod.parse("2027-Q4", "calendar").last_day == date(2027, 12, 31)


def test_a_day_begins_at_midnight_of_vietnam_in_summer_and_winter() -> None:
    for code in ("2027-01", "2027-07"):
        period = ReportingPeriod.parse(code)
        begin = datetime.fromtimestamp(period.begin, UTC)
        assert (begin.hour, begin.minute, begin.second) == (17, 0, 0)  # 00:00 UTC+7
        assert begin.date() == period.first_day - DAY


def test_a_moment_before_and_after_the_border_belong_to_two_periods() -> None:
    border = ReportingPeriod.parse("2027-02").begin
    assert [period_at(t, "month").code for t in (border - 1.0, border)] == ["2027-01", "2027-02"]
    assert period_at(ReportingPeriod.parse("2027").end, "year").code == "2028"


@given(periods())
def test_periods_follow_each_other_without_a_gap_and_are_read_back(period: ReportingPeriod) -> None:
    before = period.previous()
    assert before.end == period.begin
    assert before.last_day + DAY == period.first_day
    assert ReportingPeriod.parse(period.code, period.rule) == period
    assert period.year_before().code == ReportingPeriod(period.kind, period.year - 1, period.number).code
    assert period_at(period.begin, period.kind, period.rule) == period
    assert period_at(period.end - 1.0, period.kind, period.rule) == period
    assert day_of(period.end - 1.0) == period.last_day


@given(periods())
def test_months_make_up_their_period_and_periods_their_year(period: ReportingPeriod) -> None:
    months = period.months()
    assert (months[0].begin, months[-1].end) == (period.begin, period.end)
    assert all(a.end == b.begin for a, b in pairwise(months))
    year = period.whole_year()
    assert year.begin <= period.begin < period.end <= year.end


@given(st.text(max_size=12))
def test_rubbish_is_no_period(text: str) -> None:
    with suppress(AmrError):
        assert ReportingPeriod.parse(text).code == text


@pytest.mark.parametrize("text", ["2027-00", "2027-13", "2027-Q0", "2027-Q5", "2027-H3", "27-01", "2027-1", "2027-01\n",
                                  "0000", "9999-01", "２０２７-01", "2027-q1", ""])  # fmt: skip
def test_near_misses_are_refused(text: str) -> None:
    with pytest.raises(AmrError, match=r"report\.bad_period"):
        ReportingPeriod.parse(text)
