"""What becomes of what breaks inside a step of the engine: which events may be dropped, which parts may rest."""

from __future__ import annotations

import hashlib
import traceback
from pathlib import PurePath
from typing import Final

from amr_core.errors import AmrError
from amr_core.vda5050 import RobotState
from amr_fleet.domain.events import Ask, EngineFault, Event, FireInput, Reply
from amr_fleet.domain.requests import HalfDoneError
from amr_fleet.domain.world import World
from amr_fleet.trial_requests import ReportBreach

REST: Final = 5.0
"""s after which a part that broke is tried again."""
_LONGEST: Final = 200  # characters of an error that is kept
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
        fault = fault_of(type(event.request).__name__, "", error)
        world.replies.append(Reply(event.token, AmrError("internal", reason=fault.ref)))
    else:
        fault = fault_of(type(event).__name__, event.robot if isinstance(event, RobotState) else "", error)
    world.faults.append(fault)


def fault_of(part: str, robot: str, error: BaseException, order_id: str = "") -> EngineFault:
    """Return what is told of an error."""
    cause = error.__cause__ if isinstance(error, BrokenError) and error.__cause__ is not None else error
    trace = "".join(traceback.format_exception(cause, limit=-_MOST_FRAMES, chain=False))
    return EngineFault(part, robot, f"{type(cause).__name__}: {cause}"[:_LONGEST], trace, order_id, _number(cause))


def _number(error: BaseException) -> str:
    """Return six digits that can be told on the telephone: of what broke and where, not of the data it broke over."""
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    where = "".join(f"{PurePath(frame.filename).name} {frame.name}\n" for frame in frames)
    digest = hashlib.sha256(f"{type(error).__name__}\n{where}".encode()).digest()
    return f"{int.from_bytes(digest[:4]) % 1_000_000:06d}"
