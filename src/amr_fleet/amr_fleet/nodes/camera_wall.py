"""What the fixed cameras show, for the dashboard: the newest of each camera, in memory only."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, get_args

from amr_core.errors import AmrError
from amr_core.plain_text import plain
from amr_fleet.camera_frames import CameraFrame, CameraHealth, CameraThing
from amr_fleet.domain.camera_alarms import REASONS, SILENT
from amr_fleet.vocabulary import CameraLight

KINDS = ("person", "vehicle", "load")
LIGHTS: Final = frozenset(get_args(CameraLight))
LARGEST_FRAME = 64 * 1024
# a camera tells its view twice a second: three may be lost; a picture comes once a second, and four may
SILENT_S, FORGET_FRAME_S = 2.0, 5.0
_MOST_THINGS = 100
_JPEG = b"\xff\xd8\xff"
_LONGEST_NAME = 64
# What a camera may say of itself, from and to; dirty is a share, brightness a grey level.
_RANGES: Final = {
    "blind_for": (0.0, 1e9), "picture_age": (-1.0, 1e9), "sharpness": (0.0, 1e6), "usual_sharpness": (0.0, 1e6),
    "brightness": (0.0, 255.0), "dirty": (0.0, 1.0), "shift": (0.0, 1e5), "guards_m": (0.0, 1e3),
    "guards_day_m": (0.0, 1e3), "setup_version": (-1, 1e9), "setup_for": (0.0, 1e9),
}  # fmt: skip


class CameraWall:
    """Keeps the newest view of each camera of the site; one that has gone silent is shown as blind."""

    def __init__(self, cameras: Iterable[str]) -> None:
        self._known = frozenset(cameras)
        self._frames: dict[str, CameraFrame] = {}

    def on_view(self, message: Any, now: float) -> None:
        """Take in a CameraView at now (fleet seconds), or raise message.invalid."""
        view = frame_from_msg(message, now)
        if view.camera not in self._known:
            raise _invalid(f"camera {view.camera[:32]!r} is not one of the site")
        old = self._frames.get(view.camera)
        if not view.frame and old is not None and old.frame:
            view = replace(view, frame=old.frame, frame_t=old.frame_t)
        if view.blind and old is not None and old.blind:
            since = old.health.since  # one that has never seen cannot say for how long, and one that restarts forgets
            view = replace(view, health=replace(view.health, since=min(since, view.health.since)))
        self._frames[view.camera] = view

    def frames(self, now: float) -> list[CameraFrame]:
        """Return the views at now (fleet seconds), by camera."""
        return [_aged(self._frames[camera], now) for camera in sorted(self._frames)]


def _aged(view: CameraFrame, now: float) -> CameraFrame:
    if view.frame and now - view.frame_t > FORGET_FRAME_S:
        view = replace(view, frame=b"", frame_t=0.0)
    if now - view.t > SILENT_S:
        since = view.health.since if view.blind else view.t
        view = replace(view, blind=SILENT, things=(), health=replace(view.health, reason=SILENT, since=since))
    return view


def frame_from_msg(message: Any, now: float) -> CameraFrame:
    """Return a CameraView as plain values, or raise message.invalid."""
    if not message.seeing and (message.detections or message.frame):
        raise _invalid("a blind camera cannot see")
    if not message.width or not message.height or len(message.detections) > _MOST_THINGS:
        raise _invalid(f"{message.width} x {message.height} px, {len(message.detections)} detections")
    frame = bytes(message.frame)
    if frame and (len(frame) > LARGEST_FRAME or not frame.startswith(_JPEG)):
        raise _invalid(f"a frame of {len(frame)} bytes")
    return CameraFrame(
        camera=message.camera,
        t=now,
        blind="" if message.seeing else message.blind[:200] or "blind",
        size=(message.width, message.height),
        things=tuple(_thing(d) for d in message.detections),
        frame=frame,
        frame_t=now if frame else 0.0,
        health=_health(message, now),
    )


def _health(message: Any, now: float) -> CameraHealth:
    for name, (least, most) in _RANGES.items():
        value = getattr(message, name)
        if not least <= value <= most:  # what is no number fails this, too
            raise _invalid(f"{name} {value}")
    if message.reason not in (("",) if message.seeing else REASONS) or message.light not in LIGHTS:
        raise _invalid(f"seeing {message.seeing}, reason {message.reason[:32]!r}, light {message.light[:32]!r}")
    try:
        detector = plain(message.detector[:_LONGEST_NAME])
    except ValueError as error:
        raise _invalid(f"detector {error}") from error
    return CameraHealth(
        reason=message.reason, since=0.0 if message.seeing else max(0.0, now - message.blind_for),
        picture_age=message.picture_age, sharpness=message.sharpness, usual=message.usual_sharpness,
        brightness=message.brightness, dirty=message.dirty, shift=message.shift, light=message.light,
        guards=message.guards_m, guards_day=message.guards_day_m, detector=detector, setup=message.setup_version,
        setup_since=max(0.0, now - message.setup_for),
    )  # fmt: skip


def _thing(d: Any) -> CameraThing:
    numbers = (d.score, d.x0, d.y0, d.x1, d.y1, d.x, d.y, d.radius)
    if d.kind not in KINDS or not all(map(math.isfinite, numbers)):
        raise _invalid(f"a {d.kind[:32]!r} with {numbers}")
    return CameraThing(
        kind=d.kind, score=d.score, box=(d.x0, d.y0, d.x1, d.y1), x=d.x, y=d.y, radius=d.radius
    )  # fmt: skip


def _invalid(reason: str) -> AmrError:
    return AmrError("message.invalid", topic="/cameras/views", reason=reason)
