"""What others see of the doors and lifts that the fleet drives through, and of the fire alarm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from amr_fleet.vocabulary import BeltState, DoorMode, LiftMode


@dataclass(frozen=True, kw_only=True)
class DoorView:
    """A door that robots drive through. robots: with a lease on it; dead: routes lead around it.

    others: who else wants it open; belt: what a conveyor's load sensor says, "" = it has none, or is a door.
    """

    door_id: str
    mode: DoorMode
    robots: tuple[str, ...]
    dead: bool
    others: tuple[str, ...] = ()
    belt: Literal[BeltState, ""] = ""


@dataclass(frozen=True, kw_only=True)
class LiftView:
    """A lift. level: where the cabin is, or is nearest to, "" = not known; robot: with the lease; dead: avoided."""

    lift_id: str
    level: str
    door: DoorMode
    moving: bool
    mode: LiftMode
    robot: str
    dead: bool


PERSON: Final = "person"
"""Source of a fire alarm that a person raised."""


@dataclass(frozen=True, kw_only=True)
class FireAlarm:
    """A fire alarm since a time (fleet seconds). source: the input, or person; user, text: who raised it, and why."""

    since: float
    source: str
    user: str = ""
    text: str = ""
