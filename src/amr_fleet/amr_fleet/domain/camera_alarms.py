"""Fixed cameras that cannot see, or hold robots up for long: what their zones say is an alarm for each camera."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from amr_core.errors import Fact
from amr_core.own_camera import DEPTH
from amr_core.vda5050 import RobotState
from amr_fleet.ports import ZoneView
from amr_fleet.vocabulary import AlarmCode, EndCode

BLIND: Final = "camera.blind."  # code of the zones of a blind camera, before the reason
CAMERA: Final = "camera:"
"""How the ids of cameras' zones begin."""
SILENT: Final = "silent"  # said by the fleet of a camera that has fallen silent, by no camera
UNHEARD: Final = "unheard"  # said by the fleet of a camera in use that has said nothing since the fleet's start
LEARNING: Final = "learning"  # it is starting, or learns its scene
HELD: Final = "alarm.camera_held"
REFUSED: Final = "alarm.camera_refused"
"""A zone of a camera was not taken: robots may drive where somebody stands."""
HELD_AFTER: Final = 600.0
"""s that a camera may hold robots up before somebody must look: what stands there may be no person."""
_SEEN: Final = frozenset({
    "camera.person_near", "camera.vehicle_near", "camera.lane_blocked", "camera.fallen_load",
})  # fmt: skip
# A camera that is learning its scene needs nobody.
ALARMS: Final[Mapping[str, AlarmCode]] = {
    "no_pictures": "alarm.camera_no_pictures",
    "bad_picture": "alarm.camera_bad_picture",
    "wrong_size": "alarm.camera_wrong_size",
    "not_calibrated": "alarm.camera_not_calibrated",
    "late": "alarm.camera_late",
    "frozen": "alarm.camera_frozen",
    "dark": "alarm.camera_dark",
    "dazzled": "alarm.camera_dazzled",
    "covered": "alarm.camera_covered",
    "blurred": "alarm.camera_blurred",
    "dirty": "alarm.camera_dirty",
    "turned": "alarm.camera_turned",
    "detector": "alarm.camera_detector",
    SILENT: "alarm.camera_silent",
    UNHEARD: "alarm.camera_unheard",
}
_ENDS: Final[Mapping[str, EndCode]] = {
    "camera.person_near": "itself", "camera.vehicle_near": "itself", f"{BLIND}{LEARNING}": "itself",
    "camera.lane_blocked": "clear_way", "camera.fallen_load": "clear_way",
}  # fmt: skip
REASONS: Final = frozenset({*ALARMS, LEARNING} - {SILENT, UNHEARD})


def own_cameras(report: RobotState) -> Iterator[tuple[tuple[AlarmCode, str, str], dict[str, Fact]]]:
    """Return alarm key (code, robot, camera) and facts of each camera of a robot that is looked through and blind.

    One that nobody looks through is no alarm: a robot drives without it, and its lens is judged when it is needed.
    """
    for camera in report.cameras:
        if camera.in_use and camera.reason in ALARMS:
            name = f"{report.robot}:{DEPTH}" if camera.camera == DEPTH else report.robot
            facts: dict[str, Fact] = {"camera": name, "robot": report.robot}
            yield (ALARMS[camera.reason], report.robot, name), facts


def owner_of(zone_id: str) -> str:
    """Return the camera whose zone it is, "" for a zone of somebody else."""
    return zone_id.removeprefix(CAMERA).partition(":")[0] if zone_id.startswith(CAMERA) else ""


def end_of(code: str) -> EndCode:
    """Return what ends a restriction of a camera, by its code; lifting it ends nothing: it is said anew every 2 s."""
    return _ENDS.get(code, "see_to_camera")


def blind_cameras(zones: Iterable[ZoneView]) -> Iterator[tuple[AlarmCode, str, dict[str, Fact]]]:
    """Return alarm code, camera and facts of each blind camera; its zones are called camera:<camera>:<event>."""
    told = set[tuple[str, str]]()
    for zone in zones:
        code = ALARMS.get(zone.code.removeprefix(BLIND)) if zone.code.startswith(BLIND) else None
        camera = owner_of(zone.zone_id)
        if code is None or not camera or (code, camera) in told:
            continue
        told.add((code, camera))
        yield code, camera, {"camera": camera}


def holding_cameras(zones: Iterable[ZoneView]) -> Iterator[tuple[AlarmCode, str, dict[str, Fact]]]:
    """Return alarm code, camera and facts of each camera that holds robots because of what it sees."""
    for camera in sorted({owner_of(zone.zone_id) for zone in zones if _holds(zone)}):
        yield HELD, camera, {"camera": camera}


def _holds(zone: ZoneView) -> bool:
    return zone.kind == "hold" and zone.code in _SEEN and owner_of(zone.zone_id) != ""
