"""How our robots' own cameras are, as `information` of a VDA 5050 state; what other makers inform about is not read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from amr_core.own_camera import OwnCamera, own_camera

CAMERA: Final = "amrCamera"
_NUMBERS: Final = ("picture_age", "sharpness", "usual", "brightness")
_MOST: Final = 16


def informed(cameras: Iterable[OwnCamera]) -> list[dict[str, Any]]:
    """Return cameras as entries of `information`."""
    return [_entry(camera) for camera in cameras]


def _entry(camera: OwnCamera) -> dict[str, Any]:
    told = {"camera": camera.camera, "reason": camera.reason, "in_use": "true" if camera.in_use else "false"}
    told |= {name: f"{getattr(camera, name):.4g}" for name in _NUMBERS}
    references = [{"referenceKey": key, "referenceValue": value} for key, value in told.items()]
    return {"infoType": CAMERA, "infoLevel": "INFO", "infoReferences": references}


def cameras_of(information: object) -> Iterator[OwnCamera]:
    """Return the cameras in `information`; what is none of ours, or makes no sense, is left out: a robot drives on."""
    entries = information if isinstance(information, list) else []
    ours = [one for one in entries if isinstance(one, dict) and one.get("infoType") == CAMERA]
    for one in ours[:_MOST]:
        found = _read(one.get("infoReferences"))
        if found is not None:
            yield found


def _read(references: object) -> OwnCamera | None:
    told = {
        one.get("referenceKey"): one.get("referenceValue")
        for one in (references if isinstance(references, list) else [])
        if isinstance(one, dict) and isinstance(one.get("referenceKey"), str)
    }
    try:
        in_use = {"true": True, "false": False}[str(told["in_use"])]
        numbers = {name: float(str(told[name])[:32]) for name in _NUMBERS}
        return own_camera(told["camera"], told["reason"], in_use, **numbers)
    except (KeyError, ValueError, TypeError):
        return None
