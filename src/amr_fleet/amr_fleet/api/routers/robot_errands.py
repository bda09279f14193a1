"""What an engineer asks of a robot's computer: its last log, a picture of its camera, other site files.

It travels after everything else and slowly. What came is kept in memory, the newest of its kind, and shown to engineers
only; who asked is in the audit trail.
"""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from amr_core.errors import AmrError
from amr_core.robot_report import plain_log
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Engineer
from amr_fleet.api.models.robot_errands import ErrandKind, RobotErrand, RobotErrands
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import file, problems
from amr_fleet.robot_desk import RobotDesk

router = APIRouter(prefix="/api/v1/robots/{name}")
_ASKED: Final = (
    "robot.not_found", "robot.offline", "robot.errand_busy", "request.too_many", "robot.moving", "robot.has_order",
    "robot.not_in_bay",
)  # fmt: skip


@router.get("/errands", responses=problems("robot.not_found"))
async def errands(name: str, context: Context, _session: Engineer) -> RobotErrands:
    """Return the last errand of each kind, newest first."""
    desk = _desk(context, name)
    found = await context.read(lambda: desk.errands(name))
    return RobotErrands(errands=[RobotErrand.of(one) for one in found])


@router.post("/errands/{kind}", responses=problems(*_ASKED))
async def ask_errand(name: str, kind: ErrandKind, context: Context, session: Engineer) -> Done:
    """Ask a robot's computer for its log, a picture, or to take the server's site files (in its bay), or those before.

    The answer comes later: `errands` says how far it is.
    """
    desk = _desk(context, name)
    await context.read(lambda: desk.ask(name, kind, session.user))
    return Done()


@router.get(
    "/log.txt", response_class=Response,
    responses=file("text/plain", "The last lines.", "robot.not_found", "request.not_found", "message.invalid"),
)  # fmt: skip
async def robot_log(name: str, context: Context, _session: Engineer) -> Response:
    """Return the log that a robot sent last, or raise request.not_found."""
    desk = _desk(context, name)
    text = plain_log(await context.read(lambda: desk.content(name, "log")))
    headers = {"Content-Disposition": f'attachment; filename="{name}.log.txt"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)


@router.get(
    "/picture.jpg", response_class=Response,
    responses=file("image/jpeg", "A small blurred picture.", "robot.not_found", "request.not_found"),
)  # fmt: skip
async def robot_picture(name: str, context: Context, _session: Engineer) -> Response:
    """Return the picture that a robot sent last, or raise request.not_found."""
    desk = _desk(context, name)
    return Response(await context.read(lambda: desk.content(name, "picture")), media_type="image/jpeg")


def _desk(context: ApiContext, name: str) -> RobotDesk:
    """Return who passes it on, and know the robot: its name goes into paths and headers."""
    desk = context.ops.robot_desk if context.ops is not None else None
    if desk is None or name not in {robot.name for robot in context.fleet.snapshot().robots}:
        raise AmrError("robot.not_found", robot=name[:128])
    return desk
