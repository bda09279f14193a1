"""Replay: tracks and journal of any time, and incidents as one file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from amr_fleet.api.deps import Context, Operator, Viewer
from amr_fleet.api.models import Json, alarm_json, order_json, zone_json
from amr_fleet.api.routers.ops import ops_of
from amr_fleet.domain.views import alarm_views

router = APIRouter(prefix="/api/v1")
Time = Annotated[float, Query(ge=-1e6, le=1e11)]


@router.get("/replay/span")
async def span(context: Context, _session: Viewer) -> Json:
    """Return {begin, end} of the tracks; both null when nothing was recorded."""
    found = await context.read(ops_of(context).replay_span)
    return found or {"begin": None, "end": None}


@router.get("/replay/tracks")
async def tracks(context: Context, _session: Viewer, begin: Time, end: Time) -> Json:
    """Return the chunks of tracks that touch begin..end, at most 30 minutes (format: docs/contracts.md)."""
    ops = ops_of(context)
    return {"chunks": await context.read(lambda: ops.replay(begin, end))}


@router.get("/replay/events")
async def events(context: Context, _session: Viewer, begin: Time, end: Time) -> Json:
    """Return what the journal says of begin..end."""
    ops = ops_of(context)
    return {"events": await context.read(lambda: ops.events(begin, end))}


@router.get("/replay/at")
async def at(context: Context, _session: Viewer, t: Time) -> Json:
    """Return open orders, zones and alarms as they were at t."""
    ops = ops_of(context)
    state = await context.read(lambda: ops.state_at(t))
    return {
        "t": t,
        "orders": [order_json(order.view()) for order in state.open_orders.values()],
        "zones": [zone_json(zone) for zone in state.zones.values()],
        "alarms": [alarm_json(alarm) for alarm in alarm_views(state.alarms)],
    }


@router.get("/replay/incident.zip")
async def incident(context: Context, _session: Operator, begin: Time, end: Time) -> Response:
    """Return begin..end as one file: journal, tracks, site, MCAP."""
    ops = ops_of(context)
    content = await context.read(lambda: ops.incident(begin, end))
    name = f'attachment; filename="su-co-{int(begin)}.zip"'
    return Response(content, media_type="application/zip", headers={"Content-Disposition": name})
