"""What becomes of what breaks inside a step of the engine: which events may be dropped, which parts may rest."""

from __future__ import annotations

import traceback
from typing import Final

from amr_core.errors import AmrError
from amr_core.vda5050 import RobotState
from amr_fleet.domain.events import Ask, EngineFault, Event, FireInput, Reply
from amr_fleet.domain.requests import HalfDoneError
from amr_fleet.domain.world import World
from amr_fleet.trial_requests import ReportBreach

REST: Final = 5.0
"""s after which a part that broke is tried again."""
_LONGEST: Final = 200  # characters of an error that an alarm tells
_MOST_FRAMES: Final = 12


class BrokenError(Exception):
    """Something broke in a step; the cause says what. part: which part of the step, "" = the handler of an event."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


def drop(world: World, event: Event, error: Exception) -> None:
    """Go on without an event whose handler broke, and whose effects were undone; raise what may not be lost.

    A robot, door, lift or aircraft that is not understood is one that is not heard: its silence holds what it must. A
    fire and a breach of a trial's envelope have no such second line.
    """
    if isinstance(error, HalfDoneError) and isinstance(event, Ask):
        world.replies.append(Reply(event.token, error.error))
        return
    if isinstance(event, FireInput) or (isinstance(event, Ask) and isinstance(event.request, ReportBreach)):
        raise error
    if isinstance(event, Ask):
        part, robot = type(event.request).__name__, ""
        world.replies.append(Reply(event.token, AmrError("internal", reason=type(error).__name__)))
    else:
        part, robot = type(event).__name__, event.robot if isinstance(event, RobotState) else ""
    world.faults.append(fault_of(part, robot, error))


def fault_of(part: str, robot: str, error: BaseException, order_id: str = "") -> EngineFault:
    """Return what is told of an error."""
    cause = error.__cause__ if isinstance(error, BrokenError) and error.__cause__ is not None else error
    trace = "".join(traceback.format_exception(cause, limit=-_MOST_FRAMES, chain=False))
    return EngineFault(part, robot, f"{type(cause).__name__}: {cause}"[:_LONGEST], trace, order_id)
