"""The layout editor, for engineers: a draft of the site file, what is wrong with it, what differs, how it would do.

Nothing here changes the running fleet: a draft becomes a site when somebody builds it and starts the fleet with it.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Engineer
from amr_fleet.api.models.layout import (
    LayoutBody,
    LayoutJudged,
    LayoutKept,
    LayoutParts,
    LayoutSaveBody,
    LayoutShown,
    LayoutTried,
    Revision,
)
from amr_fleet.api.problems import file, problems
from amr_fleet.layout.desk import LayoutDesk
from amr_fleet.layout.judge import LayoutVerdict

router = APIRouter(prefix="/api/v1/layout")
_OFF: Final = ("request.not_found",)
_WORKED: Final = (*_OFF, "request.too_many", "layout.too_long")
_YAML: Final = "application/yaml"


@router.get("", responses=problems(*_OFF, "layout.broken"))
async def layout_draft(context: Context, session: Engineer) -> LayoutShown:
    """Return the draft of who asks, or the running site where there is none."""
    desk = _desk(context)
    draft = await context.read(lambda: desk.drafts.get(session.user))
    return LayoutShown(
        site_id=desk.site_id,
        size=desk.size,
        running=desk.running,
        revision=draft.revision if draft is not None else "",
        saved_at=draft.saved_at if draft is not None else 0.0,
        stale=draft is not None and draft.base != desk.running,
        parts=LayoutParts.model_validate(desk.whole(draft)),
    )


@router.put("", responses=problems(*_OFF, "layout.changed", "layout.broken"))
async def save_layout(body: LayoutSaveBody, context: Context, session: Engineer) -> LayoutKept:
    """Keep a draft, with errors or without; refused (layout.changed) when another one was kept meanwhile."""
    desk, parts = _desk(context), _plain(body.parts)
    kept = await context.read(lambda: desk.keep(session.user, body.revision, parts))
    return LayoutKept(revision=kept.revision, saved_at=kept.saved_at)


@router.delete("", responses=problems(*_OFF, "layout.changed"))
async def drop_layout(context: Context, session: Engineer, revision: Annotated[Revision, Query()] = "") -> LayoutKept:
    """Throw the draft of that revision away; without a revision, put one aside that is broken."""
    desk = _desk(context)
    await context.read(lambda: desk.drafts.drop(session.user, revision))
    return LayoutKept(revision="", saved_at=0.0)


@router.post("/check", responses=problems(*_WORKED))
async def check_layout(body: LayoutBody, context: Context, session: Engineer) -> LayoutJudged:
    """Say what is wrong with a draft and what differs from the running site. Nothing is kept."""
    return _shown(await _judged(context, session.user, body.parts))


@router.post("/try", responses=problems(*_WORKED, "layout.has_errors"))
async def try_layout(body: LayoutBody, context: Context, session: Engineer) -> LayoutTried:
    """Let the fleet's engine run on the running site and on the draft, with the same orders. Nothing is kept."""
    desk = _desk(context)
    context.consultations.take(session.user)
    future = desk.try_out(_plain(body.parts))
    return LayoutTried.model_validate(await asyncio.shield(asyncio.wrap_future(future)))


@router.get(
    "/site.yaml",
    response_class=Response,
    responses=file(_YAML, "The saved draft as a site file.", *_WORKED, "layout.has_errors", "layout.broken"),
)
async def draft_site_file(context: Context, session: Engineer) -> Response:
    """Return the saved draft as a site file, also one with findings; layout.has_errors where its values make none."""
    desk = _desk(context)
    draft = await context.read(lambda: desk.drafts.get(session.user))
    if draft is None:
        raise AmrError("request.not_found", path="layout/site.yaml")
    judged = await _judged(context, session.user, LayoutParts.model_validate(desk.whole(draft)))
    if not judged.text:
        raise AmrError("layout.has_errors", count=judged.errors)
    headers = {"Content-Disposition": 'attachment; filename="site.yaml"'}
    return Response(judged.text, media_type=_YAML, headers=headers)


async def _judged(context: ApiContext, user: str, parts: LayoutParts) -> LayoutVerdict:
    desk = _desk(context)
    context.setups.take(user)
    # The shield keeps the future alive: an engineer who leaves the page must not end another one's check.
    return await asyncio.shield(asyncio.wrap_future(desk.check(_plain(parts))))


def _plain(parts: LayoutParts) -> dict[str, Any]:
    return parts.model_dump(mode="json")


def _shown(judged: LayoutVerdict) -> LayoutJudged:
    return LayoutJudged.model_validate(
        {
            "findings": judged.findings, "findings_left_out": judged.findings_left_out, "errors": judged.errors,
            "changes": judged.changes, "diff": judged.diff, "lines_left_out": judged.lines_left_out,
            "written": judged.text != "", "comments_kept": judged.comments_kept,
        }
    )  # fmt: skip


def _desk(context: ApiContext) -> LayoutDesk:
    desk = context.ops.layout if context.ops is not None else None
    if desk is None:
        raise AmrError("request.not_found", path="layout")
    return desk
