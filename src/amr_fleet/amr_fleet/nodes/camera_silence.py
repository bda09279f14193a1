"""Fixed cameras that say nothing: what they guard is held by the fleet itself, until they see.

A camera that runs says that it is blind. One whose program has ended or never began, or whose network is down, says
nothing, and its last zones end by themselves: without this its crossings would read as free.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Final

from amr_core.cameras import RENEW_S, VALID_S
from amr_core.changes import Changes
from amr_core.errors import AmrError
from amr_core.site import Site, load_site, site_dir
from amr_core.site.camera_files import camera_stamps
from amr_fleet.camera_frames import CameraFrame
from amr_fleet.domain.camera_alarms import BLIND, CAMERA, LEARNING, SILENT, UNHEARD
from amr_fleet.domain.camera_areas import Guarded, guarded_areas
from amr_fleet.nodes.camera_zones import RefusedHolds, tell_error
from amr_fleet.ports import FleetPort, ZoneRequest
from amr_fleet.requests import ClearZone, SetZone

SEES_S: Final = 1.0
"""How long a camera must have seen before what the fleet held for it is let go: its own events need two pictures."""
STARTS_S: Final = 15.0
"""How long a camera's program may take to begin before somebody is called; what it guards is held from the start."""
_USER: Final = "camera"


class CameraFiles:
    """The files of a site's cameras, looked at once a second for another state of them."""

    def __init__(self, site: str) -> None:
        """site: its name or path."""
        self._site = site
        self._changes = Changes(lambda: camera_stamps(site_dir(site)))

    def changed(self, now: float) -> Site | None:
        """Return the site where a file says something else than before (now: s), else None. Raises site.*."""
        return load_site(self._site) if self._changes.seen(now) else None


class CameraSilence:
    """Sets and renews the zones of silent cameras: of those that have been heard, and of those that are in use."""

    def __init__(
        self, site: Site, fleet: FleetPort, complain: Callable[[AmrError], None], in_use: Collection[str] = (),
        files: CameraFiles | None = None, refused: RefusedHolds | None = None,
    ) -> None:  # fmt: skip
        """in_use: cameras that run at this site. One that is not, and was never heard, holds nothing.

        files: where the areas of cameras are saved anew while the fleet runs; refused: is told of holds not taken.

        Raises parameter.invalid for a camera that the site does not have.
        """
        self._fleet, self._complain, self._refused = (
            fleet,
            complain,
            refused or RefusedHolds(complain, [camera.id for camera in site.cameras]),
        )
        known = [camera.id for camera in site.cameras]
        if strange := sorted(set(in_use) - set(known)):
            reason = f"{', '.join(strange)} not among {', '.join(known) or 'none'}"
            raise AmrError("parameter.invalid", name="cameras", node="fleet", reason=reason)
        self._unheard, self._began = sorted(set(in_use)), math.inf
        self._guarded = {camera.id: guarded_areas(site, camera) for camera in site.cameras}
        self._told: dict[str, float] = {}
        self._seeing_since: dict[str, float] = {}
        self._files = files
        self._leaving: dict[str, list[Guarded]] = {}  # held, and guarded no more by the files

    def _read_anew(self, site: Site) -> None:
        """Guard from now on what the files say; what is held is held on until it is let go."""
        for camera in site.cameras:
            new, old = guarded_areas(site, camera), self._areas(camera.id)
            names = {name for name, _, _ in new}
            self._leaving[camera.id] = [area for area in old if area[0] not in names and camera.id in self._told]
            self._guarded[camera.id] = new

    def _areas(self, camera: str) -> list[Guarded]:
        return [*self._guarded.get(camera, ()), *self._leaving.get(camera, ())]

    def update(self, shown: Iterable[CameraFrame], now: float) -> None:
        """Take in what each camera that was heard shows at now (fleet seconds)."""
        shown = list(shown)
        try:
            site = self._files.changed(now) if self._files is not None else None
        except AmrError as error:  # what was guarded is guarded on
            self._complain(error)
            site = None
        if site is not None:
            self._read_anew(site)
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
        for area, polygon, speed in self._areas(camera):
            zone = ZoneRequest(
                zone_id=_zone_id(camera, area), kind="slow" if speed else "hold", polygon=polygon, max_speed=speed,
                code=f"{BLIND}{reason}", text=f"{camera} {area}", until=now + VALID_S, user=_USER,
            )  # fmt: skip
            self._refused.watch(camera, zone.zone_id, now, self._fleet.ask(SetZone(zone=zone)))

    def _lift(self, camera: str) -> None:
        for area, _, _ in self._areas(camera):
            lift = ClearZone(zone_id=_zone_id(camera, area), user=_USER)
            tell_error(self._fleet.ask(lift), self._complain, ignore="zone.not_found")
        self._leaving.pop(camera, None)


def _zone_id(camera: str, area: str) -> str:
    return f"{CAMERA}{camera}:{area}:{SILENT}"
