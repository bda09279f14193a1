"""The routes of the shift leader's pages: alarms and reports."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Query, Request, Response

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Operator, Viewer
from amr_fleet.api.made import MINUTE, MadeT, made
from amr_fleet.api.models.alarms import Interventions, Note, NoteBody, Notes
from amr_fleet.api.models.reports import Report, Shifts, Trends
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import file, problems
from amr_fleet.domain.book_requests import kept_note
from amr_fleet.ops import Ops
from amr_fleet.report import figures
from amr_fleet.report.texts import Lang
from amr_fleet.report.trends import MOST_STEPS, TrendOrder, TrendStep
from amr_fleet.report.worker import HeavyOrder, ReportOrder
from amr_fleet.requests import AckAlarm, AddNote

router = APIRouter(prefix="/api/v1")
Time = Annotated[float, Query(ge=-1e6, le=1e11)]
Seconds = Annotated[float | None, Query(ge=-1e6, le=1e11)]
User = Annotated[str, Query(max_length=128)]
Steps = Annotated[int, Query(ge=1, le=MOST_STEPS)]
_PERIOD = ("request.not_found", "report.invalid")
_MADE = (*_PERIOD, "report.too_large", "request.too_many")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def ops_of(context: ApiContext) -> Ops:
    """Return what these pages read, or raise request.not_found when the server runs without a journal."""
    if context.ops is None:
        raise AmrError("request.not_found", path="journal")
    return context.ops


@router.post("/alarms/{alarm_id}/ack", responses=problems("alarm.not_found"))
async def ack_alarm(alarm_id: str, context: Context, session: Operator, instead_of: User = "") -> Done:
    """Say that this user looks after an alarm; instead_of: who took it and has left, else the first one keeps it."""
    await context.answer(context.fleet.ask(AckAlarm(alarm_id=alarm_id, user=session.user, instead_of=instead_of)))
    return Done()


@router.get("/interventions", responses=problems(*_PERIOD))
async def interventions(context: Context, _session: Viewer, begin: Time, end: Time) -> Interventions:
    """Return the alarms of begin..end with who took them when and how long they lasted, newest first."""
    ops = ops_of(context)
    found = await context.read(lambda: ops.interventions(begin, end))
    return Interventions.model_validate({"interventions": found})


@router.get("/notes", responses=problems(*_PERIOD))
async def notes(context: Context, _session: Viewer, begin: Time, end: Time) -> Notes:
    """Return the notes for the next shift that were written in begin..end."""
    ops = ops_of(context)
    return Notes.model_validate({"notes": await context.read(lambda: ops.notes(begin, end))})


@router.post("/notes", status_code=201, responses=problems())
async def add_note(body: NoteBody, context: Context, session: Operator) -> Note:
    """Leave a note for the next shift; it is printed in the report."""
    text = kept_note(body.text)
    at = await context.answer(context.fleet.ask(AddNote(text=text, user=session.user)))
    return Note(t=at, user=session.user, text=text)


@router.get("/shifts", responses=problems("request.not_found"))
async def shifts(context: Context, _session: Viewer) -> Shifts:
    """Return the shifts that the journal touches, newest first."""
    found = await context.read(ops_of(context).shifts)
    return Shifts.model_validate({"shifts": found})


@router.get("/trends", response_model=Trends, responses=problems(*_MADE))
async def trends(
    request: Request, context: Context, _session: Viewer, step: TrendStep = "day", count: Steps = 14
) -> dict[str, object]:
    """Return the figures of the last days or weeks, the running one included."""
    return {"step": step, "points": await _made(request, context, TrendOrder(step, count))}


@router.get("/report", response_model=Report, responses=problems(*_MADE))
async def report(
    request: Request, context: Context, _session: Viewer, begin: Seconds = None, end: Seconds = None
) -> figures.Report:
    """Return the figures of a period; the running shift when none is given."""
    return cast(figures.Report, await _made(request, context, ReportOrder("figures", begin, end)))


@router.get(
    "/report.pdf",
    response_class=Response,
    responses=file("application/pdf", "The report.", *_MADE),
)
async def report_pdf(
    request: Request,
    context: Context,
    _session: Viewer,
    begin: Seconds = None,
    end: Seconds = None,
    lang: Lang = "vi",
) -> Response:
    """Return the report as PDF, signed where the records have a key (`amr report verify`)."""
    content = cast(bytes, await _made(request, context, ReportOrder("pdf", begin, end, lang)))
    signed = await context.read(lambda: ops_of(context).signed(content, "shift"), MINUTE)
    return _file(signed, "application/pdf", "pdf", begin)


@router.get(
    "/report.xlsx",
    response_class=Response,
    responses=file(_XLSX, "The report as a workbook.", *_MADE),
)
async def report_xlsx(
    request: Request,
    context: Context,
    _session: Viewer,
    begin: Seconds = None,
    end: Seconds = None,
    lang: Lang = "vi",
) -> Response:
    """Return the report as an Excel workbook."""
    content = cast(bytes, await _made(request, context, ReportOrder("xlsx", begin, end, lang)))
    return _file(content, _XLSX, "xlsx", begin)


async def _made(request: Request, context: ApiContext, order: HeavyOrder[MadeT]) -> MadeT:
    ops = ops_of(context)
    return await made(request, context, ops.reports, order, lambda: order.make(ops.read_journal(), ops.site))


def _file(content: bytes, media_type: str, ending: str, begin: float | None) -> Response:
    name = f"bao-cao-ca-{int(begin or 0)}.{ending}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
