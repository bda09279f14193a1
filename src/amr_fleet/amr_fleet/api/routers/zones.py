"""Temporary zones: draw, list, clear."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from amr_fleet.api.deps import Context, Operator, Viewer, audited
from amr_fleet.api.models import Json, Label, Name, zone_json
from amr_fleet.ports import ZoneRequest
from amr_fleet.requests import ClearZone, SetZone

router = APIRouter(prefix="/api/v1")
Coordinate = Annotated[float, Field(ge=-1e4, le=1e4, allow_inf_nan=False)]


class ZoneBody(BaseModel):
    """Body of POST /zones: a polygon in m (map frame), or whole lanes by their ids.

    minutes: how long, none = until it is cleared; text: why.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["closed", "hold", "slow"]
    polygon: Annotated[list[tuple[Coordinate, Coordinate]], Field(max_length=100)] = []
    lanes: Annotated[list[Name], Field(max_length=100)] = []
    max_speed: Annotated[float, Field(strict=True, ge=0.05, le=2.0)] | None = None
    minutes: Annotated[float, Field(strict=True, gt=0, le=7 * 24 * 60)] | None = None
    text: Name
    zone_id: Label = ""

    @model_validator(mode="after")
    def _one_area(self) -> Self:
        if bool(self.polygon) == bool(self.lanes) or 0 < len(self.polygon) < 3:
            raise ValueError("give a polygon of three points or more, or lanes")
        return self


@router.get("/zones")
async def zones(context: Context, _session: Viewer) -> Json:
    """Return what is in force now."""
    return {"zones": [zone_json(zone) for zone in context.fleet.snapshot().zones]}


@router.post("/zones", status_code=201)
async def set_zone(body: ZoneBody, context: Context, session: Operator) -> Json:
    """Put a zone into force; answers when it is in the journal. The same zone_id again replaces the zone."""
    request = ZoneRequest(
        zone_id=body.zone_id or f"K-{secrets.token_hex(3).upper()}",
        kind=body.kind,
        polygon=tuple(body.polygon),
        elements=tuple(body.lanes),
        max_speed=(body.max_speed or 0.3) if body.kind == "slow" else 0.0,
        text=body.text,
        until=context.fleet.snapshot().t + 60.0 * body.minutes if body.minutes else 0.0,
        user=session.user,
    )
    answer = context.answer(context.fleet.ask(SetZone(zone=request)))
    made = await audited(answer, session.user, "set_zone", zone=request.zone_id, kind=body.kind, text=body.text)
    return zone_json(made)


@router.post("/zones/{zone_id}/clear")
async def clear_zone(zone_id: str, context: Context, session: Operator) -> Json:
    """Lift a zone."""
    answer = context.answer(context.fleet.ask(ClearZone(zone_id=zone_id, user=session.user)))
    await audited(answer, session.user, "clear_zone", zone=zone_id[:64])
    return {"ok": True}
