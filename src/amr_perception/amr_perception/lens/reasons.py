"""Why a camera is blind: a code for messages and alarms, what is wrong, and what to do about it."""

from __future__ import annotations

from typing import get_args

from amr_core.own_camera import LensReason as LensReason

REASONS: tuple[LensReason, ...] = get_args(LensReason)

WHAT: dict[LensReason, str] = {
    "no_pictures": "no pictures",
    "bad_picture": "pictures that cannot be used",
    "wrong_size": "a picture of another size",
    "not_calibrated": "its calibration cannot be read",
    "late": "pictures come late",
    "frozen": "the picture stands still",
    "dark": "too dark to see",
    "dazzled": "dazzled by light",
    "covered": "a picture without any contrast",
    "blurred": "out of focus",
    "dirty": "a large part of the lens is covered or dirty",
    "turned": "the view no longer fits the learnt one",
    "detector": "its detector fails",
    "learning": "learning the empty scene",
}
ADVICE: dict[LensReason, str] = {
    "no_pictures": "check the camera's power, cable and driver",
    "bad_picture": "check the cable or network, the driver's settings and the clock",
    "wrong_size": "set the driver to the calibrated size, or calibrate anew",
    "not_calibrated": "calibrate the camera anew",
    "late": "check network and load of the computer",
    "frozen": "restart the camera",
    "dark": "switch on the light and check the lens cap",
    "dazzled": (
        "shade the lens, or turn away the light that shines into it; if the scene is white, let it learn its view anew"
    ),
    "covered": "clear what is in front of the lens",
    "blurred": "clean the lens, then set the focus",
    "dirty": "clean the lens",
    "turned": "turn the camera back; if it was moved on purpose, calibrate it and let it learn its view anew",
    "detector": "restart the camera's program; if that does not help, make models or choose another detector",
    "learning": "keep people out of the picture for some seconds",
}
