"""What fixed cameras show, and how they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from amr_fleet import vocabulary as words


@dataclass(frozen=True, kw_only=True)
class CameraThing:
    """A thing that a fixed camera sees: class, score, box in the picture (x0, y0, x1, y1 px), place (m, map frame)."""

    kind: words.SeenKind
    score: float
    box: tuple[float, float, float, float]
    x: float
    y: float
    radius: float


@dataclass(frozen=True, kw_only=True)
class CameraHealth:
    """How a camera is. reason: the code for why it is blind, "" when it sees; since: fleet s since when it is so.

    picture_age: s of its newest usable picture when it was told, -1 = none. sharpness: details over shapes; usual: what
    it has learnt as its own, 0 = nothing yet. brightness: grey level, 0..255. dirty: share of the details that are
    lost. shift: px that the view has moved. light: what guards (m) is for; guards_day: the same by day; a person
    farther away is too small to be found. detector: what finds people. setup: version of the camera's file that counts
    in its node since setup_since (fleet s), 0 = it has none, -1 = one that cannot be read.
    """

    reason: str = ""
    since: float = 0.0
    picture_age: float = -1.0
    sharpness: float = 0.0
    usual: float = 0.0
    brightness: float = 0.0
    dirty: float = 0.0
    shift: float = 0.0
    light: words.CameraLight = ""
    guards: float = 0.0
    guards_day: float = 0.0
    detector: str = ""
    setup: int = 0
    setup_since: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CameraFrame:
    """What a fixed camera shows, without identity. t, frame_t: fleet seconds of detections and of the blurred JPEG.

    blind: why nothing can be said, "" when it sees. size: width, height (px) of the picture that the boxes belong to.
    """

    camera: str
    t: float
    blind: str
    size: tuple[int, int]
    things: Sequence[CameraThing]
    frame: bytes = b""
    frame_t: float = 0.0
    health: CameraHealth = field(default_factory=CameraHealth)
