"""Instant actions of a master control: each one out until the robot shows it, none twice, none while a person leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from amr_core.vda5050 import ActionState
from amr_interop.vda.acceptance import ORDER_MODES
from amr_interop.vda.messages import Factsheet, WireAction, WireState
from amr_interop.vda.sent import Sent, SentBook
from amr_interop.vda.versions import Spelling

TRIES: Final = 5
"""So often a robot speaks and does not show an action before it is given up."""
LATEST_S: Final = 60.0
"""What a silent robot could not be told by then is not told any more: it was meant for how things stood."""
_SILENT_S: Final = 10.0
"""The longest pause between two tries while it is silent: what is sent then only waits in the broker's line."""
_CANCEL_S: Final = 5.0
"""A robot that will not give up an order is asked so often, not with every state."""
_REMEMBERED: Final = 100
"""So many ids of instant actions are kept, the newest: a robot shows each until its next order, or for ever."""
_TIDY: Final = 20
"""So many states of instant actions that have ended may stand."""
_OPPOSITE: Final = {"startPause": "stopPause", "stopPause": "startPause"}


@dataclass
class _Asked:
    """An instant action that the robot has not shown yet. tries: it spoke after so many, silent: it said nothing since.

    A cut line is no refusal: what was asked for just before one would be given up before the robot can hear it.
    """

    action: WireAction
    since: float
    at: float = -1e9
    tries: int = 0
    silent: int = 0

    def waits(self, wait: float) -> float:
        """Return the pause (s) until the next try."""
        return wait if self.silent < 2 else min(_SILENT_S, wait * 2.0 ** (self.silent - 1))

    def heard(self) -> None:
        """The robot spoke and did not show it."""
        if self.silent:
            self.tries, self.silent = self.tries + 1, 0


class Asking:
    """The instant actions of one robot that are under way."""

    def __init__(self, book: SentBook, counts: Counter[str]) -> None:
        self._book = book
        self._counts = counts
        self._asked: dict[str, _Asked] = {}
        self._cancelled_at = -1e9

    def forget(self) -> None:
        """What is out was asked for by a book that counts no more."""
        self._asked = {}

    def waits(self, action_type: str) -> bool:
        """Return whether an action of a type is out and not shown."""
        return any(asked.action.action_type == action_type for asked in self._asked.values())

    def add(self, now: float, action_type: str, sheet: Factsheet, parameters: Mapping[str, object]) -> bool:
        """Ask for an action; False when the same wish is under way. The book must be kept afterwards.

        Its id comes from the book: the fleet's own numbers begin again when it does, and a robot does no action twice.
        """
        if self.waits(action_type):
            return False
        if action_type == "cancelOrder":
            if now - self._cancelled_at < _CANCEL_S:
                return False
            self._cancelled_at = now
        opposite = _OPPOSITE.get(action_type)
        self._asked = {key: a for key, a in self._asked.items() if a.action.action_type != opposite}
        book = self._book
        book.instants += 1
        wish = f"{action_type}-{book.mark}{book.instants}"
        unique = book.names.wire(wish, sheet.id_length, numeric=sheet.numeric_ids, urgent=book.asked)
        book.names.forget([wish])
        book.asked.pop(unique, None)
        book.asked[unique] = action_type
        for old in list(book.asked)[:-_REMEMBERED]:
            del book.asked[old]
        self._asked[unique] = _Asked(WireAction(action_type, unique, "NONE", parameters), now)
        return True

    def told_apart(self, state: WireState) -> WireState:
        """Return a state with what was asked for at once among its instant actions, and with its type.

        In 2.x it stands among the actions of the order, may say no type, and a short id says nothing either.
        """
        known = self._book.asked
        if not any(action.action_id in known for action in state.actions) and all(
            action.action_type for action in state.instant_actions
        ):
            return state

        def typed(action: ActionState) -> ActionState:
            return action if action.action_type else replace(action, action_type=known.get(action.action_id, ""))

        ours = tuple(typed(a) for a in state.actions if a.action_id in known)
        rest = tuple(a for a in state.actions if a.action_id not in known)
        return replace(state, actions=rest, instant_actions=(*map(typed, state.instant_actions), *ours))

    def shown(self, state: WireState) -> None:
        """Take what the robot shows: it has heard these."""
        for action in state.all_actions:
            self._asked.pop(action.action_id, None)
        for asked in self._asked.values():
            asked.heard()

    def due(self, now: float, mode: str, wait: float) -> list[WireAction]:
        """Return what goes out now. wait: so long (s) a robot has time to show an action before it is sent again.

        While a person leads there are no orders and no actions, in INTERVENED cancelOrder only (3.0, table 11). What
        a robot that speaks never shows is given up after some tries, what a silent one cannot hear after a minute.
        """
        if mode not in ORDER_MODES:
            self._asked = {key: a for key, a in self._asked.items() if a.action.action_type in _OPPOSITE}
            return []
        found = []
        for key, asked in list(self._asked.items()):
            held = mode == "INTERVENED" and asked.action.action_type != "cancelOrder"
            if held or now - asked.at < asked.waits(wait):
                continue
            if asked.tries >= TRIES or now - asked.since > LATEST_S:
                del self._asked[key]
                self._counts["unheard"] += 1
                continue
            asked.at, asked.silent = now, asked.silent + 1
            found.append(asked.action)
        return found


def crowded(state: WireState | None, sheet: Factsheet) -> bool:
    """Return whether it is to clear instantActionStates: a robot of 3.0 keeps them until somebody tells it not to."""
    ended = 0 if state is None else sum(a.ended for a in state.instant_actions)
    return ended > _TIDY and sheet.does("clearInstantActions", at_once=True)


def cancelling(state: WireState) -> bool:
    """Return whether the robot is busy with a cancelOrder."""
    return state.busy_with("cancelOrder")


def nothing_left(state: WireState | None, sent: Sent | None) -> bool:
    """Return whether a robot has nothing that could be called off, nor gets something yet."""
    under_way = sent is not None and not sent.ended
    if state is None or not state.idle:
        return state is None and not under_way
    return not under_way or (sent is not None and sent.acked and state.order_id == sent.order_id)


def respelt(
    action: WireAction, spelling: Spelling, sheet: Factsheet, state: WireState | None, sent: Sent | None
) -> WireAction:
    """Return an action as the robot's version calls it; a cancelOrder of 3.0 names the order."""
    if action.action_type == "initPosition":
        return replace(action, action_type=spelling.reset_pose)
    if action.action_type == "cancelOrder" and spelling.major == 3:
        # What the robot works on; before it shows our order, that one.
        named = state.order_id if state is not None and not state.idle else ""
        if sent is not None and not sent.ended and not sent.acked:
            named = sent.order_id
        told = sheet.parameters.get("cancelOrder", frozenset() if sheet.instants is not None else None)
        named = named if told is None or "orderId" in told else ""
        return replace(action, parameters={"orderId": named} if named else {})
    return action
