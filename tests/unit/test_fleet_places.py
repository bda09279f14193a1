"""A robot that says it is where it cannot be: both places stay held until it is known where it is."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from amr_core.errors import Fact
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_core.vda5050 import NO_SCORE, ActionState, Order, RobotError, RobotState
from amr_fleet import requests as c
from amr_fleet.domain import messages
from amr_fleet.domain.events import Ask
from amr_fleet.domain.orders import FleetState
from amr_fleet.domain.places import JUMP_M, SURE_S, off_mask, space_at
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of

CALM = Behaviour(stop_rate=0.0, handling=4.0)


@pytest.fixture
def run() -> Rehearsal:
    """amr_01 under way on a lane, halfway along an edge; amr_02 in its bay."""
    site = load_site("lab")
    run = Rehearsal(build_roadmap(site), units_of(site, 2), seed=1, how=CALM)
    run.create([OrderRequest(pick_place=site.places[0].id, drop_place=site.places[1].id, robot="amr_01")])
    robot = run.robots["amr_01"]
    assert run.run(lambda r: robot.edge is not None and robot.along > 0.5 and far_from_home(r), 60.0)
    return run


def far_from_home(run: Rehearsal) -> bool:
    here, home = run.roadmap.nodes[run.robots["amr_01"].node], run.roadmap.nodes["P1"]
    return math.dist((here.x, here.y), (home.x, home.y)) > 3.0


def restarted_in(run: Rehearsal, node: str = "P1", **more: object) -> RobotState:
    """What a robot host says that was restarted and takes itself to be at a node."""
    at = run.roadmap.nodes[node]
    plain = RobotState(robot="amr_01", last_node_id=node, x=at.x, y=at.y, theta=at.theta or 0.0, soc=0.8)
    return replace(plain, **more)  # type: ignore[arg-type]


def say(run: Rehearsal, report: RobotState, seconds: float) -> int:
    """Let amr_01 say the same for some seconds, amr_02 goes on; return the mask that nobody else may get."""
    robot = run.robots["amr_01"]
    robot.mute = True
    for k in range(round(seconds / run.dt)):
        run.step([report] if k % 5 == 0 else [])
    return run.engine.world.traffic.movers["amr_01"].held


def told_lost(run: Rehearsal) -> dict[str, Fact]:
    """Return what the alarm about amr_01's place says now."""
    (alarm,) = [a for a in run.engine.snapshot().alarms if a.reason.code == "alarm.not_localized"]
    return dict(alarm.reason.facts)


def test_a_false_bay_frees_nothing_and_is_told(run: Rehearsal) -> None:
    """The fault: `robot_holds amr_01 "P1"`, and another robot was led through where it truly stood."""
    world = run.engine.world
    before = world.traffic.movers["amr_01"].held
    assert before
    held = say(run, restarted_in(run, score=0.7), 60.0)
    assert held & before == before
    assert held & space_at(world.graph, *world.graph.xy[world.graph.node_index["P1"]])
    assert not world.available(world.robots["amr_01"])
    view = next(r for r in run.engine.snapshot().robots if r.name == "amr_01")
    assert not view.localized
    assert "alarm.not_localized" in {a.code for a in world.state.alarms.active.values()}
    assert [e.kind for e in run.journal].count("robot_displaced") == 1


def test_it_gets_no_grants_meanwhile_and_others_none_into_either_place(run: Rehearsal) -> None:
    world = run.engine.world
    mover = world.traffic.movers["amr_01"]
    granted = mover.granted
    say(run, restarted_in(run, score=0.7), 5.0)
    kept = mover.kept
    for _ in range(400):
        run.step([restarted_in(run, score=0.7)] if _ % 5 == 0 else [])
        assert not world.graph.exclusion(kept) & world.traffic.movers["amr_02"].held
    assert mover.granted == granted


def test_a_pose_that_was_sure_for_long_enough_settles_it(run: Rehearsal) -> None:
    world = run.engine.world
    before = world.traffic.movers["amr_01"].held
    assert say(run, restarted_in(run), SURE_S - 1.0) & before == before
    say(run, restarted_in(run, localized=False), 1.0)
    assert say(run, restarted_in(run), SURE_S - 1.0) & before == before, "it began anew"
    say(run, restarted_in(run), 2.0)
    assert not world.traffic.movers["amr_01"].kept
    assert [e.facts["how"] for e in run.journal if e.kind == "robot_found"] == ["sure"]


def test_a_pose_without_a_score_is_never_sure_by_itself(run: Rehearsal) -> None:
    """A robot of another maker that came back 9 m off and "localised" freed the place where it truly stood."""
    before = run.engine.world.traffic.movers["amr_01"].held
    at = run.roadmap.nodes["P1"]
    say(run, restarted_in(run, localized=False), 10.0)
    assert told_lost(run) == {"robot": "amr_01"}, "it does not know where it is"
    assert say(run, restarted_in(run, score=NO_SCORE), 3 * SURE_S) & before == before
    elsewhere = {"robot": "amr_01", "x": round(at.x), "y": round(at.y)}
    assert told_lost(run) == elsewhere, "who reads that need not wonder where it may be"
    waiting = run.engine.world.robots["amr_01"].waiting
    assert (waiting and waiting.facts) == elsewhere
    run.step([Ask(1, c.Relocalise(robot="amr_01", x=at.x, y=at.y, theta=0.0))])
    say(run, restarted_in(run, score=NO_SCORE), 2.0)
    assert [e.facts["how"] for e in run.journal if e.kind == "robot_found"] == ["person"]


def test_a_return_to_the_old_place_lets_go_of_the_other(run: Rehearsal) -> None:
    world, truth = run.engine.world, run.robots["amr_01"].report()
    say(run, restarted_in(run, score=0.7), 5.0)
    say(run, restarted_in(run, x=truth.x, y=truth.y, last_node_id=truth.last_node_id, score=0.7), 2.0)
    assert [e.facts["how"] for e in run.journal if e.kind == "robot_found"] == ["returned"]
    assert not world.traffic.movers["amr_01"].kept
    assert not world.traffic.movers["amr_01"].held & world.graph.mask(["P1"])


def test_a_person_who_relocalised_it_settles_it_at_once(run: Rehearsal) -> None:
    at = run.roadmap.nodes["P1"]
    say(run, restarted_in(run, score=0.5), 2.0)
    run.step([Ask(1, c.Relocalise(robot="amr_01", x=at.x, y=at.y, theta=0.0, user="binh"))])
    say(run, restarted_in(run, score=0.5), 1.0)
    assert [e.facts["how"] for e in run.journal if e.kind == "robot_found"] == ["person"]


def test_a_robot_found_on_its_lane_is_led_on(run: Rehearsal) -> None:
    """Restarted where it was: its order is gone, its place is held while it is unsure, then it is sent on."""
    world, truth = run.engine.world, run.robots["amr_01"].report()
    before = world.traffic.movers["amr_01"].held
    unsure = RobotState(robot="amr_01", localized=False, score=0.0, soc=0.8)
    assert say(run, unsure, 10.0) & before == before
    found = restarted_in(run, x=truth.x, y=truth.y, last_node_id=truth.last_node_id)
    say(run, found, 3.0)
    mover = world.traffic.movers["amr_01"]
    assert "robot_displaced" not in {e.kind for e in run.journal}
    assert mover.edges
    assert world.state.missions["amr_01"].mission_id != "M000001"
    assert mover.held & space_at(world.graph, truth.x, truth.y)


def test_both_places_stay_held_over_a_restart_of_the_fleet(run: Rehearsal) -> None:
    before = run.engine.world.traffic.movers["amr_01"].held
    say(run, restarted_in(run, score=0.7), 5.0)
    run.restart_fleet()
    assert FleetState.fold(run.journal).displaced == {"amr_01"}
    assert say(run, restarted_in(run, score=0.7), 30.0) & before == before
    assert not run.engine.world.available(run.engine.world.robots["amr_01"])


def test_a_jump_while_the_fleet_was_away_is_noticed(run: Rehearsal) -> None:
    before = run.engine.world.traffic.movers["amr_01"].held
    run.robots["amr_01"].mute = True
    run.restart_fleet()
    assert say(run, restarted_in(run, score=0.7), 30.0) & before == before


def test_a_displaced_robot_is_sent_no_order_and_no_order_acts_anywhere_but_at_its_goal(
    run: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault: fleet and robot were killed at once, and the robot was told to put its load down on a lane.

    The fleet had its place as a route of one node, and sent the mission of the journal along it, action and all.
    """
    sent = list[Order]()
    original = messages.order_message

    def order_message(*given: Any) -> Order:
        sent.append(original(*given))
        return sent[-1]

    monkeypatch.setattr(messages, "order_message", order_message)
    goal = run.engine.world.state.missions["amr_01"].goal
    run.robots["amr_01"].mute = True
    run.restart_fleet()
    say(run, restarted_in(run, score=0.7), 5.0)
    assert run.engine.world.state.missions["amr_01"].action_id, "it has something to do, elsewhere"
    assert not [order for order in sent if order.robot == "amr_01"]
    say(run, restarted_in(run), SURE_S + 5.0)
    ours = [order for order in sent if order.robot == "amr_01"]
    assert ours, "found, it is led on"
    for order in sent:
        assert all(node.node_id == goal for node in order.nodes if node.actions and order.robot == "amr_01")


@pytest.mark.parametrize("taken", [False, True], ids=["order_never_arrived", "robot_has_the_load"])
def test_an_order_of_a_lost_robot_that_does_not_have_it_is_free_for_others(*, taken: bool) -> None:
    """The fleet was killed between deciding and sending; a robot without a score is lost until a person comes."""
    site = load_site("cai_cui")
    run = Rehearsal(build_roadmap(site), units_of(site, 2), seed=1, how=CALM)
    run.run(lambda _: False, 3.0)
    run.robots["amr_01"].mute = run.robots["amr_02"].mute = True
    run.create([OrderRequest(pick_place=site.places[0].id, drop_place=site.places[1].id, load_id="box")])
    run.step([])
    order = next(e.order_id for e in run.journal if e.kind == "order_created")
    name = next(e.robot for e in run.journal if e.kind == "order_assigned")
    other = {"amr_01": "amr_02", "amr_02": "amr_01"}[name]
    lost = replace(run.robots[name].report(), score=NO_SCORE, loads=("box",) if taken else ())
    run.robots[other].mute = False
    run.restart_fleet()
    world = run.engine.world
    for k in range(round(3.0 * world.settings.requeue_after / run.dt)):
        run.step([lost] if k % 5 == 0 else [])
    assert world.robots[name].lost
    kept = world.state.orders[order]
    assert (kept.robot, kept.state) == ((name, "ASSIGNED") if taken else ("", "QUEUED"))
    assert [e.facts["why"] for e in run.journal if e.kind == "mission_ended"][:1] == ([] if taken else ["robot lost"])


@pytest.mark.parametrize("well", [False, True], ids=["off its route", "brought back"])
def test_an_order_that_a_robot_in_error_was_called_off_is_not_sent_to_it_again_and_again(*, well: bool) -> None:
    """It was pushed far off: the order was sent to it anew each minute, and failed with the third time."""
    site = load_site("cai_cui")
    run = Rehearsal(build_roadmap(site), units_of(site, 2), seed=1, how=CALM, watch=False)
    run.run(lambda _: False, 3.0)
    run.create([OrderRequest(pick_place=site.places[0].id, drop_place=site.places[1].id)])
    world = run.engine.world
    order = next(e.order_id for e in run.journal if e.kind == "order_created")
    assert run.run(lambda r: world.state.orders[order].state == "TO_PICK", 60.0)
    name = world.state.orders[order].robot
    run.run(lambda _: False, 3.0)
    report, run.robots[name].mute = run.robots[name].report(), True
    off = (RobotError("nav.off_route", "FATAL", {"node": report.last_node_id, "metres": 4.0}),)
    stuck = replace(report, errors=off, driving=False, v=0.0)

    def say_it(told: RobotState, seconds: float) -> None:
        for k in range(round(seconds / run.dt)):
            run.step([told] if k % 5 == 0 else [])

    say_it(stuck, world.settings.give_up_after + 3.0)
    mission = world.state.missions[name]
    assert world.robots[name].called_off == mission.mission_id
    failed = ActionState(mission.action_id, "pick", "FAILED", "cancelled")
    idle = replace(stuck, base=(), actions=(failed,), errors=() if well else off)
    say_it(idle, world.settings.requeue_after + 10.0)
    begun = [e for e in run.journal if e.kind == "mission_started" and e.robot == name and e.order_id == order]
    assert len(begun) == 1 + well
    assert (world.state.orders[order].robot == name) == well, "another robot has it, or will"
    assert "order_failed" not in {e.kind for e in run.journal}


def test_a_route_that_ends_short_of_the_goal_carries_no_action(run: Rehearsal) -> None:
    world = run.engine.world
    robot, mission, mover = world.robots["amr_01"], world.state.missions["amr_01"], world.traffic.movers["amr_01"]
    assert messages.order_message(world, robot, mission, mover).nodes[-1].actions
    mover.set_tail([])
    assert world.graph.node_ids[mover.end] != mission.goal
    assert not any(node.actions for node in messages.order_message(world, robot, mission, mover).nodes)


@pytest.mark.parametrize("first", [False, True], ids=["the_other_spoke_before", "the_other_speaks_after"])
def test_what_it_held_before_the_fleet_was_killed_may_be_anothers_since_and_is_no_fault(
    run: Rehearsal, *, first: bool
) -> None:
    """The journal is behind: it may say that a robot holds what it has passed, and what another was granted since."""
    theirs = run.engine.world.traffic.movers["amr_02"].held
    run.robots["amr_01"].mute = run.robots["amr_02"].mute = True
    run.restart_fleet()
    world = run.engine.world
    world.robots["amr_01"].remembered |= theirs
    run.robots["amr_02"].mute = first
    say(run, restarted_in(run, score=0.7), 3.0)
    run.robots["amr_02"].mute, run.robots["amr_02"].changed = False, True
    held = say(run, restarted_in(run, score=0.7), 3.0)
    assert world.robots["amr_01"].displaced is not None
    assert held & theirs == theirs, "it may be anywhere of it all the same"
    assert "amr_02" in world.traffic.movers
    assert run.held_violations == 0


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_a_pose_that_is_no_number_is_no_place(run: Rehearsal, x: float) -> None:
    before = run.engine.world.traffic.movers["amr_01"].held
    assert say(run, restarted_in(run, x=x), 5.0) & before == before


def test_a_robot_that_is_pushed_step_by_step_holds_where_it_stands(run: Rehearsal) -> None:
    """Each step is small enough to be believed, and its last node stays the old one: others drove into it."""
    world, graph = run.engine.world, run.engine.world.graph
    report, run.robots["amr_02"].mute = run.robots["amr_02"].report(), True
    far = [n for n in range(graph.n_nodes) if math.dist(graph.xy[n], (report.x, report.y)) > 3.0 and not graph.leaf[n]]
    goal = graph.xy[far[0]]
    steps = math.ceil(math.dist(goal, (report.x, report.y)) / 0.4)
    for k in range(1, steps + 1):
        x, y = (a + k / steps * (b - a) for a, b in zip((report.x, report.y), goal, strict=True))
        run.step([replace(report, x=x, y=y)])
        held = world.traffic.movers["amr_02"].held
        assert off_mask(graph, held, (x, y)) <= 0.5 or not space_at(graph, x, y) & ~held, (x, y)
    assert not any(e.kind == "robot_displaced" and e.robot == "amr_02" for e in run.journal)
    mover, since = world.traffic.movers["amr_02"], world.robots["amr_02"].idle_since
    run.step([replace(report, x=goal[0], y=goal[1])])
    assert world.traffic.movers["amr_02"] is mover, "it stands: its route is kept"
    assert world.robots["amr_02"].idle_since == since


def test_small_corrections_are_no_jump(run: Rehearsal) -> None:
    truth = run.robots["amr_01"].report()
    say(run, restarted_in(run, x=truth.x + 0.8 * JUMP_M, y=truth.y, last_node_id=truth.last_node_id), 5.0)
    assert "robot_displaced" not in {e.kind for e in run.journal}


def test_where_it_says_that_it_is_among_others_is_held_and_no_fault_of_what_was_granted(run: Rehearsal) -> None:
    """amr_02 stands in its bay when amr_01 says that it is there, too: both stay held, nobody was granted it twice."""
    world = run.engine.world
    say(run, restarted_in(run, "P2"), 5.0)
    lost, there = world.traffic.movers["amr_01"], world.traffic.movers["amr_02"]
    assert world.graph.exclusion(lost.held) & there.held
    assert world.traffic.violations() == []
    there.held |= lost.held & ~lost.guessed
    assert world.traffic.violations() == [("amr_01", "amr_02")], "what it held before is still its own"
