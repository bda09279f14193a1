"""Maintenance work orders: those that counters open, what people ask of them, and which ones are overdue.

A robot's service is due by what it has worked since the last one, its safety check by days. Whatever is overdue is
shown; of what may hurt somebody there is an alarm, and with `overdue_safety: rest` the robot gets no new order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, get_args

from amr_core.errors import AmrError, Fact
from amr_fleet.domain.book_requests import kept_note
from amr_fleet.domain.shown import shown
from amr_fleet.domain.world import World
from amr_fleet.fleet_time import DAY_S, UNIX
from amr_fleet.upkeep_requests import ChangeWork, CloseWork, OpenWork
from amr_fleet.upkeep_views import WorkOrder
from amr_fleet.vocabulary import UpkeepCounter, UpkeepOutcome

MOST_OPEN: Final = 500
LONGEST_NAME: Final = 64
PERIOD: Final = 10.0  # s between two looks at the counters
_LATEST: Final = 1e11  # fleet s


class UpkeepWatch:
    """Looks at the counters every so often."""

    def __init__(self) -> None:
        self._due = -math.inf

    def step(self, world: World) -> None:
        """Open what counters say is due; call it in each step."""
        if world.now < self._due:
            return
        self._due = world.now + PERIOD
        for name in world.robots:
            _look(world, name)


def _look(world: World, robot: str) -> None:
    book, every = world.state.upkeep, world.settings.safety_check_days
    over = _over(world, robot)
    if over is not None and book.of_rule(robot, "service") is None:
        _emit_opened(world, robot, {"rule": "service", "counter": over[0], "amount": over[1]})
    days = _days_unchecked(world, robot)
    if 0.0 < every <= days and book.of_rule(robot, "safety_check") is None:
        facts: dict[str, Fact] = {"counter": "days", "amount": math.floor(days), "safety": True}
        _emit_opened(world, robot, {"rule": "safety_check", **facts})


def _over(world: World, robot: str) -> tuple[UpkeepCounter, float] | None:
    """Return the first counter since the last service that came to what the settings say, and how far it is."""
    work, most = world.state.wear.of(robot).since_service, world.settings
    counters: tuple[tuple[UpkeepCounter, float, float], ...] = (
        ("km", work.metres / 1000.0, most.service_km),
        ("lifts", work.lifts, most.service_lifts),
        ("hours", work.hours, most.service_hours),
    )
    return next(((name, math.floor(done)) for name, done, limit in counters if 0.0 < limit <= done), None)


def _days_unchecked(world: World, robot: str) -> float:
    """Return the days since a robot's safety check or first sight; none are counted from one clock to another."""
    since = world.state.upkeep.checked.get(robot, world.now)
    return (world.now - since) / DAY_S if (since > UNIX) == (world.now > UNIX) else 0.0


def _emit_opened(world: World, robot: str, facts: dict[str, Fact]) -> str:
    work_id = f"M{world.state.upkeep.count + 1:06d}"
    due: dict[str, Fact] = {"due": world.now + world.settings.upkeep_due_days * DAY_S}
    world.emit("upkeep_opened", robot=robot, facts={"work": work_id, **due, **facts})
    return work_id


def overdue_safety(world: World) -> Iterator[tuple[str, str]]:
    """Return (robot, work order) of all overdue ones that may hurt somebody, in the order of their numbers."""
    for one in world.state.upkeep.active.values():
        if one.safety and one.overdue(world.now) and one.robot in world.robots:
            yield one.robot, one.work_id


def open_work(world: World, request: OpenWork) -> WorkOrder:
    """Open one that a person asks for. Raises robot.not_found, request.invalid, upkeep.too_many."""
    if request.robot not in world.robots:
        raise AmrError("robot.not_found", robot=request.robot[:64])
    again = world.state.upkeep.of_key(request.key)
    if again is not None:
        return again
    if len(world.state.upkeep.active) >= MOST_OPEN:
        raise AmrError("upkeep.too_many", count=MOST_OPEN)
    facts: dict[str, Fact] = {
        "text": kept_note(request.text), "due": _due(world, request.due), "owner": _owner(request.owner),
        "safety": bool(request.safety), "user": request.user, **({"key": request.key} if request.key else {}),
    }  # fmt: skip
    return world.state.upkeep.active[_emit_opened(world, request.robot, facts)]


def change(world: World, request: ChangeWork) -> WorkOrder:
    """Change time or owner of an open one. Raises request.invalid, upkeep.not_found, upkeep.closed."""
    one = _open_one(world, request.work_id)
    facts: dict[str, Fact] = {
        "due": one.due if request.due is None else _due(world, request.due),
        "owner": one.owner if request.owner is None else _owner(request.owner),
    }
    world.emit("upkeep_changed", robot=one.robot, facts={"work": one.work_id, **facts, "user": request.user})
    return world.state.upkeep.active[one.work_id]


def close(world: World, request: CloseWork) -> WorkOrder:
    """Close one. Raises request.invalid, upkeep.not_found, upkeep.closed, upkeep.by_counter."""
    one = _open_one(world, request.work_id)
    if not request.outcome or request.outcome not in get_args(UpkeepOutcome):
        raise AmrError("request.invalid", where="outcome", reason="done, dropped")
    if request.outcome == "dropped" and one.rule:
        raise AmrError("upkeep.by_counter", work=one.work_id)
    note = kept_note(request.note)
    _emit_closed(world, one, request.outcome, note, request.user)
    if one.rule == "service":
        world.emit("robot_serviced", robot=one.robot, text=note, user=request.user)
    return world.state.upkeep.closed[one.work_id]


def serviced(world: World, robot: str, note: str, user: str) -> None:
    """Close the service that counters asked for: a person has noted one."""
    one = world.state.upkeep.of_rule(robot, "service")
    if one is not None:
        _emit_closed(world, one, "done", note, user)


def _emit_closed(world: World, one: WorkOrder, outcome: UpkeepOutcome, note: str, user: str) -> None:
    facts: dict[str, Fact] = {"work": one.work_id, "outcome": outcome, "note": note, "user": user}
    world.emit("upkeep_closed", robot=one.robot, facts=facts)


def _open_one(world: World, work_id: str) -> WorkOrder:
    book = world.state.upkeep
    one = book.active.get(work_id)
    if one is None:
        raise AmrError("upkeep.closed" if work_id in book.closed else "upkeep.not_found", work=work_id[:64])
    return one


def _due(world: World, due: float) -> float:
    if not math.isfinite(due) or not (due == 0.0 or world.now < due < _LATEST):
        raise AmrError("request.invalid", where="due", reason="a time to come, or 0")
    return due


def _owner(given: str) -> str:
    name = shown("owner", " ".join(given.split()))
    if len(name) > LONGEST_NAME:
        raise AmrError("request.invalid", where="owner", reason=f"up to {LONGEST_NAME} characters")
    return name
