"""The site, the server's own state, and the live feed."""

from __future__ import annotations

from fastapi import APIRouter, Response, WebSocket
from fastapi.responses import JSONResponse

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.deps import Context, Viewer, get_context
from amr_fleet.api.live import CLOSE_AUTH
from amr_fleet.api.models import Json, site_json

router = APIRouter(prefix="/api/v1")
metrics_router = APIRouter()


@router.get("/site")
def site(context: Context, _session: Viewer) -> Json:
    """Return what the map draws and what an order may name."""
    return site_json(context.site)


@router.get("/health")
async def health() -> Json:
    """Say that the server runs."""
    return {"status": "ok"}


@router.get("/ready")
async def ready(context: Context) -> JSONResponse:
    """Say whether the fleet takes orders: 200 when it does, 503 before."""
    is_ready = context.fleet.snapshot().ready
    return JSONResponse({"status": "ready" if is_ready else "starting"}, 200 if is_ready else 503)


@metrics_router.get("/metrics")
def metrics(context: Context, _session: Viewer) -> Response:
    """Return the figures for Prometheus, which logs in with a viewer's token."""
    return Response(context.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.websocket("/live")
async def live(socket: WebSocket, packed: bool = False) -> None:
    """Send the snapshot at 5 Hz: JSON text, or with packed=1 the same as zlib in binary frames."""
    context = await get_context(socket)
    if not auth.same_origin(socket):
        await socket.close(1008)
        return
    await socket.accept()
    try:
        auth.read(context.users, socket)
    except AmrError:
        await socket.close(CLOSE_AUTH)
        return
    await context.live.serve(socket, lambda: auth.read(context.users, socket, touch=False), packed=packed)
