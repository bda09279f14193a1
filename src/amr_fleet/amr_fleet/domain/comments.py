"""Comments of people on moments that were, for the replay. State does not know them; the journal keeps them."""

from __future__ import annotations

import math
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.domain.shown import shown
from amr_fleet.domain.world import World
from amr_fleet.replay_requests import CommentMoment

LONGEST_COMMENT: Final = 500


def comment(world: World, request: CommentMoment) -> float:
    """Write a comment into the journal; return its time. Raise request.invalid, robot.not_found."""
    if not math.isfinite(request.at) or request.at > world.now:
        raise AmrError("request.invalid", where="at", reason="a moment that was")
    # The past has robots that are no more: whoever was online once is in the journal.
    if request.robot and request.robot not in world.robots and request.robot not in world.state.upkeep.checked:
        raise AmrError("robot.not_found", robot=request.robot[:64])
    text = kept_text(request.text)
    world.emit("moment_commented", robot=request.robot, about=request.at, text=text, user=request.user)
    return world.now


def kept_text(given: str) -> str:
    """Return a comment as the journal keeps it, one line; raise request.invalid."""
    text = shown("text", " ".join(given.split()))
    if not 1 <= len(text) <= LONGEST_COMMENT:
        raise AmrError("request.invalid", where="text", reason=f"1 to {LONGEST_COMMENT} characters")
    return text
