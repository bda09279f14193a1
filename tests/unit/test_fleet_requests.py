"""The one way of requests into the engine: a refusal that had done something is told apart from one that had not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain.events import Ask, DoorCommand, LiftCommand
from amr_fleet.domain.requests import HANDLERS, HalfDoneError, handle
from amr_fleet.domain.world import World
from amr_fleet.flight_requests import StartFlight
from amr_fleet.requests import ImportOrders
from tests.unit.test_fleet_engine import rehearsal

REFUSAL = AmrError("order.not_found", order_id="T1")
TOLD: list[Callable[[World], None]] = [
    lambda world: world.instant(world.robots["amr_01"], "startPause"),
    lambda world: world.door_commands.append(DoorCommand("gate", open=True, fence=1)),
    lambda world: world.lift_commands.append(LiftCommand("lift", "amr_01", "1")),
]
IMPORT = ImportOrders(orders=())


def refusing(monkeypatch: pytest.MonkeyPatch, kind: Any, *does: Callable[[World], None]) -> World:
    """Return a world whose handler of this kind of request does these things and then refuses."""

    def half(world: World, _request: object) -> None:
        for one in does:
            one(world)
        raise REFUSAL

    monkeypatch.setitem(HANDLERS, kind, half)
    world = rehearsal(1).engine.world
    world.replies = []
    return world


def write(world: World) -> None:
    world.emit("note_added", text="half")


@pytest.mark.parametrize("tell", TOLD, ids=["robot", "door", "lift"])
@pytest.mark.parametrize("writes", [False, True])
def test_a_refusal_after_a_line_of_the_journal_or_a_word_to_anything_is_half_done_and_says_why(
    monkeypatch: pytest.MonkeyPatch, tell: Callable[[World], None], writes: bool
) -> None:
    world = refusing(monkeypatch, ImportOrders, tell, *([write] if writes else []))
    with pytest.raises(HalfDoneError) as half:
        handle(world, Ask(7, IMPORT))
    assert (half.value.error, str(half.value)) == (REFUSAL, str(REFUSAL))
    assert world.replies == [], "its answer comes when it is undone"


def test_a_refusal_that_did_nothing_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    world = refusing(monkeypatch, ImportOrders)
    handle(world, Ask(7, IMPORT))
    assert [(reply.token, reply.result) for reply in world.replies] == [(7, REFUSAL)]


def test_a_refused_start_of_a_flight_keeps_what_the_pilot_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    world = refusing(monkeypatch, StartFlight, write)
    start: Any = object.__new__(StartFlight)
    handle(world, Ask(7, start))
    assert [(reply.token, reply.result) for reply in world.replies] == [(7, REFUSAL)]
    assert world.entries[-1].kind == "note_added"
