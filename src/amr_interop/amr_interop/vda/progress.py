"""How far a robot has come on our order, by all that its state says of it: what it has passed is given to others.

A robot may take an order and still say the number of the order before, or a node and a number that do not belong
together. Then what was known before counts: too little holds space for a moment, too much gives away space that it
still has to drive through.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

from amr_interop.vda.asking import cancelling
from amr_interop.vda.messages import WireState
from amr_interop.vda.sent import Sent, SentBook

# chosen: a state or two may be half of the old order and half of the new; longer holds a robot that is wrong
_SETTLE_S: Final = 2.0


class ProvenProgress:
    """Of one robot: the sequence id of the node reached last that its state proved."""

    def __init__(self, book: SentBook, counts: Counter[str]) -> None:
        self._book = book
        self._counts = counts
        self._proven = ("", 0)
        self._odd: tuple[tuple[str, int], float] | None = None

    def proven(self, state: WireState) -> WireState:
        """Return a state with a lastNodeSequenceId that its nodes and its lastNodeId agree with."""
        sent = self._book.sent
        if sent is not None and self._has_finished(state, sent):
            self._proven = sent.order_id, sent.end
            return replace(state, order_id=sent.order_id, update_id=sent.update_id, last_sequence_id=sent.end)
        if sent is None or state.order_id != sent.order_id:
            return state
        number = max(0, min((state.last_sequence_id, *(node.sequence_id - 2 for node in state.nodes))))
        if not self._agrees(state, sent, number):
            number = self._proven[1] if self._proven[0] == sent.order_id else 0
        if number != state.last_sequence_id:
            self._counts["progress"] += 1
            state = replace(state, last_sequence_id=number)
        self._proven = sent.order_id, number
        return state

    def ended(self, now: float, state: WireState, sent: Sent) -> str:
        """Return how the order ended that the robot works on no more, once that lasts; "" while it does not."""
        why, which = broke_off(state, sent), (sent.order_id, sent.update_id)
        if not why:
            self._odd = None
        elif self._odd is None or self._odd[0] != which:
            self._odd = which, now
        elif now - self._odd[1] > _SETTLE_S:
            return why
        return ""

    def _has_finished(self, state: WireState, sent: Sent) -> bool:
        """Return whether a robot that names no order any more has done ours: some forget it when it ends.

        It stands at the end of it and still names its actions, all FINISHED.
        """
        if (
            state.order_id
            or sent.ended
            or sent.acked_update is None
            or sent.horizon
            or not (state.idle and sent.actions)
        ):
            return False
        names = self._book.names
        done = {names.ours(action.action_id) for action in state.order_actions if action.status == "FINISHED"}
        return done.issuperset(sent.actions) and names.ours(state.last_node_id) in (sent.base[-1][0], "")

    def _agrees(self, state: WireState, sent: Sent, number: int) -> bool:
        """Return whether the robot names the node of a number; up to the first node nothing depends on its name."""
        first, name = sent.base[0][1], self._book.names.ours(state.last_node_id)
        return number <= first or (name, number) in sent.base


def broke_off(state: WireState, sent: Sent) -> str:
    """Return how an order ends that the robot works on no more although it did not reach its end, "" while it does."""
    mine = state.order_id == sent.order_id
    # An update may be on its way still: what counts is the end of what the robot has confirmed.
    short = state.last_sequence_id < sent.acked_end or any(a.status == "FAILED" for a in state.order_actions)
    if sent.acked_update is None or (mine and not (state.idle and short)):
        return ""
    return "cleared" if mine else "lost"


def called_off(state: WireState, sent: Sent) -> str:
    """Return how an order ends whose cancelOrder the robot has dealt with: it is no more, or was never taken."""
    if cancelling(state):
        return ""
    return "lost" if state.order_id != sent.order_id else "cleared" if state.idle else ""
