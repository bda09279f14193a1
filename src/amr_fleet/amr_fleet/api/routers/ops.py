"""The routes of the shift leader's pages: alarms and reports."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Operator, Viewer, audited
from amr_fleet.api.models import Body, Json
from amr_fleet.ops import Ops
from amr_fleet.report.wire import period_json, report_json
from amr_fleet.requests import AckAlarm, AddNote

router = APIRouter(prefix="/api/v1")
Time = Annotated[float, Query(ge=-1e6, le=1e11)]
Seconds = Annotated[float | None, Query(ge=-1e6, le=1e11)]
Lang = Literal["vi", "en"]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def ops_of(context: ApiContext) -> Ops:
    """Return what these pages read, or raise request.not_found when the server runs without a journal."""
    if context.ops is None:
        raise AmrError("request.not_found", path="journal")
    return context.ops


@router.post("/alarms/{alarm_id}/ack")
async def ack_alarm(alarm_id: str, context: Context, session: Operator) -> Json:
    """Say that this user looks after an alarm."""
    answer = context.answer(context.fleet.ask(AckAlarm(alarm_id=alarm_id, user=session.user)))
    await audited(answer, session.user, "ack_alarm", alarm=alarm_id[:64])
    return {"ok": True}


class NoteBody(Body):
    """Body of POST /notes."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


@router.get("/interventions")
async def interventions(context: Context, _session: Viewer, begin: Time, end: Time) -> Json:
    """Return the alarms of begin..end with who took them when and how long they lasted, newest first."""
    ops = ops_of(context)
    return {"interventions": await context.read(lambda: ops.interventions(begin, end))}


@router.get("/notes")
async def notes(context: Context, _session: Viewer, begin: Time, end: Time) -> Json:
    """Return the notes for the next shift that were written in begin..end."""
    ops = ops_of(context)
    return {"notes": await context.read(lambda: ops.notes(begin, end))}


@router.post("/notes", status_code=201)
async def add_note(body: NoteBody, context: Context, session: Operator) -> Json:
    """Leave a note for the next shift; it is printed in the report."""
    at = await context.answer(context.fleet.ask(AddNote(text=body.text, user=session.user)))
    return {"t": at, "user": session.user, "text": body.text}


@router.get("/shifts")
async def shifts(context: Context, _session: Viewer) -> Json:
    """Return the shifts that the journal touches, newest first."""
    found = await context.read(ops_of(context).shifts)
    return {"shifts": [period_json(shift) for shift in found]}


@router.get("/report")
async def report(context: Context, _session: Viewer, begin: Seconds = None, end: Seconds = None) -> Json:
    """Return the figures of a period; the running shift when none is given."""
    ops = ops_of(context)
    return await context.read(lambda: report_json(ops.report(begin, end)))


@router.get("/report.pdf")
async def report_pdf(
    context: Context, _session: Viewer, begin: Seconds = None, end: Seconds = None, lang: Lang = "vi"
) -> Response:
    """Return the report as PDF."""
    ops = ops_of(context)

    def make() -> bytes:
        from amr_fleet.report.pdf import pdf  # a server that prints nothing does not load the fonts

        return pdf(ops.report(begin, end), lang)

    return _file(await context.read(make), "application/pdf", "pdf", begin)


@router.get("/report.xlsx")
async def report_xlsx(
    context: Context, _session: Viewer, begin: Seconds = None, end: Seconds = None, lang: Lang = "vi"
) -> Response:
    """Return the report as an Excel workbook."""
    ops = ops_of(context)

    def make() -> bytes:
        from amr_fleet.report.excel import excel

        return excel(ops.report(begin, end), lang)

    return _file(await context.read(make), _XLSX, "xlsx", begin)


def _file(content: bytes, media_type: str, ending: str, begin: float | None) -> Response:
    name = f"bao-cao-ca-{int(begin or 0)}.{ending}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
