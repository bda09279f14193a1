"""What people may do with robots, to the letter: who is moved, who is not, what the journal keeps, what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.vda5050 import InstantAction, RobotState
from amr_fleet import requests as c
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.domain.robot_requests import send_robot
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import OrderRequest, OrderView, Request
from amr_fleet.rehearsal import Rehearsal
from tests.tracks import tracks
from tests.unit.test_fleet_commands import do, until
from tests.unit.test_fleet_engine import create, rehearsal, state

NAME = "amr_01"


def refusal(run: Rehearsal, request: Request[Any]) -> tuple[str, dict[str, Any]]:
    result = run.engine.step(run.now, [Ask(1, request)]).replies[0].result
    assert isinstance(result, AmrError), result
    return result.code, dict(result.facts)


def say(run: Rehearsal, seconds: float = 0.1, **changes: Any) -> list[str]:
    """Let the robot report with these changes; return the instant actions that it gets for that."""
    run.now = round(run.now + seconds, 3)
    report: RobotState = replace(run.robots[NAME].report(), **changes)
    result = run.engine.step(run.now, [report])
    run.journal += result.entries
    return [m.action_type for m in result.commands if isinstance(m, InstantAction) and m.robot == NAME]


def told(run: Rehearsal, request: Request[Any]) -> list[str]:
    """Ask; return the instant actions that leave for it, with the robots' names."""
    run.now = round(run.now + 0.1, 3)
    result = run.engine.step(run.now, [Ask(1, request)])
    run.journal += result.entries
    assert not isinstance(result.replies[0].result, AmrError), result.replies[0].result
    return [f"{m.action_type} {m.robot}" for m in result.commands if isinstance(m, InstantAction)]


def last(run: Rehearsal, kind: str) -> JournalEntry:
    return next(e for e in reversed(run.journal) if e.kind == kind)


# Standing -------------------------------------------------------------------------------------------------------------


# Taken out of use -----------------------------------------------------------------------------------------------------


def test_a_robot_taken_out_under_way_gives_up_its_mission_and_its_space() -> None:
    run = rehearsal(1)
    run.robots[NAME].soc = 0.5
    run.step()
    do(run, c.SendRobot(robot=NAME, to="charge"))
    run.step()
    assert NAME in run.engine.world.state.missions
    run.robots[NAME].paused = True
    say(run, driving=False, paused=True)
    assert told(run, c.SetIntegration(robot=NAME, level="noticed", user="lan")) == ["cancelOrder amr_01"]
    assert NAME not in run.engine.world.state.missions
    assert last(run, "mission_ended").facts["why"] == "taken out"
    assert (last(run, "robot_integration").robot, last(run, "robot_integration").facts) == (
        NAME,
        {"level": "noticed", "user": "lan"},
    )
    robot = run.engine.world.robots[NAME]
    assert robot.report is not None, "noticed: it is still shown"
    say(run, base=(), driving=False)
    assert NAME not in run.engine.world.traffic.movers
    assert (robot.placed, robot.displaced, robot.remembered, robot.believed) == (False, None, 0, None)


def test_who_is_ignored_is_forgotten_and_who_comes_back_is_placed_anew() -> None:
    run = rehearsal(1)
    assert told(run, c.SetIntegration(robot=NAME, level="ignored")) == []
    assert run.engine.world.robots[NAME].report is None
    say(run)
    assert NAME not in run.engine.world.traffic.movers
    told(run, c.SetIntegration(robot=NAME, level="utilised"))
    say(run)
    assert NAME in run.engine.world.traffic.movers


def test_the_level_that_it_has_already_is_no_news() -> None:
    run = rehearsal(1)
    do(run, c.SetIntegration(robot=NAME, level="utilised"))
    assert not [e for e in run.journal if e.kind == "robot_integration"]
    do(run, c.SetIntegration(robot=NAME, level="respected"))
    do(run, c.SetIntegration(robot=NAME, level="respected"))
    assert len([e for e in run.journal if e.kind == "robot_integration"]) == 1
    assert NAME in run.engine.world.traffic.movers, "respected: it keeps its space"


def test_a_level_that_does_not_exist_is_refused_with_those_that_do() -> None:
    expected = {"where": "level", "reason": "ignored, noticed, respected, utilised"}
    assert refusal(rehearsal(1), c.SetIntegration(robot=NAME, level="Ignored")) == ("order.invalid", expected)  # type: ignore[arg-type]


# Sent away ------------------------------------------------------------------------------------------------------------


def test_a_robot_that_is_where_it_should_go_gets_no_mission() -> None:
    run = rehearsal(1)
    do(run, c.SendRobot(robot=NAME, to="park"))
    assert run.engine.world.state.missions == {}
    do(run, c.SendRobot(robot=NAME, to="charge"))
    run.step()
    mission = run.engine.world.state.missions[NAME]
    assert (mission.kind, run.engine.world.graph.node_index[mission.goal] in run.engine.world.chargers) == (
        "charge",
        True,
    )
    do(run, c.SendRobot(robot=NAME, to="charge"))
    assert run.engine.world.state.missions[NAME].mission_id == mission.mission_id


def test_on_its_way_home_it_is_turned_round_while_its_base_does_not_reach_there() -> None:
    cells = {f"n{k}": (k, 0) for k in range(8)}
    ends = [("parking", "P0", "n0"), ("station", "S", "n1"), ("charger", "C", "n7")]
    roadmap = tracks(cells, [(f"n{k}", f"n{k + 1}") for k in range(7)], ends)  # type: ignore[arg-type]
    run = Rehearsal(roadmap, [Unit(NAME, "lift_amr", "P0")], seed=1)
    run.step()
    missions = run.engine.world.state.missions
    do(run, c.SendRobot(robot=NAME, to="charge"))
    run.run(lambda _: False, 4.0)
    assert refusal(run, c.SendRobot(robot=NAME, to="park")) == ("robot.moving", {"robot": NAME})
    assert run.run(lambda r: r.robots[NAME].node == "C", 120.0)
    run.run(lambda _: False, 5.0)
    do(run, c.SendRobot(robot=NAME, to="park"))
    run.run(lambda _: False, 4.0)
    home = missions[NAME]
    assert (home.goal, home.kind) == ("P0", "park")
    do(run, c.SendRobot(robot=NAME, to="charge"))
    assert (missions[NAME].goal, missions[NAME].kind) == ("C", "charge")
    assert missions[NAME].mission_id == home.mission_id, "the same mission with another end"


def test_with_every_charger_taken_it_is_told_so() -> None:
    run = rehearsal(2)
    world = run.engine.world
    while free := [ch for ch in world.chargers if world.leaf_free(ch, NAME)]:
        mover = world.traffic.place(f"guest{free[0]}", free[0])
        mover.wall = True
        world.robots[f"guest{free[0]}"] = replace(world.robots["amr_02"], unit=world.robots["amr_02"].unit)
    assert refusal(run, c.SendRobot(robot=NAME, to="charge")) == ("robot.no_charger", {"robot": NAME})


def _is_left(names: list[str], taken: list[str], node: int, _robot: str) -> bool:
    return names[node] not in taken


def test_the_nearest_free_charger_that_it_can_reach_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = {**{f"n{k}": (k, 0) for k in range(8)}, "island": (0, 9)}
    ends = [("parking", "P0", "n0"), ("station", "S", "n1"), ("charger", "C0", "n7"), ("charger", "C1", "n3")]
    ends += [("charger", "C2", "island")]
    roadmap = tracks(cells, [(f"n{k}", f"n{k + 1}") for k in range(7)], ends)  # type: ignore[arg-type]
    for taken, chosen in (([], "C1"), (["C1"], "C0"), (["C1", "C0"], "")):
        run = Rehearsal(roadmap, [Unit(NAME, "lift_amr", "P0")], seed=1)
        run.step()
        world = run.engine.world
        monkeypatch.setattr(world, "leaf_free", partial(_is_left, world.graph.node_ids, taken))
        if chosen:
            do(run, c.SendRobot(robot=NAME, to="charge"))
            assert world.state.missions[NAME].goal == chosen
        else:
            assert refusal(run, c.SendRobot(robot=NAME, to="charge")) == ("robot.no_charger", {"robot": NAME})


def test_a_way_home_that_is_shut_is_told_with_where_it_leads() -> None:
    run = rehearsal(1)
    world = run.engine.world
    home = world.robots[NAME].home
    run.robots[NAME].soc = 0.5
    run.step()
    do(run, c.SendRobot(robot=NAME, to="charge"))
    assert run.run(lambda r: r.robots[NAME].node in {world.graph.node_ids[ch] for ch in world.chargers}, 300.0)
    run.run(lambda _: False, 5.0)
    world.traffic.place("guest", home).wall = True
    facts = {"robot": NAME, "node": world.graph.node_ids[home]}
    with pytest.raises(AmrError) as error:
        send_robot(world, c.SendRobot(robot=NAME, to="park"))
    assert (error.value.code, error.value.facts) == ("robot.no_way", facts)


@pytest.mark.parametrize(
    "wish",
    [
        c.SendRobot(robot="r" * 200, to="park"),
        c.SetIntegration(robot="r" * 200, level="ignored"),
        c.ReleaseRobot(robot="r" * 200, person="An"),
        c.Relocalise(robot="r" * 200, x=0.0, y=0.0, theta=0.0),
        c.DeliverLoad(robot="r" * 200, place="A1"),
        c.NoteService(robot="r" * 200, text="Thay dầu"),
        c.SetPaused(robots=("amr_01", "r" * 200), pause=True),
    ],
)
def test_a_robot_that_is_not_there_is_named_shortly(wish: Request[Any]) -> None:
    run = rehearsal(1)
    assert refusal(run, wish) == ("robot.not_found", {"robot": "r" * 128})
    assert not run.engine.world.state.paused, "all or nothing"


def test_who_has_an_order_is_not_sent_away_nor_given_another_load() -> None:
    run = rehearsal(1)
    order = create(run)
    until(run, order, "TO_PICK")
    facts = {"robot": NAME, "order_id": order.order_id}
    assert refusal(run, c.SendRobot(robot=NAME, to="park")) == ("robot.has_order", facts)
    assert refusal(run, c.SetIntegration(robot=NAME, level="noticed")) == ("robot.has_order", facts)
    assert refusal(run, c.DeliverLoad(robot=NAME, place="A1")) == ("robot.has_order", facts)


# Relocalised ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pose", [(math.nan, 0.0, 0.0), (0.0, math.inf, 0.0), (0.0, 0.0, -math.inf)])
def test_a_pose_that_is_no_place_is_refused(pose: tuple[float, float, float]) -> None:
    wish = c.Relocalise(robot=NAME, x=pose[0], y=pose[1], theta=pose[2])
    assert refusal(rehearsal(1), wish) == ("order.invalid", {"where": "pose", "reason": "not finite"})


def test_who_is_silent_is_not_relocalised_nor_sent_home() -> None:
    run = rehearsal(1)
    run.now += run.engine.world.settings.offline_after + 1.0
    wish = c.Relocalise(robot=NAME, x=0.0, y=0.0, theta=0.0)
    assert refusal(run, wish) == ("robot.unavailable", {"robot": NAME})
    assert refusal(run, c.SendRobot(robot=NAME, to="park")) == ("robot.unavailable", {"robot": NAME})
    run = rehearsal(1)
    run.engine.world.robots[NAME].report = None
    assert refusal(run, wish) == ("robot.unavailable", {"robot": NAME})


def test_the_journal_keeps_where_a_person_said_that_it_is() -> None:
    run = rehearsal(1)
    assert told(run, c.Relocalise(robot=NAME, x=1.5, y=-2.5, theta=0.25, user="lan")) == ["initPosition amr_01"]
    entry = last(run, "robot_relocalised")
    assert (entry.robot, entry.facts) == (NAME, {"x": 1.5, "y": -2.5, "theta": 0.25, "user": "lan"})
    assert run.engine.world.robots[NAME].told_pose == (1.5, -2.5, run.now)


# Loads that were left on board ----------------------------------------------------------------------------------------


def test_what_is_on_board_becomes_an_order_that_begins_where_it_was_taken() -> None:
    run = rehearsal(1)
    first = create(run, pick="D1", drop="A1")
    until(run, first, "PICKING")
    do(run, c.CancelOrder(order_id=first.order_id, mode="after_leg"))
    until(run, first, "CANCELLED")
    run.step()
    load = run.robots[NAME].loads[0]
    assert refusal(run, c.DeliverLoad(robot=NAME, place="N" * 200)) == ("order.unknown_place", {"place": "N" * 128})
    view = do(run, c.DeliverLoad(robot=NAME, place="B1", user="lan"))
    assert isinstance(view, OrderView)
    entries = [e for e in run.journal if e.order_id == view.order_id]
    assert [e.kind for e in entries][:3] == ["order_created", "order_assigned", "order_picked"]
    facts = entries[0].facts
    named = {k: facts[k] for k in ("pick_place", "drop_place", "load_id", "user", "rescue")}
    assert named == {"pick_place": "D1", "drop_place": "B1", "load_id": load, "user": "lan", "rescue": True}
    assert (entries[1].robot, entries[1].facts["station"]) == (NAME, "")
    assert (entries[2].robot, entries[2].facts["found_on_board"]) == (NAME, True)
    assert view.order_id == "T000002"
    until(run, view, "DONE")
    assert run.robots[NAME].dropped == [load]
    assert refusal(run, c.DeliverLoad(robot=NAME, place="B1")) == ("robot.no_load", {"robot": NAME})


def test_a_load_that_no_order_knows_starts_where_it_is_to_go() -> None:
    run = rehearsal(1)
    run.robots[NAME].loads.append("STRAY")
    run.robots[NAME].changed = True
    run.step()
    view = do(run, c.DeliverLoad(robot=NAME, place="B1"))
    assert isinstance(view, OrderView)
    request: OrderRequest = run.engine.world.state.orders[view.order_id].request
    assert (request.pick_place, request.drop_place, request.load_id) == ("B1", "B1", "STRAY")
    until(run, view, "DONE")


# Pauses ---------------------------------------------------------------------------------------------------------------


def test_pause_and_resume_are_said_again_to_who_does_not_follow() -> None:
    run = rehearsal(1)
    assert told(run, c.SetPaused(robots=(NAME,), pause=True)) == ["startPause amr_01"]
    again = [word for _ in range(20) for word in say(run, 0.5, paused=False)]
    assert set(again) == {"startPause"}
    assert 4 <= len(again) <= 6, "every resend_after, not with every report"
    assert [word for _ in range(8) for word in say(run, 0.5, paused=True)] == []
    assert told(run, c.SetPaused(robots=(NAME,), pause=False)) == ["stopPause amr_01"]
    again = [word for _ in range(40) for word in say(run, 0.5, paused=True)]
    assert set(again) == {"stopPause"}
    assert 3 <= len(again) <= 6, "for ten seconds: later a person at the robot may have paused it"


@pytest.mark.parametrize(("later", "again"), [(9.9, ["stopPause"]), (10.1, [])])
@pytest.mark.parametrize("stop", ["MANUAL", ""])
def test_the_word_to_go_on_is_said_again_for_ten_seconds_and_not_to_who_is_paused_later(
    later: float, again: list[str], stop: str
) -> None:
    run = rehearsal(1)
    if stop:
        say(run, e_stop=stop, paused=True)
        say(run, e_stop="", paused=True)  # a base that has no word for "none"
        assert told(run, c.ReleaseRobot(robot=NAME, person="An")) == ["stopPause amr_01"]
    else:
        say(run, paused=True)
        assert told(run, c.SetPaused(robots=(NAME,), pause=False)) == ["stopPause amr_01"]
    assert say(run, later, paused=True) == again


def test_a_pause_ends_the_repeated_word_to_go_on() -> None:
    run = rehearsal(1)
    say(run, paused=True)
    told(run, c.SetPaused(robots=(NAME,), pause=False))
    told(run, c.SetPaused(robots=(NAME,), pause=True))
    assert [word for _ in range(20) for word in say(run, 0.5, paused=True)] == []


def test_who_was_paused_at_the_robot_itself_goes_on_by_its_name_only_with_all_of_them_too() -> None:
    run = rehearsal(1)
    say(run, paused=True)
    assert told(run, c.SetPaused(pause=False)) == ["stopPause amr_01"], "it may have missed an earlier word"
    say(run, paused=False)
    assert told(run, c.SetPaused(pause=False)) == []
    assert told(run, c.SetPaused(robots=(NAME,), pause=False)) == ["stopPause amr_01"]


def test_a_pause_is_journaled_once_with_who_set_it_and_for_whom() -> None:
    run = rehearsal(2)
    for _ in range(2):
        told(run, c.SetPaused(pause=True, user="minh"))
    told(run, c.SetPaused(robots=(NAME,), pause=True, user="lan"))
    kept = [(e.robot, e.facts) for e in run.journal if e.kind == "robot_paused"]
    assert kept == [
        ("amr_01", {"user": "minh", "scope": "all"}),
        ("amr_02", {"user": "minh", "scope": "all"}),
        ("amr_01", {"user": "lan", "scope": "one"}),
    ]
    told(run, c.SetPaused(robots=(NAME,), pause=False, user="huy", instead_of=("minh", "lan")))
    kept = [(e.robot, e.facts) for e in run.journal if e.kind == "robot_resumed"]
    whose = {"one": "lan", "all": "minh"}
    assert kept == [("amr_01", {"user": "huy", "scope": s, "instead_of": name}) for s, name in whose.items()]


def test_a_silent_robot_is_not_talked_at() -> None:
    run = rehearsal(2)
    told(run, c.SetPaused(robots=("amr_02",), pause=True))
    run.robots["amr_02"].alive = False
    sent: list[str] = []
    for _ in range(60):
        run.now = round(run.now + 0.5, 3)
        result = run.engine.step(run.now, [run.robots[NAME].report()])
        sent += [m.robot for m in result.commands if isinstance(m, InstantAction) and m.action_type == "startPause"]
    limit = run.engine.world.settings.offline_after / run.engine.world.settings.resend_after
    assert 0 < sent.count("amr_02") <= limit + 1
    assert NAME not in sent


def test_a_robot_that_never_spoke_keeps_no_pause_from_the_others() -> None:
    """amr_01 is in the workshop; amr_02 missed its pause and has to hear it again."""
    run = rehearsal(2)
    told(run, c.SetIntegration(robot=NAME, level="ignored"))
    assert run.engine.world.robots[NAME].report is None
    told(run, c.SetPaused(robots=("amr_02",), pause=True))
    again = []
    for _ in range(6):
        run.now = round(run.now + 0.5, 3)
        result = run.engine.step(run.now, [replace(run.robots["amr_02"].report(), paused=False)])
        again += [(m.robot, m.action_type) for m in result.commands if isinstance(m, InstantAction)]
    assert ("amr_02", "startPause") in again


def test_after_every_request_the_fleet_looks_for_work_at_once() -> None:
    run = rehearsal(1)
    told(run, c.SetIntegration(robot=NAME, level="respected"))
    order = create(run)
    run.step()
    assert state(run, order) == "QUEUED"
    told(run, c.SetIntegration(robot=NAME, level="utilised"))
    assert state(run, order) == "ASSIGNED", "in the same step"
