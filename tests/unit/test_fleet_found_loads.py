"""An order whose robot may have its load is nobody else's, also when that robot is killed, refuses or was away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amr_core.vda5050 import RobotError
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal
from tests.unit.test_fleet_recovery import two_robots

UNKNOWN = RobotError("load.unknown", "WARNING")
LOAD = "PAL-1"


def order_of(run: Rehearsal) -> tuple[str, str]:
    order = run.engine.world.state.orders["T000001"]
    return order.state, order.robot


def picking() -> Rehearsal:
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL", load_id=LOAD)])
    assert run.run(lambda r: order_of(r) == ("PICKING", "r0"), 60.0)
    return run


def test_a_robot_that_was_killed_while_it_took_a_load_keeps_its_order_though_it_refuses_what_it_is_told() -> None:
    """Seen over ROS: its base took the load, another robot came for it, found nothing, and the order failed."""
    run = picking()
    driver = run.robots["r0"]
    driver.mute = True
    new = replace(driver.report(), order_id="", base=(), actions=(), loads=(), instance="b", errors=(UNKNOWN,))
    run.step([new])
    run.step([new])
    mission = run.engine.world.state.missions["r0"]
    busy = RobotError("agent.order_rejected", "WARNING", {"order_id": mission.mission_id, "reason": "busy"})
    for _ in range(30):
        run.step([replace(new, errors=(UNKNOWN, busy))])
    assert order_of(run)[1] == "r0"
    driver.restart()
    driver.loads[:] = [LOAD]
    driver.mute = False
    assert run.run(lambda r: r.done, 400.0)
    assert {e.robot for e in run.journal if e.kind in ("order_assigned", "order_picked", "order_done")} == {"r0"}


@pytest.mark.parametrize("other", [False, True])
def test_a_robot_that_comes_back_with_the_load_of_an_order_that_was_its_own_goes_on_with_it(other: bool) -> None:
    """other: another robot has the order by then, and is on its way to a place where the load is no more."""
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL", load_id=LOAD)])
    assert run.run(lambda r: order_of(r)[1] == "r0", 60.0)
    world, driver = run.engine.world, run.robots["r0"]
    world.end_mission(world.robots["r0"], "robot offline")
    world.give_back(world.robots["r0"], world.state.orders["T000001"])
    if other:
        driver.mute = True
        assert run.run(lambda r: order_of(r)[1] == "r1", 60.0)
    driver.restart()
    driver.mute, driver.loads[:] = False, [LOAD]
    assert run.run(lambda r: r.done, 400.0)
    assert [e.robot for e in run.journal if e.kind == "order_picked"] == ["r0"]
    assert driver.dropped == [LOAD]


def test_a_load_that_was_on_board_before_its_order_is_left_to_people() -> None:
    """Somebody may take it off right now, and has ordered that it be fetched from where it is put."""
    run = two_robots()
    run.robots["r0"].loads[:] = [LOAD]
    assert not run.run(lambda r: False, 20.0)
    run.create([OrderRequest(pick_place="LR", drop_place="LL", load_id=LOAD, robot="r0")])
    assert not run.run(lambda r: order_of(r)[0] != "QUEUED", 30.0)
