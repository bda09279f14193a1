"""Replay: tracks and journal of any time, and incidents as one file."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from amr_core.errors import AmrError
from amr_fleet.api.deps import Context, Operator, Viewer
from amr_fleet.api.models.replay import CommentBody, Events, MomentComment, PastState, RobotTracks, Span, TimeMarks
from amr_fleet.api.models.site import Site
from amr_fleet.api.problems import file, problems
from amr_fleet.api.routers.ops import ops_of
from amr_fleet.domain.comments import kept_text
from amr_fleet.replay.marks import Marks
from amr_fleet.replay_requests import CommentMoment

router = APIRouter(prefix="/api/v1")
_PERIOD = ("request.not_found", "report.invalid")
Time = Annotated[float, Query(ge=-1e6, le=1e11)]


@router.get("/replay/span", response_model=Span, responses=problems("request.not_found"))
async def span(context: Context, _session: Viewer) -> dict[str, float]:
    """Return {begin, end} of the tracks; both null when nothing was recorded."""
    found = await context.read(ops_of(context).replay_span)
    return found or {}


@router.get("/replay/tracks", response_model=RobotTracks, responses=problems(*_PERIOD))
async def tracks(context: Context, _session: Viewer, begin: Time, end: Time) -> dict[str, Any]:
    """Return the chunks of tracks that touch begin..end, at most 30 minutes."""
    ops = ops_of(context)
    return {"chunks": await context.read(lambda: ops.replay(begin, end))}


@router.get("/replay/plans/{plan}", responses=problems("request.not_found"))
async def past_plan(plan: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")], context: Context, _session: Viewer) -> Site:
    """Return the site that a chunk of tracks was recorded on, which may not be the one of now."""
    ops = ops_of(context)
    site = await context.read(lambda: ops.past_site(plan))
    if site is None:
        raise AmrError("request.not_found", path=f"/replay/plans/{plan}")
    return Site.of(site)


@router.get("/replay/events", response_model=Events, responses=problems(*_PERIOD))
async def events(context: Context, _session: Viewer, begin: Time, end: Time) -> dict[str, Any]:
    """Return what the journal says of begin..end."""
    ops = ops_of(context)
    return {"events": await context.read(lambda: ops.events(begin, end))}


@router.get("/replay/marks", response_model=TimeMarks, responses=problems(*_PERIOD))
async def time_marks(context: Context, _session: Viewer, begin: Time, end: Time) -> Marks:
    """Return the alarms of begin..end and what people said of it, for the time line."""
    ops = ops_of(context)
    return await context.read(lambda: ops.marks(begin, end))


@router.post("/replay/comments", status_code=201, responses=problems("robot.not_found"))
async def add_comment(body: CommentBody, context: Context, session: Operator) -> MomentComment:
    """Say something of a moment that was; it stays in the journal."""
    text = kept_text(body.text)
    asked = CommentMoment(at=body.t, text=text, robot=body.robot, user=session.user)
    written = await context.answer(context.fleet.ask(asked))
    return MomentComment(t=body.t, written=written, robot=body.robot, user=session.user, text=text)


@router.get("/replay/at", response_model=PastState, responses=problems("request.not_found"))
async def at(context: Context, _session: Viewer, t: Time) -> dict[str, Any]:
    """Return open orders, zones and alarms as they were at t."""
    ops = ops_of(context)
    state = await context.read(lambda: ops.state_at(t))
    return {
        "t": t,
        "orders": [order.view() for order in state.open_orders.values()],
        "zones": list(state.zones.values()),
        "alarms": state.alarms.views(),
    }


@router.get(
    "/replay/incident.zip",
    response_class=Response,
    responses=file("application/zip", "The incident.", *_PERIOD),
)
async def incident(context: Context, _session: Operator, begin: Time, end: Time) -> Response:
    """Return begin..end as one signed file: journal, tracks, site, MCAP (`amr incident verify`)."""
    ops = ops_of(context)
    content = await context.read(lambda: ops.incident(begin, end))
    name = f'attachment; filename="su-co-{int(begin)}.zip"'
    return Response(content, media_type="application/zip", headers={"Content-Disposition": name})
