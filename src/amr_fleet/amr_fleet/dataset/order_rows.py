"""Fold of the orders: one row an order, when it has ended or the period has. Only open orders are remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from amr_core.errors import Fact
from amr_fleet.dataset.release import SYSTEMS, DataRow, DatasetRelease, Made, number
from amr_fleet.domain.events import JournalEntry

KINDS: Final = frozenset(
    {
        "order_created", "order_assigned", "order_picked", "order_attempt", "order_changed", "order_done",
        "order_cancelled", "order_failed", "cutoff_set", "cutoff_removed",
    }
)  # fmt: skip
_ENDS: Final = {"order_done": "DONE", "order_cancelled": "CANCELLED", "order_failed": "FAILED"}
_CARGO: Final = frozenset({"pallet", "lot", "container"})


@dataclass
class _Open:
    created: float
    released: float
    facts: dict[str, Fact]
    assigned: float | None = None
    picked: float | None = None
    attempts: int = 0
    priority: int = 0
    deadline: float = 0.0
    cutoff: str = ""
    robot: str = ""


@dataclass
class OrderRows:
    """`take` entries of KINDS in journal order, also those before the period, then `finish`."""

    release: DatasetRelease
    _open: dict[str, _Open] = field(default_factory=dict)
    _cutoffs: dict[str, float] = field(default_factory=dict)

    def take(self, entry: JournalEntry) -> Iterator[Made]:
        """Yield what is complete now."""
        f = entry.facts
        if entry.kind == "cutoff_set":
            self._cutoffs[str(f.get("name"))] = number(f.get("at"))
        elif entry.kind == "order_created":
            self._open[entry.order_id] = _Open(
                entry.t, max(entry.t, number(f.get("earliest"))), dict(f), priority=int(number(f.get("priority"))),
                deadline=number(f.get("deadline")), cutoff=str(f.get("cutoff") or ""),
            )  # fmt: skip
        order = self._open.get(entry.order_id)
        if order is None:
            return
        if entry.kind == "order_assigned":
            order.assigned = entry.t if order.assigned is None else order.assigned
            order.robot = entry.robot
        elif entry.kind == "order_picked":
            order.picked, order.robot = entry.t, entry.robot
        elif entry.kind == "order_attempt":
            order.attempts += 1
        elif entry.kind == "order_changed":
            order.priority = int(number(f.get("priority", order.priority)))
            order.deadline = number(f.get("deadline", order.deadline))
            order.cutoff = str(f.get("cutoff", order.cutoff) or "")
        elif entry.kind in _ENDS:
            del self._open[entry.order_id]
            if entry.t >= self.release.stretch.begin:
                ended = entry.t
                if entry.kind == "order_cancelled" and str(f.get("user") or "") not in SYSTEMS:
                    ended = max(order.created, self.release.coarse(ended))  # a person did it
                yield "orders", self._row(entry.order_id, order, _ENDS[entry.kind], ended, entry.robot)

    def finish(self) -> Iterator[Made]:
        """Yield the orders that are open at the end of the period."""
        for order_id, order in self._open.items():
            yield "orders", self._row(order_id, order, "OPEN", None, order.robot)

    def _row(self, order_id: str, o: _Open, state: str, ended: float | None, robot: str) -> DataRow:
        r, f = self.release, o.facts
        limits = [t for t in (o.deadline, self._cutoffs.get(o.cutoff, 0.0)) if t > 0]
        judged = bool(limits) and state in ("DONE", "FAILED") and ended is not None
        kind = str(f.get("cargo_kind") or "")
        customer = str(f.get("cargo_customer") or "")
        return {
            "order": r.order(order_id), "created": r.time(o.created), "released": r.time(o.released),
            "assigned": r.time(o.assigned), "picked": r.time(o.picked), "ended": r.time(ended), "state": state,
            "pick_place": r.place(f.get("pick_place")), "drop_place": r.place(f.get("drop_place")),
            "pick_kind": r.place_kind(f.get("pick_place")), "drop_kind": r.place_kind(f.get("drop_place")),
            "priority": o.priority, "deadline": r.time(o.deadline) if o.deadline > 0 else None,
            "on_time": (state == "DONE" and ended <= min(limits)) if judged and ended is not None else None,
            "cargo_kind": "unknown" if not kind else kind if kind in _CARGO and f"kind:{kind}" in r.kept else "other",
            "load": r.names.sscc(str(f.get("load_id") or "")) or None,
            "lot": r.names.name("lot", str(f.get("cargo_lot") or "")) or None,
            "container": r.names.name("container", str(f.get("cargo_container") or "")) or None,
            "customer": (r.names.name("customer", customer) if f"customer:{customer}" in r.kept else "other")
            if customer else None,
            "robot": r.robot(robot), "attempts": o.attempts,
            "service": round(ended - o.released, 3) if state == "DONE" and ended is not None else None,
            "origin": r.origin,
        }  # fmt: skip
