"""The routes of /api/v1. Each checks, asks the fleet, and answers; who asked for a change is logged."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Query, Response, WebSocket
from fastapi.requests import HTTPConnection
from fastapi.responses import JSONResponse

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.context import ApiContext, audit
from amr_fleet.api.live import CLOSE_AUTH
from amr_fleet.api.models import Json, LoginBody, OrderBody, history_json, order_json, robot_json, site_json
from amr_fleet.ports import OrderRequest

T = TypeVar("T")
router = APIRouter(prefix="/api/v1")


def _context(connection: HTTPConnection) -> ApiContext:
    context: ApiContext = connection.app.state.context
    return context


Context = Annotated[ApiContext, Depends(_context)]
Viewer = Annotated[auth.Session, Depends(auth.at_least("viewer"))]
Operator = Annotated[auth.Session, Depends(auth.at_least("operator"))]


async def _audited(answer: Awaitable[T], user: str, action: str, **what: Any) -> T:
    try:
        result = await answer
    except AmrError as error:
        audit(user, action, error.code, **what)
        raise
    audit(user, action, "ok", **what)
    return result


@router.post("/login")
def login(body: LoginBody, context: Context, response: Response) -> Json:
    """Check name and password and set the session cookie."""
    try:
        role = context.users.check(body.user, body.password)
    except AmrError as error:
        audit(body.user, "login", error.code)
        raise
    audit(body.user, "login", "ok")
    response.set_cookie(
        auth.COOKIE,
        auth.issue(context.users, body.user),
        max_age=auth.SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=context.secure_cookies,
    )
    return {"user": body.user, "role": role}


@router.post("/logout")
def logout(context: Context, session: Viewer, response: Response) -> Json:
    """End the session; its cookie is worthless from now on."""
    context.users.end_session(session.id, session.expires)
    response.delete_cookie(auth.COOKIE, httponly=True, samesite="strict", secure=context.secure_cookies)
    audit(session.user, "logout", "ok")
    return {"ok": True}


@router.get("/me")
def me(session: Viewer) -> Json:
    """Say who is logged in."""
    return {"user": session.user, "role": session.role}


@router.get("/site")
def site(context: Context, _session: Viewer) -> Json:
    """Return what the map draws and what an order may name."""
    return site_json(context.site)


@router.get("/orders")
async def orders(
    context: Context,
    _session: Viewer,
    state: Literal["open", "all"] = "open",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Json:
    """Return the newest orders first."""
    found = await context.read(lambda: context.fleet.orders(state, limit))
    return {"orders": [order_json(order) for order in found]}


@router.get("/orders/{order_id}")
async def order(order_id: str, context: Context, _session: Viewer) -> Json:
    """Return one order with its history."""
    view = await context.order(order_id)
    history = await context.read(lambda: context.fleet.order_history(order_id))
    return {**order_json(view), "history": history_json(history)}


@router.post("/orders", status_code=201)
async def create_order(body: OrderBody, context: Context, session: Operator) -> Json:
    """Create a transport order; answers when it is in the journal."""

    async def create() -> Json:
        for place in (body.pick_place, body.drop_place):
            context.site.place(place)
        if body.pick_place == body.drop_place:
            raise AmrError("order.same_place", place=body.pick_place)
        deadline = context.fleet.snapshot().t + body.deadline_in_s if body.deadline_in_s else 0.0
        request = OrderRequest(
            pick_place=body.pick_place,
            drop_place=body.drop_place,
            reference=body.reference,
            load_id=body.load_id,
            priority=body.priority,
            deadline=deadline,
            user=session.user,
        )
        return order_json(await context.answer(context.fleet.create_order(request)))

    return await _audited(create(), session.user, "create_order", order=body.model_dump(exclude_defaults=True))


@router.post("/orders/{order_id}/cancel")
async def cancel_order(order_id: str, context: Context, session: Operator) -> Json:
    """Cancel an order that has not been picked up."""
    answer = context.answer(context.fleet.cancel_order(order_id, session.user))
    return order_json(await _audited(answer, session.user, "cancel_order", order_id=order_id))


@router.get("/robots")
async def robots(context: Context, _session: Viewer) -> Json:
    """Return all robots."""
    return {"robots": [robot_json(robot) for robot in context.fleet.snapshot().robots]}


async def _set_paused(context: ApiContext, session: auth.Session, robots: list[str], pause: bool) -> Json:
    known = {robot.name for robot in context.fleet.snapshot().robots}
    for robot in robots:
        if robot not in known:
            raise AmrError("robot.not_found", robot=robot)
    answer = context.answer(context.fleet.set_paused(robots, pause, session.user))
    await _audited(answer, session.user, "pause" if pause else "resume", robots=robots or "all")
    return {"ok": True}


@router.post("/robots/pause")
async def pause_all(context: Context, session: Operator) -> Json:
    """Pause all robots."""
    return await _set_paused(context, session, [], pause=True)


@router.post("/robots/resume")
async def resume_all(context: Context, session: Operator) -> Json:
    """Resume all robots."""
    return await _set_paused(context, session, [], pause=False)


@router.post("/robots/{name}/pause")
async def pause(name: str, context: Context, session: Operator) -> Json:
    """Pause one robot."""
    return await _set_paused(context, session, [name], pause=True)


@router.post("/robots/{name}/resume")
async def resume(name: str, context: Context, session: Operator) -> Json:
    """Resume one robot."""
    return await _set_paused(context, session, [name], pause=False)


@router.get("/health")
async def health() -> Json:
    """Say that the server runs."""
    return {"status": "ok"}


@router.get("/ready")
async def ready(context: Context) -> JSONResponse:
    """Say whether the fleet takes orders: 200 when it does, 503 before."""
    is_ready = context.fleet.snapshot().ready
    return JSONResponse({"status": "ready" if is_ready else "starting"}, 200 if is_ready else 503)


@router.websocket("/live")
async def live(socket: WebSocket) -> None:
    """Send the snapshot at 5 Hz."""
    context = _context(socket)
    if not auth.same_origin(socket):
        await socket.close(1008)
        return
    await socket.accept()
    try:
        auth.read(context.users, socket)
    except AmrError:
        await socket.close(CLOSE_AUTH)
        return
    await context.live.serve(socket, lambda: auth.read(context.users, socket))
