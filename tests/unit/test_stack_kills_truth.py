"""`amr bench kills --ros`: what its judge holds against the truth."""

from __future__ import annotations

import math
import time
from collections import Counter
from types import SimpleNamespace

import pytest

from amr_lab.fleet_bench.nodes.stack_account import KillOfOne, passed
from amr_lab.fleet_bench.nodes.truth_judge import TruthJudge
from tests.unit.stack_kills_rig import figures, journal, judge, says, state, truth

__all__ = ["judge"]


def test_a_wrong_pose_counts_while_it_drives_and_while_it_is_said(judge: TruthJudge) -> None:
    says(judge, state(9.0))
    assert judge.robots["amr_01"].worst_said == 0.0, "nobody knows the truth yet"
    judge._on_truth(truth())
    says(judge, state(9.0, localized=False))
    assert judge.robots["amr_01"].worst_said == 0.0, "it says that it does not know"
    says(judge, state(3.0))
    assert (judge.robots["amr_01"].worst_said, judge.robots["amr_01"].worst_driving) == (2.0, 0.0)
    judge._on_truth(truth(v=1.0, t=6.0))
    says(judge, state(2.0, t=6.0))
    assert judge.robots["amr_01"].worst_driving == 1.0
    assert not judge.stands("amr_01")


def test_a_word_is_held_against_the_truth_of_its_own_time_however_late_either_comes(judge: TruthJudge) -> None:
    """The fault: on a busy computer a right pose that was heard 1 s late was 0.7 m off for the judge."""
    for tenth in range(31):
        judge._on_truth(truth(1.0 + 0.1 * tenth, v=1.0, t=5.0 + 0.1 * tenth))
    seen = judge.robots["amr_01"]
    says(judge, state(2.0, t=6.0))
    assert seen.worst_driving == 0.0, "it was there 2 s ago, when it said so"
    says(judge, state(1.8, t=6.0))
    assert seen.worst_driving == pytest.approx(0.0), "what it says is made of wheels and scans of a moment before"
    says(judge, state(4.0, t=7.0))
    assert seen.worst_driving == pytest.approx(1.0), "it will be there in a second"
    says(judge, state(9.0, t=8.1))
    assert seen.worst_driving == pytest.approx(1.0), "the truth of 8.1 s has not come yet"
    judge._on_truth(truth(4.2, v=1.0, t=8.2))
    assert seen.worst_driving == pytest.approx(4.9), "now it has"


def test_who_drives_and_does_not_say_that_it_knows_where_is_counted(
    judge: TruthJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only of who says that it knows can a pose be wrong: the others were not looked at."""
    clock = [100.0]
    monkeypatch.setattr("amr_lab.fleet_bench.nodes.truth_judge.time", SimpleNamespace(monotonic=lambda: clock[0]))
    one = judge.robots["amr_01"]
    judge._on_truth(truth())
    says(judge, state())
    for seconds, localized, driven in ((2.0, True, 0.0), (2.0, False, 0.0), (3.5, False, 3.5), (1.0, True, 3.5)):
        clock[0] += seconds
        says(judge, state(localized=localized))
        judge._on_truth(truth(v=1.0))
        assert one.worst_unsure == pytest.approx(driven)
    clock[0] += 3.5
    judge._on_truth(truth(v=1.0))
    clock[0] += 4.0
    judge._on_truth(truth(v=1.0))
    assert one.worst_unsure == pytest.approx(4.0), "nor does one that says nothing any more"
    judge.forget_truth()
    clock[0] += 60.0
    judge._on_truth(truth(v=1.0))
    assert one.worst_unsure == pytest.approx(4.0), "while the simulator is dead nobody knows"


def test_well_is_who_says_since_then_where_it_is(judge: TruthJudge) -> None:
    judge._on_truth(truth())
    began = time.monotonic()
    assert not judge.well("amr_01", 0.0)
    says(judge, state(1.4))
    assert judge.well("amr_01", began)
    assert not judge.well("amr_01", time.monotonic() + 1.0)
    says(judge, state(1.6))
    assert not judge.well("amr_01", began)
    judge.forget_truth()
    says(judge, state(1.0))
    assert not judge.well("amr_01", began), "what told the truth is dead"


def test_loads_are_counted_by_what_robots_carry(judge: TruthJudge) -> None:
    for load in ("", "L1", "L1", "", "L2", "L3", ""):
        judge._on_truth(truth(load=load))
    assert judge.picked == Counter(["L1", "L2", "L3"])
    assert judge.dropped == Counter(["L1", "L2", "L3"])


def test_a_robot_behind_a_dead_gateway_drives_its_base_and_is_not_well(judge: TruthJudge) -> None:
    """Over MQTT a robot finishes its base: it is the fleet that does not hear it, and the judge that does."""
    judge._on_truth(truth(v=1.0))
    says(judge, state())
    began = time.monotonic()
    judge._on_truth(truth(v=1.0, t=5.1))
    judge._on_state("amr_01", state(t=5.1))
    assert judge.robots["amr_01"].unsure_since is None
    assert not judge.well("amr_01", began)
    judge._on_told("amr_01", state(t=5.1))
    assert judge.well("amr_01", began)


def test_a_gateway_that_tells_the_fleet_another_place_is_wrong_and_not_well(judge: TruthJudge) -> None:
    """The fault: only what the robot said itself was held against the truth, and not what the fleet acts by."""
    judge._on_truth(truth())
    judge._on_state("amr_01", state())
    judge._on_told("amr_01", state(9.0))
    assert judge.take_wrong() == {"amr_01"}
    assert judge.robots["amr_01"].worst_said == 8.0
    assert not judge.well("amr_01", 0.0)
    judge._on_told("amr_01", state(9.0, localized=False))
    assert not judge.take_wrong(), "the fleet is told that it is lost"
    assert not judge.well("amr_01", 0.0)
    judge._on_told("amr_01", state(1.3))
    assert judge.well("amr_01", 0.0)
    assert not judge.take_wrong()


def test_a_word_that_a_gateway_stamps_anew_may_be_as_old_as_its_way_took(judge: TruthJudge) -> None:
    for tenth in range(41):
        judge._on_truth(truth(1.0 + 0.1 * tenth, v=1.0, t=5.0 + 0.1 * tenth))
    judge._on_told("amr_01", state(2.6, t=8.0))
    assert judge.robots["amr_01"].told_off == pytest.approx(0.0), "there it was 1.4 s before"
    judge._on_told("amr_01", state(1.5, t=8.0))
    assert judge.robots["amr_01"].told_off == pytest.approx(1.0), "that is 2.5 s old"
    assert judge.take_wrong() == {"amr_01"}
    assert judge.robots["amr_01"].worst_driving == 0.0, "that is of what the robot says itself"


def test_what_was_in_flight_at_a_kill_shows_nothing(judge: TruthJudge) -> None:
    """The fault: a word or a truth that a dead process had sent just before counted as "works again"."""
    judge._on_truth(truth())
    says(judge, state())
    assert judge.well("amr_01", 0.0)
    judge.mark_kill()
    judge.forget_truth()
    began = time.monotonic()
    judge._on_truth(truth(t=5.2))
    says(judge, state(t=5.1))
    says(judge, state(t=5.2))
    assert not judge.robots["amr_01"].known
    assert not judge.well("amr_01", began)
    judge._on_truth(truth(t=6.1))
    assert judge.robots["amr_01"].known
    assert not judge.well("amr_01", began), "the robot itself has not spoken"
    judge._on_state("amr_01", state(t=6.1))
    assert not judge.well("amr_01", began), "nor has the fleet heard it"
    judge._on_told("amr_01", state(t=6.1))
    assert judge.well("amr_01", began)


def test_a_word_that_comes_when_the_truth_of_its_time_is_gone_fails_the_run(judge: TruthJudge) -> None:
    judge._on_truth(truth(t=5.0))
    for second in range(6, 20):
        judge._on_truth(truth(t=float(second)))
    seen = judge.robots["amr_01"]
    judge._on_state("amr_01", state(t=4.0))
    assert seen.unweighed == 0, "of before the first truth: nobody can know"
    judge._on_state("amr_01", state(t=7.0))
    assert (seen.unweighed, seen.heard) == (1, -math.inf)
    judge.picked, judge.dropped = Counter(["L1"]), Counter(["L1"])
    assert not passed(figures([KillOfOne("fleet", 30.0)], judge, journal()))
    seen.unweighed = 0
    assert passed(figures([KillOfOne("fleet", 30.0)], judge, journal()))
    judge.forget_truth()
    judge._on_truth(truth(t=21.0))
    judge._on_state("amr_01", state(t=20.5))
    assert seen.unweighed == 0, "the simulator that knew is dead"
