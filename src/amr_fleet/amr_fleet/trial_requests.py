"""What people, and the watch, ask of the engine about controlled trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amr_fleet.ports import Request
from amr_fleet.sandbox.book import Breach, Trial
from amr_fleet.sandbox.record import TrialRecord
from amr_fleet.vocabulary import Role, TrialState

NoteKind = Literal["incident", "condition", "proof", "card", "watched"]


@dataclass(frozen=True, kw_only=True)
class _OfTrial(Request[Trial]):
    """user, role: who asks; utc: Unix seconds outside when it was asked."""

    user: str = ""
    role: Role = "viewer"
    utc: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SaveTrial(_OfTrial):
    """Save a new version of a trial's record."""

    record: TrialRecord


@dataclass(frozen=True, kw_only=True)
class MoveTrial(_OfTrial):
    """Bring a trial into another state; hard: robots stop at once instead of at the next safe place."""

    trial_id: str
    to: TrialState
    reason: str = ""
    hard: bool = False


@dataclass(frozen=True, kw_only=True)
class NoteTrial(_OfTrial):
    """Note something of a trial: row is a checked row of `sandbox.rows` as JSON."""

    trial_id: str
    kind: NoteKind
    row: str = "{}"


@dataclass(frozen=True, kw_only=True)
class ReportBreach(Request[None]):
    """The watch saw a running trial outside its envelope."""

    trial_id: str
    breach: Breach
