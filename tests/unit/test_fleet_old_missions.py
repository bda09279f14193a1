"""A restarted robot that works on the mission it had before: its order failed, with the load where it should be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_core.vda5050 import ActionState, RobotState
from amr_fleet.domain.world import World
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import KinematicRobot
from tests.unit.test_fleet_recovery import CALM, two_robots

ENDS = ("order_attempt", "order_done", "order_failed")


class Told:
    """Takes for r0 what it is told: the ids of its orders, and its instant actions."""

    def __init__(self, driver: KinematicRobot, monkeypatch: pytest.MonkeyPatch) -> None:
        self.orders: list[str] = []
        self.instants: list[str] = []
        monkeypatch.setattr(driver, "take", lambda order: self.orders.append(order.order_id))
        monkeypatch.setattr(driver, "instant", lambda action: self.instants.append(action.action_type))


def to_drop() -> tuple[Rehearsal, KinematicRobot, str]:
    """Return a run whose robot r0 drives with its load, silent from now on, and the id of its mission."""
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL", load_id="PAL-1")])
    driver = run.robots["r0"]
    orders = run.engine.world.state.orders
    assert run.run(lambda r: orders["T000001"].state == "TO_DROP" and driver.node == "n5", 200.0)
    driver.mute = True
    return run, driver, run.engine.world.state.missions["r0"].mission_id


def new_process(driver: KinematicRobot) -> RobotState:
    return replace(driver.report(), order_id="", base=(), actions=(), driving=False, instance="b")


def shown(run: Rehearsal) -> list[str]:
    return [e.kind for e in run.journal if e.kind in ENDS]


def test_a_restarted_robot_is_not_told_its_old_mission_before_it_knows_where_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it says is not heeded until then, so the fleet does not know yet that its mission is over."""
    run, driver, old = to_drop()
    new, told = new_process(driver), Told(driver, monkeypatch)
    for _ in range(40):
        run.step([replace(new, localized=False)])
    assert told.orders == []
    for _ in range(4):
        run.step([new])
    assert told.orders
    assert old not in told.orders


def test_a_silent_robot_is_told_nothing_until_it_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    run, driver, _ = to_drop()
    assert not run.run(lambda r: False, run.engine.world.settings.offline_after + 1.0)
    told = Told(driver, monkeypatch)
    mover = run.engine.world.traffic.movers["r0"]
    mover.granted = max(mover.at, mover.granted - 1)  # what would be news for it
    assert not run.run(lambda r: False, 10.0)
    assert told.orders == []


def test_a_robot_that_drives_on_its_old_mission_is_called_off_and_what_it_drives_on_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing of that base was held for it any more: another robot could have been led into it."""
    run, driver, old = to_drop()
    new, told = new_process(driver), Told(driver, monkeypatch)
    run.step([new])
    world = run.engine.world
    assert world.state.missions["r0"].mission_id != old
    base = ("n4", "n3", "n2")
    run.step([replace(new, order_id=old, base=base, driving=True)])
    held = world.traffic.movers["r0"].held
    assert all(held >> world.graph.node_index[node] & 1 for node in base)
    assert "r0" not in world.state.missions
    for _ in range(20):
        run.step([replace(new, order_id=old, base=base, driving=True)])
    assert "r0" not in world.state.missions
    assert set(told.instants) == {"cancelOrder"}
    assert world.state.order_of("r0") is not None, "its order stays with it"


def _leaves(world: World, robot: str) -> bool:
    """It has taken the mission that leads out of the dock."""
    mission = world.state.missions.get(robot)
    return mission is not None and mission.kind == "drop" and world.robots[robot].acked


def test_the_dock_that_a_restarted_robot_still_stands_in_is_held() -> None:
    """It says that its next order begins at the lane; the dock was free for others, with the robot in it."""
    site = load_site("lab")
    run = Rehearsal(build_roadmap(site), units_of(site, 1), seed=1, how=CALM, dt=0.25)
    run.create([OrderRequest(pick_place="B1", drop_place="X1")])
    (name,), world = run.robots, run.engine.world
    orders, driver, graph = world.state.orders, run.robots[name], world.graph
    assert run.run(lambda r: orders["T000001"].state == "TO_DROP" and _leaves(world, name), 400.0)
    driver.mute = True
    station = driver.node
    dock = graph.node_index[station]
    (way,) = [e for e in run.roadmap.edges.values() if e.start == station and e.manoeuvre == "undock"]
    (x, y), (lane_x, lane_y) = graph.xy[dock], graph.xy[graph.node_index[way.end]]
    here = replace(new_process(driver), x=x + 0.1 * (lane_x - x), y=y + 0.1 * (lane_y - y), last_node_id=way.end)
    for _ in range(8):
        run.step([here])
        assert world.traffic.movers[name].held >> dock & 1
    assert name in world.state.missions, "it goes on from there"


def test_a_load_that_is_put_down_on_an_old_mission_is_delivered() -> None:
    run, driver, old = to_drop()
    new = new_process(driver)
    run.step([new])
    order = run.engine.world.state.orders
    run.step([replace(new, order_id=old, actions=(ActionState("T000001:drop", "drop", "RUNNING"),))])
    assert (order["T000001"].state, order["T000001"].putting) == ("DROPPING", "b")
    assert shown(run) == []
    done = (ActionState("T000001:drop", "drop", "FINISHED"),)
    run.step([replace(new, order_id=old, actions=done)])
    assert shown(run) == [], "it still has it"
    run.step([replace(new, order_id=old, loads=(), actions=done)])
    assert shown(run) == ["order_done"]
