"""How a robot's own camera is: why a camera sees nothing, and what a robot says of the one that it looks through."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

LensReason = Literal[
    "no_pictures",
    "bad_picture",
    "wrong_size",
    "not_calibrated",
    "late",
    "frozen",
    "dark",
    "dazzled",
    "covered",
    "blurred",
    "dirty",
    "turned",
    "detector",
    "learning",
]
FRONT: Final = "front"  # looks for tags, docks and labels
DEPTH: Final = "depth"  # measures what stands low or hangs; it has neither light nor sharpness
_REASONS: Final = frozenset({"", *get_args(LensReason)})
_LONGEST_NAME: Final = 32
# From and to. An age of -1: there was no picture; sharpness as in `amr_perception.lens`.
_RANGES: Final = {
    "picture_age": (-1.0, 1e9), "sharpness": (0.0, 1e6), "usual": (0.0, 1e6), "brightness": (0.0, 255.0),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OwnCamera:
    """A camera of a robot. reason: why it sees nothing, "" = it sees.

    in_use: something looks through it now (a dock, tags); what is said otherwise is of its last use. picture_age (s):
    of its newest usable picture, -1 = there was none. usual: the sharpness that it has learnt as its own, 0 = nothing
    yet. brightness: grey level 0..255.
    """

    camera: str
    reason: LensReason | Literal[""] = ""
    in_use: bool = False
    picture_age: float = -1.0
    sharpness: float = 0.0
    usual: float = 0.0
    brightness: float = 0.0


def own_camera(camera: Any, reason: Any, in_use: Any, **numbers: Any) -> OwnCamera:
    """Return what came over a boundary as an OwnCamera. Raises ValueError with what is wrong with it."""
    if not isinstance(camera, str) or not 0 < len(camera) <= _LONGEST_NAME or not camera.isprintable():
        raise ValueError("a camera without a name")
    if reason not in _REASONS:
        raise ValueError(f"reason {str(reason)[:32]!r}")
    if not isinstance(in_use, bool):
        raise ValueError("in_use is no truth value")
    kept = {}
    for name, (least, most) in _RANGES.items():
        value = numbers[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{name} is no number")
        if not least <= value <= most:
            raise ValueError(f"{name} {value:g}")
        kept[name] = float(value)
    return OwnCamera(camera=camera, reason=cast("LensReason", reason), in_use=in_use, **kept)
