"""A person who stands where a robot only was is a person: the fleet's last word on a silent robot masks nobody."""

from __future__ import annotations

import pytest

from amr_interfaces.msg import FleetRobot, FleetState
from amr_perception.fleet_places import FleetPlaces


def _state(status: str) -> FleetState:
    other = FleetRobot(robot="amr_02", status="BUSY", x=7.0, y=8.0)
    return FleetState(robots=[FleetRobot(robot="amr_01", status=status, x=1.0, y=2.0), other])


@pytest.mark.parametrize("status", ["IDLE", "BUSY", "CHARGING", "PAUSED", "PARKING"])
def test_what_is_seen_where_a_robot_is_known_to_be_is_that_robot(status: str) -> None:
    places = FleetPlaces()
    places.hears(10.0, _state(status))
    assert places.at(10.5) == (0.5, [(1.0, 2.0), (7.0, 8.0)])
    assert places.at(10.5, "amr_01")[1] == [(7.0, 8.0)], "a robot does not look for itself"


@pytest.mark.parametrize("status", ["OFFLINE", "ERROR"])
def test_a_robot_that_is_silent_never_heard_or_lost_hides_nobody(status: str) -> None:
    places = FleetPlaces()
    places.hears(10.0, _state(status))
    assert places.at(10.5)[1] == [(7.0, 8.0)]


def test_a_fleet_that_is_silent_hides_nobody() -> None:
    places = FleetPlaces()
    assert places.at(1.0)[1] == []
    places.hears(10.0, _state("BUSY"))
    assert places.at(12.9)[1]
    assert places.at(13.0)[1] == []
