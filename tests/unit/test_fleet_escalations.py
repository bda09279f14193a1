"""Who was told of alarms that nobody took, in the engine: one entry, of what still waits, and no rubbish."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amr_fleet.domain.orders import FleetState
from amr_fleet.escalation_requests import NoteEscalation
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.requests import AckAlarm
from tests.unit.test_fleet_commands import code, do
from tests.unit.test_fleet_engine import rehearsal

ASKED = NoteEscalation(alarms=("A1",), step=2, channel="mail", person="Lan")


def with_alarms(*robots: str) -> Rehearsal:
    """Return a fleet with an alarm A1, A2 ... about each of the robots."""
    run = rehearsal(2)
    for i, robot in enumerate(robots, 1):
        facts = {"alarm": f"A{i}", "code": "alarm.order_failed"}
        run.engine.world.emit("alarm_raised", robot=robot, facts=facts)
    return run


def kept(run: Rehearsal) -> list[tuple[str, object]]:
    return [(e.robot, e.facts["alarms"]) for e in run.journal if e.kind == "alarm_escalated"]


def test_who_is_told_is_journaled_and_changes_no_alarm() -> None:
    run = with_alarms("amr_01")
    do(run, ASKED)
    entry = next(e for e in run.journal if e.kind == "alarm_escalated")
    assert (entry.robot, entry.order_id) == ("amr_01", "")
    assert entry.facts == {"alarms": "A1", "step": 2, "channel": "mail", "person": "Lan"}
    live = run.engine.world.state.alarms
    assert (set(live.active), live.count, live.active["A1"].acked_by) == ({"A1"}, 1, "")
    assert FleetState.fold([entry]).alarms.count == 0


def test_what_was_taken_meanwhile_is_left_out_and_two_robots_are_none() -> None:
    run = with_alarms("amr_01", "amr_02", "amr_02")
    do(run, replace(ASKED, alarms=("A1", "A2", "A2", "A9")))
    run.engine.world.emit("alarm_acked", robot="amr_01", facts={"alarm": "A1", "code": "alarm.x", "user": "lan"})
    do(run, replace(ASKED, alarms=("A1", "A2", "A3")))
    assert kept(run) == [("", "A1 A2"), ("amr_02", "A2 A3")]


def test_nothing_is_written_once_all_is_taken() -> None:
    run = with_alarms("amr_01")
    do(run, AckAlarm(alarm_id="A1", user="lan"))
    for alarms in (("A1",), (), ("A7",)):
        assert code(run, replace(ASKED, alarms=alarms)) == "alarm.not_found"
    assert kept(run) == []


@pytest.mark.parametrize(
    "change",
    [{"step": 0}, {"step": 11}, {"channel": ""}, {"channel": "x" * 33}, {"person": "x" * 65}, {"person": "a\x00"}],
)
def test_rubbish_is_refused(change: dict[str, object]) -> None:
    run = with_alarms("amr_01")
    assert code(run, replace(ASKED, **change)) == "request.invalid"  # type: ignore[arg-type]
    assert kept(run) == []
