"""The aircraft over ROS: missions out; its states, what was read on racks, and people that somebody sees, in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

from sensor_msgs.msg import CompressedImage

from amr_core.errors import AmrError
from amr_fleet.domain.events import PeopleSeen, ShelfRead, UavCommand, UavReport
from amr_fleet.nodes.flight_pictures import FlightPictures
from amr_fleet.ports import TrackView
from amr_fleet.service import FleetService
from amr_interfaces.msg import ShelfReading, UavMission, UavState
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode
from amr_uav.count import CellReading, CellState
from amr_uav.model import Failsafe, FlightMode, Telemetry
from amr_uav.site import FlightSite, load_flight_site

_LOOK_PERIOD: Final = 0.5  # s between two looks who stands below; chosen: somebody who walks goes half a metre or so


def flight_site(site: str, uav: bool) -> FlightSite | None:
    """Return what a site says about flying, None unless the fleet flies; raises flight.none or flight.site_invalid."""
    found = load_flight_site(site) if uav else None
    if uav and found is None:
        raise AmrError("flight.none")
    return found


class UavPort:
    """The topics of one aircraft. blame: what to do with a message that is wrong, and whose it is."""

    def __init__(
        self, node: AmrNode, service: FleetService, site: FlightSite | None, blame: Callable[[str, AmrError], None],
        photos: Callable[[], Path],
    ) -> None:  # fmt: skip
        """site: None = nobody flies, nothing is said or heard; photos: the folder of pictures that are kept."""
        self._pictures = FlightPictures(photos, service.post)
        self._node, self._service, self._blame = node, service, blame
        self._due = -1e9 if site is not None else math.inf
        self._vehicle = vehicle = site.aircraft.name if site is not None else ""
        if site is None:
            return
        self._pictures.sweep()
        self._missions = node.create_publisher(UavMission, f"/{vehicle}/mission", qos.RELIABLE)
        node.create_subscription(UavState, f"/{vehicle}/flight_state", self._on_state, qos.SENSOR)
        node.create_subscription(ShelfReading, "/inventory/readings", self._on_reading, qos.RELIABLE)
        node.create_subscription(CompressedImage, f"/{vehicle}/picture", self._on_picture, qos.RELIABLE)

    def close(self) -> None:
        """Keep the pictures that wait for a disk, and end."""
        self._pictures.close()

    def send(self, command: UavCommand) -> None:
        """Tell the aircraft what to do."""
        message = UavMission(
            stamp=self._node.stamp(), vehicle=command.vehicle, command=command.command, flight_id=command.flight_id
        )
        plan = command.plan
        if plan is not None:
            message.x, message.y = [w.x for w in plan.waypoints], [w.y for w in plan.waypoints]
            message.z, message.yaw = [w.z for w in plan.waypoints], [w.yaw for w in plan.waypoints]
            message.scan = [w.scan for w in plan.waypoints]
            message.fence_x, message.fence_y = map(list, zip(*plan.volume.polygon, strict=True))
            message.fence_z, message.transit = plan.volume.z1, plan.transit
        self._missions.publish(message)

    def look(self, now: float, tracks: Mapping[str, Sequence[TrackView]]) -> None:
        """Tell the engine where people are, as long as some robot or camera looks at all."""
        if now < self._due:
            return
        snapshot = self._service.snapshot()
        if snapshot.flights is not None:
            self._pictures.counted(snapshot.flights.flights)
        if not tracks and all(frame.blind for frame in snapshot.cameras):
            return
        self._due = now + _LOOK_PERIOD
        people = [(t.x, t.y) for seen in tracks.values() for t in seen if t.kind == "person"]
        people += [(t.x, t.y) for frame in snapshot.cameras for t in frame.things if t.kind == "person"]
        self._service.post(PeopleSeen(tuple(people)))

    def _on_state(self, message: Any) -> None:
        t = self._service.snapshot().t
        if not t:
            return  # before the fleet's first step nobody knows how its time stands to the aircraft's
        try:
            told = telemetry_from_msg(message, t - self._node.now)
            self._service.post(UavReport(told))
            self._pictures.state(
                told, from_stamp(message.stamp), str(message.scan)[:64], from_stamp(message.scan_since)
            )
        except AmrError as error:
            self._blame(self._vehicle, error)

    def _on_picture(self, message: Any) -> None:
        self._pictures.picture(from_stamp(message.header.stamp), bytes(message.data))

    def _on_reading(self, message: Any) -> None:
        try:
            self._service.post(ShelfRead(str(message.flight_id), reading_from_msg(message)))
        except AmrError as error:
            self._blame(self._vehicle, error)


def telemetry_from_msg(message: Any, offset: float) -> Telemetry:
    """Return what an aircraft says; offset: fleet seconds less ROS seconds. Raises message.invalid."""
    mode, failsafe = str(message.mode), str(message.failsafe)
    told = Telemetry(
        t=from_stamp(message.stamp) + offset, vehicle=str(message.vehicle), flight_id=str(message.flight_id),
        mode=mode, failsafe=failsafe, item=int(message.item), x=float(message.x), y=float(message.y),  # type: ignore[arg-type]
        z=float(message.z), yaw=float(message.yaw), soc=float(message.soc), position_ok=bool(message.position_ok),
        wind=None if math.isnan(message.wind) else float(message.wind),
    )  # fmt: skip
    wrong = told.fault()
    if mode not in get_args(FlightMode) or failsafe not in get_args(Failsafe):
        wrong = f"mode {mode[:32]!r}, failsafe {failsafe[:32]!r}"
    if wrong:
        raise AmrError("message.invalid", topic=f"/{told.vehicle[:32]}/flight_state", reason=wrong)
    return told


def reading_from_msg(message: Any) -> CellReading:
    """Return what was read in a cell. Raises message.invalid."""
    state, sscc = str(message.state), str(message.sscc)
    looked = state in get_args(CellState) and state != "unknown"
    right = looked and (state == "label") == (len(sscc) == 18 and sscc.isascii() and sscc.isdigit())
    if not right or not 0 < len(message.cell) <= 64:
        reason = f"{message.cell[:32]}: {state[:32]} {sscc[:32]}"
        raise AmrError("message.invalid", topic="/inventory/readings", reason=reason)
    return CellReading(str(message.cell), state, sscc)  # type: ignore[arg-type]
