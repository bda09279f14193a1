"""The VDA 5050 side of one of our robots: MQTT on one side, the topics of its agent on the other."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Final

from std_msgs.msg import String

from amr_core import vda5050 as vda
from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.robot_report import from_text
from amr_core.robots import robot_type
from amr_core.site import load_site
from amr_interfaces.msg import FleetBeat, InstantAction, Order, RobotState
from amr_interop.mqtt.address_watch import AddressWatch
from amr_interop.mqtt.client import RobotClient
from amr_interop.mqtt.clocks import GatewayClocks
from amr_interop.mqtt.line import LineWatch
from amr_interop.mqtt.params import BrokerParams
from amr_interop.vda.floors import floors_of
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.versions import spelling_of
from amr_ros import qos
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker
from amr_ros.vda5050 import instant_to_msg, order_to_msg, state_from_msg

AGENT: Final = "agent"
"""Below this name the agent's topics stand when somebody else speaks with the fleet for it."""
_PERIOD_S: Final = 0.1  # chosen: as the agent's own tick, so nothing it says waits for more than one
_MASTER: Final = vda.Leader("vda5050")
"""VDA 5050 does not say which master speaks: the broker's accounts decide who may."""


class VdaRobotParams(BrokerParams):
    """Parameters. version: of VDA 5050; serial "": the robot's name."""

    robot: str
    robot_type: str
    version: str = "2.1.0"
    manufacturer: str = "AMR"
    serial: str = ""


class VdaRobotNode(AmrNode):
    """Makes a robot of ours one that any VDA 5050 master can lead."""

    def __init__(self, name: str = "vda_robot", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = p = load_params(self, VdaRobotParams)
        site = load_site(p.site)
        serial = p.serial or p.robot
        self.robot = VdaRobot(
            p.robot, robot_type(p.robot_type), spelling_of(p.version)[0], manufacturer=p.manufacturer, serial=serial,
            map_id=site.id, roadmap=build_roadmap(site), floors=floors_of(site),
        )  # fmt: skip
        self._clocks = GatewayClocks()
        self._client = RobotClient(p.address, self.robot, self._time()[0])
        self.link = self._client.link
        self._address = AddressWatch()
        self._line = LineWatch(self.link, p.address, self.get_logger().warning, serial if p.certificate else "")
        self._orders = self.create_publisher(Order, f"{AGENT}/order", qos.RELIABLE)
        self._instants = self.create_publisher(InstantAction, f"{AGENT}/instant_action", qos.RELIABLE)
        self._beats = self.create_publisher(FleetBeat, f"{AGENT}/beat", qos.RELIABLE)
        self.create_subscription(RobotState, f"{AGENT}/state", self._on_state, qos.RELIABLE)
        self.create_subscription(String, f"{AGENT}/report", self._on_report, qos.RELIABLE)
        self.link.start()
        self._handles = [ticker.add(self.tick, _PERIOD_S), ticker.add(self._beat, 1.0)]

    def _time(self) -> tuple[float, float]:
        """Return s of a clock that is never set, and by how much the one of stamps is ahead of it.

        In a simulation that is faster than the clock, states must not become rarer by that.
        """
        return (self.params.epoch + self.now, 0.0) if self.params.epoch else self._clocks.read()

    def destroy_node(self) -> None:
        """Say OFFLINE, end the connection, remove the node."""
        for handle in self._handles:
            self.ticker.remove(handle)
        self._client.close(self._time()[0])
        super().destroy_node()

    def _on_state(self, message: Any) -> None:
        try:
            state = state_from_msg(message, self.params.robot)
            now = self._time()[0]
            moved = self._address.look(now, self.link.address)
            self.robot.heard(now, replace(state, errors=state.errors + moved))
        except AmrError as error:
            self.get_logger().warning(str(error))

    def _on_report(self, message: Any) -> None:
        try:
            self._client.reports.begin(from_text(message.data))
        except AmrError as error:
            self.get_logger().warning(str(error))

    def _beat(self, _now: float) -> None:
        """Tell the agent that its fleet lives, also where that cannot be known: a master of VDA 5050 says no beats."""
        if not self._client.fleet.lives(self._time()[0]):
            return
        self._beats.publish(FleetBeat(stamp=self.stamp(), fleet_id=_MASTER.instance, instance_id=_MASTER.instance))

    def tick(self, _now: float) -> None:
        """Take what the broker brought and do what it means."""
        self._line.step(time.time())
        for command in self._client.tick(*self._time()):
            if isinstance(command, vda.Order):
                self._orders.publish(order_to_msg(replace(command, leader=_MASTER), self.stamp()))
            else:
                self._instants.publish(instant_to_msg(replace(command, leader=_MASTER), self.stamp()))
