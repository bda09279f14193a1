"""Temporary zones."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from amr_fleet.api.models.base import Answer, Label, Name, Points, RequestBody, Seconds
from amr_fleet.api.models.words import ZoneKind
from amr_fleet.domain.camera_alarms import CAMERA
from amr_fleet.ports import ZoneRequest

Coordinate = Annotated[float, Field(ge=-1e4, le=1e4, allow_inf_nan=False)]


class ZoneBody(RequestBody):
    """Body of POST /zones: a polygon in m (map frame), or whole lanes by their ids.

    minutes: how long, none = until it is cleared; text: why.
    """

    kind: ZoneKind
    polygon: Annotated[list[tuple[Coordinate, Coordinate]], Field(default_factory=list, max_length=100)]
    lanes: Annotated[list[Name], Field(default_factory=list, max_length=100)]
    max_speed: Annotated[float, Field(strict=True, ge=0.05, le=2.0)] | None = None
    minutes: Annotated[float, Field(strict=True, gt=0, le=7 * 24 * 60)] | None = None
    text: Name
    zone_id: Label = ""

    def request(self, zone_id: str, now: float, user: str) -> ZoneRequest:
        """Return the engine's request."""
        return ZoneRequest(
            zone_id=zone_id,
            kind=self.kind,
            polygon=tuple(self.polygon),
            elements=tuple(self.lanes),
            max_speed=(self.max_speed or 0.3) if self.kind == "slow" else 0.0,
            text=self.text,
            until=now + 60.0 * self.minutes if self.minutes else 0.0,
            user=user,
        )

    @model_validator(mode="after")
    def _one_area(self) -> Self:
        if bool(self.polygon) == bool(self.lanes) or 0 < len(self.polygon) < 3:
            raise ValueError("give a polygon of three points or more, or lanes")
        return self

    @field_validator("zone_id")
    @classmethod
    def _of_no_camera(cls, zone_id: str) -> str:
        if zone_id.startswith(CAMERA):  # cameras have room of their own for what they hold, and let go of it
            raise ValueError(f"begins with {CAMERA}, as zones of cameras do")
        return zone_id


class Zone(Answer):
    """A restriction in force. elements: nodes, edges and lanes of the roadmap; max_speed (m/s): only for slow.

    code: "" when a person or another system set it, camera.* when a camera did; until: 0 = until it is cleared.
    """

    zone_id: str
    kind: ZoneKind
    polygon: Points
    elements: list[str]
    max_speed: Seconds
    code: str
    text: str
    user: str
    since: Seconds
    until: Seconds


class Zones(Answer):
    """What is in force now."""

    zones: list[Zone]
