"""What a person at a place says of a load: ready, taken, wrong, damaged; it goes to the load's custody record."""

from __future__ import annotations

import contextlib
import math
import re
from typing import Final, get_args

from amr_core.errors import AmrError
from amr_fleet.domain import holds, order_requests
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.shown import shown
from amr_fleet.domain.world import World
from amr_fleet.ports import OrderView
from amr_fleet.requests import HoldOrder, SayOfLoad
from amr_fleet.vocabulary import LoadWord

MOST_SAID: Final = 50
"""Words about one order; whoever says more has something else in mind."""
MOST_PHOTOS: Final = 4
LATEST_S: Final = 24 * 3600.0
"""s that a phone may keep a word before it sends it."""
MAX_TEXT: Final = 200
_PHOTO: Final = re.compile(r"[0-9a-f]{64}")


def say(world: World, request: SayOfLoad) -> OrderView:
    """Write down what was said and do what follows from it; return the order as it is then."""
    known = world.state.cargo.keys.get(request.key) if request.key else None
    if known is not None:
        return world.state.orders[known].view()
    order = _order(world, request)
    text, read = _check(world, request)
    _check_time(order, request)
    if _is_taken(world, order, request):
        return order.view()
    world.emit(
        "order_said", order_id=order.order_id, said=request.said, place=request.place, at=request.at,
        read=read, photos=" ".join(request.photos), text=text, key=request.key, user=request.user,
    )  # fmt: skip
    _follow(world, world.state.orders[order.order_id], request)
    return world.state.orders[order.order_id].view()


def _order(world: World, request: SayOfLoad) -> TransportOrder:
    """Return the order that is spoken of, or raise order.not_found or work.wrong_place."""
    order = world.state.orders.get(request.order_id)
    if order is None:
        raise AmrError("order.not_found", order_id=request.order_id[:128])
    if request.place not in (order.request.pick_place, order.request.drop_place):
        raise AmrError("work.wrong_place", order_id=order.order_id, place=request.place[:128])
    if len(order.said) >= MOST_SAID:
        raise AmrError("order.invalid", where="said", reason=f"{MOST_SAID} words about one order are enough")
    return order


def _check(world: World, request: SayOfLoad) -> tuple[str, str]:
    """Return text and read as people see them, or raise order.invalid."""
    if request.said not in get_args(LoadWord):
        raise AmrError("order.invalid", where="said", reason=", ".join(get_args(LoadWord)))
    if len(request.photos) > MOST_PHOTOS or not all(_PHOTO.fullmatch(photo) for photo in request.photos):
        raise AmrError("order.invalid", where="photos", reason=f"at most {MOST_PHOTOS} SHA-256 in hexadecimal")
    text, read, _ = (_shown(where, getattr(request, where)) for where in ("text", "read", "key"))
    if not math.isfinite(request.at) or not world.now - LATEST_S <= request.at <= world.now:
        raise AmrError("order.invalid", where="at", reason=f"not within the last {LATEST_S:.0f} s")
    return text, read


def _shown(where: str, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise AmrError("order.invalid", where=where, reason=f"longer than {MAX_TEXT}")
    return shown(where, text, "order.invalid")


def _check_time(order: TransportOrder, request: SayOfLoad) -> None:
    """Raise work.not_now: a load is ready before a robot has it, and taken once it is delivered."""
    ready = order.state in ("QUEUED", "ASSIGNED", "TO_PICK", "PICKING") and request.place == order.request.pick_place
    taken = order.state == "DONE" and request.place == order.request.drop_place
    if not {"ready": ready, "taken": taken}.get(request.said, True):
        raise AmrError("work.not_now", said=request.said, order_id=order.order_id, state=order.state)


def _is_taken(world: World, order: TransportOrder, request: SayOfLoad) -> bool:
    """Return whether that person has said so before; raise work.taken_already where another one has.

    Two who take the same load cannot both be right: one of them has taken something else.
    """
    if request.said != "taken" or "taken" not in order.said:
        return False
    load = world.state.cargo.loads.get(order.load_id)
    words = load.said if load is not None else ()
    first = next((one for one in words if one.order_id == order.order_id and one.said == "taken"), None)
    if first is None:  # a load without a number has no record that says who
        return False
    if first.user == request.user:
        return True
    raise AmrError("work.taken_already", order_id=order.order_id, load_id=order.load_id, user=first.user, at=first.at)


def _follow(world: World, order: TransportOrder, request: SayOfLoad) -> None:
    if request.said == "ready" and order.awaits:
        order_requests.release(world, order, request.user)
    elif request.said in ("wrong", "damaged") and order.open and not order.request.held:
        # A robot that is at the load already goes on; the alarm asks a person to see to it.
        with contextlib.suppress(AmrError):
            text = request.text[: holds.LONGEST_WHY]
            order_requests.hold(world, HoldOrder(order_id=order.order_id, hold=True, user=request.user, text=text))
