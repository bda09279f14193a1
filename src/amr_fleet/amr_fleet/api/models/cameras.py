"""Fixed cameras: where they hang, what part of the floor they see, and what there is."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from amr_core.cameras import fixed_view
from amr_core.site import Camera as SiteCamera
from amr_fleet.api.models.base import XY, Answer
from amr_fleet.api.models.words import SeenKind
from amr_fleet.domain.camera_alarms import SILENT
from amr_fleet.ports import CameraFrame

_FARTHEST_M = 30.0


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

    frame_age (s): of its blurred picture, null when there is none.
    """

    t: float | None = None
    seeing: bool = False
    blind: str = ""
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


@lru_cache(maxsize=256)
def _outline(camera: SiteCamera) -> tuple[XY, ...]:
    """Return what a camera sees of the floor; a camera of the site never changes."""
    return fixed_view(camera).outline(_FARTHEST_M)


def _shown(shown: CameraFrame, now: float) -> dict[str, Any]:
    return {
        "t": round(shown.t, 2),
        "seeing": not shown.blind,
        "blind": shown.blind,
        "size": shown.size,
        "detections": shown.things,
        "frame_age": round(max(0.0, now - shown.frame_t), 2) if shown.frame else None,
    }
