"""An order whose robot may have its load is nobody else's, also when that robot is killed, refuses or was away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amr_core.vda5050 import RobotError
from amr_fleet.domain import progress
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal
from tests.tracks import tracks
from tests.unit.test_fleet_recovery import CALM, two_robots

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


def apart() -> Rehearsal:
    """Return a run with a robot at either end of a single track; what is to be done lies at the right end, by r1."""
    cells = {f"n{k}": (k, 0) for k in range(8)}
    joined = [(f"n{k}", f"n{k + 1}") for k in range(7)]
    ends = [("parking", "P0", "n0"), ("parking", "P1", "n7"), ("station", "M", "n6"), ("station", "R", "n7")]
    units = [Unit("r0", "lift_amr", "P0"), Unit("r1", "lift_amr", "P1")]
    return Rehearsal(tracks(cells, joined, ends), units, seed=1, how=CALM, dt=0.25)  # type: ignore[arg-type]


def taken_from_r0(*, other: bool = False) -> Rehearsal:
    """Return a run whose robot r0 did not take its order, which waits for another robot; other: r1 has got it."""
    run = apart()
    run.robots["r1"].alive = other
    run.robots["r0"].stubborn, run.robots["r1"].loads[:] = True, [LOAD + "x"]  # r1 is no candidate at first
    run.create([OrderRequest(pick_place="LM", drop_place="LR", load_id=LOAD)])
    assert run.run(lambda r: "r0" in r.engine.world.state.orders["T000001"].left, 60.0)
    run.robots["r1"].loads.clear()
    assert not other or run.run(lambda r: order_of(r)[1] == "r1", 60.0)
    return run


def back_with_it(run: Rehearsal) -> None:
    driver = run.robots["r0"]
    driver.restart()
    driver.stubborn, driver.refused, driver.loads[:] = False, "", [LOAD]


@pytest.mark.parametrize("fleet_too", [False, True])
@pytest.mark.parametrize("other", [False, True])
def test_a_robot_that_comes_back_with_the_load_of_an_order_that_was_its_own_goes_on_with_it(
    other: bool, fleet_too: bool
) -> None:
    """other: another robot has the order by then, and is on its way to a place where the load is no more."""
    run = taken_from_r0(other=other)
    if fleet_too:
        run.restart_fleet()
    back_with_it(run)
    assert run.run(lambda r: r.done, 400.0)
    assert [e.robot for e in run.journal if e.kind == "order_picked"] == ["r0"]
    assert run.robots["r0"].dropped == [LOAD]


def test_a_robot_that_has_gone_from_the_site_with_the_order_stops_no_dispatch() -> None:
    run = taken_from_r0(other=True)
    del run.robots["r1"]
    run.units = [unit for unit in run.units if unit.name != "r1"]
    run.restart_fleet()
    back_with_it(run)
    for _ in range(40):
        run.now += run.dt
        assert not run.engine.step(run.now, [run.robots["r0"].report()]).faults
    assert order_of(run) == ("ASSIGNED", "r1"), "a person gives it to another robot"


@pytest.mark.parametrize("why", ["held", "customs", "another", "alarm"])
def test_an_order_that_a_person_holds_or_whose_robot_needs_a_look_is_not_driven_off_by_itself(
    why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = taken_from_r0()
    world = run.engine.world
    order = world.state.orders["T000001"]
    if why == "held":
        wish = replace(order.request, held=True)
        world.state._put(replace(order, request=wish))
    elif why == "customs":
        monkeypatch.setattr(world.state.cargo, "held", lambda load: load == LOAD)
    elif why == "another":
        world.state._put(replace(order, request=replace(order.request, robot="r1")))
    else:
        monkeypatch.setattr(world, "red", lambda robot: robot == "r0")
    back_with_it(run)
    assert not run.run(lambda r: order_of(r)[0] != "QUEUED", 40.0)


def test_a_robot_that_never_was_near_the_load_keeps_no_order_by_not_knowing_what_it_has() -> None:
    """Each robot that starts says so for a moment, and one that died then kept its order for good."""
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL", load_id=LOAD)])
    assert run.run(lambda r: order_of(r)[1] == "r0", 60.0)
    driver = run.robots["r0"]
    driver.mute = True
    run.step([replace(driver.report(), order_id="", base=(), actions=(), instance="b", errors=(UNKNOWN,))])
    driver.alive = False
    assert run.run(lambda r: order_of(r)[1] != "r0", 200.0)


def test_a_silent_robot_with_the_load_on_board_keeps_its_order_and_its_mission(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its mission was ended in each step, though nobody took the order, and all robots were dispatched anew."""
    run = two_robots()
    run.create([OrderRequest(pick_place="LR", drop_place="LL", load_id=LOAD)])
    assert run.run(lambda r: order_of(r)[1] == "r0", 60.0)
    world = run.engine.world
    robot, mover = world.robots["r0"], world.traffic.movers["r0"]
    assert robot.report is not None
    monkeypatch.setattr(mover, "held", 0)  # its base leads to no station
    robot.report = replace(robot.report, loads=(LOAD,))
    progress._requeue(world, robot, mover, "robot offline")
    assert (order_of(run)[1], "r0" in world.state.missions) == ("r0", True)
    robot.report = replace(robot.report, loads=())
    progress._requeue(world, robot, mover, "robot offline")
    assert (order_of(run)[1], "r0" in world.state.missions) == ("", False)


def test_a_load_that_was_on_board_before_its_order_is_left_to_people() -> None:
    """Somebody may take it off right now, and has ordered that it be fetched from where it is put."""
    run = two_robots()
    run.robots["r0"].loads[:] = [LOAD]
    assert not run.run(lambda r: False, 20.0)
    run.create([OrderRequest(pick_place="LR", drop_place="LL", load_id=LOAD, robot="r0")])
    assert not run.run(lambda r: order_of(r)[0] != "QUEUED", 30.0)
