"""Is a robot on the map where its order leads it? One that is not has its place in another frame, and must not move.

Which map it may name follows from what we released: that of the node reached last, and of the next one, for in a lift
it changes from one to the other when it likes. A robot that changes by an action at the node where a ride ends has
reached that node first: until the action has ended it may name the map that it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from amr_core.vda5050 import Order, RobotError
from amr_interop.vda.acceptance import ORDER_MODES
from amr_interop.vda.floors import Floors
from amr_interop.vda.messages import WireState
from amr_interop.vda.sent import Sent, SentBook

_PAUSE: Final = "startPause"
_RESUME: Final = "stopPause"
_BESIDE_M: Final = 0.5
"""So far beside its map no robot is: on the sheet another level may begin there."""
Ask = Callable[[str, Mapping[str, object]], bool]
"""Asks the robot for an instant action; False: not now, another of its type is out and not shown."""


class MapGuard:
    """Watches the map of one robot. wrong: what the fleet is told of it, () while all is right."""

    def __init__(self, floors: Floors) -> None:
        self.floors = floors
        self._fleet_paused = False
        self._told: tuple[RobotError, ...] = ()
        self._starts: tuple[RobotError, ...] = ()
        self._stopped = False

    @property
    def wrong(self) -> tuple[RobotError, ...]:
        """FATAL: neither orders nor updates go to it, and nobody counts on where it says to be."""
        return self._told or self._starts

    def place(self, state: WireState, book: SentBook) -> WireState:
        """Return a state with the robot's place on the sheet, without one while its map is wrong.

        A lift is at one place in all its maps: in the cabin where a ride ends a robot is on the map of that.
        """
        self._told = self._starts = ()
        if (arrived := self._arrived(state, book)) is not None:
            state = replace(state, map_id=arrived)
        expected = self._expected(state, book.sent)
        if state.x is None or not state.localized:
            return self.floors.state_on_sheet(state)
        floor = self.floors.named(state.map_id)
        found = self.floors.state_on_sheet(state)
        if floor is None or floor.map_id not in expected or floor.off(found.x or 0.0, found.y or 0.0) > _BESIDE_M:
            self._told = (_error(state.map_id, expected),)
            return replace(state, x=None, y=None, localized=False)
        return found

    def _arrived(self, state: WireState, book: SentBook) -> str | None:
        """Return the map where its ride ended, while it names the one before and its action there has not ended."""
        sent, last = book.sent, state.last_sequence_id
        if sent is None or state.order_id != sent.order_id:
            return None
        name = sent.takes_map(last)
        if not any(not action.ended and book.names.ours(action.action_id) == name for action in state.actions):
            return None
        maps = {number: self.floors.at(x, y).map_id for number, x, y in sent.way}
        return maps.get(last) if maps.get(last - 2) == state.map_id else None

    def _expected(self, state: WireState, sent: Sent | None) -> list[str]:
        """Return the maps that it may name: any, but on an order of ours those of where it leads now."""
        if sent is None or sent.ended or state.order_id != sent.order_id or state.mode not in ORDER_MODES:
            return self.floors.ids
        now = range(state.last_sequence_id, state.last_sequence_id + 3)
        on = [self.floors.at(x, y).map_id for number, x, y in sent.way if number in now]
        return sorted(set(on)) or self.floors.ids

    def starts(self, state: WireState, order: Order) -> bool:
        """Return whether a new order begins on the map where the robot is."""
        first = order.nodes[0]
        expected = self.floors.at(first.x, first.y).map_id
        if state.x is None or state.y is None or self.floors.at(state.x, state.y).map_id == expected:
            return True
        self._starts = (_error(state.map_id, [expected]),)
        return False

    def fleet_says(self, action_type: str) -> None:
        """Take the fleet's word about pauses: a robot that goes on by it is stopped again, one that stands is left."""
        if action_type in (_PAUSE, _RESUME):
            self._fleet_paused, self._stopped = action_type == _PAUSE, False

    def stop(self, state: WireState, ask: Ask) -> None:
        """Have a robot stand that drives by a wrong map, until its map is right: what is released is not taken back."""
        if self._told and not state.idle and not self._stopped and not self._fleet_paused:
            self._stopped = ask(_PAUSE, {})
        elif self._stopped and not self._told:
            self._stopped = not (self._fleet_paused or ask(_RESUME, {}))


def _error(told: str, expected: list[str]) -> RobotError:
    return RobotError("vda.map_wrong", "FATAL", {"map_id": told[:64], "expected": ", ".join(expected)[:200]})
