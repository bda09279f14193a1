"""BasePort: what Gazebo does not do of a robot base, where its data are late or wrong."""

from __future__ import annotations

from itertools import pairwise

import pytest

from amr_core.geometry import Pose2D
from amr_core.robots import robot_type
from amr_core.site import load_site
from amr_sim.base_port import STANDSTILL_WAIT, BasePort
from amr_sim.load import LoadCode

SITE = load_site("lab")
STATION = SITE.places[0].stations[0].pose
PICK = 0


@pytest.fixture
def port() -> BasePort:
    return BasePort(SITE, robot_type("lift_amr"))


def until_ended(port: BasePort, seconds: float) -> LoadCode | None:
    for _ in range(round(seconds / 0.1)):
        code = port.step(0.1)
        if code is not None:
            return code
    return None


def test_a_load_waits_for_a_robot_that_still_brakes(port: BasePort) -> None:
    port.command(0.0, 0.1, 0.0)
    port.set_pose(STATION, 0.05)
    assert port.handle(PICK, "L1") is None
    assert port.velocity(0.1) == (0.0, 0.0), "whoever waits for standstill does not drive on"
    assert until_ended(port, 1.0) is None
    assert port.handle(PICK, "L2") is LoadCode.UNKNOWN, "one at a time"
    port.set_pose(STATION, 0.0)
    assert until_ended(port, 30.0) is LoadCode.NONE
    assert port.load == "L1"


def test_a_load_waits_no_longer_than_that(port: BasePort) -> None:
    port.set_pose(STATION, 0.05)
    assert port.handle(PICK, "L1") is None
    assert until_ended(port, STANDSTILL_WAIT - 0.1) is None
    assert until_ended(port, 0.3) is LoadCode.NOT_AT_STATION
    port.set_pose(STATION, 0.0)
    assert until_ended(port, 30.0) is None
    assert port.load == ""


def test_a_wait_for_standstill_can_be_cancelled(port: BasePort) -> None:
    port.set_pose(STATION, 0.05)
    port.handle(PICK, "L1")
    port.cancel()
    port.set_pose(STATION, 0.0)
    assert until_ended(port, 30.0) is None
    assert port.load == ""


def test_a_robot_that_stops_elsewhere_is_not_at_a_station(port: BasePort) -> None:
    port.set_pose(STATION, 0.05)
    port.handle(PICK, "L1")
    port.set_pose(Pose2D(10.0, 6.0, 0.0), 0.0)
    assert until_ended(port, 1.0) is LoadCode.NOT_AT_STATION


def test_a_leap_of_the_yaw_rate_is_not_believed(port: BasePort) -> None:
    charger = SITE.chargers[0].pose
    port.set_pose(charger, 0.0, 0.0)
    assert port.at_charger
    port.set_pose(charger, 0.0, 156.0)  # seen: one sample, where a turn crosses +-pi
    assert port.at_charger
    port.set_pose(charger, 0.0, 0.5)
    assert not port.at_charger


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_wheels_speed_up_and_brake_alike_in_both_directions(port: BasePort, way: float) -> None:
    kind = robot_type("lift_amr")
    speeds = []
    for tick in range(80):
        now = 0.05 * tick
        port.command(now, way * (2.0 * kind.max_speed if tick < 50 else 0.0), 0.4)
        speeds.append(port.wheels(now))
    assert all(w == 0.4 for _, w in speeds)
    went = [way * v for v, _ in speeds]
    steps = [b - a for a, b in pairwise(went)]
    assert max(went) == kind.max_speed
    assert max(steps) == pytest.approx(0.05 * kind.acceleration)
    assert min(steps) == pytest.approx(-0.05 * kind.deceleration)
    assert went[-1] == 0.0


def test_wheels_after_a_pause_do_not_leap(port: BasePort) -> None:
    port.command(0.0, 1.0, 0.0)
    before, _ = port.wheels(0.0)
    port.command(900.0, 1.0, 0.0)
    assert 0.0 < port.wheels(900.0)[0] - before <= 0.1
