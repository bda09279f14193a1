"""`amr bench kills --ros`: what the judge sees and what the account says; the run itself takes an hour."""

from __future__ import annotations

import math
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.fact_fields import facts_of
from amr_fleet.ports import OrderRequest
from amr_fleet.store.journal import JournalStore
from amr_lab.fleet_bench.clients import Promises
from amr_lab.fleet_bench.nodes import stack_account, stack_kills
from amr_lab.fleet_bench.nodes.stack_account import KillOfOne, passed
from amr_lab.fleet_bench.nodes.stack_kills import StackKills
from amr_lab.fleet_bench.nodes.truth_judge import SeenRobot, TruthJudge


@pytest.fixture
def judge() -> TruthJudge:
    """A judge without ROS."""
    one = object.__new__(TruthJudge)
    one.robots = {"amr_01": SeenRobot(), "amr_02": SeenRobot()}
    one.picked, one.dropped, one.collisions = Counter(), Counter(), 0
    one.ledger = Promises(sent={"W1"}, made={"W1": "T1"})
    one._loads, one._unanswered, one.fleet_heard, one.fleet_stamp, one._wrong = {}, {}, -math.inf, 0.0, set()
    return one


HEARD: dict[str, Any] = {"told": 100.0, "told_localized": True, "told_off": 0.0}
"""What the fleet's side has heard of a robot that is well."""


def figures(
    kills: list[KillOfOne], judge: TruthJudge, journal: list[JournalEntry], *, blind: float = 0.0, delivered: int = 1,
    every: float = 0.0,
) -> dict[str, Any]:  # fmt: skip
    """The account of a run whose cameras held what they guard."""
    signs = SimpleNamespace(worst_blind=blind)
    return stack_account.figures(kills, judge, journal, signs, delivered, every)


def stamp(t: float) -> Any:
    return SimpleNamespace(sec=int(t), nanosec=round(t % 1.0 * 1e9))


def truth(x: float = 1.0, v: float = 0.0, load: str = "", t: float = 5.0) -> Any:
    bodies = [
        SimpleNamespace(name="amr_01", x=x, y=2.0, theta=0.5, v=v, load=load),
        SimpleNamespace(name="person_1", x=0.0, y=0.0),
    ]
    return SimpleNamespace(stamp=stamp(t), bodies=bodies, collisions=0)


def state(x: float = 1.0, *, localized: bool = True, t: float = 5.0) -> Any:
    return SimpleNamespace(header=SimpleNamespace(stamp=stamp(t)), x=x, y=2.0, localized=localized)


def says(judge: TruthJudge, message: Any) -> None:
    """The robot speaks, and the fleet's side hears it at once."""
    judge._on_state("amr_01", message)
    judge._on_told("amr_01", message)


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


def test_only_an_alarm_that_says_what_to_do_with_a_robot_that_stands_counts(tmp_path: Path) -> None:
    store = JournalStore(str(tmp_path / "journal.sqlite3"))
    codes = {"amr_01": "alarm.not_localized", "amr_02": "alarm.battery_low", "amr_03": "alarm.robot_offline"}
    told = [JournalEntry(t=1.0, kind="alarm_raised", robot=r, facts={"code": c}) for r, c in codes.items()]
    cleared = JournalEntry(t=2.0, kind="alarm_cleared", robot="amr_03", facts={"code": "alarm.robot_offline"})
    store.append([*told, cleared])
    store.close()
    assert stack_kills._alarmed(tmp_path / "journal.sqlite3") == {"amr_01"}


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


def journal() -> list[JournalEntry]:
    wish = OrderRequest(pick_place="D1", drop_place="A1", reference="W1", load_id="L1")
    kinds = ("order_created", "order_assigned", "order_picked", "order_done")
    facts: dict[str, Any] = {"order_created": facts_of(wish), "order_done": {"place": "A1"}}
    return [
        JournalEntry(t=float(i), kind=kind, order_id="T1", robot="amr_01", facts=facts.get(kind, {}))
        for i, kind in enumerate(kinds)
    ]


def test_each_goal_that_is_missed_fails_the_run(judge: TruthJudge) -> None:
    judge.picked, judge.dropped = Counter(["L1"]), Counter(["L1"])
    good = [KillOfOne("sim", 12.0), KillOfOne("fleet", 30.0), KillOfOne("sim", 59.0)]
    found = figures(good, judge, journal())
    assert passed(found), found
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
