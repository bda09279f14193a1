"""A person who stands where a robot only was is a person: the fleet's last word on a silent robot masks nobody."""

from __future__ import annotations

import pytest

from amr_core.robots import LIFT_AMR
from amr_interfaces.msg import FleetRobot, FleetState
from amr_perception.fleet_places import FleetPlaces


def _state(status: str) -> FleetState:
    other = FleetRobot(robot="amr_02", status="BUSY", x=7.0, y=8.0)
    return FleetState(robots=[FleetRobot(robot="amr_01", status=status, x=1.0, y=2.0), other])


@pytest.mark.parametrize("status", ["IDLE", "BUSY", "CHARGING", "PAUSED", "PARKING"])
def test_what_is_seen_where_a_robot_is_known_to_be_is_that_robot(status: str) -> None:
    places = FleetPlaces()
    places.hears(10.0, _state(status))
    assert places.at(10.5) == [(1.0, 2.0), (7.0, 8.0)]
    assert places.at(10.5, "amr_01") == [(7.0, 8.0)], "a robot does not look for itself"


@pytest.mark.parametrize("status", ["OFFLINE", "ERROR"])
def test_a_robot_that_is_silent_never_heard_or_lost_hides_nobody(status: str) -> None:
    places = FleetPlaces()
    places.hears(10.0, _state(status))
    assert places.at(10.5) == [(7.0, 8.0)]


def test_a_fleet_that_is_silent_hides_nobody() -> None:
    places = FleetPlaces()
    assert places.at(1.0) == []
    places.hears(10.0, _state("BUSY"))
    assert places.at(12.9)
    assert (places.at(13.0), places.known(13.0)) == ([], [])


def test_a_robot_is_known_with_its_load_and_as_far_as_it_may_have_driven() -> None:
    places, kind = FleetPlaces(), LIFT_AMR
    places.hears(10.0, FleetState(robots=[
        FleetRobot(robot="a", robot_type="lift_amr", status="BUSY", x=1.0, y=2.0, theta=0.5, speed=1.0, loaded=True),
        FleetRobot(robot="b", robot_type="lift_amr", status="BUSY", x=3.0, y=2.0, theta=0.5),
        FleetRobot(robot="c", robot_type="another", status="BUSY", x=5.0, y=2.0, theta=0.5, loaded=True),
    ]))  # fmt: skip
    laden, empty, other = places.known(10.5)
    assert (laden.x, laden.y, laden.theta, laden.reach) == (1.0, 2.0, 0.5, kind.reach(loaded=False))
    assert laden.load == (kind.load_front, kind.load_rear, kind.load_half_width)
    assert (empty.load, other.load, other.theta) == (None, None, None)
    more = 0.5 * kind.deceleration * 0.25
    assert laden.drove == pytest.approx((0.0, 0.6)), "ahead, as it drove, and no farther than it can have driven"
    assert empty.drove == pytest.approx((-more, more)), "it may have begun to drive"
    assert (laden.farthest, other.farthest) == pytest.approx((0.6, 0.4))
    assert places.known(12.9)[0].farthest == pytest.approx(1.2), "no farther than between two reports"
