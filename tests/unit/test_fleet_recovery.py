"""Robots that were called off under way keep their place in the order of passage; robots that are locked in get out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amr_core.roadmap import Roadmap
from amr_core.vda5050 import ActionState, RobotError
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal
from amr_fleet.rehearsal.kinematic import KinematicRobot
from tests.tracks import tracks

CALM = Behaviour(stop_rate=0.0, handling=4.0)


def line() -> Roadmap:
    """P0, P1 and the left station at the left end of a single track, the right station at its right end."""
    cells = {f"n{k}": (k, 0) for k in range(8)}
    joined = [(f"n{k}", f"n{k + 1}") for k in range(7)]
    ends = [("parking", "P0", "n0"), ("parking", "P1", "n0"), ("station", "L", "n0"), ("station", "R", "n7")]
    return tracks(cells, joined, ends)  # type: ignore[arg-type]


def two_robots() -> Rehearsal:
    return Rehearsal(line(), [Unit("r0", "lift_amr", "P0"), Unit("r1", "lift_amr", "P1")], seed=1, how=CALM, dt=0.25)


def ended(run: Rehearsal, robot: str) -> int:
    return sum(e.kind == "mission_ended" and e.robot == robot for e in run.journal)


def test_a_robot_called_off_under_way_keeps_its_route_and_its_leaf() -> None:
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL")])
    driver = run.robots["r0"]
    assert run.run(lambda r: driver.node == "n3", 60.0)
    driver.broken = driver.changed = True
    run.run(lambda r: False, 65.0)
    mover, world = run.engine.world.traffic.movers["r0"], run.engine.world
    driver.broken, driver.changed = False, True
    assert run.run(lambda r: ended(r, "r0") == 1, 10.0), "it was called off"
    assert world.graph.node_ids[mover.goal] in ("R", "P0")
    assert not world.leaf_free(mover.goal, "r1")
    assert world.traffic.safety().has("r0")
    assert run.run(lambda r: r.done, 400.0)
    assert run.violations() == []


def test_two_robots_head_on_after_one_was_carried_are_led_out_without_a_person() -> None:
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL")])
    driver, carried = run.robots["r0"], run.robots["r1"]
    assert run.run(lambda r: driver.node == "n2" and driver.edge is not None, 60.0)
    carried.finish()
    carried.node, carried.since, carried.changed = "n7", run.now, True
    assert run.run(lambda r: r.done, 300.0)
    assert run.run(lambda r: {x.node for x in r.robots.values()} == {"P0", "P1"}, 300.0)
    assert [e.robot for e in run.journal if e.kind == "robot_led_out"] != []
    assert run.held_violations == 0
    assert run.engine.world.state.deadlocks == 0


def test_a_robot_that_takes_no_updates_any_more_gets_a_new_order() -> None:
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL")])
    driver = run.robots["r0"]
    assert run.run(lambda r: driver.node == "n3", 60.0)
    driver.actions, driver.cancelled = {}, True
    assert run.run(lambda r: r.done, 400.0)
    assert run.violations() == []


def test_a_mission_that_begins_elsewhere_than_the_robot_stands_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen over ROS: a host killed twice stood a node further than its new order began; both waited for ever."""
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL")])
    driver = run.robots["r0"]
    assert run.run(lambda r: driver.node == "n3", 60.0)
    driver.restart()
    monkeypatch.setattr(driver, "take", lambda message: None)
    missions = run.engine.world.state.missions
    assert run.run(lambda r: ended(r, "r0") == 1 and "r0" in missions, 10.0), "begun where it was heard of last"
    monkeypatch.undo()
    # It drove there while nobody heard of it: the fleet had granted that way, so its word is believed.
    monkeypatch.setattr("amr_fleet.domain.progress.watch_place", lambda _world, _robot, _report: True)
    driver.node, driver.changed = "n4", True
    assert run.run(lambda r: r.done, 400.0)
    assert ("r0", "refused") in [(e.robot, e.facts.get("why")) for e in run.journal if e.kind == "mission_ended"]
    assert run.held_violations == 0


def failing(run: Rehearsal, robot: str, load: str) -> None:
    """Let the robot's load action fail, as one that died while it handled the load; load: what it has on board."""
    driver = run.robots[robot]
    driver.loads[:] = [load] if load else []
    for key, action in list(driver.actions.items()):
        driver.actions[key] = replace(action, status="FAILED", result_code="load.failed")
    driver.busy, driver.changed = 0.0, True


def test_a_load_that_is_on_board_was_taken_whatever_the_robot_says_of_its_action() -> None:
    """Seen over ROS: a host killed while it took a load could not take it again; three tries in 1 s, order failed."""
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL", load_id="PAL-1")])
    orders = run.engine.world.state.orders
    assert run.run(lambda r: orders["T000001"].state == "PICKING", 60.0)
    failing(run, "r0", "PAL-1")
    assert run.run(lambda r: orders["T000001"].state == "TO_DROP", 10.0)
    assert [e for e in run.journal if e.kind == "order_attempt"] == []
    assert run.run(lambda r: r.done, 400.0)


def test_what_failed_is_not_tried_again_at_once() -> None:
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL", load_id="PAL-1")])
    orders, missions = run.engine.world.state.orders, run.engine.world.state.missions
    assert run.run(lambda r: orders["T000001"].state == "PICKING", 60.0)
    failing(run, "r0", "")
    assert run.run(lambda r: orders["T000001"].attempts == 1, 10.0)
    began = run.now
    assert run.run(lambda r: "r0" in missions, 60.0)
    assert run.now - began >= run.engine.world.settings.retry_after - 2 * run.dt
    assert run.run(lambda r: r.done, 400.0)


@pytest.mark.parametrize("fleet_too", [False, True])
@pytest.mark.parametrize(
    ("code", "instance", "loads", "kind"),
    [
        (4, "b", (), "order_done"), ("4", "b", (), "order_done"), (1, "b", (), "order_attempt"),
        (4, "", (), "order_attempt"), (4, "b", ("OTHER",), "order_attempt"),
    ],
)  # fmt: skip
def test_a_load_that_was_put_down_before_the_robot_died_is_delivered(
    code: int | str, instance: str, loads: tuple[str, ...], kind: str, fleet_too: bool
) -> None:
    """The fault: killed in the middle, it asked its base again to put down what was down, and the order failed.

    fleet_too: killed as well, it had forgotten that the robot began with its load.
    """
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL")])
    driver = run.robots["r0"]

    def order() -> TransportOrder:
        return next(iter(run.engine.world.state.orders.values()))

    assert run.run(lambda r: order().state == "DROPPING", 200.0)
    mission = run.engine.world.state.missions["r0"]
    failed = ActionState(mission.action_id, "drop", "FAILED", "load.failed")
    why = RobotError("load.failed", "FATAL", {"load_id": order().load_id, "load_code": code})
    driver.mute = True
    if fleet_too:
        run.restart_fleet()
    run.step([replace(driver.report(), instance=instance, loads=loads, actions=(failed,), errors=(why,))])
    assert [e.kind for e in run.journal if e.kind in ("order_done", "order_attempt", "order_failed")] == [kind]


def test_a_load_that_was_gone_before_is_not_delivered() -> None:
    """It fell off, or somebody took it: the base says that it has nothing, and so it says to a process that is new."""
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL")])
    driver = run.robots["r0"]
    assert run.run(lambda r: next(iter(r.engine.world.state.orders.values())).state == "TO_DROP", 200.0)
    driver.mute = True
    mission, load = run.engine.world.state.missions["r0"], driver.loads[0]
    here = replace(driver.report(), loads=(), order_id=mission.mission_id)
    run.step([replace(here, actions=(ActionState(mission.action_id, "drop", "RUNNING", ""),))])
    failed = ActionState(mission.action_id, "drop", "FAILED", "load.failed")
    why = RobotError("load.failed", "FATAL", {"load_id": load, "load_code": 4})
    run.step([replace(here, instance="b", actions=(failed,), errors=(why,))])
    kinds = [e.kind for e in run.journal if e.kind in ("order_state", "order_done", "order_attempt", "order_failed")]
    assert kinds[-1] == "order_attempt"


_SHOWN = ("order_attempt", "order_done", "order_failed")


def dropping(fleet_too: bool) -> tuple[Rehearsal, KinematicRobot]:
    """Return a run whose robot r0 puts its load down, restarted in the middle; fleet_too: the fleet as well."""
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL")])
    assert run.run(lambda r: r.engine.world.state.orders["T000001"].state == "DROPPING", 200.0)
    run.robots["r0"].restart()
    if fleet_too:
        run.restart_fleet()
    return run, run.robots["r0"]


@pytest.mark.parametrize("fleet_too", [False, True])
def test_a_load_that_is_down_when_both_come_back_is_delivered_without_asking(fleet_too: bool) -> None:
    run, driver = dropping(fleet_too)
    driver.loads.clear()
    run.step()
    run.step()
    assert [e.kind for e in run.journal if e.kind in _SHOWN] == ["order_done"]


@pytest.mark.parametrize("fleet_too", [False, True])
def test_a_load_that_is_on_board_when_both_come_back_is_put_down_once(fleet_too: bool) -> None:
    run, driver = dropping(fleet_too)
    assert run.run(lambda r: r.done, 100.0)
    assert [e.kind for e in run.journal if e.kind in _SHOWN] == ["order_done"]
    assert driver.dropped == ["T000001"]


@pytest.mark.parametrize("fleet_too", [False, True])
def test_a_robot_that_does_not_know_what_it_has_on_board_delivers_nothing_by_that(fleet_too: bool) -> None:
    """The load is still on board: nothing that is not known is told as delivered, and its base decides."""
    run, driver = dropping(fleet_too)
    driver.mute = True
    unknown = replace(driver.report(), loads=(), errors=(RobotError("load.unknown", "WARNING"),))
    for _ in range(8):
        run.step([unknown])
    assert [e.kind for e in run.journal if e.kind in _SHOWN] == []
    driver.mute = False
    assert run.run(lambda r: r.done, 100.0)
    assert [e.kind for e in run.journal if e.kind in _SHOWN] == ["order_done"]
    assert driver.dropped == ["T000001"]


@pytest.mark.parametrize("fleet_too", [False, True])
def test_a_load_of_an_order_that_was_gone_before_it_was_put_down_is_not_delivered(fleet_too: bool) -> None:
    """It fell off on the way, the robot began to put down nothing, and was restarted: its order is no delivery."""
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL")])
    driver = run.robots["r0"]
    assert run.run(lambda r: r.engine.world.state.orders["T000001"].state == "TO_DROP", 200.0)
    driver.mute = True
    mission = run.engine.world.state.missions["r0"]
    here = replace(driver.report(), loads=())
    run.step([replace(here, order_id=mission.mission_id, actions=(ActionState(mission.action_id, "drop", "RUNNING"),))])
    assert run.engine.world.state.orders["T000001"].state == "DROPPING"
    if fleet_too:
        run.restart_fleet()
    for _ in range(3):
        run.step([replace(here, order_id="", base=(), actions=(), instance="b")])
    assert [e.kind for e in run.journal if e.kind in _SHOWN] == []


@pytest.mark.parametrize("fleet_too", [False, True])
def test_a_load_that_was_lost_behind_a_restart_is_not_delivered(fleet_too: bool) -> None:
    """The robot came back with its load, and then it fell off: that the first try began says nothing of it."""
    run, driver = dropping(fleet_too)
    driver.mute = True
    here = replace(driver.report(), order_id="", base=(), actions=(), instance="b")
    assert here.loads == ("T000001",)
    run.step([here])
    order = run.engine.world.state.orders["T000001"]
    assert (order.state, order.putting) == ("DROPPING", None)
    for instance in ("b", "c"):
        for _ in range(4):
            run.step([replace(here, loads=(), instance=instance)])
    assert [e.kind for e in run.journal if e.kind in _SHOWN] == []


@pytest.mark.parametrize("fleet_too", [False, True])
def test_a_load_that_the_base_still_puts_down_behind_a_restart_is_delivered(fleet_too: bool) -> None:
    """Its base went on with what the process before asked for; until it is done the load is on board, in its words."""
    run, driver = dropping(fleet_too)
    driver.mute = True
    here = replace(driver.report(), order_id="", base=(), actions=(), instance="b")
    assert here.loads == ("T000001",)
    for _ in range(20):
        run.step([replace(here, errors=(RobotError("load.unknown", "WARNING"),))])
    mission = run.engine.world.state.missions["r0"]
    empty = RobotError("load.failed", "FATAL", {"load_id": "T000001", "load_code": 4})
    failed = ActionState(mission.action_id, "drop", "FAILED", "load.failed")
    run.step([replace(here, loads=(), order_id=mission.mission_id, actions=(failed,), errors=(empty,))])
    assert [e.kind for e in run.journal if e.kind in _SHOWN] == ["order_done"]


def test_what_a_robot_does_with_its_load_is_noted_whatever_is_held_of_its_place() -> None:
    """Killed then, nobody knew that it had begun to put its load down, and the order failed with the load in place."""
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL")])
    orders = run.engine.world.state.orders
    assert run.run(lambda r: orders["T000001"].state == "TO_DROP", 200.0)
    driver, mission = run.robots["r0"], run.engine.world.state.missions["r0"]
    driver.mute = True
    here = replace(driver.report(), order_id=mission.mission_id)
    told = (ActionState(mission.action_id, "drop", "INITIALIZING"),)
    run.step([replace(here, localized=False, actions=told)])
    assert (orders["T000001"].state, orders["T000001"].putting) == ("DROPPING", here.instance)


@pytest.mark.parametrize("fleet_too", [False, True])
def test_a_base_that_speaks_only_when_it_is_asked_ends_an_order_whose_load_is_down(fleet_too: bool) -> None:
    run, driver = dropping(fleet_too)
    driver.mute = True
    lost = RobotError("load.unknown", "WARNING")
    unknown = replace(driver.report(), loads=(), errors=(lost,), instance="b")
    run.step([unknown])
    mission = run.engine.world.state.missions.get("r0")
    for _ in range(20):
        if mission is not None:
            break
        run.step([unknown])
        mission = run.engine.world.state.missions.get("r0")
    assert mission is not None, "it is asked again"
    empty = RobotError("load.failed", "FATAL", {"load_id": "T000001", "load_code": 4})
    failed = ActionState(mission.action_id, "drop", "FAILED", "load.failed")
    run.step([replace(unknown, order_id=mission.mission_id, actions=(failed,), errors=(lost, empty))])
    assert [e.kind for e in run.journal if e.kind in _SHOWN] == ["order_done"]


def test_a_robot_that_does_not_know_what_it_has_on_board_gets_no_order_and_says_why() -> None:
    run = two_robots()
    driver = run.robots["r0"]
    driver.mute = True
    unknown = replace(driver.report(), errors=(RobotError("load.unknown", "WARNING"),))
    run.step([unknown])
    run.create([OrderRequest(pick_place="LR", drop_place="LL"), OrderRequest(pick_place="RR", drop_place="RL")])
    for _ in range(30):
        run.step([unknown])
    assert {e.robot for e in run.journal if e.kind == "order_assigned"} == {"r1"}
    (said,) = (robot.waiting for robot in run.engine.snapshot().robots if robot.name == "r0")
    assert said is not None
    assert (said.code, said.facts["error"]) == ("wait.error", "load.unknown")


def test_what_one_try_began_says_nothing_of_the_next() -> None:
    """Each try to put it down that failed is forgotten; the next notes anew that it began with the load."""
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL")])
    orders = run.engine.world.state.orders
    assert run.run(lambda r: orders["T000001"].state == "DROPPING", 200.0)
    assert orders["T000001"].putting is not None
    failing(run, "r0", "T000001")
    assert run.run(lambda r: orders["T000001"].attempts == 1, 10.0)
    assert orders["T000001"].putting is None
    assert run.run(lambda r: orders["T000001"].putting is not None, 60.0), "it has it still, and begins again"
    assert run.run(lambda r: r.done, 60.0)
