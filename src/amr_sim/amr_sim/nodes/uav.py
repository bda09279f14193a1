"""The simulated aircraft as a ROS node: missions in, states and pictures of racks out."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from sensor_msgs.msg import Image

from amr_core.errors import AmrError
from amr_interfaces.msg import FleetBeat, UavMission, UavState
from amr_ros import qos
from amr_ros.convert import from_stamp, to_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.standalone import run_node
from amr_ros.ticker import Ticker
from amr_sim.aircraft import SimulatedAircraft, mission_of
from amr_sim.mavlink_aircraft import MavlinkAircraft
from amr_sim.shelves import HEIGHT, WIDTH, Picture, picture, roof
from amr_uav.mavlink.udp import UdpPort
from amr_uav.mission_message import plan_of
from amr_uav.model import Telemetry, Waypoint
from amr_uav.sample_stock import sample
from amr_uav.site import FlightSite, load_flight_site

_DT: Final = 0.05  # s a step; chosen: as long as a step of the simulator
_STATE_TICKS: Final = 4  # 5 Hz
_SPOT: Final = 0.2  # m; chosen: rounding of a plan on its way through MAVLink; farther it looks at the next cell
_CLOSEST: Final = 0.3  # m; nearer a picture would hold less than a label, and it would be in the rack


class UavParams(BaseModel):
    """Parameters. wind: m/s from the west; soc: share of the battery at the start; seed: of gusts and pictures.

    mavlink: UDP port of a ground station on this computer; it then speaks MAVLink, and of topics only the camera's.
    """

    model_config = ConfigDict(frozen=True)
    site: str
    seed: int = Field(default=1, ge=0)
    wind: float = Field(default=0.0, ge=0.0, le=40.0)
    soc: float = Field(default=1.0, ge=0.0, le=1.0)
    mavlink: int = Field(default=0, ge=0, le=65535)


class UavNode(AmrNode):
    """Steps the aircraft; charges it while it stands on its pad."""

    def __init__(self, name: str = "uav", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = load_params(self, UavParams)
        site = load_flight_site(self.params.site)
        if site is None:
            raise AmrError("flight.none")
        self.aircraft = SimulatedAircraft(
            site.aircraft.name, site.aircraft.limits(), site.pad, self.params.seed, (self.params.wind, 0.0),
            self.params.soc,
        )  # fmt: skip
        self._site = site
        self._station = _station(site, self.aircraft, self.params.mavlink) if self.params.mavlink else None
        self._racks = sample(site).racks  # as the book has them that a demonstration puts in
        self._rows = {row.id: row for row in site.rows}
        self._rng = np.random.default_rng(self.params.seed)
        self._heard, self._ticks, self._last = 0.0, 0, -1.0
        vehicle = site.aircraft.name
        self._pictures = self.create_publisher(Image, f"/{vehicle}/camera/image_raw", qos.SENSOR)
        if self._station is None:
            self._states = self.create_publisher(UavState, f"/{vehicle}/flight_state", qos.SENSOR)
            self.create_subscription(UavMission, f"/{vehicle}/mission", self._on_mission, qos.RELIABLE)
            self.create_subscription(FleetBeat, "/fleet/beat", self._on_beat, qos.RELIABLE)
        self._handle = ticker.add(self.tick, _DT)

    def destroy_node(self) -> None:
        """Stop ticking and remove the node."""
        self.ticker.remove(self._handle)
        if self._station is not None:
            self._station[1].close()
        super().destroy_node()

    def tick(self, now: float) -> None:
        """Fly on; say how things are; take a picture of what is looked at."""
        dt = min(now - self._last, 1.0) if self._last >= 0.0 else 0.0
        self._last = now
        craft = self.aircraft
        for _ in range(max(1, round(dt / _DT))):
            self._fly(now, _DT if dt > 0.0 else 0.0)
        if craft.mode == "LANDED" and math.hypot(craft.p[0] - craft.pad[0], craft.p[1] - craft.pad[1]) < 1.0:
            craft.soc = min(1.0, craft.soc + dt / 1800.0)
        self._ticks += 1
        if self._ticks % _STATE_TICKS == 0:
            self._publish(now)

    def _fly(self, now: float, dt: float) -> None:
        if self._station is None:
            self.aircraft.step(now, dt, self._heard)
            return
        vehicle, port = self._station
        vehicle.take(now, port.read())
        for data in vehicle.step(now, dt):
            port.send(data)

    def _publish(self, now: float) -> None:
        told = self.aircraft.telemetry(now)
        scan = self.aircraft.scan
        if self._station is None:
            self._say(now, told, scan)
        elif scan and self.aircraft.mission is not None:
            scan = _cell_at(self._site, self.aircraft.mission.waypoints[self.aircraft.item]) or scan
        if not scan or self._pictures.get_subscription_count() == 0:
            return
        row, x, y = self._rows.get(scan.split("-")[0]), float(self.aircraft.p[0]), float(self.aircraft.p[1])
        if row is None:  # a point of an inspection
            self._send(roof(x, y, float(np.linalg.norm(self.aircraft.v)), self._rng), now)
            return
        distance = max(_CLOSEST, row.distance(x, y) + float(self._rng.normal(0.0, 0.03)))
        shown = picture(self._racks.get(scan, ""), distance, float(np.linalg.norm(self.aircraft.v)), self._rng)
        self._send(shown, now)

    def _send(self, shown: Picture, now: float) -> None:
        message = Image(height=HEIGHT, width=WIDTH, encoding="mono8", step=WIDTH, data=shown.tobytes())
        message.header.stamp = to_stamp(now)
        message.header.frame_id = f"{self.aircraft.name}_camera"
        self._pictures.publish(message)

    def _say(self, now: float, told: Telemetry, scan: str) -> None:
        self._states.publish(
            UavState(
                stamp=to_stamp(now),
                vehicle=told.vehicle,
                flight_id=told.flight_id,
                mode=told.mode,
                failsafe=told.failsafe,
                item=told.item,
                scan=scan,
                scan_since=to_stamp(self.aircraft.scan_since),
                x=told.x,
                y=told.y,
                z=told.z,
                yaw=told.yaw,
                soc=told.soc,
                position_ok=told.position_ok,
                wind=math.hypot(*self.aircraft.air),
            )
        )

    def _on_beat(self, _message: Any) -> None:
        self._heard = self.now

    def _on_mission(self, message: Any) -> None:
        """Obey; what makes no sense is refused with a line in the log, as an autopilot answers with a refusal."""
        craft = self.aircraft
        if message.vehicle != craft.name:
            return
        if message.command != "fly":
            done = craft.told(message.command, message.flight_id)
        elif craft.mission is not None and craft.mission.flight_id == message.flight_id and craft.mode != "LANDED":
            return  # told twice
        else:
            plan = plan_of(message)
            done = plan is not None and craft.fly(
                mission_of(message.flight_id, plan.waypoints, plan.volume, plan.transit),
                self.now - from_stamp(message.stamp),
            )
        if not done and message.command not in ("land", "return"):
            self.get_logger().warning(f"{message.command[:16]} of {message.flight_id[:32]} refused in {craft.mode}")


def _station(site: FlightSite, craft: SimulatedAircraft, station: int) -> tuple[MavlinkAircraft, UdpPort]:
    """Return the vehicle that speaks MAVLink and its port to a ground station; raises flight.site_invalid."""
    if site.earth is None:
        raise AmrError("flight.site_invalid", where="earth", reason="an aircraft over MAVLink needs it")
    return MavlinkAircraft(craft, site.earth.frame()), UdpPort(peer=("127.0.0.1", station))


def _cell_at(site: FlightSite, spot: Waypoint) -> str:
    """Return the cell that is looked at from a spot, "" = none: over MAVLink a mission has no names."""
    for row in site.rows:
        for bay in range(row.bays):
            for level in range(len(row.levels)):
                away = row.distance(spot.x, spot.y)
                near = 0.0 < away <= row.stand_off + _SPOT and math.dist(row.spot(bay, level, away), spot.at) < _SPOT
                if near and abs(math.remainder(spot.yaw - math.radians(row.yaw), math.tau)) < 0.1:
                    return row.cell(bay, level)
    return ""


def main() -> None:
    """Entry point of `ros2 run amr_sim uav`."""
    run_node(UavNode, "uav")
