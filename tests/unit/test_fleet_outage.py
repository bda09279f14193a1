"""The fleet while nothing can be written: what people see, what they are answered, and how it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.outbox import RETRY
from amr_fleet.requests import CreateOrder, SetPaused
from amr_fleet.service import SNAPSHOT_EVERY, STORAGE, FleetService
from tests.unit.test_fleet_service import WISH, Bench


class Failing(Bench):
    """A bench with a clock of its own, whose journal raises `error` while there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = 100.0
        self.error: AmrError | None = None
        self.tries = 0
        self.seen: dict[str, object] = {}  # what amr_01 reports besides
        self.service = FleetService(self.run.engine, self, self.send, steady=lambda: self.clock)
        self.step()

    def append(self, entries: Sequence[JournalEntry]) -> None:
        if self.error is not None and entries:
            raise self.error
        super().append(entries)

    def recover(self) -> None:
        self.tries += 1
        if self.error is not None:
            raise self.error

    def step(self) -> None:
        self.now = round(self.now + 0.1, 3)
        for robot in self.run.robots.values():
            report = robot.report()
            self.service.post(replace(report, **self.seen) if robot.name == "amr_01" else report)  # type: ignore[arg-type]
        self.service.advance(self.now)

    def fail(self, reason: str = "disk full") -> None:
        """Let a step find that nothing can be written."""
        self.error = AmrError("store.failed", reason=reason)
        self.ask(SetPaused(robots=("amr_02",), pause=True, user="lan"))
        self.step()


def alarms(bench: Bench) -> list[tuple[str, str, object, float, str, str]]:
    return [
        (a.alarm_id, a.reason.code, a.reason.facts.get("reason"), a.reason.since, a.robot, a.order_id)
        for a in bench.service.snapshot().alarms
    ]


def test_the_alarm_says_since_when_and_why_and_ends_when_it_is_over() -> None:
    bench = Failing()
    bench.fail()
    bench.step()
    began = bench.now
    assert alarms(bench) == [(STORAGE, "alarm.storage", "disk full", began, "", "")]
    bench.error = AmrError("store.failed", reason="x" * 300)
    bench.clock += 1.0
    bench.step()
    bench.step()
    assert alarms(bench) == [(STORAGE, "alarm.storage", "x" * 200, began, "", "")], "one alarm, the newest cause"
    bench.error = AmrError("store.failed")
    bench.clock += 1.0
    bench.step()
    bench.step()
    assert alarms(bench) == [(STORAGE, "alarm.storage", "", began, "", "")]
    bench.error = None
    bench.clock += 1.0
    bench.step()
    for _ in range(SNAPSHOT_EVERY):
        bench.step()
    assert STORAGE not in [a.alarm_id for a in bench.service.snapshot().alarms]
    assert bench.service.snapshot().ready


def test_other_alarms_stay_beside_it() -> None:
    bench = Failing()
    bench.seen = {"e_stop": "MANUAL"}
    for _ in range(20 * SNAPSHOT_EVERY):
        bench.step()
    others = {a.alarm_id for a in bench.service.snapshot().alarms}
    assert others, "an emergency stop is an alarm"
    bench.fail()
    bench.step()
    bench.step()
    assert {a.alarm_id for a in bench.service.snapshot().alarms} == others | {STORAGE}


def test_robots_are_shown_where_they_are_and_nothing_else_of_them_changes() -> None:
    bench = Failing()
    bench.fail()
    before = bench.service.snapshot()
    bench.seen = {"x": 11.0, "y": 12.0, "theta": 0.5, "v": 0.75, "soc": 0.5}
    bench.step()
    shown = bench.service.snapshot()
    assert shown.t == bench.now
    assert not shown.ready
    here = next(r for r in shown.robots if r.name == "amr_01")
    assert (here.x, here.y, here.theta, here.v, here.soc) == (11.0, 12.0, 0.5, 0.75, 0.5)
    assert replace(here, x=0, y=0, theta=0, v=0, soc=0) == replace(before.robots[0], x=0, y=0, theta=0, v=0, soc=0)
    assert [r.name for r in shown.robots] == [r.name for r in before.robots]


@pytest.mark.parametrize("kind", ["MANUAL", "REMOTE"])
def test_an_emergency_stop_that_was_reset_meanwhile_is_held_until_a_person_releases_it(kind: str) -> None:
    bench = Failing()
    bench.fail()
    for seen in (kind, kind, "NONE"):
        bench.seen = {"e_stop": seen}
        bench.step()
    bench.error = None
    bench.clock += RETRY
    bench.step()
    bench.step()
    assert [(e.robot, e.facts) for e in bench.journal if e.kind == "robot_stopped"] == [("amr_01", {"kind": kind})]
    report = bench.run.engine.world.robots["amr_01"].report
    assert report is not None
    assert report.e_stop == "NONE", "its newest word is the last that is heard"
    assert bench.run.engine.world.state.stopped == {"amr_01"}


def test_one_that_says_nothing_stays_where_it_was_seen() -> None:
    bench = Failing()
    before = bench.service.snapshot().robots
    bench.fail()
    bench.service.advance(bench.now + 0.1)
    assert [(r.name, r.x, r.y) for r in bench.service.snapshot().robots] == [(r.name, r.x, r.y) for r in before]


def test_what_is_asked_meanwhile_is_refused_with_the_newest_cause() -> None:
    bench = Failing()
    late = bench.ask(CreateOrder(order=WISH))  # in the mailbox, when the step before it finds the disk full
    bench.service.storage_failed(AmrError("store.failed", reason="disk full"))
    bench.error = AmrError("store.failed", reason="read only")
    assert not late.done()
    bench.step()
    assert isinstance(error := late.exception(0), AmrError)
    assert (error.code, error.facts["reason"]) == ("store.failed", "disk full")
    bench.clock += RETRY
    bench.step()
    assert isinstance(error := bench.ask(CreateOrder(order=WISH)).exception(0), AmrError)
    assert error.facts["reason"] == "read only"


def test_it_is_tried_again_after_a_while_and_not_at_each_step() -> None:
    bench = Failing()
    bench.fail()
    for _ in range(5):
        bench.step()
    assert bench.tries == 0
    bench.clock += RETRY - 0.01
    bench.step()
    assert bench.tries == 0
    bench.clock += 0.01
    bench.step()
    bench.step()
    assert bench.tries == 1, "the next try waits as long again"
    bench.clock += RETRY
    bench.step()
    assert bench.tries == 2
    bench.error = None
    bench.clock += RETRY
    bench.step()
    assert bench.tries == 3
    assert bench.service.condition().trouble is None
    assert [e.kind for e in bench.journal].count("robot_paused") == 1, "what the step had decided is written once"


def test_trouble_that_is_seen_twice_began_when_it_was_seen_first() -> None:
    bench = Failing()
    bench.error = AmrError("store.failed", reason="disk full")
    bench.service.storage_failed(bench.error)
    bench.clock += RETRY - 0.01
    bench.service.storage_failed(AmrError("store.failed", reason="read only"))
    bench.clock += 0.01
    bench.step()
    assert bench.tries == 1


def test_the_condition_names_the_trouble() -> None:
    bench = Failing()
    bench.clock += 2.0
    assert (bench.service.condition().step_age, bench.service.condition().trouble) == (2.0, None)
    bench.fail()
    assert (trouble := bench.service.condition().trouble) is not None
    assert (trouble.code, trouble.facts) == ("store.failed", {"reason": "disk full"})


@pytest.mark.parametrize("later", [False, True])
def test_a_journal_that_went_on_without_us_ends_the_fleet(later: bool) -> None:
    """Another fleet has taken over: nothing leaves, nobody waits for an answer, and no page says that all is well."""
    bench = Failing()
    if later:
        bench.fail()
        bench.clock += RETRY
    sent = list(bench.sent)
    waiting = bench.ask(CreateOrder(order=WISH)) if not later else None
    bench.error = AmrError("store.fenced")
    with pytest.raises(AmrError, match=r"store\.fenced"):
        bench.step()
    assert bench.sent == sent
    assert bench.service.snapshot().ready is False
    for future in [waiting] if waiting else []:
        assert future.exception(0) is bench.error
    assert bench.service.ask(CreateOrder(order=WISH)).exception(0) is bench.error


def test_an_engine_that_raises_answers_all_who_wait_and_takes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Failing()
    waiting = [bench.ask(CreateOrder(order=WISH)) for _ in range(2)]
    broken = AmrError("store.damaged")

    def step(*_: object) -> None:
        raise broken

    monkeypatch.setattr(bench.run.engine, "step", step)
    with pytest.raises(AmrError):
        bench.step()
    assert [future.exception(0) for future in waiting] == [broken, broken]
    assert bench.service.snapshot().ready is False
    assert bench.service.ask(CreateOrder(order=WISH)).exception(0) is broken
