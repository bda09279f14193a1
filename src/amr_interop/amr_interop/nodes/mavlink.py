"""MavlinkNode: one aircraft on a MAVLink link, for the fleet as the simulated one is: missions in, states out.

All of MAVLink happens in `amr_uav.mavlink`; this node has the topics and the UDP port.
"""

from __future__ import annotations

import math
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from amr_core.errors import AmrError
from amr_interfaces.msg import FleetBeat, UavMission, UavState
from amr_ros import qos
from amr_ros.convert import from_stamp, to_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker
from amr_uav.gate import LINK_S
from amr_uav.mavlink.link import MavlinkLink
from amr_uav.mavlink.udp import UdpPort
from amr_uav.mission_message import plan_of
from amr_uav.model import FlightPlan, Telemetry
from amr_uav.site import load_flight_site

_PERIOD_S: Final = 0.05  # chosen: half of it would cost twice the CPU; a command to hold waits so long at most
_STATE_S: Final = 0.2  # as the fleet's live feed shows it, 5 times a second: more is not seen
_COMMANDS: Final = ("fly", "hold", "resume", "return", "land")


class MavlinkParams(BaseModel):
    """Parameters. own: UDP port that is listened on; peer: HOST:PORT of the aircraft, "" = who speaks first; host: own
    address; system: the aircraft's MAVLink id.
    """

    model_config = ConfigDict(frozen=True)
    site: str
    own: int = Field(default=14550, ge=0, le=65535)
    peer: str = Field(default="", pattern=r"^$|^[^:\s]+:\d{1,5}$")
    host: str = "127.0.0.1"
    system: int = Field(default=1, ge=1, le=254)


class MavlinkNode(AmrNode):
    """Hears /<vehicle>/mission and /fleet/beat, says /<vehicle>/flight_state."""

    def __init__(self, name: str = "mavlink", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        params = load_params(self, MavlinkParams)
        site = load_flight_site(params.site)
        if site is None:
            raise AmrError("flight.none")
        if site.earth is None:
            raise AmrError("flight.site_invalid", where="earth", reason="an aircraft over MAVLink needs it")
        host, _, number = params.peer.partition(":")
        peer = (host, int(number)) if number else None
        self._vehicle = site.aircraft.name
        limits = site.aircraft.limits()
        self.link = MavlinkLink(self._vehicle, site.earth.frame(), system=params.system, look=limits.look)
        self._port = UdpPort(params.own, peer, params.host)
        self._heard, self._said, self._told = -1e9, -1e9, -1e9
        self._scan, self._scan_since, self._refused = "", 0.0, 0
        self._states = self.create_publisher(UavState, f"/{self._vehicle}/flight_state", qos.SENSOR)
        self.create_subscription(UavMission, f"/{self._vehicle}/mission", self._on_mission, qos.RELIABLE)
        self.create_subscription(FleetBeat, "/fleet/beat", self._on_beat, qos.RELIABLE)
        self._handle = ticker.add(self.tick, _PERIOD_S)

    @property
    def port(self) -> int:
        """The UDP port that is listened on."""
        return self._port.number

    def destroy_node(self) -> None:
        """Give the port back and remove the node; without our beat the aircraft comes home."""
        self.ticker.remove(self._handle)
        self._port.close()
        super().destroy_node()

    def tick(self, now: float) -> None:
        """Hear the aircraft, tell it what is due, and say how things are."""
        self.link.take(now, self._port.read())
        for data in self.link.step(now, self._heard):
            self._port.send(data)
        scan = self.link.scan
        if scan != self._scan:
            self._scan, self._scan_since = scan, now
        if self.link.refusals > self._refused:
            self._refused = self.link.refusals
            self.get_logger().warning(f"the aircraft does not follow: {self.link.counts.refused[-1]}")
        told = self.link.telemetry(now)
        if told is not None and now - self._said >= _STATE_S and told.t > self._told:
            self._said, self._told = now, told.t
            self._states.publish(self._state(told))

    def _state(self, told: Telemetry) -> UavState:
        message = UavState(
            stamp=to_stamp(told.t), vehicle=told.vehicle, flight_id=told.flight_id, mode=told.mode, item=told.item
        )
        message.scan, message.scan_since = self._scan, to_stamp(self._scan_since)
        message.x, message.y, message.z, message.yaw = told.x, told.y, told.z, told.yaw
        message.soc, message.position_ok = told.soc, told.position_ok
        message.wind = math.nan if told.wind is None else told.wind
        return message

    def _on_beat(self, _message: Any) -> None:
        self._heard = self.now

    def _on_mission(self, message: Any) -> None:
        if message.vehicle != self._vehicle:
            return
        command, flight, sent = str(message.command), str(message.flight_id), from_stamp(message.stamp)
        plan = fenced_plan(message) if command == "fly" else None
        wrong = command not in _COMMANDS or (command == "fly" and plan is None)
        if wrong or (command == "fly" and abs(self.now - sent) > LINK_S):
            self.get_logger().warning(f"{command[:16]} of {flight[:32]} refused: {'wrong' if wrong else 'too old'}")
            return
        # What is left of its time counts from when it was sent.
        self.link.order(min(sent, self.now) if command == "fly" else self.now, command, flight, plan)


def fenced_plan(message: Any) -> FlightPlan | None:
    """Return the plan of a mission; None when it is not whole, or has no fence: it does not fly without."""
    plan = plan_of(message)
    return plan if plan is not None and len(plan.volume.polygon) >= 3 else None
