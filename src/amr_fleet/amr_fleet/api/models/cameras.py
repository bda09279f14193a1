"""Fixed cameras: where they hang, what part of the floor they see, and what there is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from amr_core.cameras import FARTHEST_M, fixed_view
from amr_core.site import Camera as SiteCamera
from amr_core.site import Site
from amr_fleet.api.models.base import XY, Answer, Points, Seconds
from amr_fleet.api.models.words import CameraBlind, CameraLight, SeenKind
from amr_fleet.camera_frames import CameraFrame
from amr_fleet.camera_history import SPAN_S, CameraSpell
from amr_fleet.domain.camera_alarms import SILENT
from amr_fleet.domain.camera_areas import guarded_areas


def _to(digits: int) -> BeforeValidator:
    return BeforeValidator(lambda value: round(value, digits))


Hundredths = Annotated[float, _to(2)]
Pixel = Annotated[float, _to(1)]


class Seen(Answer):
    """What a camera sees, without identity. box: x0, y0, x1, y1 (px of the picture's size); x, y, radius: m."""

    kind: SeenKind
    score: Hundredths
    box: tuple[Pixel, Pixel, Pixel, Pixel]
    x: Hundredths
    y: Hundredths
    radius: Hundredths


class Shown(Answer):
    """What a camera shows. blind: why it cannot see, "silent" = it says nothing; t null: it never spoke.

    reason: the code for why it cannot see; since: when that began (fleet s). frame_age (s): of its blurred picture,
    null when there is none.
    """

    t: float | None = None
    seeing: bool = False
    blind: str = ""
    reason: CameraBlind = ""
    since: Seconds = 0.0
    size: tuple[int, int] | None = None
    detections: list[Seen] = Field(default_factory=list)
    frame_age: float | None = None


class CameraShown(Shown):
    """What the camera with this id shows."""

    id: str

    @classmethod
    def of(cls, shown: CameraFrame, now: float) -> CameraShown:
        """Return a camera of the live feed."""
        return cls(id=shown.camera, **_shown(shown, now))


class Camera(Shown):
    """A fixed camera (m, map frame). looks_at: a point on the floor; outline: the floor that it sees."""

    id: str
    x: float
    y: float
    height: float
    looks_at: XY
    outline: list[XY]
    online: bool

    @classmethod
    def of(cls, camera: SiteCamera, shown: CameraFrame | None, now: float) -> Camera:
        """Return a camera of the site; shown None: it never spoke."""
        return cls(
            id=camera.id,
            x=camera.x,
            y=camera.y,
            height=camera.height,
            looks_at=camera.looks_at,
            outline=list(_outline(camera)),
            online=shown is not None and shown.blind != SILENT,
            **(_shown(shown, now) if shown is not None else {}),
        )


class Cameras(Answer):
    """All cameras of the site."""

    cameras: list[Camera]


class CameraHealth(Answer):
    """How a camera is. picture_age (s): of its newest usable picture, null = there was none.

    sharpness: of that picture; usual: what the camera has learnt as its own, null = nothing yet. brightness: 0..255;
    dirty: share of the details that are lost; shift: px that the view has moved. guards (m): how far a person is large
    enough to be found in this light, guards_day: by day. detector: motion, or the file of the model that finds people.
    setup: version of the camera's file that counts in its node since setup_since (fleet s), 0 = it has none, -1 = one
    that cannot be read.
    """

    picture_age: float | None
    sharpness: float
    usual: float | None
    brightness: float
    dirty: float
    shift: float
    light: CameraLight
    guards: float
    guards_day: float
    detector: str
    setup: int
    setup_since: Seconds

    @classmethod
    def of(cls, shown: CameraFrame, now: float) -> CameraHealth:
        """Return what a camera has said of itself, as of now (fleet s)."""
        health = shown.health
        age = round(health.picture_age + max(0.0, now - shown.t), 1) if health.picture_age >= 0.0 else None
        return cls(
            picture_age=age, sharpness=round(health.sharpness, 3), usual=round(health.usual, 3) or None,
            brightness=round(health.brightness, 1), dirty=round(health.dirty, 3), shift=round(health.shift, 1),
            light=health.light, guards=round(health.guards, 1), guards_day=round(health.guards_day, 1),
            detector=health.detector, setup=health.setup, setup_since=health.setup_since,
        )  # fmt: skip


class GuardedArea(Answer):
    """An area that a camera guards (m, map frame). max_speed: m/s of robots while somebody is there, 0 = they stop."""

    name: str
    polygon: Points
    max_speed: float


class CameraState(Camera):
    """One camera in full. health null: it never spoke. areas: what it guards, as the site's file says it."""

    health: CameraHealth | None
    areas: list[GuardedArea]

    @classmethod
    def in_full(cls, site: Site, camera: SiteCamera, shown: CameraFrame | None, now: float) -> CameraState:
        """Return one camera of the site with everything that is known of it."""
        guarded = guarded_areas(site, camera)
        areas = [GuardedArea(name=name, polygon=list(shape), max_speed=speed) for name, shape, speed in guarded]
        health = CameraHealth.of(shown, now) if shown is not None else None
        return cls(**Camera.of(camera, shown, now).model_dump(), health=health, areas=areas)


class CameraSpan(Answer):
    """Five minutes from begin (fleet s). seconds: for how long the fleet looked; seen: for how long the camera saw.

    brightness, sharpness, usual, guards (the least, m): while it saw, null where it never did. reasons: seconds by
    reason for which it did not.
    """

    begin: Seconds
    seconds: float
    seen: float
    brightness: float | None
    sharpness: float | None
    usual: float | None
    guards: float | None
    reasons: dict[str, float]

    @classmethod
    def of(cls, span: CameraSpell) -> CameraSpan:
        """Return a span of the history."""
        saw = span.seen > 0.0
        return cls(
            begin=span.begin, seconds=round(span.seconds, 1), seen=round(span.seen, 1),
            brightness=round(span.light, 1) if saw else None, sharpness=round(span.sharpness, 3) if saw else None,
            usual=round(span.usual, 3) if saw and span.usual else None,
            guards=round(span.guards, 1) if math.isfinite(span.guards) else None,
            reasons={reason: round(seconds, 1) for reason, seconds in span.reasons.items()},
        )  # fmt: skip


class CameraPast(Answer):
    """How a camera was from begin to end (fleet s), one span for each `step` s that the fleet looked at it."""

    begin: Seconds
    end: Seconds
    step: float = SPAN_S
    spans: list[CameraSpan]

    @classmethod
    def of(cls, begin: float, end: float, spans: Sequence[CameraSpell]) -> CameraPast:
        """Return the history of a camera."""
        return cls(begin=begin, end=end, spans=[CameraSpan.of(span) for span in spans])


@lru_cache(maxsize=256)
def _outline(camera: SiteCamera) -> tuple[XY, ...]:
    """Return what a camera sees of the floor; a camera of the site never changes."""
    return fixed_view(camera).outline(FARTHEST_M)


def _shown(shown: CameraFrame, now: float) -> dict[str, Any]:
    return {
        "t": round(shown.t, 2),
        "seeing": not shown.blind,
        "blind": shown.blind,
        "reason": shown.health.reason,
        "since": shown.health.since,
        "size": shown.size,
        "detections": shown.things,
        "frame_age": round(max(0.0, now - shown.frame_t), 2) if shown.frame else None,
    }
