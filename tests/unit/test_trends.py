"""Figures by days and weeks: each is the shift report's of its stretch, by the clock of the site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.fleet_time import LOCAL
from amr_fleet.report.fold import make_report
from amr_fleet.report.period import day_at, week_at
from amr_fleet.report.trends import MOST_STEPS, TrendOrder, TrendStep, _point, trends
from tests.unit.test_shift_report import SITE, UNIX, created, entry

DAY = 86400.0


def worked(t: float, order: str, took: float, deadline: float = 0.0) -> list[JournalEntry]:
    return [created(t, order, deadline=deadline and t + deadline), entry(t + took, "order_done", order, "amr_01")]


def counted(t: float, soc: float, fault: float) -> JournalEntry:
    facts = {"from": t - 3600.0, "loaded": 1800.0 - fault, "wait.traffic": 900.0, "empty": 900.0, "fault": fault}
    return entry(t, "robot_time", "", "amr_01", metres=100.0, metres_loaded=50.0, soc_min=soc, soc_used=0.2, **facts)


def two_days(begin: float) -> list[JournalEntry]:
    return [
        *worked(begin + 4000, "T1", 100.0, deadline=200.0), *worked(begin + 5000, "T2", 300.0, deadline=200.0),
        counted(begin + 7200, 0.4, 0.0),
        entry(begin + 8000, "alarm_raised", "", "amr_01", alarm="A1", code="alarm.robot_error"),
        *worked(begin + DAY + 100, "T3", 50.0), counted(begin + DAY + 7200, 0.2, 360.0),
    ]  # fmt: skip


def test_each_day_has_its_own_figures() -> None:
    first, second = trends(two_days(0.0), SITE, "day", 14)
    assert (first.begin, first.end, second.begin, second.end) == (0.0, DAY, DAY, 2 * DAY)
    assert (first.done, first.with_deadline, first.late, first.faults, first.interventions) == (2, 2, 1, 1, 1)
    assert (first.wait_share, first.availability, first.waits) == (0.25, 1.0, {"wait.traffic": 900.0})
    assert (second.done, second.with_deadline, second.late, second.faults) == (1, 0, 0, 0)
    assert second.availability == pytest.approx(0.9)
    assert [(r.robot, r.done, r.soc_min, r.faults) for r in first.robots] == [("amr_01", 2, 0.4, 1)]
    assert [(r.done, r.soc_min) for r in second.robots] == [(1, 0.2)]
    assert second.robots[0].availability == pytest.approx(0.9)


def test_a_stretch_is_what_the_shift_report_says_of_it() -> None:
    journal = two_days(UNIX - UNIX % DAY)
    points = trends(journal, SITE, "day", 5)
    assert len(points) == 2
    for point in points:
        report = make_report(journal, SITE, day_at(point.begin))
        assert (point.done, point.per_hour, point.service_p95) == (report.done, report.per_hour, report.service.p95)
        assert point.hours == report.covered.hours


def test_an_order_of_one_day_is_late_for_a_truck_whose_time_was_set_on_that_day() -> None:
    order = created(100.0, "T1")
    journal = [
        replace(order, facts={**order.facts, "cutoff": "truck"}),
        entry(200.0, "cutoff_set", "", "", name="truck", at=DAY + 50.0),
        entry(DAY + 60.0, "order_done", "T1", "amr_01"),
    ]  # fmt: skip
    assert [(point.with_deadline, point.late) for point in trends(journal, SITE, "day", 2)] == [(0, 0), (1, 1)]


class Counted(list[JournalEntry]):
    """A journal that counts how often it was read through."""

    passes = 0

    def __iter__(self) -> Iterator[JournalEntry]:
        self.passes += 1
        return super().__iter__()


def any_month(seed: int, begin: float) -> list[JournalEntry]:
    """Return weeks of a port at random: orders over midnight, deadlines that change, time counted on either side."""
    rng = Random(seed)
    found: list[JournalEntry] = []
    for i in range(600):
        t, order, robot = begin + rng.uniform(0, 17 * DAY), f"T{i}", f"amr_0{rng.randint(1, 3)}"
        if rng.random() < 0.2:  # close to midnight
            t = begin + rng.randint(1, 16) * DAY + rng.uniform(-2.0, 2.0)
        end = t + rng.choice((0.5, 900.0, 40000.0, 3 * DAY)) * rng.random()
        cutoff = rng.choice(("", "truck"))
        found += [
            replace(created(t, order, deadline=rng.choice((0.0, t + 600.0))), facts={
                "pick_place": "D01", "drop_place": "A1W", "deadline": rng.choice((0.0, t + 600.0)), "cutoff": cutoff,
                "earliest": rng.choice((0.0, t + 60.0)),
            }),
            entry(t + rng.random(), "order_changed", order, "", deadline=t + 9000.0),
            entry(t + rng.random(), "cutoff_set", "", "", name="truck", at=rng.choice((0.0, t + 3600.0))),
            entry(end, rng.choice(("order_done", "order_done", "order_failed", "order_cancelled")), order, robot),
            entry(end, rng.choice(("alarm_raised", "alarm_cleared")), "", rng.choice((robot, "")), alarm=f"A{i % 9}",
                  code=rng.choice(("alarm.robot_error", "alarm.blocked"))),
            replace(counted(t, rng.random(), rng.choice((0.0, 360.0))), robot=robot),
            entry(t, rng.choice(("robot_offline", "robot_online", "note_added", "mission_started")), "", robot),
        ]  # fmt: skip
    for day in range(18):  # counted up to the end of the day, and a moment after it
        for after in (0.0, 0.5, 1.0, 1.5):
            found.append(counted(begin + day * DAY + after, 0.5, 0.0))
    return sorted(found, key=lambda one: one.t)


@pytest.mark.parametrize("begin", [0.0, UNIX - UNIX % DAY - 7 * 3600.0])
@pytest.mark.parametrize("step", ["day", "week"])
def test_each_of_many_stretches_is_what_the_shift_report_says_of_it(begin: float, step: TrendStep) -> None:
    for seed in range(3):
        journal = any_month(seed, begin)
        found = trends(journal, SITE, step, 14)
        assert len(found) == (14 if step == "day" else found[-1].begin // (7 * DAY) - found[0].begin // (7 * DAY) + 1)
        around = day_at if step == "day" else week_at
        for point in found:
            assert point == _point(make_report(journal, SITE, around(point.begin)))


def test_the_journal_is_read_no_more_often_for_many_stretches_than_for_one() -> None:
    once, often = Counted(any_month(0, 0.0)), Counted(any_month(0, 0.0))
    trends(once, SITE, "day", 1)
    trends(often, SITE, "day", 14)
    assert (once.passes, often.passes) == (1, 1)


def test_of_many_days_the_last_ones_are_told_also_those_without_work() -> None:
    journal = [*worked(100.0, "T1", 5.0), *worked(100.0 + 9 * DAY, "T2", 5.0)]
    found = trends(journal, SITE, "day", 3)
    assert [(p.begin / DAY, p.done) for p in found] == [(7.0, 0), (8.0, 0), (9.0, 1)]
    assert [(p.begin / DAY, p.done) for p in trends(journal, SITE, "week", 3)] == [(0.0, 1), (7.0, 1)]
    assert (found[0].wait_share, found[0].availability, found[0].service_p95) == (None, None, None)


def test_days_and_weeks_are_those_of_the_site() -> None:
    for hour in (0, 6, 23):
        moment = datetime(2026, 11, 27, hour, 59, tzinfo=LOCAL)
        day, week = day_at(moment.timestamp()), week_at(moment.timestamp())
        assert datetime.fromtimestamp(day.begin, UTC).astimezone(LOCAL).isoformat()[:16] == "2026-11-27T00:00"
        assert datetime.fromtimestamp(week.begin, UTC).astimezone(LOCAL).isoformat()[:16] == "2026-11-23T00:00"
        assert (datetime.fromtimestamp(week.begin, LOCAL).weekday(), week.hours, day.hours) == (0, 168.0, 24.0)
    monday = datetime(2026, 11, 23, 0, 0, tzinfo=LOCAL).timestamp()
    assert week_at(monday).begin == monday
    assert week_at(monday - 1.0).end == monday


def test_without_a_journal_there_is_no_trend_and_rubbish_is_refused() -> None:
    assert trends([], SITE, "week", 4) == []
    for count in (0, -1, MOST_STEPS + 1):
        with pytest.raises(AmrError) as refused:
            TrendOrder("day", count).make([entry(1.0, "robot_online", "", "amr_01")], SITE)
        assert refused.value.code == "report.invalid"
