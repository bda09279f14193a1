"""Visits of trucks, barges and ships: list, look at, set, note that one left, import."""

from __future__ import annotations

import base64

from fastapi import APIRouter

from amr_core.errors import AmrError
from amr_fleet.api.deps import Context, Operator, Viewer
from amr_fleet.api.models.base import Name
from amr_fleet.api.models.visits import (
    ImportedVisit,
    ImportedVisits,
    ImportVisitsBody,
    KeptVisit,
    Visit,
    VisitBody,
    VisitDetail,
    VisitOrder,
    Visits,
)
from amr_fleet.api.problems import problems
from amr_fleet.api.tables import Rows
from amr_fleet.api.visit_list import parse_rows, read_table
from amr_fleet.ports import FleetSnapshot, ImportVerdict
from amr_fleet.visit_requests import DepartVisit, ImportVisits, ReopenVisit, SetCutoff
from amr_fleet.visit_views import VisitView

router = APIRouter(prefix="/api/v1")
MOST_ORDERS = 1000
_SET = ("order.invalid", "order.unknown_place", "visit.not_found")


def visit_in(snapshot: FleetSnapshot, wanted: str) -> VisitView:
    """Return the visit of this id, else that of this name that is there or left last; or raise visit.not_found."""
    known = {v.visit_id: v for v in snapshot.visits}
    named = sorted((v for v in snapshot.visits if v.name == wanted), key=lambda v: v.departed or float("inf"))
    found = known.get(wanted) or (named[-1] if named else None)
    if found is None:
        raise AmrError("visit.not_found", visit=wanted[:64])
    return found


@router.get("/visits", responses=problems())
async def visits(context: Context, _session: Viewer) -> Visits:
    """Return the visits by closing time, and behind them the last ones that left."""
    snapshot = context.fleet.snapshot()
    return Visits(t=snapshot.t, visits=[Visit.model_validate(view) for view in snapshot.visits])


@router.get("/visits/{visit:path}", responses=problems("visit.not_found"))
async def one_visit(visit: str, context: Context, _session: Viewer) -> VisitDetail:
    """Return a visit, by its number or name, with its orders."""
    snapshot = context.fleet.snapshot()
    found = visit_in(snapshot, visit)
    orders = await context.read(lambda: context.fleet.orders("all", MOST_ORDERS, "", found.visit_id))
    return VisitDetail(
        t=snapshot.t, visit=Visit.model_validate(found), orders=[VisitOrder.model_validate(one) for one in orders]
    )


@router.put("/visits/{name:path}", responses=problems(*_SET))
async def set_visit(name: Name, body: VisitBody, context: Context, session: Operator) -> KeptVisit:
    """Add a visit, or change the one of this name; the deadlines of its orders move with it."""
    closing = next((one.at for one in context.fleet.book().cutoffs if one.name == name), None)
    asked = body.request(name, context.fleet.snapshot().t, session.user, closing)
    book = await context.answer(context.fleet.ask(asked))
    return KeptVisit.model_validate(next(one for one in book.cutoffs if one.name == name))


@router.post("/visits/import", responses=problems("import.bad_table"))
async def import_visits(body: ImportVisitsBody, context: Context, session: Operator) -> ImportedVisits:
    """Add or change the visits of a list, or with dry_run only say what would become of each row."""
    now, table = context.fleet.snapshot().t, Rows(list(body.rows), [""] * len(body.rows), [])
    if body.csv or body.xlsx:
        table = await context.read(lambda: read_table(body.csv, base64.b64decode(body.xlsx), context.site.places, now))
    parsed = await context.read(lambda: parse_rows(table.rows, now, session.user))
    good = tuple(row for row in parsed if isinstance(row, SetCutoff))
    asked = ImportVisits(visits=good, dry_run=body.dry_run, user=session.user)
    answers = iter(await context.answer(context.fleet.ask(asked)))
    verdicts = [ImportVerdict(verdict="refused", error=r) if isinstance(r, AmrError) else next(answers) for r in parsed]
    rows = [
        ImportedVisit.of(i, text, None if isinstance(wish, AmrError) else wish, verdict)
        for i, (text, wish, verdict) in enumerate(zip(table.lines, parsed, verdicts, strict=True), start=1)
    ]
    counts = {name: sum(v.verdict == name for v in verdicts) for name in ("created", "known", "refused")}
    return ImportedVisits(dry_run=body.dry_run, **counts, ignored=table.ignored, rows=rows)


@router.post("/visits/{visit_id}/depart", responses=problems("visit.not_found", "cutoff.in_use"))
async def depart(visit_id: str, context: Context, session: Operator) -> KeptVisit:
    """Note that a visit without open orders has left; its count against plan goes into the journal."""
    asked = DepartVisit(visit_id=visit_id, user=session.user)
    return KeptVisit.model_validate(await context.answer(context.fleet.ask(asked)))


@router.post("/visits/{visit_id}/reopen", responses=problems("visit.not_found", "visit.name_taken"))
async def reopen(visit_id: str, context: Context, session: Operator) -> KeptVisit:
    """Take back that a visit has left."""
    asked = ReopenVisit(visit_id=visit_id, user=session.user)
    return KeptVisit.model_validate(await context.answer(context.fleet.ask(asked)))
