"""/fleet_states as a subscriber with Open-RMF's own types and its queue sees it, from a FleetNode with one robot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rclpy.qos import QoSProfile
from rmf_fleet_msgs.msg import FleetState, RobotMode

from amr_core.errors import AmrError
from amr_fleet.nodes.fleet import FleetNode
from amr_interfaces.msg import RobotState
from amr_interfaces.srv import CreateOrder
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode

NAME = "Cái Cui, kho 2"
TIMEOUT_S = 20.0


class Around(AmrNode):
    """The robot and Open-RMF's adapter in one."""

    def __init__(self, name: str = "around", **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.heard: list[Any] = []
        # What rclcpp::SystemDefaultsQoS().keep_last(10) is over Fast DDS.
        self.create_subscription(FleetState, "/fleet_states", self.heard.append, QoSProfile(depth=10))
        self.state = self.create_publisher(RobotState, "/amr_01/state", qos.RELIABLE)
        self.create = self.create_client(CreateOrder, "/fleet/create_order")

    def modes(self) -> set[int]:
        return {message.robots[0].mode.mode for message in self.heard[-1:]}


def fleet_with(host: ProcessHost, folder: Path, text: str) -> FleetNode:
    file = folder / "neighbours.yaml"
    file.write_text(text, encoding="utf-8")
    params = {"site": "lab", "robots": ["amr_01"], "neighbours": str(file)}
    return host.build(FleetNode, "fleet", params=params)


def test_open_rmf_hears_where_a_robot_is_and_the_way_that_is_released_to_it(host: ProcessHost, tmp_path: Path) -> None:
    fleet = fleet_with(host, tmp_path, f"open_rmf: {{fleet: '{NAME}', level: L1, hz: 5, x: 100}}")
    around = host.build(Around, "around")
    assert host.spin_until(lambda: around.modes() == {RobotMode.MODE_EMERGENCY}, TIMEOUT_S), "nobody has heard of it"
    home = fleet.service.snapshot().robots[0]

    def at_home() -> bool:
        around.state.publish(
            RobotState(robot="amr_01", last_node_id="P1", localized=True, state_of_charge=0.9, x=home.x, y=home.y)
        )
        return around.modes() == {RobotMode.MODE_IDLE}

    assert host.spin_until(lambda: at_home() or around.modes() == {RobotMode.MODE_CHARGING}, TIMEOUT_S)
    assert host.spin_until(around.create.service_is_ready, TIMEOUT_S)
    asked = around.create.call_async(CreateOrder.Request(pick_place="D1", drop_place="A1", reference="r"))

    def driving() -> bool:
        at_home()
        return asked.done() and bool(around.heard[-1].robots[0].path)

    assert host.spin_until(driving, TIMEOUT_S)
    message = around.heard[-1]
    (robot,) = message.robots
    assert (message.name, robot.name, robot.task_id) == (NAME, "amr_01", asked.result().order_id)
    assert robot.battery_percent == pytest.approx(90.0)
    assert (robot.location.x, robot.location.y) == pytest.approx((home.x + 100.0, home.y), abs=1e-4)
    assert robot.location.t.sec > 0
    assert [(place.level_name, place.index) for place in robot.path] == [("L1", i) for i in range(len(robot.path))]
    count = [m.robots[0].seq for m in around.heard]
    assert count == list(range(count[0], count[0] + len(count))), "every message counts one on"


def test_without_a_file_nothing_is_said_and_a_wrong_one_stops_the_start(host: ProcessHost, tmp_path: Path) -> None:
    with pytest.raises(AmrError) as caught:
        fleet_with(host, tmp_path, "open_rmf: {fleet: x, hz: 50}")
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", "open_rmf.hz")
    host.build(FleetNode, "quiet", params={"site": "lab", "robots": ["amr_01"]})
    around = host.build(Around, "around")
    assert host.spin_until(around.create.service_is_ready, TIMEOUT_S)
    assert around.count_publishers("/fleet_states") == 0


def test_a_fault_in_what_is_said_never_reaches_the_fleet(
    host: ProcessHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = fleet_with(host, tmp_path, "open_rmf: {fleet: x, hz: 5}")
    said = []

    def broken(*_: Any) -> None:
        said.append(fleet.service.snapshot().t)
        raise RuntimeError("broken")

    monkeypatch.setattr(fleet._told._rmf, "say", broken)
    assert host.spin_until(lambda: len(said) >= 3, TIMEOUT_S)
    assert said[-1] > said[0], "the engine goes on"
