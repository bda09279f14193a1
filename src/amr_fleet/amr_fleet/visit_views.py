"""Visits of trucks, barges and ships: what is planned of one, and its count against plan and expected end."""

from __future__ import annotations

from dataclasses import dataclass

from amr_fleet import vocabulary as words


@dataclass(frozen=True, kw_only=True)
class Cutoff:
    """A visit of a truck, barge or ship that leaves at a fleet second; orders of its group must be done by then.

    visit_id: of this one visit: a truck comes again under its name. begins: when it is expected, departed: when
    departed_by said that it left (fleet seconds, 0 = not said); planned: loads by its plan; place: where it stands.
    """

    name: str
    kind: words.CutoffKind
    at: float
    visit_id: str = ""
    begins: float = 0.0
    planned: int = 0
    place: str = ""
    departed: float = 0.0
    departed_by: str = ""


@dataclass(frozen=True, kw_only=True)
class VisitView:
    """One visit. Times in fleet seconds, 0.0 = not known; at: its closing time; begins: when it is expected.

    planned: loads by its plan, 0 = not said. Of loads the newest order in the visit speaks: loads = named by orders,
    done, open, failed, cancelled; left = still to be delivered, by plan or by orders, whichever is more. late: open
    orders that end after the closing time. wrong, damaged, taken: loads of which a person said that.
    rate: loads an hour over the last `window` s; ends: when the last one is delivered at that rate, 0.0 with `unsure`
    saying why nobody can tell.
    """

    visit_id: str
    name: str
    kind: words.CutoffKind
    at: float
    begins: float
    planned: int
    place: str
    departed: float
    departed_by: str
    state: words.VisitState
    loads: int
    done: int
    open: int
    failed: int
    cancelled: int
    left: int
    late: int
    wrong: int
    damaged: int
    taken: int
    rate: float
    window: float
    ends: float
    unsure: words.VisitUnsure
