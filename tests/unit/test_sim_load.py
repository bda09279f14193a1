"""Taking and giving loads, and charging."""

import math

import numpy as np
import pytest

from amr_core.geometry import Pose2D, compose
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site
from amr_sim.battery import Batteries
from amr_sim.load import LoadBook, LoadCode, Operation

SITE = load_site("lab")
HERE = SITE.places[0].stations[0].pose
SISTER = SITE.places[0].stations[1].pose
ELSEWHERE = SITE.places[1].stations[0].pose
AISLE = Pose2D(10.0, 4.0, 0.0)


def handle(loads: LoadBook, robot: int, operation: Operation, load: str, pose: Pose2D, v: float = 0.0) -> LoadCode:
    handling = loads.start(robot, operation, load, pose, v)
    steps = 0
    while handling.code is None:
        loads.step(0.5, [pose, pose])
        steps += 1
    if handling.code is LoadCode.NONE:
        assert steps == math.ceil(LIFT_AMR.load_seconds / 0.5)
    return handling.code


@pytest.fixture
def loads() -> LoadBook:
    return LoadBook(SITE, [LIFT_AMR, LIFT_AMR])


def test_a_load_travels(loads: LoadBook) -> None:
    assert handle(loads, 0, Operation.PICK, "L1", HERE) is LoadCode.NONE
    assert loads.on_board == ["L1", ""]
    assert handle(loads, 0, Operation.DROP, "L1", ELSEWHERE) is LoadCode.NONE
    assert (loads.on_board, loads.picked, loads.dropped) == (["", ""], 1, 1)
    assert handle(loads, 1, Operation.PICK, "L1", HERE) is LoadCode.NO_LOAD_HERE
    assert handle(loads, 1, Operation.PICK, "L1", ELSEWHERE) is LoadCode.NONE


def test_refusals(loads: LoadBook) -> None:
    assert handle(loads, 0, Operation.PICK, "L1", AISLE) is LoadCode.NOT_AT_STATION
    assert handle(loads, 0, Operation.PICK, "L1", HERE, v=0.1) is LoadCode.NOT_AT_STATION
    assert handle(loads, 0, Operation.PICK, "L1", compose(HERE, Pose2D(0.2, 0, 0))) is LoadCode.NOT_AT_STATION
    assert handle(loads, 0, Operation.PICK, "L1", compose(HERE, Pose2D(0, 0, 0.2))) is LoadCode.NOT_AT_STATION
    assert handle(loads, 0, Operation.DROP, "L1", HERE) is LoadCode.NOT_LOADED
    assert handle(loads, 0, Operation.PICK, "", HERE) is LoadCode.UNKNOWN
    assert loads.start(0, 7, "L1", HERE, 0.0).code is LoadCode.UNKNOWN
    assert handle(loads, 0, Operation.PICK, "L1", HERE) is LoadCode.NONE
    assert handle(loads, 0, Operation.PICK, "L2", HERE) is LoadCode.ALREADY_LOADED
    assert handle(loads, 1, Operation.PICK, "L1", SISTER) is LoadCode.NO_LOAD_HERE
    assert handle(loads, 0, Operation.DROP, "L2", HERE) is LoadCode.NOT_LOADED


def test_a_load_is_dropped_only_once(loads: LoadBook) -> None:
    handle(loads, 0, Operation.PICK, "L1", HERE)
    assert handle(loads, 0, Operation.DROP, "L1", ELSEWHERE) is LoadCode.NONE
    assert handle(loads, 0, Operation.DROP, "L1", ELSEWHERE) is LoadCode.NOT_LOADED
    assert loads.dropped == 1


def test_cancel_leaves_the_load(loads: LoadBook) -> None:
    loads.start(0, Operation.PICK, "L1", HERE, 0.0)
    assert loads.busy(0)
    loads.cancel(0)
    assert loads.step(60.0, [HERE, HERE]) == []
    assert loads.on_board[0] == ""


def test_two_robots_cannot_take_one_load(loads: LoadBook) -> None:
    first = loads.start(0, Operation.PICK, "L1", HERE, 0.0)
    second = loads.start(1, Operation.PICK, "L1", SISTER, 0.0)
    loads.step(60.0, [HERE, SISTER])
    assert {first.code, second.code} == {LoadCode.NONE, LoadCode.NO_LOAD_HERE}


def test_battery_drains_by_power_and_charges_at_the_charger_only() -> None:
    charger = SITE.chargers[0].pose
    batteries = Batteries([LIFT_AMR], [charger], np.array([0.5]))
    state = np.array([(10.0, 4.0, 0.0, 0.0, 0.0)])
    batteries.step(3600.0, state)
    assert batteries.soc[0] == pytest.approx(0.5 - 70 / 2400)
    assert batteries.current[0] < 0
    state[0, 3] = LIFT_AMR.max_speed
    before = batteries.soc[0]
    batteries.step(360.0, state)
    assert before - batteries.soc[0] == pytest.approx(49 / 2400)
    state[0] = (*charger, 0.0, 0.0)
    batteries.step(60.0, state)
    assert batteries.charging[0]
    assert batteries.current[0] > 0
    state[0, 0] += 0.15
    batteries.step(1.0, state)
    assert not batteries.charging[0]


def test_full_battery_stops_charging() -> None:
    charger = SITE.chargers[0].pose
    batteries = Batteries([LIFT_AMR], [charger], np.array([1.0]))
    batteries.step(0.05, np.array([(*charger, 0.0, 0.0)]))
    assert not batteries.charging[0]
    assert batteries.current[0] <= 0
