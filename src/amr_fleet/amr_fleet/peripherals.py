"""What others see of the doors that the fleet drives through, and of the fire alarm."""

from __future__ import annotations

from dataclasses import dataclass

from amr_fleet.vocabulary import DoorMode


@dataclass(frozen=True, kw_only=True)
class DoorView:
    """A door that robots drive through. robots: with a lease on it; dead: routes lead around it.

    others: who else wants it open.
    """

    door_id: str
    mode: DoorMode
    robots: tuple[str, ...]
    dead: bool
    others: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FireAlarm:
    """A fire alarm since a time (fleet seconds). source: the input, or person; user, text: who raised it, and why."""

    since: float
    source: str
    user: str = ""
    text: str = ""
