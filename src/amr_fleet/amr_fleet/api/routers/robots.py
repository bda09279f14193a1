"""Robots: list, pause, resume."""

from __future__ import annotations

from fastapi import APIRouter

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Operator, Viewer, audited
from amr_fleet.api.models import Json, robot_json

router = APIRouter(prefix="/api/v1")


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
    await audited(answer, session.user, "pause" if pause else "resume", robots=robots or "all")
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
