"""What people ask of the engine about the past: comments on a moment of it."""

from __future__ import annotations

from dataclasses import dataclass

from amr_fleet.ports import Request


@dataclass(frozen=True, kw_only=True)
class CommentMoment(Request[float]):
    """Keep what a person says of a moment that was. at, answer (when it was said): fleet s; robot "": of none."""

    at: float
    text: str
    robot: str = ""
    user: str = ""
