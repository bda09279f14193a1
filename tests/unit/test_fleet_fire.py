"""Fire alarm: robots leave the fire lanes and stop, doors are not held, a person ends it."""

from __future__ import annotations

import pytest

from amr_core.errors import AmrError
from amr_core.roadmap.doorways import distance
from amr_core.vda5050 import InstantAction
from amr_fleet.domain.events import Ask, FireGone, FireInput, JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.requests import EndFire, FireContactsOff, RaiseFire, SetPaused
from tests.unit.test_fleet_doors import ROADMAP, SOUTH, fleet, in_leaf, there_and_back

DOOR = ROADMAP.doors[0]
ON, OFF = FireInput("panel", on=True), FireInput("panel", on=False)


def answer(run: Rehearsal, request: object) -> object:
    result = run.engine.step(run.now, [Ask(99, request)])  # type: ignore[arg-type]
    run.journal += result.entries
    for command in result.commands:
        if isinstance(command, InstantAction):
            run.robots[command.robot].instant(command)
    return next(r.result for r in result.replies if r.token == 99)


def started_long_ago(run: Rehearsal) -> Rehearsal:
    """Start the fleet anew, and let what contacts' adapters have kept come."""
    run.restart_fleet()
    run.step()
    run.now += 31.0
    run.step()
    return run


def driving(robots: int = 4) -> Rehearsal:
    run = fleet(robots)
    run.create(there_and_back(robots))
    assert run.run(lambda r: sum(robot.edge is not None for robot in r.robots.values()) >= 2, 60.0)
    return run


def test_robots_stop_and_get_no_way_and_the_alarm_says_so() -> None:
    run = driving()
    run.step([ON])
    for _ in range(30):
        run.step()
    before = [r.report() for r in run.robots.values()]
    for _ in range(100):
        run.step()
    after = [r.report() for r in run.robots.values()]
    assert [(r.x, r.y) for r in after] == [(r.x, r.y) for r in before]
    snapshot = run.engine.snapshot()
    assert snapshot.fire is not None
    assert snapshot.fire.source == "panel"
    assert [a.reason.code for a in snapshot.alarms if a.reason.code == "alarm.fire"] == ["alarm.fire"]
    waiting = run.engine.world.robots["amr_01"].waiting
    assert waiting is not None
    assert waiting.code == "wait.fire"


def test_a_robot_in_the_doorway_drives_out_and_the_door_is_not_held() -> None:
    run = fleet()
    run.create(there_and_back(1))
    assert run.run(lambda r: bool(in_leaf(r, DOOR)), 600.0)
    told: list[bool] = []
    tell = run.doors[SOUTH].tell

    def listen(now: float, *, open_it: bool) -> None:
        told.append(open_it)
        tell(now, open_it=open_it)

    setattr(run.doors[SOUTH], "tell", listen)  # noqa: B010
    run.step([ON])
    for _ in range(300):
        run.step()
    report = run.robots["amr_01"].report()
    assert distance(DOOR, report.x, report.y) > 1.5
    assert report.paused
    assert True not in told
    assert run.doors[SOUTH].share == 0.0
    assert not run.engine.world.state.doors.leases[SOUTH]


def test_only_a_person_ends_it_and_not_while_the_contact_is_on() -> None:
    run = driving()
    assert isinstance(answer(run, EndFire(user="lan")), AmrError)
    run.step([ON])
    refused = answer(run, EndFire(user="lan"))
    assert isinstance(refused, AmrError)
    assert (refused.code, refused.facts["source"]) == ("fire.still_on", "panel")
    run.step([OFF])
    for _ in range(50):
        run.step()
    assert run.engine.world.fire
    assert all(r.paused for r in run.robots.values())
    assert answer(run, EndFire(user="lan")) is None
    assert not run.engine.world.fire
    assert run.run(lambda r: r.done, 3000.0)
    assert not run.engine.world.state.paused
    ended = next(e for e in run.journal if e.kind == "fire_ended")
    assert ended.facts["user"] == "lan"
    assert run.violations() == []


def test_it_survives_a_restart_and_nobody_resumes_a_robot_by_name_meanwhile() -> None:
    run = driving()
    raised = answer(run, RaiseFire(user="lan", text="smoke at D05"))
    assert getattr(raised, "text", "") == "smoke at D05"
    run.restart_fleet()
    for _ in range(40):
        run.step()
    assert run.engine.world.fire
    answer(run, SetPaused(robots=("amr_01",), pause=False, user="minh"))
    for _ in range(30):
        run.step()
    assert run.robots["amr_01"].paused
    run.create([OrderRequest(pick_place="D02", drop_place="D03")])
    for _ in range(50):
        run.step()
    assert all(r.edge is None or r.paused for r in run.robots.values())


def test_after_a_restart_nobody_ends_it_while_its_contact_is_on() -> None:
    """A contact that has not changed says nothing again."""
    run = driving()
    run.step([ON])
    run.restart_fleet()
    for _ in range(40):
        run.step()
    refused = answer(run, EndFire(user="lan"))
    assert isinstance(refused, AmrError)
    assert (refused.code, refused.facts["source"]) == ("fire.still_on", "panel")
    run.step([OFF])
    assert answer(run, EndFire(user="lan")) is None


def test_an_alarm_that_was_ended_leaves_no_contact_on_in_a_journal_that_does_not_say_when_it_went_off() -> None:
    """Journals written before `fire_input` know only that a contact raised the alarm, and that a person ended it."""
    raised = JournalEntry(t=1.0, kind="fire_raised", facts={"source": "panel", "user": "", "text": ""})
    ended = JournalEntry(t=2.0, kind="fire_ended", facts={"user": "lan"})
    state = FleetState.fold([raised, ended])
    assert (state.fire, state.fire_inputs) == (None, set())


@pytest.mark.parametrize("on", [True, False])
def test_each_contact_counts_over_a_restart_as_it_was_last(on: bool) -> None:
    run = driving()
    answer(run, RaiseFire(user="lan"))
    run.step([ON])
    run.step([ON])
    if not on:
        run.step([OFF])
        run.step([OFF])
    run.restart_fleet()
    for _ in range(40):
        run.step()
    said = [(e.facts["source"], e.facts["on"]) for e in run.journal if e.kind == "fire_input"]
    assert said == [("panel", True), ("panel", False)][: 1 if on else 2], "once a change"
    ended = answer(run, EndFire(user="lan"))
    assert (ended.code if isinstance(ended, AmrError) else ended) == ("fire.still_on" if on else None)


def test_a_second_alarm_changes_nothing_and_rubbish_is_refused() -> None:
    run = fleet()
    first = answer(run, RaiseFire(user="lan"))
    run.step([ON])
    assert run.engine.world.state.fire == first
    assert sum(e.kind == "fire_raised" for e in run.journal) == 1
    refused = answer(run, RaiseFire(user="lan", text="x" * 129))
    assert isinstance(refused, AmrError)
    assert refused.code == "request.invalid"
    run.step([FireInput("other", on=False)])
    assert run.engine.world.fire


@pytest.mark.parametrize("door", [door.id for door in ROADMAP.doors])
def test_doorways_are_fire_lanes(door: str) -> None:
    way = next(way for way in ROADMAP.doors if way.id == door)
    assert way.elements <= ROADMAP.fire_lanes


def test_a_person_says_that_a_contact_is_off_which_went_off_while_the_fleet_was_down() -> None:
    """It says nothing again: nobody could have ended the alarm before somebody had switched the contact anew."""
    run = driving()
    run.step([ON])
    unasked = answer(run, FireContactsOff(user="thu"))
    assert isinstance(unasked, AmrError)
    assert (unasked.code, unasked.facts["source"]) == ("fire.still_on", "panel"), "it has said itself that it is on"
    started_long_ago(run)
    assert isinstance(answer(run, EndFire(user="lan")), AmrError)
    assert answer(run, FireContactsOff(user="thu")) is None
    said = [dict(e.facts) for e in run.journal if e.kind == "fire_input"]
    assert said == [{"source": "panel", "on": False, "user": "thu"}]
    assert run.engine.world.fire, "that ends nothing: a person does"
    run.restart_fleet()
    assert answer(run, EndFire(user="lan")) is None


def test_a_contact_that_says_after_a_restart_that_it_is_on_is_on_whatever_people_say() -> None:
    run = driving()
    run.step([ON])
    run.restart_fleet()
    run.step([ON])
    refused = answer(run, FireContactsOff(user="thu"))
    assert isinstance(refused, AmrError)
    assert (refused.code, refused.facts["source"]) == ("fire.still_on", "panel")
    run.step([OFF])
    assert answer(run, EndFire(user="lan")) is None
    nothing = answer(run, FireContactsOff(user="thu"))
    assert isinstance(nothing, AmrError)
    assert nothing.code == "fire.none"


def test_a_contact_that_comes_on_again_after_a_persons_word_is_on() -> None:
    run = driving()
    run.step([ON])
    started_long_ago(run)
    assert answer(run, FireContactsOff(user="thu")) is None
    run.step([ON])
    refused = answer(run, EndFire(user="lan"))
    assert isinstance(refused, AmrError)
    assert refused.code == "fire.still_on"


def test_nobody_says_that_a_contact_is_off_before_what_its_adapter_kept_can_have_come() -> None:
    run = driving()
    run.step([ON])
    run.restart_fleet()
    run.step()
    early = answer(run, FireContactsOff(user="thu"))
    assert isinstance(early, AmrError)
    assert early.code == "fire.still_on"
    run.now += 31.0
    run.step()
    assert answer(run, FireContactsOff(user="thu")) is None


def test_a_person_says_that_a_contact_is_off_whose_adapter_has_died_since_it_said_on() -> None:
    """Nobody could end that alarm: it never says that it is off, and it had spoken."""
    run = started_long_ago(driving())
    run.step([ON])
    assert isinstance(answer(run, FireContactsOff(user="thu")), AmrError)
    run.step([FireGone("other")])
    assert isinstance(answer(run, FireContactsOff(user="thu")), AmrError)
    run.step([FireGone("panel")])
    assert isinstance(answer(run, EndFire(user="lan")), AmrError), "its silence ends nothing by itself"
    assert answer(run, FireContactsOff(user="thu")) is None
    assert answer(run, EndFire(user="lan")) is None
