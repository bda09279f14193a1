"""What people ask about visits of trucks, barges and ships: set, change, remove, note that they left."""

from __future__ import annotations

import math
import re
from typing import Final, get_args

from amr_core.errors import AmrError, Fact
from amr_fleet.domain.book_requests import check_name, known_name
from amr_fleet.domain.world import World
from amr_fleet.ports import BookView, ImportVerdict
from amr_fleet.visit_requests import DepartVisit, ImportVisits, ReopenVisit, SetCutoff
from amr_fleet.visit_views import Cutoff
from amr_fleet.vocabulary import MOST_LOADS, CutoffKind

MOST_VISITS: Final = 500
"""That many that have not left; whoever has more forgets to say so."""
_ID: Final = re.compile(r"V\d{6,}")


def set_cutoff(world: World, request: SetCutoff) -> BookView:
    """Add, change or remove a visit."""
    book = world.state.book
    if request.at is None:
        known_name(request.name, book.cutoffs, "cutoff")
        _without_orders(world, request.name)
        world.emit("cutoff_removed", name=request.name, user=request.user)
        return book.view()
    visit = _checked(world, request)
    facts: dict[str, Fact] = {"name": visit.name, "kind": visit.kind, "at": visit.at, "user": request.user}
    more: dict[str, Fact] = {"begins": visit.begins, "planned": visit.planned, "place": visit.place}
    world.emit("cutoff_set", facts={**facts, **{name: fact for name, fact in more.items() if fact}})
    return book.view()


def _checked(world: World, request: SetCutoff, before_it: int = 0) -> Cutoff:
    """Return the visit as it will be, or raise why it cannot be; before_it: new ones that are only looked at, too."""
    old = world.state.book.cutoffs.get(request.name)
    if request.visit_id and (old is None or old.visit_id != request.visit_id):
        raise AmrError("visit.not_found", visit=request.visit_id[:64])
    assert request.at is not None
    before = old or Cutoff(name=request.name, kind=request.kind, at=request.at)
    visit = Cutoff(
        name=request.name, kind=request.kind, at=request.at,
        begins=(before.begins if before.begins < request.at else 0.0) if request.begins is None else request.begins,
        planned=before.planned if request.planned is None else request.planned,
        place=before.place if request.place is None else request.place,
    )  # fmt: skip
    if visit.kind not in get_args(CutoffKind):
        raise AmrError("order.invalid", where="kind", reason=", ".join(get_args(CutoffKind)))
    if not math.isfinite(visit.at) or visit.at <= 0:
        raise AmrError("order.invalid", where="at", reason="not a time")
    if not math.isfinite(visit.begins) or not 0.0 <= visit.begins < visit.at:
        raise AmrError("order.invalid", where="begins", reason="not before the closing time")
    if not 0 <= visit.planned <= MOST_LOADS:
        raise AmrError("order.invalid", where="planned", reason=f"not in 0..{MOST_LOADS}")
    if visit.place and visit.place not in world.places:
        raise AmrError("order.unknown_place", place=visit.place[:128])
    check_name(request.name)
    if _ID.fullmatch(request.name):
        raise AmrError("order.invalid", where="name", reason="reads like the number of a visit")
    if old is None and len(world.state.book.cutoffs) + before_it >= MOST_VISITS:
        raise AmrError("order.invalid", where="name", reason=f"{MOST_VISITS} at once are enough")
    return visit


def _without_orders(world: World, name: str) -> None:
    used = next((o.order_id for o in world.state.open_orders.values() if o.request.cutoff == name), None)
    if used is not None:
        raise AmrError("cutoff.in_use", cutoff=name, order_id=used)


def depart(world: World, request: DepartVisit) -> Cutoff:
    """Note that a visit has left, with its count; said twice it is noted once."""
    book = world.state.book
    if request.visit_id in book.departed:
        return book.departed[request.visit_id]
    visit = next((v for v in book.cutoffs.values() if v.visit_id == request.visit_id), None)
    if visit is None:
        raise AmrError("visit.not_found", visit=request.visit_id[:64])
    _without_orders(world, visit.name)
    orders = [world.state.orders[i] for i in world.state.visits.orders.get(visit.visit_id, ())]
    counted = sum(o.state == "DONE" for o in {o.load_id: o for o in orders}.values())
    world.emit(
        "cutoff_departed", name=visit.name, visit=visit.visit_id, counted=counted, planned=visit.planned,
        user=request.user,
    )  # fmt: skip
    return book.departed[visit.visit_id]


def reopen(world: World, request: ReopenVisit) -> Cutoff:
    """Take back that a visit has left."""
    book = world.state.book
    here = next((v for v in book.cutoffs.values() if v.visit_id == request.visit_id), None)
    if here is not None:
        return here
    visit = book.departed.get(request.visit_id)
    if visit is None:
        raise AmrError("visit.not_found", visit=request.visit_id[:64])
    if visit.name in book.cutoffs:
        raise AmrError("visit.name_taken", name=visit.name)
    world.emit("cutoff_reopened", name=visit.name, visit=visit.visit_id, user=request.user)
    return book.cutoffs[visit.name]


def import_visits(world: World, request: ImportVisits) -> tuple[ImportVerdict, ...]:
    """Add or change all visits of a list that can be, or only say what would become of each."""
    seen: set[str] = set()
    return tuple(_verdict(world, row, request.dry_run, seen) for row in request.visits)


def _verdict(world: World, row: SetCutoff, dry_run: bool, seen: set[str]) -> ImportVerdict:
    """seen: names of the rows before; a list that names a visit twice contradicts itself."""
    try:
        if row.name in seen:
            raise AmrError("visit.name_taken", name=row.name[:64])
        known = row.name in world.state.book.cutoffs
        if row.at is None:
            raise AmrError("order.invalid", where="at", reason="not a time")
        new = len(seen - world.state.book.cutoffs.keys())
        _checked(world, row, new) if dry_run else set_cutoff(world, row)
        seen.add(row.name)
        return ImportVerdict(verdict="known" if known else "created")
    except AmrError as error:
        return ImportVerdict(verdict="refused", error=error)
