"""Fixed cameras that say nothing: what they guard is held by the fleet itself, until they see.

A camera that runs says that it is blind. One whose program has ended or never began, or whose network is down, says
nothing, and its last zones end by themselves: without this its crossings would read as free.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Final

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.domain.camera_alarms import BLIND, LEARNING, SILENT, UNHEARD
from amr_fleet.domain.camera_areas import guarded_areas
from amr_fleet.nodes.camera_zones import tell_error
from amr_fleet.ports import CameraFrame, FleetPort, ZoneRequest
from amr_fleet.requests import ClearZone, SetZone

RENEW_S: Final = 2.0
VALID_S: Final = 5.0
SEES_S: Final = 1.0
"""How long a camera must have seen before what the fleet held for it is let go: its own events need two pictures."""
STARTS_S: Final = 15.0
"""How long a camera's program may take to begin before somebody is called; what it guards is held from the start."""
_USER: Final = "camera"


class CameraSilence:
    """Sets and renews the zones of silent cameras: of those that have been heard, and of those that are in use."""

    def __init__(
        self, site: Site, fleet: FleetPort, complain: Callable[[AmrError], None], in_use: Collection[str] = ()
    ) -> None:
        """in_use: cameras that run at this site. One that is not, and was never heard, holds nothing.

        Raises parameter.invalid for a camera that the site does not have.
        """
        self._fleet, self._complain = fleet, complain
        known = [camera.id for camera in site.cameras]
        if strange := sorted(set(in_use) - set(known)):
            reason = f"{', '.join(strange)} not among {', '.join(known) or 'none'}"
            raise AmrError("parameter.invalid", name="cameras", node="fleet", reason=reason)
        self._unheard, self._began = sorted(set(in_use)), math.inf
        self._guarded = {camera.id: guarded_areas(site, camera) for camera in site.cameras}
        self._told: dict[str, float] = {}
        self._seeing_since: dict[str, float] = {}

    def update(self, shown: Iterable[CameraFrame], now: float) -> None:
        """Take in what each camera that was heard shows at now (fleet seconds)."""
        shown = list(shown)
        if self._unheard:
            self._miss({frame.camera for frame in shown}, now)
        for frame in shown:
            camera = frame.camera
            if frame.blind:
                self._seeing_since.pop(camera, None)
            if frame.blind == SILENT:
                self._renew(camera, now, SILENT)
            elif not frame.blind and camera in self._told and self._has_seen(camera, now):
                # One that talks but is still blind says so itself, before what was held here ends.
                del self._told[camera], self._seeing_since[camera]
                self._lift(camera)

    def _miss(self, heard: Collection[str], now: float) -> None:
        """Hold what those cameras guard that are in use and of which not a word has come yet."""
        self._began = min(self._began, now)  # also after a clock that went back
        self._unheard = [camera for camera in self._unheard if camera not in heard]
        reason = LEARNING if now - self._began < STARTS_S else UNHEARD
        for camera in self._unheard:
            self._renew(camera, now, reason)

    def _renew(self, camera: str, now: float, reason: str) -> None:
        told = self._told.get(camera, -math.inf)
        if now - told >= RENEW_S or now < told:
            self._told[camera] = now
            self._hold(camera, now, reason)

    def _has_seen(self, camera: str, now: float) -> bool:
        return abs(now - self._seeing_since.setdefault(camera, now)) >= SEES_S

    def _hold(self, camera: str, now: float, reason: str) -> None:
        for area, polygon, speed in self._guarded.get(camera, ()):
            zone = ZoneRequest(
                zone_id=_zone_id(camera, area), kind="slow" if speed else "hold", polygon=polygon, max_speed=speed,
                code=f"{BLIND}{reason}", text=f"{camera} {area}", until=now + VALID_S, user=_USER,
            )  # fmt: skip
            self._ask(SetZone(zone=zone))

    def _lift(self, camera: str) -> None:
        for area, _, _ in self._guarded.get(camera, ()):
            self._ask(ClearZone(zone_id=_zone_id(camera, area), user=_USER), ignore="zone.not_found")

    def _ask(self, request: SetZone | ClearZone, ignore: str = "") -> None:
        tell_error(self._fleet.ask(request), self._complain, ignore)


def _zone_id(camera: str, area: str) -> str:
    return f"camera:{camera}:{area}:{SILENT}"
