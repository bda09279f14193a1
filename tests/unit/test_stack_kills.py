"""`amr bench kills --ros`: whom it kills when, what it asks for, what its account says; a run itself takes hours."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.journal import JournalStore
from amr_lab.fleet_bench.nodes import stack_kills
from amr_lab.fleet_bench.nodes.stack_account import KillOfOne, passed
from amr_lab.fleet_bench.nodes.stack_kills import StackKills
from amr_lab.fleet_bench.nodes.truth_judge import SeenRobot, TruthJudge
from tests.unit.stack_kills_rig import HEARD, figures, journal, judge, says, state, truth

__all__ = ["judge"]


def test_only_an_alarm_that_says_what_to_do_with_a_robot_that_stands_counts(tmp_path: Path) -> None:
    store = JournalStore(str(tmp_path / "journal.sqlite3"))
    codes = {"amr_01": "alarm.not_localized", "amr_02": "alarm.battery_low", "amr_03": "alarm.robot_offline"}
    told = [JournalEntry(t=1.0, kind="alarm_raised", robot=r, facts={"code": c}) for r, c in codes.items()]
    cleared = JournalEntry(t=2.0, kind="alarm_cleared", robot="amr_03", facts={"code": "alarm.robot_offline"})
    store.append([*told, cleared])
    store.close()
    assert stack_kills._alarmed(tmp_path / "journal.sqlite3") == {"amr_01"}


def test_the_customer_asks_again_what_may_be_asked_again(judge: TruthJudge) -> None:
    wish: Any = SimpleNamespace(reference="W2")
    for code, again, wrong in (("fleet.no_answer", True, 0), ("order.invalid", False, 1)):
        judge._unanswered = {"W2": (wish, 0.0)}
        judge._answered(wish, SimpleNamespace(accepted=False, code=code, facts="{}"))
        assert (bool(judge._unanswered), len(judge.ledger.wrong)) == (again, wrong)
    judge._answered(wish, SimpleNamespace(accepted=True, order_id="T9"))
    assert "W2" not in judge.ledger.made, "it is no answer to a question that nobody asks"
    judge._unanswered = {"W2": (wish, 0.0)}
    judge._answered(wish, None)
    judge._answered(wish, SimpleNamespace(accepted=True, order_id="T2"))
    assert judge.ledger.made["W2"] == "T2"
    assert judge.all_answered


def test_each_goal_that_is_missed_fails_the_run(judge: TruthJudge) -> None:
    judge.picked, judge.dropped = Counter(["L1"]), Counter(["L1"])
    good = [KillOfOne("sim", 12.0), KillOfOne("fleet", 30.0), KillOfOne("sim", 59.0)]
    found = figures(good, judge, journal())
    assert passed(found), found
    assert found["while_a_robot_drove"] == 0
    assert figures([replace(good[0], moving=True), *good[1:]], judge, journal())["while_a_robot_drove"] == 1
    row = {"kills": 2, "within_60_s": 2, "p50_s": 12.0, "p95_s": 59.0, "max_s": 59.0}
    assert found["by_process"]["sim"] == {**row, "wrong_poses": 0, "stood_with_alarm": 0, "stood_without_alarm": 0}
    for bad in (KillOfOne("sim", 61.0), KillOfOne("sim", None, told=["amr_01"]), KillOfOne("sim", 5.0, untold=["x"])):
        assert not passed(figures([*good, bad], judge, journal()))
    assert not passed(figures([], judge, journal()))
    assert not passed(figures(good, judge, journal()[:-1])), "an order is not done"
    judge.ledger.made["W1"] = "T9"
    assert not passed(figures(good, judge, journal())), "an order was answered and is not there"
    judge.ledger.made["W1"] = "T1"
    judge.robots["amr_02"].worst_driving = 0.51
    assert not passed(figures(good, judge, journal()))
    judge.robots["amr_02"].worst_driving = 0.0
    judge.robots["amr_02"].worst_said = 8.87
    assert not passed(figures(good, judge, journal())), "it stands, sure and wrong: the next grant leads it on"
    judge.robots["amr_02"].worst_said, judge.robots["amr_02"].worst_unsure = 0.0, 3.1
    assert not passed(figures(good, judge, journal()))
    judge.robots["amr_02"].worst_unsure = 0.0
    assert not passed(figures(good, judge, journal(), blind=5.1)), "a crossing was free that no camera saw"
    assert not passed(figures(good, judge, journal(), every=32.0, delivered=0)), "the stack stalled"
    assert passed(figures(good, judge, journal(), every=32.0, delivered=1))
    judge.collisions = 1
    assert not passed(figures(good, judge, journal()))


def test_a_robot_that_nobody_can_see_is_not_told_as_one_that_hides(judge: TruthJudge) -> None:
    """Alarms go by the simulator's clock: while it is not back none can come."""
    judge._on_truth(truth())
    judge.robots["amr_03"] = SeenRobot(truth=(0.0, 0.0, 0.4, 0.0))
    one = KillOfOne("sim")
    one.left(judge, ["amr_01", "amr_02", "amr_03"], {"amr_01", "amr_03"})
    assert (one.told, one.unseen, one.untold) == (["amr_01"], ["amr_02"], ["amr_03"]), "the last one drives"
    one = KillOfOne("sim")
    one.left(judge, ["amr_01"], set())
    assert one.untold == ["amr_01"]
    assert figures([one], judge, journal())["stand_without_alarm"] == 1


def test_who_must_speak_anew_after_a_kill() -> None:
    bench = StackKills("lab", 2, 1, 1)
    assert bench._concerned({"fleet"}) == []
    assert bench._concerned({"robots_0"}) == ["amr_01", "amr_02"]
    assert bench._concerned({"sim"}) == ["amr_01", "amr_02"]
    assert bench._concerned({"fleet", "ops", "cameras", "api"}) == [], "they say that they are well all the time"
    assert bench._concerned({"gateway"}) == bench._concerned({"broker"}) == ["amr_02"], "it is led over VDA 5050"


def test_who_was_lost_before_a_kill_fails_no_later_one_and_who_is_told_of_is_put_right_by_hand(
    judge: TruthJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One lost robot made each later kill of its computer a failure, since nobody did what its alarm asked for."""
    clock, told = [100.0], list[Any]()

    def sleep(seconds: float) -> None:
        clock[0] += seconds
        judge.robots["amr_01"].heard = judge.robots["amr_01"].told = clock[0]

    monkeypatch.setattr(stack_kills, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    monkeypatch.setattr("amr_lab.fleet_bench.nodes.truth_judge.time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(stack_kills, "_pid", lambda *_: int(clock[0] * 10))
    monkeypatch.setattr(stack_kills, "_alarmed", lambda _: {"amr_01"})
    monkeypatch.setattr("os.kill", lambda *_: None)
    session: Any = SimpleNamespace(interrupted=False, poll=lambda: None)
    bench = StackKills("lab", 2, 2, 1, ["robots"])
    signs: Any = SimpleNamespace(all_work=lambda *_: True, missing=lambda *_: [])
    judge.fleet_heard = math.inf
    judge.robots["amr_01"] = SeenRobot(truth=(3.0, 4.0, 0.0, 0.5), localized=True, off=0.0, heard=100.0, **HEARD)
    bench._kill(session, judge, signs, Path("journal"))
    assert bench.done[0].good, "amr_02 was not well before"

    def publish(message: Any) -> None:
        told.append(message.pose.pose)
        judge.robots["amr_01"].localized = True

    judge._poses = {"amr_01": SimpleNamespace(publish=publish)}
    monkeypatch.setattr(bench, "_works", lambda *_: False)
    judge.robots["amr_01"].heard = judge.robots["amr_01"].told = clock[0]
    kill = bench._until

    def lost(session: Any, holds: Any, seconds: float, every: float = 0.0) -> bool:
        judge.robots["amr_01"].localized = bool(told) or seconds <= 60.0  # before it is killed it knows
        return kill(session, holds, seconds, every)

    monkeypatch.setattr(bench, "_until", lost)
    bench._kill(session, judge, signs, Path("journal"))
    assert (bench.done[1].told, bench.done[1].by_hand) == (["amr_01"], ["amr_01"])
    assert (told[0].position.x, told[0].position.y) == (3.0, 4.0)
    assert figures(bench.done, judge, journal())["of_these_put_right_by_hand"] == 1


def test_while_it_drains_the_journal_is_read_once_a_second(judge: TruthJudge, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, reads, polls = [0.0], list[float](), list[float]()

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    def read(_path: Path) -> list[JournalEntry]:
        reads.append(clock[0])
        return journal() if clock[0] > 20.0 else journal()[:-1]

    monkeypatch.setattr(stack_kills, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    monkeypatch.setattr(stack_kills, "read_entries", read)
    bench = StackKills("lab", 2, 0, 1)
    monkeypatch.setattr(bench, "_works", lambda *_: True)
    judge.picked["L1"] = 1
    session: Any = SimpleNamespace(interrupted=False, poll=lambda: polls.append(clock[0]))
    signs: Any = SimpleNamespace(all_work=lambda *_: True)
    bench._torment(session, judge, signs, Path("journal"))
    assert 20.0 < clock[0] < 22.0, "it ends soon after the last order"
    assert len(reads) <= 22
    assert len(polls) > 150, "processes that died are started again at once all the same"


@pytest.mark.parametrize(("apart", "waited"), [(200.0, 800.0), (400.0, 300.0)])
def test_it_drains_as_long_as_something_is_delivered(
    judge: TruthJudge, monkeypatch: pytest.MonkeyPatch, apart: float, waited: float
) -> None:
    """Sixteen orders of a slow site were not done within ten minutes, and counted as lost though all went on."""
    clock = [0.0]

    def sleep(seconds: float) -> None:
        before, clock[0] = clock[0], clock[0] + 10.0 * seconds
        judge.dropped["L1"] += before // apart < clock[0] // apart

    monkeypatch.setattr(stack_kills, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    monkeypatch.setattr(stack_kills, "read_entries", lambda _: journal() if clock[0] > 790.0 else journal()[:-1])
    bench = StackKills("lab", 2, 0, 1)
    monkeypatch.setattr(bench, "_works", lambda *_: True)
    judge.picked["L1"] = 1
    session: Any = SimpleNamespace(interrupted=False, poll=lambda: None)
    bench._torment(session, judge, SimpleNamespace(all_work=lambda *_: True), Path("journal"))  # type: ignore[arg-type]
    assert clock[0] == pytest.approx(waited, abs=15.0)


def test_a_wrong_pose_is_told_of_the_kill_before_it(judge: TruthJudge) -> None:
    judge._on_truth(truth())
    says(judge, state(9.0))
    assert judge.take_wrong() == {"amr_01"}
    says(judge, state(1.4))
    assert judge.take_wrong() == set()
    rows = figures([KillOfOne("robots_0", 9.0, wrong={"amr_01"}), KillOfOne("robots_1", 9.0)], judge, journal())
    assert rows["by_process"]["robots"]["wrong_poses"] == 1, "robots_0 and robots_1 are of one kind"


def paced(judge: TruthJudge, monkeypatch: pytest.MonkeyPatch, bench: StackKills) -> list[float]:
    """Return when (s) processes are killed where everything works again at once and time is a number."""
    clock, at = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(stack_kills, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    monkeypatch.setattr(stack_kills, "read_entries", lambda _: journal())
    monkeypatch.setattr(bench, "_works", lambda *_: True)
    monkeypatch.setattr(bench, "_kill", lambda *_: at.append(round(clock[0])))
    judge.picked["L1"] = judge.dropped["L1"] = 1
    signs: Any = SimpleNamespace(all_work=lambda *_: True)
    session: Any = SimpleNamespace(interrupted=False, poll=lambda: None)
    bench._torment(session, judge, signs, Path("journal"))
    return at


def test_kills_at_a_fixed_pace_wait_for_nothing(judge: TruthJudge, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = StackKills("lab", 2, 4, 1, ["robots"], every=32.0, orders=1)
    assert paced(judge, monkeypatch, bench) == [0, 32, 64, 96]
    assert bench._delivered == 1
    assert judge.ordering, "the orders that were asked for are given, though the kills are over"


def test_kills_at_loads_come_as_a_base_begins(judge: TruthJudge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen so: an order that failed with its load in place, and another whose load went away on the robot before."""
    bench = StackKills("lab", 2, 2, 1, ["robots"], at_loads=True, orders=1)
    monkeypatch.setattr(
        bench, "_loads_since", lambda _judge, since: vars(stack_kills)["time"].monotonic() > since + 50.0
    )
    assert paced(judge, monkeypatch, bench) == [50, 100]


def goals(*told: tuple[int, int]) -> Any:
    listed = [(SimpleNamespace(goal_id=SimpleNamespace(uuid=[goal] * 16)), status) for goal, status in told]
    return SimpleNamespace(status_list=[SimpleNamespace(goal_info=info, status=status) for info, status in listed])


def test_a_load_begins_once_when_its_base_acts_on_it(judge: TruthJudge, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1.0]
    monkeypatch.setattr("amr_lab.fleet_bench.nodes.truth_judge.time", SimpleNamespace(monotonic=lambda: clock[0]))
    judge._on_loads(goals((1, 1)))
    assert judge.load_began == -math.inf, "it is accepted only"
    judge._on_loads(goals((1, 2)))
    clock[0] = 2.0
    judge._on_loads(goals((1, 2), (2, 4)))
    assert (judge.load_began, StackKills._loads_since(judge, 0.5)) == (1.0, True)
    judge._on_loads(goals((1, 4), (3, 2)))
    assert (judge.load_began, StackKills._loads_since(judge, 2.0)) == (2.0, False)


def test_where_a_process_does_not_come_back_the_next_kill_comes_in_time_and_nobody_helps(
    judge: TruthJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds
        judge.robots["amr_01"].heard = judge.robots["amr_01"].told = clock[0]

    monkeypatch.setattr(stack_kills, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    monkeypatch.setattr("amr_lab.fleet_bench.nodes.truth_judge.time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(stack_kills, "_pid", lambda *_: 7)
    monkeypatch.setattr(stack_kills, "_alarmed", lambda _: set())
    killed = list[int]()
    monkeypatch.setattr("os.kill", lambda pid, _: killed.append(pid))
    session: Any = SimpleNamespace(interrupted=False, poll=lambda: None)
    signs: Any = SimpleNamespace(all_work=lambda *_: True)
    bench = StackKills("lab", 2, 2, 1, ["ops"], every=32.0)
    monkeypatch.setattr(bench, "_put_right", lambda *_: pytest.fail("nobody is there"))
    judge.robots["amr_01"] = SeenRobot(truth=(3.0, 4.0, 0.0, 0.5), localized=True, off=0.0, heard=100.0, **HEARD)
    bench._kill(session, judge, signs, Path("journal"))
    assert killed == [7]
    assert clock[0] == pytest.approx(132.0, abs=0.5)
    assert bench.done[0].again is None


def test_a_process_that_is_not_there_is_waited_for_and_never_is_a_group_of_ours_killed(
    judge: TruthJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """os.kill(0) would end the bench itself."""
    clock, killed = [0.0], list[int]()

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(stack_kills, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    monkeypatch.setattr(stack_kills, "_pid", lambda _, group: 0 if group == "api" else 7 + (clock[0] > 70.0))
    monkeypatch.setattr(stack_kills, "_alarmed", lambda _: set())
    monkeypatch.setattr("os.kill", lambda pid, _: killed.append(pid))
    session: Any = SimpleNamespace(interrupted=False, poll=lambda: None)
    signs: Any = SimpleNamespace(all_work=lambda *_: True)
    bench = StackKills("lab", 2, 1, 1, ["api"])
    bench._kill(session, judge, signs, Path("journal"))
    assert killed == []
    assert bench.done[0].again is None, "it was not there"
