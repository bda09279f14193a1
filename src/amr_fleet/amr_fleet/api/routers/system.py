"""The site, the server's own state, and the live feed."""

from __future__ import annotations

from typing import Final, Literal

from fastapi import APIRouter, Response, WebSocket

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.deps import Context, Viewer, get_context
from amr_fleet.api.models.site import Site
from amr_fleet.api.models.system import Health, Readiness
from amr_fleet.api.problems import file, problems

STALLED: Final = 2.0  # s: the engine steps ten times a second

router = APIRouter(prefix="/api/v1")
metrics_router = APIRouter()


@router.get("/site", responses=problems())
def site(context: Context, _session: Viewer) -> Site:
    """Return what the map draws and what an order may name."""
    return Site.of(context.site)


@router.get("/health", responses=problems(session=False))
async def health() -> Health:
    """Say that the server runs."""
    return Health()


@router.get(
    "/ready",
    responses={
        503: {"model": Readiness, "description": "It starts, has not stepped for 2 s, or cannot write."},
        **problems(session=False),
    },
)
async def ready(context: Context, response: Response) -> Readiness:
    """Say whether the fleet takes orders: 200 when it does, else 503."""
    condition = context.fleet.condition()
    if condition.trouble is not None:
        return _not_ready(response, "storage")
    if not context.fleet.snapshot().ready:
        return _not_ready(response, "starting")
    if condition.step_age > STALLED:
        return _not_ready(response, "stalled")
    return Readiness(status="ready")


def _not_ready(response: Response, status: Literal["starting", "stalled", "storage"]) -> Readiness:
    response.status_code = 503
    return Readiness(status=status)


@metrics_router.get(
    "/metrics", response_class=Response, responses=file("text/plain", "Figures in Prometheus' text format.")
)
def metrics(context: Context, _session: Viewer) -> Response:
    """Return the figures for Prometheus, which logs in with a viewer's token."""
    return Response(context.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.websocket("/live")
async def live(socket: WebSocket, packed: bool = False) -> None:
    """Send the snapshot at 5 Hz: JSON text, or with packed=1 the same as zlib in binary frames."""
    context = await get_context(socket)
    try:
        context.hosts.check(socket.headers.get("host", ""))
    except AmrError:
        await socket.close(1008)
        return
    if not auth.same_origin(socket):
        await socket.close(1008)
        return
    try:
        session = auth.viewer(context.users, socket)
    except AmrError:  # 403 instead of a socket, which strangers could hold open: a page asks who it is
        await socket.close(1008)
        return
    await socket.accept()
    await context.live.serve(
        socket, lambda: auth.viewer(context.users, socket, touch=False), of=session.id, packed=packed
    )
