"""Templates and recurring orders: set, remove, and what falls due; notes."""

from __future__ import annotations

import math

from amr_core.errors import AmrError, Fact
from amr_fleet.domain.new_orders import check, create
from amr_fleet.domain.shown import shown
from amr_fleet.domain.world import World
from amr_fleet.fact_fields import facts_of
from amr_fleet.ports import BookView, OrderRequest, Schedule
from amr_fleet.requests import AddNote, SetSchedule, SetTemplate

LONGEST_NOTE = 1000
SHORTEST = 60.0  # s between two orders of one schedule
STALE = 600.0  # s: what should have started longer ago than this, in a power cut say, is not started by itself


def set_template(world: World, request: SetTemplate) -> BookView:
    """Keep or remove a template. A load has one number, so a template has none."""
    book = world.state.book
    if request.request is None:
        known_name(request.name, book.templates, "template")
        world.emit("template_removed", name=request.name, user=request.user)
        return book.view()
    check_name(request.name)
    _repeatable(world, request.request)
    world.emit("template_set", facts={**facts_of(request.request), "name": request.name, "user": request.user})
    return book.view()


def set_schedule(world: World, request: SetSchedule) -> BookView:
    """Keep or remove a recurring order."""
    book = world.state.book
    if request.request is None:
        known_name(request.name, book.schedules, "schedule")
        world.emit("schedule_removed", name=request.name, user=request.user)
        return book.view()
    check_name(request.name)
    _repeatable(world, request.request)
    if not all(map(math.isfinite, (request.first, request.every, request.due_in))) or request.every < SHORTEST:
        raise AmrError("order.invalid", where="every", reason=f"at least {SHORTEST:.0f} s")
    facts = {**facts_of(request.request), "name": request.name, "user": request.user}
    first = max(request.first, world.now)
    world.emit(
        "schedule_set", facts={**facts, "next": first, "every": request.every, "due_in": max(0.0, request.due_in)}
    )
    return book.view()


def add_note(world: World, request: AddNote) -> float:
    """Write a note of a person into the journal; the answer is its time. State does not know notes, reports do."""
    text = kept_note(request.text)
    world.emit("note_added", text=text, user=request.user)
    return world.now


def kept_note(given: str) -> str:
    """Return a note as the journal keeps it, one line; raise request.invalid."""
    text = " ".join(given.split())
    if not 1 <= len(text) <= LONGEST_NOTE or not text.isprintable():
        raise AmrError("request.invalid", where="text", reason=f"1 to {LONGEST_NOTE} printable characters")
    return text


def check_name(name: str) -> None:
    """Raise order.invalid for a name that people could not tell from another."""
    seen = shown("name", name[:65], "order.invalid")
    if not 1 <= len(name) <= 64 or seen != name:
        raise AmrError("order.invalid", where="name", reason="1 to 64 visible characters, in Unicode's composed form")


def known_name(name: str, table: object, kind: str) -> None:
    """Raise book.not_found for a name that is not in a table of the book."""
    if name not in table:  # type: ignore[operator]
        raise AmrError("book.not_found", kind=kind, name=name[:128])


def _repeatable(world: World, request: OrderRequest) -> None:
    if request.load_id or request.reference or request.key:
        raise AmrError("order.invalid", where="load_id", reason="a repeated order has no load number or reference")
    check(world, request)


def start_due(world: World) -> None:
    """Create the orders of the schedules that are due; what is long overdue is skipped and said so."""
    for schedule in list(world.state.book.schedules.values()):
        if schedule.next_at <= world.now:
            _fire(world, schedule)


def _fire(world: World, schedule: Schedule) -> None:
    late = world.now - schedule.next_at
    following = schedule.next_at + schedule.every * (1 + math.floor(late / schedule.every))
    facts: dict[str, Fact] = {"name": schedule.name, "next": following}
    if late > STALE:
        world.emit("schedule_skipped", facts=facts, late=round(late))
        return
    deadline = world.now + schedule.due_in if schedule.due_in else 0.0
    wish = {**vars(schedule.request), "deadline": deadline, "user": f"schedule:{schedule.name}"}
    try:
        order = create(world, OrderRequest(**wish))
        world.emit("schedule_fired", order_id=order.order_id, facts=facts)
    except AmrError as error:
        # A place or a cut-off that is gone: the schedule stays, and its page shows the reason in the journal.
        world.emit("schedule_skipped", facts=facts, code=error.code)
