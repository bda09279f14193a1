"""What people may ask of the engine about visits of trucks, barges and ships. Times in fleet seconds."""

from __future__ import annotations

from dataclasses import dataclass

from amr_fleet.ports import BookView, ImportVerdict, Request
from amr_fleet.visit_views import Cutoff
from amr_fleet.vocabulary import CutoffKind


@dataclass(frozen=True, kw_only=True)
class SetCutoff(Request[BookView]):
    """Add or change a visit; at (its closing time) None removes it. begins, planned, place None stay as they are.

    visit_id: refused unless the visit of this name is this one; "" = whichever.
    """

    name: str
    kind: CutoffKind = "truck"
    at: float | None = None
    begins: float | None = None
    planned: int | None = None
    place: str | None = None
    visit_id: str = ""
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class DepartVisit(Request[Cutoff]):
    """A visit has left; refused while orders of it are open."""

    visit_id: str
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class ReopenVisit(Request[Cutoff]):
    """A visit has not left after all."""

    visit_id: str
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class ImportVisits(Request[tuple[ImportVerdict, ...]]):
    """Add or change many visits in one step; the answer is one verdict each. dry_run: only say what would happen."""

    visits: tuple[SetCutoff, ...]
    dry_run: bool = False
    user: str = ""
