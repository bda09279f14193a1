"""The fleet's topics at one end, MAVLink over UDP in the middle, the simulated vehicle at the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rclpy.node import Node

from amr_core.errors import AmrError
from amr_interfaces.msg import FleetBeat, UavMission, UavState
from amr_interop.nodes.mavlink import MavlinkNode, fenced_plan
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_sim.nodes.uav import UavNode
from amr_uav.plan import inspection_plan
from tests.unit.flight_rig import FLYING

PLAN = inspection_plan(FLYING, [(64.7, 20.0, 3.0)])


class Fleet(Node):
    """Beats, gives orders, and keeps what the aircraft says."""

    def __init__(self, host: ProcessHost) -> None:
        super().__init__("fleet_of_test", context=host.context, enable_rosout=False, start_parameter_services=False)
        self.states: list[Any] = []
        self._host = host
        self._missions = self.create_publisher(UavMission, "/uav_01/mission", qos.RELIABLE)
        self._beats = self.create_publisher(FleetBeat, "/fleet/beat", qos.RELIABLE)
        self.create_subscription(UavState, "/uav_01/flight_state", self.states.append, qos.SENSOR)
        host.ticker.add(lambda _now: self._beats.publish(FleetBeat()), 0.5)

    def tell(self, command: str, stamp: Any) -> None:
        message = UavMission(vehicle="uav_01", command=command, flight_id="F1", stamp=stamp)
        if command == "fly":
            ways = PLAN.waypoints
            message.x, message.y, message.z = ([getattr(w, k) for w in ways] for k in "xyz")
            message.yaw, message.scan = [w.yaw for w in ways], [w.scan for w in ways]
            message.fence_x, message.fence_y = map(list, zip(*PLAN.volume.polygon, strict=True))
            message.fence_z, message.transit = PLAN.volume.z1, PLAN.transit
        self._missions.publish(message)


def test_an_order_of_the_fleet_reaches_the_vehicle_and_its_state_the_fleet(host: ProcessHost) -> None:
    link: MavlinkNode = host.build(MavlinkNode, "mavlink", params={"site": "cai_cui", "own": 0})
    craft: UavNode = host.build(UavNode, "uav", params={"site": "cai_cui", "mavlink": link.port})
    fleet = Fleet(host)
    host.adopt(fleet)
    assert host.spin_until(lambda: bool(fleet.states) and fleet.states[-1].position_ok, 30.0)
    first = fleet.states[-1]
    assert (first.vehicle, first.mode, first.flight_id) == ("uav_01", "LANDED", "")
    assert abs(first.x - FLYING.pad[0]) + abs(first.y - FLYING.pad[1]) < 0.05
    assert host.spin_until(lambda: first.soc > 0.98 or fleet.states[-1].soc > 0.98, 10.0)

    def told(command: str, mode: str) -> bool:
        """Tell it every 2 s, as the fleet does."""
        for _ in range(10):
            fleet.tell(command, link.stamp())
            if host.spin_until(lambda: fleet.states[-1].mode == mode, 2.0):
                return True
        return False

    assert told("fly", "TAKEOFF")
    assert fleet.states[-1].flight_id == "F1"
    assert craft.aircraft.mission is not None
    assert len(craft.aircraft.mission.waypoints) == len(PLAN.waypoints)
    assert told("land", "LANDED")
    assert craft.aircraft.mode == "LANDED"


@pytest.mark.parametrize(
    "change",
    [
        {"x": []},
        {"z": [float("nan")] * len(PLAN.waypoints)},
        {"fence_x": [1.0]},
        {"transit": float("inf")},
        {"fence_x": [0.0, 9.0], "fence_y": [0.0, 9.0]},
    ],
)
def test_a_mission_that_is_not_whole_is_no_plan(change: dict[str, Any]) -> None:
    ways = PLAN.waypoints
    facts: dict[str, Any] = {
        "x": [w.x for w in ways], "y": [w.y for w in ways], "z": [w.z for w in ways], "yaw": [w.yaw for w in ways],
        "scan": [w.scan for w in ways], "fence_x": [x for x, _ in PLAN.volume.polygon],
        "fence_y": [y for _, y in PLAN.volume.polygon], "fence_z": 7.0, "transit": 6.8,
    }  # fmt: skip
    assert fenced_plan(UavMission(**facts)) is not None
    assert fenced_plan(UavMission(**{**facts, **change})) is None


def test_a_site_without_a_place_on_earth_has_no_aircraft_over_mavlink(host: ProcessHost, tmp_path: Path) -> None:
    with pytest.raises(AmrError, match=r"flight\.none"):
        host.build(MavlinkNode, "mavlink", params={"site": "lab", "own": 0})
