"""What people may ask of the office: obstacles, plan targets, texts, and the steps of a report."""

from __future__ import annotations

import math
from datetime import date
from typing import get_args

from amr_core.errors import AmrError
from amr_fleet import requests as r
from amr_fleet.domain.office import AFTER, FIELDS, Obstacle, ReportFile
from amr_fleet.domain.shown import shown
from amr_fleet.domain.world import World
from amr_fleet.reporting_periods import ReportingPeriod
from amr_fleet.vocabulary import KPI_KEYS, ObstacleKind, ObstacleSource, ObstacleState

LONGEST = 4000  # characters of one text
SHORT = 200  # of a name, a document's number, an authority
MOST_LINES = 60


def set_obstacle(world: World, request: r.SetObstacle) -> Obstacle:
    """Add an obstacle (no id), or change one."""
    office = world.state.office
    name = request.obstacle_id or f"VM-{len(office.obstacles) + 1:03d}"
    if request.obstacle_id and request.obstacle_id not in office.obstacles:
        raise AmrError("report.unknown_obstacle", obstacle=request.obstacle_id[:40])
    _one_of("source", request.source, get_args(ObstacleSource))
    _one_of("kind", request.kind, get_args(ObstacleKind))
    _one_of("state", request.state, get_args(ObstacleState))
    if request.effect_kpi:
        _one_of("effect_kpi", request.effect_kpi, KPI_KEYS)
    if not math.isfinite(request.effect_amount):
        raise AmrError("request.invalid", where="effect_amount", reason="not a number")
    opened = _day("opened", request.opened)
    due = _day("due", request.due) if request.due else ""
    world.emit(
        "obstacle_set", obstacle=name, opened=opened, source=request.source, obstacle_kind=request.kind,
        text=_text("text", request.text, least=1), effect_kpi=request.effect_kpi,
        effect_amount=request.effect_amount, asked_of=_line("asked_of", request.asked_of),
        proposal=_text("proposal", request.proposal), owner=_line("owner", request.owner), due=due,
        state=request.state, user=request.user,
    )  # fmt: skip
    return office.obstacles[name]


def answer_obstacle(world: World, request: r.AnswerObstacle) -> Obstacle:
    """Note what an authority answered."""
    office = world.state.office
    if request.obstacle_id not in office.obstacles:
        raise AmrError("report.unknown_obstacle", obstacle=request.obstacle_id[:40])
    world.emit(
        "obstacle_answered", obstacle=request.obstacle_id, document=_line("document", request.document, least=1),
        date=_day("date", request.date), text=_text("text", request.text), user=request.user,
    )  # fmt: skip
    return office.obstacles[request.obstacle_id]


def set_plan(world: World, request: r.SetPlan) -> None:
    """Set or remove the target of one figure in one period."""
    period = _open(world, request.period)[0]
    _one_of("kpi", request.kpi, KPI_KEYS)
    if request.target is None:
        if request.kpi not in world.state.office.plans.get(period, {}):
            raise AmrError("request.invalid", where="kpi", reason="it has no target")
        world.emit("plan_removed", period=period, kpi=request.kpi, user=request.user)
        return
    if not math.isfinite(request.target) or not 0 <= request.target < 1e12:
        raise AmrError("request.invalid", where="target", reason="not a number from 0")
    world.emit("plan_set", period=period, kpi=request.kpi, target=request.target, user=request.user)


def set_report_text(world: World, request: r.SetReportText) -> None:
    """Write one of the texts of a report that is a draft."""
    period, _ = _open(world, request.period)
    _one_of("field", request.field, FIELDS)
    text = _day("date", request.text) if request.field == "date" and request.text else _text("text", request.text)
    world.emit("report_text_set", period=period, field=request.field, text=text, user=request.user)


def comment_report(world: World, request: r.CommentReport) -> ReportFile:
    """Leave a remark on a report, whatever its state."""
    period = ReportingPeriod.parse(request.period).code
    world.emit("report_commented", period=period, text=_text("text", request.text, least=1), user=request.user)
    return world.state.office.file(period)


def move_report(world: World, request: r.MoveReport) -> ReportFile:
    """Hand a report in, give it back, sign it or open it for another edition; the signer is another person."""
    period = ReportingPeriod.parse(request.period).code
    known = world.state.office.file(period)
    needed = AFTER.get(request.step, ("", ""))[0]
    if known.state != needed:
        raise AmrError("report.wrong_step", period=period, state=known.state, step=request.step)
    if request.step == "sign" and known.submitted_by == request.user:
        raise AmrError("report.same_person", period=period, user=request.user)
    text = _text("text", request.text, least=1 if request.step in ("return", "reopen") else 0)
    world.emit("report_moved", period=period, step=request.step, text=text, user=request.user)
    return world.state.office.file(period)


def file_report(world: World, request: r.FileReport) -> ReportFile:
    """Write down that a signed report went out, with the hashes of its files."""
    period = ReportingPeriod.parse(request.period).code
    known = world.state.office.file(period)
    if known.state != "signed":
        raise AmrError("report.wrong_step", period=period, state=known.state, step="file")
    texts = world.state.office.texts_of(period)
    world.emit(
        "report_filed", period=period, edition=known.edition, number=texts.get("number", ""),
        date=texts.get("date", ""), docx_sha256=request.docx_sha256, pdf_sha256=request.pdf_sha256,
        size=request.size, root=request.root, user=request.user,
    )  # fmt: skip
    return world.state.office.file(period)


def _open(world: World, text: str) -> tuple[str, ReportFile]:
    """Return a period's code and file; raise report.wrong_step unless its report is a draft."""
    period = ReportingPeriod.parse(text).code
    known = world.state.office.file(period)
    if known.state != "draft":
        raise AmrError("report.wrong_step", period=period, state=known.state, step="change")
    return period, known


def _one_of(where: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise AmrError("request.invalid", where=where, reason=f"one of {', '.join(known)}")


def _day(where: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise AmrError("request.invalid", where=where, reason="not a day like 2027-01-14") from error


def _line(where: str, text: str, least: int = 0) -> str:
    if "\n" in text or len(text) > SHORT:
        raise AmrError("request.invalid", where=where, reason=f"one line of at most {SHORT} characters")
    return _text(where, text, least)


def _text(where: str, text: str, least: int = 0) -> str:
    """Return a text with plain lines; raise request.invalid for an empty, a too long or a hidden one."""
    lines = text.split("\n")
    kept = "\n".join(shown(where, line) for line in lines).strip("\n")
    if not least <= len(kept) <= LONGEST or len(lines) > MOST_LINES:
        raise AmrError("request.invalid", where=where, reason=f"{least} to {LONGEST} characters in {MOST_LINES} lines")
    return kept
