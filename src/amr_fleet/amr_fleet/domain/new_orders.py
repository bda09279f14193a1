"""New transport orders: what is checked before one is taken, one by one or as a list."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, get_args

from amr_core.errors import AmrError
from amr_fleet.cargo_views import HEAVIEST_KG, Cargo
from amr_fleet.domain import cargo_ids
from amr_fleet.domain.ability import check_ability
from amr_fleet.domain.shown import shown
from amr_fleet.domain.world import World
from amr_fleet.fact_fields import facts_of
from amr_fleet.ports import ImportVerdict, OrderRequest, OrderView
from amr_fleet.requests import CreateOrder, ImportOrders
from amr_fleet.vocabulary import CargoKind

_MAX_TEXT = 128
_NO_CARGO, _CARGO_KINDS = Cargo(), get_args(CargoKind)
_TEXTS = ("reference", "load_id", "user", "cutoff", "key")


def create_order(world: World, request: CreateOrder) -> OrderView:
    """Create an order, or return the one with the same key or reference."""
    return create(world, request.order)


def create(world: World, request: OrderRequest) -> OrderView:
    """Create an order, or return the one with the same key or reference."""
    request = tidied(request)
    check(world, request)
    known = world.state.known(request)
    if known is not None:
        return world.state.orders[known].view()
    order_id = f"T{world.state.order_count + 1:06d}"
    world.emit("order_created", order_id=order_id, facts=facts_of(request))
    if world.dispatch_due > world.now and _anybody(world):
        world.dispatch_due = world.now
    return world.state.orders[order_id].view()


def _anybody(world: World) -> bool:
    """Whether some robot may be given an order at once; else it is soon enough with the next decision."""
    return any(world.state.order_of(r.name) is None and world.available(r) for r in world.robots.values())


def tidied(request: OrderRequest) -> OrderRequest:
    """Return the request with its texts as people see them, or raise order.invalid: one document, one order."""
    texts = ((where, getattr(request, where)) for where in _TEXTS)
    other: dict[str, Any] = {where: text for where, came in texts if (text := _plain(where, came)) != came}
    return replace(request, **other) if other else request


def _plain(where: str, text: str) -> str:
    return shown(where, text[: _MAX_TEXT + 1], "order.invalid")


def check(world: World, request: OrderRequest) -> None:
    """Raise the error that the request would be refused with."""
    for where in _TEXTS:
        if len(getattr(request, where)) > _MAX_TEXT:
            raise AmrError("order.invalid", where=where, reason=f"longer than {_MAX_TEXT} characters")
    for place in (request.pick_place, request.drop_place):
        if place not in world.places:
            raise AmrError("order.unknown_place", place=place[:_MAX_TEXT])
    if request.pick_place == request.drop_place:
        raise AmrError("order.same_place", place=request.pick_place)
    if not _way_exists(world, request):
        raise AmrError("order.unreachable", pick=request.pick_place, drop=request.drop_place)
    if not math.isfinite(request.deadline) or request.deadline < 0:
        raise AmrError("order.invalid", where="deadline", reason="not a time")
    if not math.isfinite(request.earliest) or request.earliest < 0:
        raise AmrError("order.invalid", where="earliest", reason="not a time")
    if request.cutoff and request.cutoff not in world.state.book.cutoffs:
        raise AmrError("order.unknown_cutoff", cutoff=request.cutoff)
    if request.robot and request.robot not in world.robots:
        raise AmrError("robot.not_found", robot=request.robot[:_MAX_TEXT])
    check_cargo(world, request)
    check_ability(world, request)
    if not -1000 <= request.priority <= 1000:
        raise AmrError("order.invalid", where="priority", reason="not in -1000..1000")


def _way_exists(world: World, request: OrderRequest) -> bool:
    """Tell whether some robot could come from its parking place to the pick and on to the drop, were nothing closed."""
    graph = world.graph
    picks, drops = world.places[request.pick_place], world.places[request.drop_place]
    robots = world.robots.values()
    reached = (p for p in picks if any(graph.can_reach(r.home, p) for r in robots))
    return any(graph.can_reach(p, d) for p in reached for d in drops)


def check_cargo(world: World, request: OrderRequest) -> None:
    """Check numbers on the cargo, and that no other open order moves the same load."""
    cargo = request.cargo or _NO_CARGO
    if cargo.kind not in _CARGO_KINDS:
        raise AmrError("order.invalid", where="cargo.kind", reason="pallet, lot or container")
    if not math.isfinite(cargo.weight_kg) or not 0.0 <= cargo.weight_kg <= HEAVIEST_KG:
        raise AmrError("order.invalid", where="cargo.weight_kg", reason=f"not in 0..{HEAVIEST_KG}")
    if cargo.kind and not request.load_id:
        raise AmrError("order.invalid", where="load_id", reason="cargo needs its number")
    if cargo.kind == "pallet" and cargo_ids.sscc(request.load_id) != request.load_id:
        raise AmrError("order.invalid", where="load_id", reason="18 digits only")
    if cargo.kind == "container" and cargo_ids.container(request.load_id) != request.load_id:
        raise AmrError("order.invalid", where="load_id", reason="4 letters and 7 digits only")
    if cargo.container and cargo_ids.container(cargo.container) != cargo.container:
        raise AmrError("order.invalid", where="cargo.container", reason="4 letters and 7 digits only")
    other = world.state.moving.get(request.load_id) if request.load_id else None
    if other is not None and other != world.state.known(request):
        raise AmrError("cargo.busy", load_id=request.load_id, order_id=other)


def import_orders(world: World, request: ImportOrders) -> tuple[ImportVerdict, ...]:
    """Create all orders of a list that can be created, or only say what would become of each."""
    seen: set[str] = set()
    return tuple(_verdict(world, row, request.dry_run, seen) for row in request.orders)


def _verdict(world: World, row: OrderRequest, dry_run: bool, seen: set[str]) -> ImportVerdict:
    """seen: references and load ids of the rows before, which a dry run does not create."""
    try:
        row = tidied(row)
        check(world, row)
        known = world.state.known(row)
        if known is not None:
            return ImportVerdict(verdict="known", order_id=known)
        if not dry_run:
            return ImportVerdict(verdict="created", order_id=create(world, row).order_id)
        if row.reference and f"r{row.reference}" in seen:
            return ImportVerdict(verdict="known")
        if row.load_id and f"l{row.load_id}" in seen:
            raise AmrError("cargo.busy", load_id=row.load_id, order_id="?")
        seen |= {f"r{row.reference}", f"l{row.load_id}"}
        return ImportVerdict(verdict="created")
    except AmrError as error:
        return ImportVerdict(verdict="refused", error=error)
