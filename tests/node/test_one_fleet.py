"""Two fleets over ROS on one robot: it obeys the first, the second is refused, both raise the alarm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped
from nav_msgs.msg import Odometry
from sensor_msgs.msg import BatteryState
from std_msgs.msg import Float32, String

from amr_bringup.nodes.release import release_with
from amr_core.site import load_site
from amr_core.vda5050 import Leader
from amr_fleet.nodes.fleet import FleetNode
from amr_interfaces.msg import FleetBeat, InstantAction, RobotState
from amr_navigation.nodes.agent import AgentNode
from amr_navigation.nodes.fleet_file import FleetFile
from amr_ros import qos
from amr_ros.convert import to_stamp
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode

TIMEOUT_S = 30.0


class _Base(AmrNode):
    """The sensors of a robot that stands in its bay, and an ear for what its agent says."""

    def __init__(self, name: str = "base", **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.states: list[RobotState] = []
        self.create_subscription(RobotState, "/amr_01/state", self.states.append, qos.RELIABLE)
        self.beats = self.create_publisher(FleetBeat, "/fleet/beat", qos.RELIABLE)
        self.instants = self.create_publisher(InstantAction, "/amr_01/instant_action", qos.RELIABLE)
        self._odom = self.create_publisher(Odometry, "/amr_01/odom", qos.SENSOR)
        self._amcl = self.create_publisher(PoseWithCovarianceStamped, "/amr_01/amcl_pose", qos.LATCHED)
        self._battery = self.create_publisher(BatteryState, "/amr_01/battery_state", qos.SENSOR)
        self._score = self.create_publisher(Float32, "/amr_01/localization_score", qos.SENSOR)
        self._load = self.create_publisher(String, "/amr_01/load_state", qos.LATCHED)
        self._load.publish(String(data=""))
        self.ticker.add(self._tick, 0.2)

    def _tick(self, now: float) -> None:
        site = load_site("lab")
        bay = next(b for b in site.parking if b.id == site.fleet[0].parking)
        amcl = PoseWithCovarianceStamped()
        amcl.header.stamp = to_stamp(now)
        amcl.pose.pose.position.x, amcl.pose.pose.position.y = float(bay.x), float(bay.y)
        amcl.pose.pose.orientation.w = 1.0
        odom = Odometry()
        odom.header.stamp = amcl.header.stamp
        odom.pose.pose.orientation.w = 1.0
        self._amcl.publish(amcl)
        self._odom.publish(odom)
        self._battery.publish(BatteryState(percentage=0.9))
        self._score.publish(Float32(data=1.0))


def build_agent(host: ProcessHost, note: Path) -> AgentNode:
    params = {"site": "lab", "robot": "amr_01", "robot_type": load_site("lab").fleet[0].type, "fleet_file": str(note)}
    agent: AgentNode = host.build(AgentNode, "agent", namespace="/amr_01", params=params)
    return agent


def build_fleet(host: ProcessHost, name: str, database: str = ":memory:") -> FleetNode:
    params = {"site": "lab", "robots": ["amr_01"], "fleet_id": name, "database": database}
    fleet: FleetNode = host.build(FleetNode, name, params=params)
    return fleet


def alarms(fleet: FleetNode) -> dict[str, Any]:
    return {a.reason.code: dict(a.reason.facts) for a in fleet.service.snapshot().alarms}


def test_the_second_fleet_is_refused_and_both_say_so(host: ProcessHost, tmp_path: Path) -> None:
    note = tmp_path / "amr_01.fleet.json"
    base: _Base = host.build(_Base, "base")
    agent = build_agent(host, note)
    first = build_fleet(host, "first")
    own = first._store.leader
    assert host.spin_until(lambda: agent.engine.allegiance.leader == own, TIMEOUT_S)
    second = build_fleet(host, "second")
    other = second._store.leader
    assert other.instance != own.instance

    def told() -> bool:
        return all("alarm.second_fleet" in alarms(fleet) for fleet in (first, second))

    assert host.spin_until(told, TIMEOUT_S)
    assert alarms(first)["alarm.second_fleet"]["fleet"] == other.instance
    assert alarms(second)["alarm.second_fleet"]["fleet"] == own.instance
    state = base.states[-1]
    assert (state.fleet_instance_id, state.fleet_epoch) == (own.instance, own.epoch)
    assert len(state.instance_id) == 32
    assert "agent.foreign_fleet" in {e.code for e in state.errors}
    assert FleetFile(str(note)).read() == own, "a restart of the robot keeps it"
    pause = InstantAction(robot="amr_01", action_type="startPause", action_id="x")
    pause.fleet_instance_id, pause.fleet_epoch = other.instance, other.epoch
    base.instants.publish(pause)
    count = len(base.states)
    assert host.spin_until(lambda: len(base.states) > count + 2, TIMEOUT_S)
    assert not base.states[-1].paused
    assert release_with(host, ["amr_01"], TIMEOUT_S) == {"amr_01": own.instance}


def test_an_old_process_is_refused_and_a_restart_goes_on(host: ProcessHost, tmp_path: Path) -> None:
    note, database = tmp_path / "note.json", str(tmp_path / "journal.sqlite3")
    FleetFile(str(note)).keep(Leader("lab-gone", 3))
    host.build(_Base, "base")
    agent = build_agent(host, note)
    fleet = build_fleet(host, "fleet", database)
    own = fleet._store.leader
    assert host.spin_until(lambda: "alarm.second_fleet" in alarms(fleet), TIMEOUT_S)
    assert agent.engine.allegiance.leader == Leader("lab-gone", 3)
    assert release_with(host, ["amr_01"], TIMEOUT_S) == {"amr_01": "lab-gone"}
    assert host.spin_until(lambda: agent.engine.allegiance.leader == own, TIMEOUT_S)
    assert host.spin_until(lambda: "alarm.second_fleet" not in alarms(fleet), TIMEOUT_S)
    agent.engine.allegiance.leader = Leader(own.instance, own.epoch + 1)  # as if the standby had led it meanwhile
    assert host.spin_until(lambda: "alarm.second_fleet" in alarms(fleet), TIMEOUT_S)


@pytest.mark.parametrize("robots", [["amr_09"], ["amr_09", "amr_08"]])
def test_a_robot_that_is_not_there_cannot_be_released(host: ProcessHost, robots: list[str]) -> None:
    assert release_with(host, robots, 0.5) == dict.fromkeys(robots)
