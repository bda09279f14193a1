"""How a robot was over days: link, localisation and battery by hours, out of what the journal counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from amr_core.vda5050 import NO_SCORE
from amr_fleet.domain.events import JournalEntry
from amr_fleet.report.health import HealthPoint, health
from tests.unit.test_fleet_engine import rehearsal
from tests.unit.test_fleet_robot_requests import NAME

DAY = 86_400.0
NOW = 20 * DAY


def counted(begin: float, seconds: float = 300.0, **facts: Any) -> JournalEntry:
    told = {"from": begin, "metres": 0.0, "soc_min": 0.5, "soc_used": 0.0, **facts}
    return JournalEntry(t=begin + seconds, kind="robot_time", robot="a", facts=told)


def test_an_hour_is_one_point_with_shares_and_the_least() -> None:
    entries = [
        counted(NOW - 7200.0, idle=300.0, soc_min=0.42, score=0.9, score_min=0.7, unsure=0.0, **{"age.1": 300.0}),
        counted(NOW - 6900.0, offline=60.0, idle=240.0, score=0.7, score_min=0.2, unsure=12.0,
                **{"age.1": 210.0, "age.3": 20.0, "age.5": 10.0}),
    ]  # fmt: skip
    (point,) = health(entries, NOW, 7)
    assert replace(point, linked=0.0, score=None) == HealthPoint(
        begin=NOW - 7200.0, end=NOW - 3600.0, known=600.0, linked=0.0, offline=60.0, soc_min=0.42, score=None,
        score_min=0.2, unsure=12.0,
    )  # fmt: skip
    assert point.linked == pytest.approx(0.85)
    assert point.score == pytest.approx(0.8)
    (wide,) = health(entries, NOW, 30)
    assert (wide.end - wide.begin, wide.known) == (6 * 3600.0, 600.0)


def test_what_nobody_counted_is_not_known_and_not_good() -> None:
    (point,) = health([counted(NOW - 7200.0)], NOW, 7)
    assert (point.score, point.score_min, point.unsure) == (None, None, 0.0)
    assert health([], NOW, 7) == []


def test_another_clock_times_before_and_rubbish_are_left_out() -> None:
    entries = [
        counted(NOW + 1.7e9), counted(NOW - 8 * DAY), counted(NOW - 600.0, seconds=-5.0),
        counted(NOW - 600.0, seconds=0.0), replace(counted(NOW - 600.0), facts={"from": "x", "soc_min": None}),
    ]  # fmt: skip
    assert health(entries, NOW, 7) == []
    odd = counted(NOW - 7200.0, offline=float("inf"), score_min="x", **{"age.5": -3.0})
    (point,) = health([odd], NOW, 7)
    assert 0.0 <= point.linked <= 1.0


def test_on_site_a_stretch_begins_with_the_local_day() -> None:
    midnight = 1_764_262_800.0  # 2025-11-28 00:00 at GMT+7
    points = health([counted(midnight - 400.0), counted(midnight + 100.0)], midnight + 3600.0, 30)
    assert [point.begin for point in points] == [midnight - 6 * 3600.0, midnight]


def test_the_fleet_counts_how_sure_a_robot_is_and_how_long_it_is_lost() -> None:
    run = rehearsal(1)
    run.run(lambda r: r.now >= 310.0, 400.0)
    entry = next(e for e in run.journal if e.kind == "robot_time" and e.robot == NAME)
    assert (entry.facts["score_min"], entry.facts["unsure"]) == (1.0, 0.0)
    (point,) = health([entry], run.now, 7)
    assert point.score == 1.0
    assert point.linked > 0.95


def test_a_robot_that_says_no_score_has_none_counted() -> None:
    run = rehearsal(1)
    run.robots[NAME].mute = True
    report = replace(run.robots[NAME].report(), score=NO_SCORE)
    for k in range(3100):
        run.step([replace(report, localized=k >= 100)] if k % 5 == 0 else [])
    entries = [e for e in run.journal if e.kind == "robot_time" and e.robot == NAME]
    (point,) = health(entries, run.now, 7)
    assert (point.score, point.score_min) == (None, None)
    assert point.unsure > 0.0
