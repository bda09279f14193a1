"""Robots: list, pause, send home or to charge, in and out of use, release after a stop, relocalise."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Engineer, Operator, Viewer
from amr_fleet.api.models import Body, Json, Name, order_json, robot_json
from amr_fleet.requests import DeliverLoad, FleetRequest, ReleaseRobot, Relocalise, SendRobot, SetIntegration, SetPaused

router = APIRouter(prefix="/api/v1")
Metres = Annotated[float, Field(ge=-10_000, le=10_000, allow_inf_nan=False)]


class SendBody(Body):
    """Body of POST /robots/{name}/send."""

    to: Literal["park", "charge"]


class IntegrationBody(Body):
    """Body of POST /robots/{name}/integration."""

    level: Literal["ignored", "noticed", "respected", "utilised"]


class ReleaseBody(Body):
    """Body of POST /robots/{name}/release: who has looked at the robot."""

    person: Name


class PoseBody(Body):
    """Body of POST /robots/{name}/relocalise: m and rad in the map frame."""

    x: Metres
    y: Metres
    theta: Annotated[float, Field(ge=-math.tau, le=math.tau, allow_inf_nan=False)]


class PlaceBody(Body):
    """Body of POST /robots/{name}/deliver."""

    place: Name


@router.get("/robots")
async def robots(context: Context, _session: Viewer) -> Json:
    """Return all robots."""
    return {"robots": [robot_json(robot) for robot in context.fleet.snapshot().robots]}


async def _set_paused(context: ApiContext, session: auth.Session, robots: list[str], pause: bool) -> Json:
    known = {robot.name for robot in context.fleet.snapshot().robots}
    for robot in robots:
        if robot not in known:
            raise AmrError("robot.not_found", robot=robot)
    await context.answer(context.fleet.ask(SetPaused(robots=tuple(robots), pause=pause, user=session.user)))
    return {"ok": True}


async def _do(context: ApiContext, request: FleetRequest) -> Json:
    await context.answer(context.fleet.ask(request))
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


@router.post("/robots/{name}/send")
async def send(name: str, body: SendBody, context: Context, session: Operator) -> Json:
    """Send a robot without an order home or to a charger."""
    return await _do(context, SendRobot(robot=name, to=body.to, user=session.user))


@router.post("/robots/{name}/deliver", status_code=201)
async def deliver(name: str, body: PlaceBody, context: Context, session: Operator) -> Json:
    """Bring what a robot without an order has on board to a place; answers the new order."""
    asked = context.fleet.ask(DeliverLoad(robot=name, place=body.place, user=session.user))
    return order_json(await context.answer(asked))


@router.post("/robots/{name}/release")
async def release(name: str, body: ReleaseBody, context: Context, session: Operator) -> Json:
    """Let a robot drive again after its emergency stop was reset and a named person has looked."""
    return await _do(context, ReleaseRobot(robot=name, person=body.person, user=session.user))


@router.post("/robots/{name}/integration")
async def integration(name: str, body: IntegrationBody, context: Context, session: Engineer) -> Json:
    """Take a robot out of use by degrees, or back into use."""
    return await _do(context, SetIntegration(robot=name, level=body.level, user=session.user))


@router.post("/robots/{name}/relocalise")
async def relocalise(name: str, body: PoseBody, context: Context, session: Engineer) -> Json:
    """Tell a standing robot where it is."""
    return await _do(context, Relocalise(robot=name, x=body.x, y=body.y, theta=body.theta, user=session.user))
