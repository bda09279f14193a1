"""Which orders belong to which visit of a truck, barge or ship; a fold of the journal."""

from __future__ import annotations

from dataclasses import dataclass, field

from amr_fleet.domain.undo import Undo, noted_dict
from amr_fleet.visit_views import Cutoff


@dataclass
class VisitBook:
    """Which orders belong to which visit: an open order to that of its group's name, a finished one where it was."""

    of: dict[str, str] = field(default_factory=dict)  # order -> visit
    orders: dict[str, dict[str, None]] = field(default_factory=dict)  # visit -> its orders, in the order of joining
    changes: dict[str, int] = field(default_factory=dict)  # visit -> how often one of its orders changed
    undo: Undo = field(default_factory=Undo, repr=False, compare=False)

    @classmethod
    def noted(cls, undo: Undo) -> VisitBook:
        """Return an empty one that can be put back."""
        return cls(noted_dict(undo), noted_dict(undo), noted_dict(undo), undo)

    def follow(self, order_id: str, group: Cutoff | None, *, is_open: bool) -> None:
        """Take over an order that has changed; group: the visit that its group's name stands for now."""
        before = self.of.get(order_id, "")
        visit = before if not is_open else group.visit_id if group is not None else ""
        if visit != before:
            self.orders.get(before, {}).pop(order_id, None)
            self.of.pop(order_id, None)
            self._changed(before)
        if visit:
            self.of[order_id] = visit
            if visit not in self.orders:
                self.orders[visit] = noted_dict(self.undo)
            self.orders[visit][order_id] = None
            self._changed(visit)

    def forget(self, visit: str) -> None:
        """Drop a visit that is no more."""
        for order_id in self.orders.pop(visit, {}):
            self.of.pop(order_id, None)
        self.changes.pop(visit, None)

    def _changed(self, visit: str) -> None:
        if visit:
            self.changes[visit] = self.changes.get(visit, 0) + 1
