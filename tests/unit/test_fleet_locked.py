"""Robots that are locked in, in parts: which are looked at, where they are led, what the journal says of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain import recovery
from amr_fleet.domain.events import Ask, Reply
from amr_fleet.domain.requests import handle
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal
from tests.tracks import tracks
from tests.unit.test_fleet_engine import rehearsal


def hall(robots: int = 2, spare: int = 2) -> Rehearsal:
    """A single track n0..n7, robots' bays at n0, spare bays at n1, n2, .., station R at n7 and L at n0."""
    cells = {f"n{k}": (k, 0) for k in range(8)}
    joined = [(f"n{k}", f"n{k + 1}") for k in range(7)]
    ends = [("parking", f"P{k}", "n0") for k in range(robots)] + [
        ("parking", f"X{k}", f"n{k + 1}") for k in range(spare)
    ]
    ends += [("station", "L", "n0"), ("station", "R", "n7")]
    units = [Unit(f"r{k}", "lift_amr", f"P{k}") for k in range(robots)]
    run = Rehearsal(tracks(cells, joined, ends), units, seed=1, how=Behaviour(stop_rate=0.0), dt=0.25)  # type: ignore[arg-type]
    run.step()
    return run


def head_on(run: Rehearsal) -> None:
    """r0 drives to R; r1 is put down on n7 with its way back through r0: neither can finish."""
    run.create([OrderRequest(pick_place="LR", drop_place="LL")])
    assert run.run(lambda r: r.robots["r0"].node == "n2", 60.0)
    traffic, graph = run.engine.world.traffic, run.engine.world.graph
    mover = traffic.place("r1", graph.node_index["n7"])
    mover.set_tail(graph.path(mover.end, graph.node_index["P1"], graph.seconds) or [])
    run.engine.world.robots["r1"].placed = True


def test_the_free_leaves_that_it_can_reach_come_nearest_first_and_no_more_than_twelve() -> None:
    run = hall(spare=4)
    world = run.engine.world
    names = [world.graph.node_ids[n] for n in recovery._leaves(world, world.robots["r0"])]
    assert set(names[:2]) == {"P0", "L"}
    assert names[2:] == ["X0", "X1", "X2", "X3", "R"], "P1 is taken"
    many = Rehearsal(
        tracks({"a": (0, 0), "b": (1, 0)}, [("a", "b")], [("parking", f"P{k}", "a") for k in range(20)]),
        [Unit("r0", "lift_amr", "P0")],
        seed=1,
    )
    many.step()
    assert len(recovery._leaves(many.engine.world, many.engine.world.robots["r0"])) == 12


def test_a_leaf_without_a_way_is_none() -> None:
    roadmap = tracks(
        {"a": (0, 0), "b": (9, 0)}, [], [("parking", "P0", "a"), ("parking", "X", "b"), ("parking", "Y", "a")]
    )
    run = Rehearsal(roadmap, [Unit("r0", "lift_amr", "P0")], seed=1)
    run.step()
    world = run.engine.world
    assert [world.graph.node_ids[n] for n in recovery._leaves(world, world.robots["r0"])] == ["P0", "Y"]


def test_who_can_finish_is_not_locked_in_and_stays_where_it_is() -> None:
    run = hall()
    recovery.recover(run.engine.world)
    assert run.engine.world.traffic.locked == frozenset()
    assert not [e for e in run.journal if e.kind == "robot_led_out"]


def test_one_of_two_that_have_each_other_s_way_is_led_to_the_nearest_leaf_and_its_order_waits() -> None:
    run = hall()
    head_on(run)
    world = run.engine.world
    assert recovery._locked(world) == {"r0", "r1"}
    world.entries = []
    recovery.recover(world)
    told = [
        (e.kind, e.robot, e.order_id, e.facts) for e in world.entries if e.kind in ("robot_led_out", "order_requeued")
    ]
    kind, robot, _, facts = told[0]
    assert (kind, robot) == ("robot_led_out", "r0")
    goal = str(facts["goal"])
    assert world.graph.node_ids[world.traffic.movers["r0"].goal] == goal
    assert goal.startswith(("X", "P0", "L"))
    assert [t[:3] for t in told[1:]] == [("order_requeued", "r0", "T000001")]
    assert world.traffic.locked == frozenset()
    assert world.state.missions["r0"].kind == "park"


def test_an_order_that_is_being_cancelled_ends_when_its_robot_is_led_out() -> None:
    run = hall()
    head_on(run)
    world = run.engine.world
    world.emit("order_cancelling", order_id="T000001", robot="r0", user="anh")
    world.entries = []
    recovery.recover(world)
    told = [(e.kind, e.robot, e.order_id) for e in world.entries if e.kind.startswith("order_")]
    assert told == [("order_cancelled", "r0", "T000001")]


@pytest.mark.parametrize("away", ["paused", "silent"])
def test_who_cannot_drive_is_not_led_out_but_the_other_is(away: str) -> None:
    run = hall()
    head_on(run)
    world = run.engine.world
    robot = world.robots["r0"]
    assert robot.report is not None
    if away == "paused":
        robot.report = replace(robot.report, paused=True)
    else:
        robot.seen = -99.0
    world.entries = []
    recovery.recover(world)
    assert {e.robot for e in world.entries if e.kind == "robot_led_out"} == {"r1"}


def test_who_has_no_mission_and_is_not_settled_is_left_alone() -> None:
    run = hall()
    head_on(run)
    world = run.engine.world
    world.state.missions.pop("r0")
    assert not world.robots["r0"].settled
    world.entries = []
    recovery.recover(world)
    assert "r0" not in {e.robot for e in world.entries if e.kind == "robot_led_out"}


class _Unheard:
    """Not on the list."""


def test_a_request_that_is_not_on_the_list_is_named_in_its_refusal_and_answered_under_its_token() -> None:
    run = rehearsal(1)
    world = run.engine.world
    world.replies = []
    request: Any = _Unheard()
    handle(world, Ask(41, request))
    (reply,) = world.replies
    assert isinstance(reply, Reply)
    assert reply.token == 41
    assert isinstance(reply.result, AmrError)
    assert (reply.result.code, reply.result.facts) == ("request.invalid", {"where": "type", "reason": "_Unheard"})
