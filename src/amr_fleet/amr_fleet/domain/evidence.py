"""What cameras read on a load goes to its custody record, and says whether it is the load that was ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from amr_core.errors import AmrError
from amr_fleet.domain import cargo_ids
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.world import World
from amr_fleet.requests import NoteEvidence
from amr_fleet.vocabulary import Match, ReadingKind

_MOST_TEXT, MOST_READINGS = 128, 200
_CHECKS: Mapping[str, Callable[[str], str] | None] = {
    "sscc": cargo_ids.sscc, "container": cargo_ids.container, "code": None,
}  # fmt: skip


def note(world: World, request: NoteEvidence) -> str:
    """Write down a reading of an order's load; return yes, no or unknown: is it the load that was ordered?"""
    order = _order(world, request)
    value = _value(request)
    if order.readings >= MOST_READINGS:
        raise AmrError("order.invalid", where="evidence", reason=f"{MOST_READINGS} readings are enough")
    match = _match(order, request.kind, value)
    world.emit(
        "order_evidence", order_id=order.order_id, robot=order.robot, read=request.kind, value=value,
        size_type=request.size_type[:4], valid=request.valid, frames=request.frames,
        source=request.source[:_MOST_TEXT], match=match,
    )  # fmt: skip
    return match


def _order(world: World, request: NoteEvidence) -> TransportOrder:
    """Return the order that is named, or the newest of the load that is named; raise order.not_found."""
    state = world.state
    order_id = request.order_id or state.cargo.last_order(request.load_id)
    order = state.orders.get(order_id)
    if order is None:
        raise AmrError("order.not_found", order_id=(request.order_id or request.load_id)[:_MOST_TEXT])
    return order


def _value(request: NoteEvidence) -> str:
    if request.kind not in _CHECKS or not request.value or len(request.value) > _MOST_TEXT:
        raise AmrError(
            "order.invalid", where="evidence", reason=f"{request.kind[:32]!r}, {len(request.value)} characters"
        )
    check = _CHECKS[request.kind]
    # Whoever says that a number is right must have one whose check digit is.
    return check(request.value) if check is not None and request.valid else request.value


def _match(order: TransportOrder, kind: ReadingKind, value: str) -> Match:
    cargo = order.request.cargo
    if kind == "container":
        wanted = {order.request.load_id if cargo is not None and cargo.kind == "container" else ""}
        wanted.add(cargo.container if cargo is not None else "")
    elif kind == "sscc":
        wanted = {order.request.load_id if cargo is not None and cargo.kind == "pallet" else ""}
    else:
        wanted = {order.request.load_id if value == order.request.load_id else ""}
    wanted.discard("")
    return "unknown" if not wanted else "yes" if value in wanted else "no"
