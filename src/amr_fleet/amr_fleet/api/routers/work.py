"""The worker's phone: what comes and goes at a dock, what became of a load, calling a robot, pictures of loads.

A worker gets nothing else of this API (see docs/access.md). Every POST is sent with an Idempotency-Key, since a phone
that was without a network sends again what may have arrived.
"""

from __future__ import annotations

import time
from typing import Final

from fastapi import APIRouter, Response

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Engineer, OnceKey, Operator, Worker
from amr_fleet.api.models.system import Done
from amr_fleet.api.models.work import (
    CallBody,
    Called,
    PhotoBody,
    PhotoKept,
    SayBody,
    Task,
    Tasks,
    WorkPlace,
    WorkPlaces,
)
from amr_fleet.api.problems import file, problems
from amr_fleet.ports import OrderRequest, OrderView
from amr_fleet.requests import CreateOrder, SayOfLoad

router = APIRouter(prefix="/api/v1")
DELIVERED_S = 2 * 3600.0
"""s that a delivered load stays on the list until somebody says that it was taken."""
_LATEST_S = 24 * 3600.0  # chosen: a phone that was in a locker over night; what is older was typed or a clock is wrong
CALL_S: Final = 600.0
"""s after which a call is not carried out any more: who called has found another way, and another load stands there."""
_LOOKED_THROUGH = 500
_NEW = (
    "order.unknown_place", "order.same_place", "order.unreachable", "order.invalid", "cargo.busy", "request.too_many",
    "work.call_old",
)  # fmt: skip


@router.get("/work/places", responses=problems())
async def work_places(context: Context, _session: Worker) -> WorkPlaces:
    """Return the places that a worker may stand at."""
    return WorkPlaces(places=[WorkPlace.model_validate(place) for place in context.site.places])


@router.get("/work/{place}/tasks", responses=problems("order.unknown_place"))
async def work_tasks(place: str, context: Context, _session: Worker) -> Tasks:
    """Return what comes and goes at a place: open orders, and delivered loads that nobody has taken yet.

    A load that a robot has taken away from there is not in it any more: no robot comes for it.
    """
    context.site.place(place)
    snapshot = context.fleet.snapshot()
    newest = await context.read(lambda: context.fleet.orders("all", _LOOKED_THROUGH))
    here = [o for o in snapshot.orders if place == o.drop_place or (place == o.pick_place and o.state not in _GONE)]
    left = [o for o in newest if o.drop_place == place and _stands(o, snapshot.t)]
    return Tasks(
        t=snapshot.t, rtf=snapshot.rtf, unix=time.time(), robots_stopped=snapshot.all_paused,
        fire=snapshot.fire is not None,
        tasks=[_task(o, place) for o in sorted(here, key=lambda o: (_comes(o, place) or 1e12, o.order_id))]
        + [_task(o, place) for o in left],
    )  # fmt: skip


_GONE: Final = ("TO_DROP", "DROPPING")


def _stands(order: OrderView, now: float) -> bool:
    return order.state == "DONE" and now - order.finished < DELIVERED_S and "taken" not in order.said


def _comes(order: OrderView, place: str) -> float:
    if order.state == "DONE":
        return 0.0
    return order.at_pick if place == order.pick_place else order.eta


def _task(order: OrderView, place: str) -> Task:
    out = place == order.pick_place
    return Task(
        order_id=order.order_id, load_id=order.load_id, cargo_kind=order.cargo.kind if order.cargo else "",
        side="from" if out else "to", other_place=order.drop_place if out else order.pick_place, state=order.state,
        priority=order.priority, held=order.held, robot=order.robot, comes=_comes(order, place),
        delivered=order.finished if order.state == "DONE" else 0.0,
        reason=order.reason, root=order.root, said=list(dict.fromkeys(order.said)),
        awaits=order.awaits and order.held,
    )  # fmt: skip


@router.post(
    "/work/words",
    responses=problems(
        "order.not_found",
        "order.invalid",
        "order.unknown_place",
        "work.wrong_place",
        "work.not_now",
        "work.taken_already",
    ),
)
async def say_of_load(body: SayBody, context: Context, session: Worker, once: OnceKey) -> Done:
    """Say of a load that it is ready, was taken, is wrong or damaged; it goes to its custody record."""
    context.site.place(body.place)
    request = SayOfLoad(
        order_id=body.order_id, said=body.said, place=body.place, at=_fleet_time(context, body.at), read=body.read,
        text=body.text, photos=body.photos, key=once, user=session.user,
    )  # fmt: skip
    await context.answer(context.fleet.ask(request))
    return Done()


def _fleet_time(context: ApiContext, unix: float) -> float:
    """Return a moment of the last day in fleet seconds; a phone whose clock is ahead means now."""
    ago = max(0.0, time.time() - unix)
    if ago > _LATEST_S:
        raise AmrError("request.invalid", where="at", reason="longer than a day ago")
    snapshot = context.fleet.snapshot()
    return max(0.0, snapshot.t - min(ago * max(0.0, snapshot.rtf), _LATEST_S - 60.0))


@router.post("/work/calls", status_code=201, responses=problems(*_NEW))
async def call_robot(body: CallBody, context: Context, session: Worker, once: OnceKey) -> Called:
    """Call a robot to a place, for what stands there to be brought to another."""
    for place in (body.place, body.to_place):
        context.site.place(place)
    if body.at is not None and time.time() - body.at > CALL_S:
        raise AmrError("work.call_old", minutes=int(CALL_S / 60.0))
    if body.place == body.to_place:
        raise AmrError("order.same_place", place=body.place)
    context.calls.take(session.user)
    wish = OrderRequest(
        pick_place=body.place, drop_place=body.to_place, load_id=body.load_id, user=session.user, key=once
    )
    order = await context.answer(context.fleet.ask(CreateOrder(order=wish)))
    return Called(order_id=order.order_id)


@router.post(
    "/work/photos",
    status_code=201,
    responses=problems("photo.unreadable", "photo.not_kept", "request.too_many"),
)
async def add_photo(body: PhotoBody, context: Context, session: Worker) -> PhotoKept:
    """Keep a picture of a load: made anew without EXIF, for some days. Name it in POST /work/words."""
    context.pictures.take(session.user)
    photo = await context.with_pictures(lambda: context.photos.add(body.image))
    return PhotoKept(photo=photo, days=context.photos.days)


@router.get(
    "/photos/{photo}",
    response_class=Response,
    responses=file("image/jpeg", "A picture that a worker took of a load.", "photo.gone"),
)
async def photo(photo: str, context: Context, _session: Operator) -> Response:
    """Return a picture while it is kept."""
    return Response(await context.with_pictures(lambda: context.photos.get(photo)), media_type="image/jpeg")


@router.delete("/photos/{photo}", responses=problems("photo.gone"))
async def remove_photo(photo: str, context: Context, _session: Engineer) -> Done:
    """Delete a picture before its time, as when a person on it asks for that."""
    await context.with_pictures(lambda: context.photos.remove(photo))
    return Done()
