"""Robots: list, pause, send home or to charge, in and out of use, release after a stop, relocalise."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Engineer, Operator, Viewer
from amr_fleet.api.models.orders import TransportOrder
from amr_fleet.api.models.robots import (
    IntegrationBody,
    PlaceBody,
    PoseBody,
    ReleaseBody,
    RobotCameras,
    RobotHealth,
    RobotHealthPoint,
    Robots,
    SendBody,
    ServiceBody,
    Wear,
)
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import problems
from amr_fleet.api.routers.ops import ops_of
from amr_fleet.ports import OrderView
from amr_fleet.report.health import STEPS, HealthDays
from amr_fleet.requests import (
    DeliverLoad,
    FleetRequest,
    NoteService,
    ReleaseRobot,
    Relocalise,
    SendRobot,
    SetIntegration,
    SetPaused,
)
from amr_fleet.wear_views import WearView, Work

router = APIRouter(prefix="/api/v1")
Days = Literal["7", "30"]
_ONE = ("robot.not_found", "robot.unavailable")


@router.get("/robots", response_model=Robots, responses=problems())
async def robots(context: Context, _session: Viewer) -> dict[str, Any]:
    """Return all robots."""
    return {"robots": context.fleet.snapshot().robots}


@router.get("/robots/{name}/wear", responses=problems("robot.not_found"))
async def wear(name: str, context: Context, _session: Viewer) -> Wear:
    """Return what a robot has worked, in all and since it was serviced."""
    snapshot = context.fleet.snapshot()
    if name not in {robot.name for robot in snapshot.robots}:
        raise AmrError("robot.not_found", robot=name[:128])
    known = next((one for one in snapshot.wear if one.robot == name), WearView(robot=name, work=Work()))
    return Wear.model_validate(known)


@router.get("/robots/{name}/health", responses=problems("robot.not_found", "request.not_found"))
async def robot_health(name: str, context: Context, _session: Viewer, days: Days = "7") -> RobotHealth:
    """Return how a robot's link, localisation and battery were over the last 7 or 30 days."""
    snapshot = context.fleet.snapshot()
    if name not in {robot.name for robot in snapshot.robots}:
        raise AmrError("robot.not_found", robot=name[:128])
    asked: HealthDays = 30 if days == "30" else 7
    ops = ops_of(context)
    points = await context.read(lambda: ops.health(name, snapshot.t, asked))
    begin = snapshot.t - asked * 86_400.0
    found = [RobotHealthPoint.model_validate(point) for point in points]
    return RobotHealth(begin=begin, end=snapshot.t, step=STEPS[asked], points=found)


@router.get("/robots/{name}/cameras", responses=problems("robot.not_found"))
async def own_cameras(name: str, context: Context, _session: Viewer) -> RobotCameras:
    """Return how a robot's own cameras are, or were when it last looked through them."""
    snapshot = context.fleet.snapshot()
    found = next((robot for robot in snapshot.robots if robot.name == name), None)
    if found is None:
        raise AmrError("robot.not_found", robot=name[:128])
    return RobotCameras.of(found, snapshot.t)


@router.post("/robots/{name}/service", responses=problems("robot.not_found"))
async def note_service(name: str, body: ServiceBody, context: Context, session: Engineer) -> Done:
    """Note that a robot was serviced: its counters since the last service begin anew."""
    return await _do(context, NoteService(robot=name, text=body.text, user=session.user))


async def _set_paused(context: ApiContext, session: auth.Session, robots: list[str], pause: bool) -> Done:
    known = {robot.name for robot in context.fleet.snapshot().robots}
    for robot in robots:
        if robot not in known:
            raise AmrError("robot.not_found", robot=robot)
    await context.answer(context.fleet.ask(SetPaused(robots=tuple(robots), pause=pause, user=session.user)))
    return Done()


async def _do(context: ApiContext, request: FleetRequest) -> Done:
    await context.answer(context.fleet.ask(request))
    return Done()


@router.post("/robots/pause", responses=problems())
async def pause_all(context: Context, session: Operator) -> Done:
    """Pause all robots."""
    return await _set_paused(context, session, [], pause=True)


@router.post("/robots/resume", responses=problems())
async def resume_all(context: Context, session: Operator) -> Done:
    """Resume all robots."""
    return await _set_paused(context, session, [], pause=False)


@router.post("/robots/{name}/pause", responses=problems("robot.not_found"))
async def pause(name: str, context: Context, session: Operator) -> Done:
    """Pause one robot."""
    return await _set_paused(context, session, [name], pause=True)


@router.post("/robots/{name}/resume", responses=problems("robot.not_found"))
async def resume(name: str, context: Context, session: Operator) -> Done:
    """Resume one robot."""
    return await _set_paused(context, session, [name], pause=False)


@router.post(
    "/robots/{name}/send",
    responses=problems(*_ONE, "robot.has_order", "robot.no_charger", "robot.no_way", "robot.moving"),
)
async def send(name: str, body: SendBody, context: Context, session: Operator) -> Done:
    """Send a robot without an order home or to a charger."""
    return await _do(context, SendRobot(robot=name, to=body.to, user=session.user))


@router.post(
    "/robots/{name}/deliver",
    response_model=TransportOrder,
    status_code=201,
    responses=problems(
        *_ONE, "robot.no_load", "robot.has_order", "order.unknown_place", "order.unreachable", "cargo.busy"
    ),
)
async def deliver(name: str, body: PlaceBody, context: Context, session: Operator) -> OrderView:
    """Bring what a robot without an order has on board to a place; answers the new order."""
    asked = context.fleet.ask(DeliverLoad(robot=name, place=body.place, user=session.user))
    return await context.answer(asked)


@router.post("/robots/{name}/release", responses=problems(*_ONE, "robot.e_stop_active"))
async def release(name: str, body: ReleaseBody, context: Context, session: Operator) -> Done:
    """Let a robot drive again after its emergency stop was reset and a named person has looked."""
    return await _do(context, ReleaseRobot(robot=name, person=body.person, user=session.user))


@router.post("/robots/{name}/integration", responses=problems(*_ONE, "robot.has_order", "robot.moving"))
async def integration(name: str, body: IntegrationBody, context: Context, session: Engineer) -> Done:
    """Take a robot out of use by degrees, or back into use."""
    return await _do(context, SetIntegration(robot=name, level=body.level, user=session.user))


@router.post("/robots/{name}/relocalise", responses=problems(*_ONE, "robot.moving", "robot.has_order"))
async def relocalise(name: str, body: PoseBody, context: Context, session: Engineer) -> Done:
    """Tell a standing robot where it is."""
    return await _do(context, Relocalise(robot=name, x=body.x, y=body.y, theta=body.theta, user=session.user))
