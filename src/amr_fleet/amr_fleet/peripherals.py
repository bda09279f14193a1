"""What others see of the doors that the fleet drives through."""

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
