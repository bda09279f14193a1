"""Temporary zones: draw, list, clear."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter

from amr_fleet.api.deps import Context, OnceKey, Operator, Viewer
from amr_fleet.api.models.system import Done
from amr_fleet.api.models.zones import Zone, ZoneBody, Zones
from amr_fleet.api.problems import problems
from amr_fleet.ports import ZoneView
from amr_fleet.requests import ClearZone, SetZone

router = APIRouter(prefix="/api/v1")


@router.get("/zones", response_model=Zones, responses=problems())
async def zones(context: Context, _session: Viewer) -> dict[str, Any]:
    """Return what is in force now."""
    return {"zones": context.fleet.snapshot().zones}


@router.post("/zones", response_model=Zone, status_code=201, responses=problems("zone.invalid"))
async def set_zone(body: ZoneBody, context: Context, session: Operator, once: OnceKey) -> ZoneView:
    """Put a zone into force; answers when it is in the journal. The same zone_id again replaces the zone."""
    zone_id = body.zone_id or f"K-{once[5:17].upper() or secrets.token_hex(3).upper()}"
    request = body.request(zone_id, context.fleet.snapshot().t, session.user)
    answer = context.answer(context.fleet.ask(SetZone(zone=request)))
    return await answer


@router.post("/zones/{zone_id}/clear", responses=problems("zone.not_found"))
async def clear_zone(zone_id: str, context: Context, session: Operator) -> Done:
    """Lift a zone."""
    answer = context.answer(context.fleet.ask(ClearZone(zone_id=zone_id, user=session.user)))
    await answer
    return Done()
