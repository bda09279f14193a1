"""The levels of a site for neighbours: to each a floor is a map with a frame of its own, to us all lie on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from amr_core.errors import AmrError
from amr_core.site import Level, Site
from amr_fleet.neighbours.settings import NeighbourSettings

NOWHERE: Final = ""
"""The level of what lies on none."""


class Levels:
    """Which level a place of the sheet is on. With one level, or none named, everything is on `only`."""

    def __init__(self, levels: Sequence[Level] = (), only: str = NOWHERE) -> None:
        self._levels = list(levels) if len(levels) > 1 else []
        self._only = only

    @property
    def ids(self) -> list[str]:
        """The levels' ids, [] for a site with one."""
        return [level.id for level in self._levels]

    def place(self, x: float, y: float) -> tuple[str, float, float]:
        """Return level, x and y (m) in its frame; a place on no level has none, and stays as it is."""
        if not self._levels:
            return self._only, x, y
        level = next((level for level in self._levels if level.holds(x, y)), None)
        if level is None:
            return NOWHERE, x, y
        return level.id, round(x - level.origin[0], 9), round(y - level.origin[1], 9)


def check_levels(settings: NeighbourSettings, levels: Levels) -> None:
    """Raise parameter.invalid for a name or UUID of a level that the site does not have."""
    rmf, mass = settings.open_rmf, settings.massrobotics
    named = {"open_rmf.levels": rmf.levels if rmf else {}, "massrobotics.datums": mass.datums if mass else {}}
    for name, told in named.items():
        if unknown := sorted(set(told) - set(levels.ids)):
            known = ", ".join(levels.ids) or "one level only"
            reason = f"{unknown[0][:32]!r} is no level of the site ({known})"
            raise AmrError("parameter.invalid", name=name, node="neighbours", reason=reason)


def levels_of(site: Site) -> Levels:
    """Return the levels of a site."""
    return Levels(site.levels)
