"""Legs: the parts of an order's base that one navigation action does."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from amr_core.vda5050 import Order
from amr_navigation.agent.route import Route

LegKind = Literal["follow", "reverse", "dock", "undock", "ride"]
_KINDS: dict[str, LegKind] = {
    "drive": "follow",
    "park": "follow",
    "unpark": "reverse",
    "dock": "dock",
    "undock": "undock",
    "ride": "ride",
}


@dataclass(frozen=True, eq=False)
class Leg:
    """Released edges that one action covers; sequence ids are those of the nodes at its two ends."""

    kind: LegKind
    order_id: str
    start_seq: int
    route: Route

    @property
    def end_seq(self) -> int:
        """Sequence id of the node where it ends."""
        return self.start_seq + 2 * (len(self.route.nodes) - 1)

    def seq_at(self, s: float, margin: float) -> int:
        """Return the sequence id of the last inner node that s (m) has reached within margin (m)."""
        passed = sum(mark - margin <= s for mark in self.route.s[1:-1])
        return self.start_seq + 2 * passed


def next_leg(order: Order, from_seq: int, stops: Collection[int]) -> Leg | None:
    """Return the leg that starts at the node from_seq, None at the end of the base.

    Consecutive forward edges make one leg, up to a node in stops (sequence ids) where actions wait.
    """
    start = (from_seq - order.nodes[0].sequence_id) // 2
    base_end = order.base_end
    if start >= base_end:
        return None
    kind = _KINDS[order.edges[start].manoeuvre]
    end = start + 1
    if kind == "follow":
        while end < base_end and order.nodes[end].sequence_id not in stops:
            if _KINDS[order.edges[end].manoeuvre] != "follow":
                break
            end += 1
    reverse = kind in ("reverse", "undock")
    route = Route(order.nodes[start : end + 1], order.edges[start:end], reverse=reverse)
    return Leg(kind, order.order_id, from_seq, route)
