"""Robots in an emergency stop: held, never told to resume, released by a person with a name."""

from __future__ import annotations

from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.robots import STANDSTILL
from amr_fleet import requests as c
from amr_fleet.domain.events import Ask
from amr_fleet.domain.orders import FleetState
from amr_fleet.ports import Request
from tests.unit.test_fleet_engine import rehearsal
from tests.unit.test_fleet_robot_requests import NAME, last, refusal, say, told

E_STOPS = ("AUTOACK", "MANUAL", "REMOTE")


@pytest.mark.parametrize("kind", ["MANUAL", "REMOTE"])
def test_a_robot_in_an_emergency_stop_is_held_again_and_again_and_never_told_to_resume(kind: str) -> None:
    """Design, section 6: no software clears it. The robot answers nothing here, the fleet repeats itself."""
    run = rehearsal(1)
    assert say(run, e_stop=kind) == ["startPause"]
    sent: list[str] = []
    for _ in range(40):
        sent += say(run, 0.5, e_stop=kind)
    assert set(sent) == {"startPause"}
    assert len(sent) >= 5
    for robots in ((), (NAME,)):
        assert told(run, c.SetPaused(robots=robots, pause=True)) == ["startPause amr_01"]
        assert told(run, c.SetPaused(robots=robots, pause=False)) == []
    sent = [word for _ in range(20) for word in say(run, 0.5, e_stop="NONE", paused=True)]
    assert sent == [], "its button was reset: nobody has looked yet"
    assert [word for _ in range(20) for word in say(run, 0.5, e_stop="NONE", paused=False)][:1] == ["startPause"]
    assert refusal(run, c.SendRobot(robot=NAME, to="charge")) == ("robot.unavailable", {"robot": NAME})


@pytest.mark.parametrize("kind", E_STOPS)
def test_nobody_releases_a_robot_whose_button_is_still_pressed(kind: str) -> None:
    run = rehearsal(1)
    say(run, e_stop=kind)
    wish = c.ReleaseRobot(robot=NAME, person="An")
    assert refusal(run, wish) == ("robot.e_stop_active", {"robot": NAME, "kind": kind})
    assert ("robot_released" in [e.kind for e in run.journal]) is False


def test_a_stop_that_clears_itself_needs_nobody() -> None:
    run = rehearsal(1)
    assert say(run, e_stop="AUTOACK") == []
    assert run.engine.world.state.stopped == set()


def test_after_the_release_it_is_told_to_resume_until_it_does() -> None:
    run = rehearsal(1)
    say(run, e_stop="MANUAL", paused=True)
    say(run, e_stop="NONE", paused=True)
    assert told(run, c.ReleaseRobot(robot=NAME, person=" Nguyễn Văn An ", user="tablet")) == ["stopPause amr_01"]
    entry = last(run, "robot_released")
    assert (entry.robot, entry.facts) == (NAME, {"person": "Nguyễn Văn An", "user": "tablet"})
    again = [word for _ in range(8) for word in say(run, 1.0, paused=True)]
    assert 2 <= again.count("stopPause") == len(again), "one word may be lost on the way"
    assert [word for _ in range(8) for word in say(run, 1.0, paused=True)].count("stopPause") <= 1, "it was heard"
    assert told(run, c.ReleaseRobot(robot=NAME, person="An")) == [], "nothing to release any more"
    assert FleetState.fold(run.journal).stopped == set()


@pytest.mark.parametrize("button", ["MANUAL", "NONE"])
def test_a_button_that_is_hit_just_after_a_release_takes_the_word_to_go_on_back(button: str) -> None:
    """Else it is told to hold and to go on in turns, and drives off as soon as the button is reset."""
    run = rehearsal(1)
    say(run, e_stop="MANUAL", paused=True)
    say(run, e_stop="NONE", paused=True)
    assert told(run, c.ReleaseRobot(robot=NAME, person="An")) == ["stopPause amr_01"]
    assert say(run, 1.0, e_stop="REMOTE", paused=False) == ["startPause"]
    assert [word for _ in range(8) for word in say(run, 1.0, e_stop=button, paused=True)] == []
    assert run.engine.world.state.stopped == {NAME}


def test_the_release_of_a_robot_that_somebody_paused_does_not_send_it_on() -> None:
    run = rehearsal(1)
    say(run, e_stop="MANUAL")
    say(run, e_stop="NONE", paused=True)
    told(run, c.SetPaused(robots=(NAME,), pause=True, user="lan"))
    assert told(run, c.ReleaseRobot(robot=NAME, person="An")) == []
    assert [word for _ in range(10) for word in say(run, 1.0, paused=True)] == []
    assert told(run, c.SetPaused(robots=(NAME,), pause=False, user="lan")) == ["stopPause amr_01"]


@pytest.mark.parametrize("person", ["", " ", "A", " A ", "x" * 65, "An\n", "An\tBình", "An\x00"])
def test_who_releases_has_a_name(person: str) -> None:
    run = rehearsal(1)
    say(run, e_stop="MANUAL")
    say(run)
    if person.strip() != "An":
        expected = ("order.invalid", {"where": "person", "reason": "2 to 64 characters"})
        assert refusal(run, c.ReleaseRobot(robot=NAME, person=person)) == expected


@pytest.mark.parametrize("person", ["An", "x" * 64])
def test_the_shortest_and_the_longest_name_are_names(person: str) -> None:
    run = rehearsal(1)
    say(run, e_stop="MANUAL")
    say(run)
    assert told(run, c.ReleaseRobot(robot=NAME, person=person)) == ["stopPause amr_01"]


@pytest.mark.parametrize(
    ("v", "driving", "moves"),
    [
        (0.0, False, False),
        (STANDSTILL, False, False),
        (-STANDSTILL, False, False),
        (STANDSTILL + 0.01, False, True),
        (-STANDSTILL - 0.01, False, True),
        (-0.5, False, True),
        (0.0, True, True),
    ],
)
def test_a_robot_that_rolls_backwards_does_not_stand(v: float, driving: bool, moves: bool) -> None:
    run = rehearsal(1)
    say(run, v=v, driving=driving)
    wishes: list[Request[Any]] = [
        c.Relocalise(robot=NAME, x=1.0, y=1.0, theta=0.0),
        c.SetIntegration(robot=NAME, level="noticed"),
    ]
    for wish in wishes:
        result = run.engine.step(run.now, [Ask(1, wish)]).replies[0].result
        code = result.code if isinstance(result, AmrError) else ""
        assert code == ("robot.moving" if moves else "")


def test_a_robot_that_never_reported_counts_as_standing() -> None:
    run = rehearsal(1)
    run.engine.world.robots[NAME].report = None
    assert not run.engine.world.robots[NAME].moving
