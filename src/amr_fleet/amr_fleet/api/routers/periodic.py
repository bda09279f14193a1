"""Periodic reports to an authority: prepare, comment, sign, file; and the register of obstacles."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from fastapi import Request as HttpRequest

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Engineer, Operator, Viewer
from amr_fleet.api.made import MINUTE, MadeT, made
from amr_fleet.api.models import periodic as m
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import file, problems
from amr_fleet.api.routers.ops import ops_of
from amr_fleet.periodic.desk import ReportDesk
from amr_fleet.periodic.order import FileFormat
from amr_fleet.ports import Request
from amr_fleet.report.worker import HeavyOrder
from amr_fleet.reporting_periods import PeriodKind, ReportingPeriod
from amr_fleet.requests import (
    AnswerObstacle,
    CommentReport,
    FileReport,
    MoveReport,
    SetObstacle,
    SetPlan,
    SetReportText,
)
from amr_fleet.vocabulary import ReportStep

router = APIRouter(prefix="/api/v1")
_MADE = ("report.too_large", "request.too_many")
_READ = ("request.not_found", "report.bad_period", "report.no_day", *_MADE)
_STEP = ("report.bad_period", "report.wrong_step", "report.same_person")
_TYPES: Final[dict[FileFormat, str]] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "json": "application/json",
}


def desk_of(context: ApiContext) -> ReportDesk:
    """Return the desk, or raise request.not_found when the server runs without a journal."""
    desk = ops_of(context).periodic
    if desk is None:
        raise AmrError("request.not_found", path="journal")
    return desk


async def _made(request: HttpRequest, context: ApiContext, desk: ReportDesk, order: HeavyOrder[MadeT]) -> MadeT:
    return await made(request, context, desk.worker, order, lambda: desk.make(order), MINUTE)


async def _tell(context: ApiContext, request: Request[object]) -> Done:
    await context.answer(context.fleet.ask(request))
    return Done()


@router.get("/periodic", responses=problems(*_READ))
async def periodic_reports(
    request: HttpRequest, context: Context, _session: Viewer, kind: PeriodKind = "month"
) -> m.PeriodList:
    """Return the newest periods of a kind with the state of their reports."""
    desk = desk_of(context)
    order = await context.read(lambda: desk.periods(kind))
    return m.PeriodList.of(await _made(request, context, desk, order))


@router.get("/periodic/{period}", responses=problems(*_READ))
async def periodic_report(period: str, request: HttpRequest, context: Context, _session: Viewer) -> m.PeriodicDraft:
    """Return a period's report as it would be printed now, beside the one before."""
    desk = desk_of(context)
    before = ReportingPeriod.parse(period).previous().code
    order = await context.read(lambda: desk.draft(period))
    return m.PeriodicDraft.of(await _made(request, context, desk, order), before)


@router.get(
    "/periodic/{period}/file", response_class=Response, responses=file("application/pdf", "The report.", *_READ)
)
async def periodic_file(
    period: str,
    request: HttpRequest,
    context: Context,
    _session: Viewer,
    kind: Annotated[FileFormat, Query(alias="format")] = "pdf",
    edition: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:
    """Return a report as a file: as it is now, or an edition that was filed, byte for byte."""
    desk = desk_of(context)
    if edition:
        content = await context.read(lambda: desk.kept(period, edition, kind))
    else:
        order = await context.read(lambda: desk.printed(period, kind), MINUTE)
        files, _ = await _made(request, context, desk, order)
        content = files[kind]
    name = f"bao-cao-{ReportingPeriod.parse(period).code}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_TYPES[kind], headers=headers)


@router.put("/periodic/{period}/texts", responses=problems("report.bad_period", "report.wrong_step"))
async def set_report_text(period: str, body: m.ReportTextBody, context: Context, session: Operator) -> Done:
    """Write a text of a report that is a draft."""
    request = SetReportText(period=period, field=body.field, text=body.text, user=session.user)
    return await _tell(context, request)


@router.put("/periodic/{period}/plan", responses=problems("report.bad_period", "report.wrong_step"))
async def set_plan(period: str, body: m.PlanBody, context: Context, session: Engineer) -> Done:
    """Set or remove the target of a figure."""
    return await _tell(context, SetPlan(period=period, kpi=body.kpi, target=body.target, user=session.user))


@router.post("/periodic/{period}/remarks", status_code=201, responses=problems("report.bad_period"))
async def comment_report(period: str, body: m.RemarkBody, context: Context, session: Operator) -> Done:
    """Leave a remark on a report."""
    return await _tell(context, CommentReport(period=period, text=body.text, user=session.user))


@router.post("/periodic/{period}/submit", responses=problems(*_STEP))
async def submit_report(period: str, body: m.ReasonBody, context: Context, session: Operator) -> Done:
    """Hand a report in: from now on nobody changes it."""
    return await _move(context, period, "submit", body.text, session.user)


@router.post("/periodic/{period}/return", responses=problems(*_STEP))
async def return_report(period: str, body: m.ReasonBody, context: Context, session: Engineer) -> Done:
    """Give a report back to be changed, with the reason."""
    return await _move(context, period, "return", body.text, session.user)


@router.post("/periodic/{period}/sign", responses=problems(*_STEP))
async def sign_report(period: str, body: m.ReasonBody, context: Context, session: Engineer) -> Done:
    """Sign a report that another person handed in."""
    return await _move(context, period, "sign", body.text, session.user)


@router.post("/periodic/{period}/reopen", responses=problems(*_STEP))
async def reopen_report(period: str, body: m.ReasonBody, context: Context, session: Engineer) -> Done:
    """Open a filed report for another edition, with the reason; what was filed stays."""
    return await _move(context, period, "reopen", body.text, session.user)


async def _move(context: ApiContext, period: str, step: ReportStep, text: str, user: str) -> Done:
    return await _tell(context, MoveReport(period=period, step=step, text=text, user=user))


@router.post("/periodic/{period}/file", responses=problems(*_STEP, *_MADE, "request.not_found", "report.not_written"))
async def file_report(period: str, request: HttpRequest, context: Context, session: Engineer) -> Done:
    """Keep the files of a signed report and write down their hashes with the checkpoint: it went out."""
    desk = desk_of(context)
    order = await context.read(lambda: desk.printed(period, "docx", "pdf", "json", signed=True), MINUTE)
    files, known = await _made(request, context, desk, order)
    printed = await context.read(lambda: desk.keep(order, files, known), MINUTE)
    filed = FileReport(
        period=period, docx_sha256=printed.sha256("docx"), pdf_sha256=printed.sha256("pdf"),
        size=printed.checkpoint.size, root=printed.checkpoint.root, user=session.user,
    )  # fmt: skip
    try:
        return await _tell(context, filed)
    except AmrError as error:
        if error.code in ("report.wrong_step", "store.failed"):  # it surely did not go out
            printed.remove()
        raise


@router.get("/obstacles", responses=problems("request.not_found", *_MADE))
async def obstacles(request: HttpRequest, context: Context, _session: Viewer) -> m.ObstacleList:
    """Return the register of obstacles."""
    desk = desk_of(context)
    return m.ObstacleList.model_validate({"obstacles": await _made(request, context, desk, desk.obstacles())})


@router.post("/obstacles", status_code=201, responses=problems("report.unknown_obstacle"))
async def add_obstacle(body: m.ObstacleBody, context: Context, session: Operator) -> m.ObstacleLine:
    """Add an obstacle."""
    return await _obstacle(context, "", body, session.user)


@router.put("/obstacles/{obstacle_id}", responses=problems("report.unknown_obstacle"))
async def change_obstacle(
    obstacle_id: str, body: m.ObstacleBody, context: Context, session: Operator
) -> m.ObstacleLine:
    """Change an obstacle; its answers stay."""
    return await _obstacle(context, obstacle_id, body, session.user)


async def _obstacle(context: ApiContext, obstacle_id: str, body: m.ObstacleBody, user: str) -> m.ObstacleLine:
    request = SetObstacle(
        **{**body.model_dump(), "effect_kpi": body.effect_kpi or ""}, obstacle_id=obstacle_id, user=user
    )
    return m.ObstacleLine.model_validate(await context.answer(context.fleet.ask(request)))


@router.post("/obstacles/{obstacle_id}/answers", status_code=201, responses=problems("report.unknown_obstacle"))
async def answer_obstacle(
    obstacle_id: str, body: m.ObstacleAnswerBody, context: Context, session: Operator
) -> m.ObstacleLine:
    """Note what an authority answered."""
    request = AnswerObstacle(
        obstacle_id=obstacle_id, document=body.document, date=body.date, text=body.text, user=session.user
    )
    return m.ObstacleLine.model_validate(await context.answer(context.fleet.ask(request)))
