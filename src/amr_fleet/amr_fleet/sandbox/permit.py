"""What a trial allows at this moment, for everybody who moves robots."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from amr_fleet.vocabulary import TrialBar

BARRIER = "trial:"
"""What the id of a barrier that an envelope makes begins with."""


@dataclass(frozen=True)
class Permit:
    """bar: why no mission starts, "" = they may; until: fleet s by which all has to stand, margin: s before that.

    trial "": the site needs no trial, or has none that is in force (bar says which). most_moving 0: no limit.
    serials: the robots that take part, None = all. most_load: kg of a load whose weight is known.
    """

    trial: str = ""
    bar: TrialBar = ""
    until: float = math.inf
    margin: float = 0.0
    most_moving: int = 0
    serials: frozenset[str] | None = None
    most_load: float = math.inf

    def barred(self, bar: TrialBar) -> Permit:
        """Return the same one with a reason why nothing starts."""
        return replace(self, bar=bar)

    def lets(self, robot: str) -> bool:
        """Return whether a robot may drive at all."""
        return not self.bar and (self.serials is None or robot in self.serials)

    def why(self, robot: str = "") -> TrialBar:
        """Return why a robot may not drive, "" when it may."""
        return self.bar or ("serial" if robot and not self.lets(robot) else "")

    def over_in_time(self, end: float) -> bool:
        """Return whether what ends at a fleet time ends early enough."""
        return end <= self.until - self.margin


FREE = Permit()
