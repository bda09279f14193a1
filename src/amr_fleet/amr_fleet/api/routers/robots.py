"""Robots: list, pause, send home or to charge, in and out of use, release after a stop, relocalise."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Engineer, Operator, Viewer
from amr_fleet.api.models.orders import TransportOrder
from amr_fleet.api.models.robots import (
    DeliverBody,
    IntegrationBody,
    PauseBody,
    PoseBody,
    ReleaseBody,
    ResumeBody,
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


async def _do(context: ApiContext, request: FleetRequest) -> Done:
    await context.answer(context.fleet.ask(request))
    return Done()


async def _pause(context: ApiContext, robots: tuple[str, ...], user: str, body: PauseBody | None) -> Done:
    said = body or PauseBody()
    asked = SetPaused(robots=robots, pause=True, user=user, text=said.text, instead_of=said.instead_of)
    return await _do(context, asked)


async def _resume(context: ApiContext, robots: tuple[str, ...], user: str, body: ResumeBody | None) -> Done:
    said = body or ResumeBody()
    asked = SetPaused(
        robots=robots, pause=False, user=user, text=said.text, instead_of=said.instead_of, unloaded=said.unloaded,
        seen=said.seen,
    )  # fmt: skip
    return await _do(context, asked)


@router.post("/robots/pause", responses=problems())
async def pause_all(context: Context, session: Operator, body: PauseBody | None = None) -> Done:
    """Pause all robots."""
    return await _pause(context, (), session.user, body)


@router.post("/robots/resume", responses=problems("robot.held_by"))
async def resume_all(context: Context, session: Operator, body: ResumeBody | None = None) -> Done:
    """Lift the pause of all robots: one's own, and those of the people whom instead_of names."""
    return await _resume(context, (), session.user, body)


@router.post("/robots/{name}/pause", responses=problems("robot.not_found"))
async def pause(name: str, context: Context, session: Operator, body: PauseBody | None = None) -> Done:
    """Pause one robot, beside the pauses of others; take over those of the people whom instead_of names."""
    return await _pause(context, (name,), session.user, body)


@router.post("/robots/{name}/resume", responses=problems("robot.not_found", "robot.held_by", "robot.to_unload"))
async def resume(name: str, context: Context, session: Operator, body: ResumeBody | None = None) -> Done:
    """Lift one's own pauses of a robot, and those of the people whom instead_of names."""
    return await _resume(context, (name,), session.user, body)


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
        *_ONE,
        "robot.no_load",
        "robot.has_order",
        "robot.held_by",
        "robot.somebody_there",
        "order.unknown_place",
        "order.unreachable",
        "cargo.busy",
    ),
)
async def deliver(name: str, body: DeliverBody, context: Context, session: Operator) -> OrderView:
    """Bring what a robot without an order has on board to a place; answers the new order."""
    wish = DeliverLoad(
        robot=name, place=body.place, user=session.user, instead_of=body.instead_of, nobody_there=body.nobody_there
    )  # fmt: skip
    return await context.answer(context.fleet.ask(wish))


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
