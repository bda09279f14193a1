"""The fixed cameras as the fleet hears them: events become zones, views are shown, silence holds what is guarded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from amr_core.errors import AmrError, Fact
from amr_core.site import Site
from amr_fleet.camera_frames import CameraFrame
from amr_fleet.domain.camera_alarms import REFUSED, owner_of
from amr_fleet.nodes.camera_silence import CameraFiles, CameraSilence
from amr_fleet.nodes.camera_wall import CameraWall
from amr_fleet.nodes.camera_zones import CameraZones, RefusedHolds
from amr_fleet.ports import FleetPort
from amr_interfaces.msg import CameraEvent, CameraView
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode


class CameraPort:
    """Subscribes /cameras/events and /cameras/views. complain: is told of messages that cannot be used.

    What comes before the fleet's first step is left out, and said again by the cameras: fleet time is not known yet.
    A camera that held something when the fleet ended is in use, as those are that are said to be (in_use).
    """

    def __init__(
        self, node: AmrNode, site: Site, fleet: FleetPort, complain: Callable[[AmrError], None],
        in_use: Collection[str] = (),
        files: CameraFiles | None = None,
    ) -> None:  # fmt: skip
        self._node, self._fleet, self._complain = node, fleet, complain
        cameras = {camera.id for camera in site.cameras}
        held = {owner_of(zone.zone_id) for zone in fleet.snapshot().zones} & cameras
        self._refused = RefusedHolds(complain, cameras)
        self._zones = CameraZones(fleet, self._refused)
        self._silence = CameraSilence(site, fleet, complain, {*in_use, *held}, files, self._refused)
        self._wall = CameraWall(camera.id for camera in site.cameras)
        node.create_subscription(CameraEvent, "/cameras/events", self._on_event, qos.RELIABLE)
        node.create_subscription(CameraView, "/cameras/views", self._on_view, qos.SENSOR)

    def look(self) -> list[CameraFrame]:
        """Return what the cameras show now; hold what silent ones guard."""
        now = self._fleet.snapshot().t
        frames = self._wall.frames(now)
        if now:
            self._silence.update(frames, now)
        return frames

    def notices(self) -> Iterator[tuple[tuple[str, str], Mapping[str, Fact]]]:
        """Return the alarms of cameras whose holds were not taken."""
        for camera in self._refused.cameras(self._fleet.snapshot().t):
            yield (REFUSED, "?" if camera.startswith("? ") else camera), {"camera": camera}

    def _on_event(self, message: Any) -> None:
        if t := self._fleet.snapshot().t:
            self._zones.on_event(message, t, self._node.now - from_stamp(message.header.stamp))

    def _on_view(self, message: Any) -> None:
        try:
            if t := self._fleet.snapshot().t:
                self._wall.on_view(message, t)
        except AmrError as error:
            self._complain(error)
