"""The states of a trial: who may move it where, and where two persons have to.

draft -> submitted -> approved -> running <-> suspended -> ended | revoked | expired. Two persons: for the approval, to
resume after a breach, and for the end. What the authority suspended, only with the authority is it resumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from amr_fleet.vocabulary import Role, TrialState

IN_FORCE: Final[frozenset[TrialState]] = frozenset({"running", "suspended"})
"""The envelope governs the site: robots obey it, or stand."""
SIGNED: Final[frozenset[TrialState]] = frozenset({"approved", *IN_FORCE})
EDITABLE: Final[frozenset[TrialState]] = frozenset({"draft", "submitted", "approved", "suspended"})
"""A new version may be saved; the trial is a draft again and needs its approval anew."""


@dataclass(frozen=True)
class Move:
    """From which states, by whom; two: two different persons have to ask for it."""

    before: frozenset[TrialState]
    roles: frozenset[Role]
    two: bool = False


_SITE: Final[frozenset[Role]] = frozenset({"engineer", "admin"})
_CREW: Final[frozenset[Role]] = frozenset({"operator", "engineer", "admin"})
_AUTHORITY: Final[frozenset[Role]] = frozenset({"authority"})

MOVES: Final[Mapping[TrialState, Move]] = {
    "draft": Move(frozenset({"submitted"}), _SITE | _AUTHORITY),
    "submitted": Move(frozenset({"draft"}), _SITE),
    "approved": Move(frozenset({"submitted"}), frozenset({"admin", "authority"}), two=True),
    "running": Move(frozenset({"approved", "suspended"}), _CREW | _AUTHORITY),
    "suspended": Move(frozenset({"running"}), _CREW | _AUTHORITY),
    "ended": Move(frozenset({"approved", "running", "suspended"}), _SITE | _AUTHORITY, two=True),
    "revoked": Move(frozenset({"submitted", "approved", "running", "suspended"}), _AUTHORITY | frozenset({"admin"})),
}
"""To which state; `expired` comes by the clock only."""


def starts(before: TrialState, to: TrialState) -> bool:
    """Return whether a move sets the trial going for the first time: the authority does not drive."""
    return before == "approved" and to == "running"
