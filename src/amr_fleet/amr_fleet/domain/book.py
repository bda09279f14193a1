"""What the office keeps beside the orders: cut-off groups, templates, recurring orders; a fold of the journal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from amr_fleet.domain.events import JournalEntry
from amr_fleet.fact_fields import value_of
from amr_fleet.ports import BookView, OrderRequest, Schedule, Template
from amr_fleet.visit_views import Cutoff
from amr_fleet.vocabulary import CutoffKind

MOST_DEPARTED: Final = 200


@dataclass
class Book:
    """Visits (cut-off groups), templates and schedules by name. version counts up with each change.

    departed: visits that left, by their ids, the last MOST_DEPARTED; visit_count: visits so far.
    """

    cutoffs: dict[str, Cutoff] = field(default_factory=dict)
    departed: dict[str, Cutoff] = field(default_factory=dict)
    visit_count: int = 0
    templates: dict[str, Template] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    version: int = 0

    def apply(self, entry: JournalEntry) -> None:
        """Take over an entry of kind cutoff_*, template_* or schedule_*."""
        topic, _, verb = entry.kind.partition("_")
        self.version += 1
        name = str(entry.facts["name"])
        if verb == "removed":
            tables: dict[str, dict[str, Any]] = {"cutoff": self.cutoffs, "template": self.templates}
            tables.get(topic, self.schedules).pop(name, None)
        elif topic == "cutoff":
            self._visit(verb, name, entry)
        elif topic == "template":
            self.templates[name] = Template(name=name, request=value_of(OrderRequest, entry.facts))
        elif verb == "set":
            self.schedules[name] = _schedule(name, entry)
        elif verb in ("fired", "skipped"):
            self.schedules[name] = replace(self.schedules[name], next_at=float(entry.facts["next"] or 0.0))

    def _visit(self, verb: str, name: str, entry: JournalEntry) -> None:
        f = entry.facts
        if verb == "set":
            known = self.cutoffs.get(name)
            self.visit_count += known is None
            self.cutoffs[name] = Cutoff(
                name=name, kind=cast(CutoffKind, f["kind"]), at=float(f["at"] or 0.0),
                visit_id=f"V{self.visit_count:06d}" if known is None else known.visit_id,
                begins=float(f.get("begins") or 0.0), planned=int(f.get("planned") or 0),
                place=str(f.get("place") or ""),
            )  # fmt: skip
        elif verb == "departed" and name in self.cutoffs:
            left = replace(self.cutoffs.pop(name), departed=entry.t, departed_by=str(f["user"]))
            self.departed[left.visit_id] = left
            for oldest in list(self.departed)[:-MOST_DEPARTED]:
                del self.departed[oldest]
        elif verb == "reopened" and str(f["visit"]) in self.departed:
            self.cutoffs[name] = replace(self.departed.pop(str(f["visit"])), departed=0.0, departed_by="")

    def deadline(self, request: OrderRequest) -> float:
        """Return when an order must be done: its own deadline or its group's cut-off, whichever is first; 0 = never."""
        group = self.cutoffs.get(request.cutoff)
        limits = [t for t in (request.deadline, group.at if group else 0.0) if t > 0]
        return min(limits, default=0.0)

    def view(self) -> BookView:
        """Return a frozen copy."""
        return BookView(
            cutoffs=tuple(sorted(self.cutoffs.values(), key=lambda c: (c.at, c.name))),
            templates=tuple(self.templates[name] for name in sorted(self.templates)),
            schedules=tuple(self.schedules[name] for name in sorted(self.schedules)),
        )


def _schedule(name: str, entry: JournalEntry) -> Schedule:
    f = entry.facts
    return Schedule(
        name=name,
        request=value_of(OrderRequest, f),
        every=float(f["every"] or 0.0),
        next_at=float(f["next"] or 0.0),
        due_in=float(f.get("due_in") or 0.0),
    )
