"""Incidents that the simulator makes by itself on a training site; none unless it is asked for.

camera: one of the fixed cameras gives no pictures for a while, as one does that has lost its power.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from amr_core.errors import AmrError

SimIncidentKind = Literal["", "camera"]
BEGIN: Final = 120.0
"""s of simulated time before it: the trainee has found his way around."""
LASTS: Final = 240.0
"""s."""


@dataclass(frozen=True)
class SimIncident:
    """What goes wrong (a kind, and with what) from begin to end (s of simulated time)."""

    kind: SimIncidentKind = ""
    what: str = ""
    begin: float = 0.0
    end: float = 0.0

    def dead(self, camera: str, now: float) -> bool:
        """Return whether a fixed camera gives no pictures."""
        return self.kind == "camera" and camera == self.what and self.begin <= now < self.end


def incident(kind: SimIncidentKind, cameras: Sequence[str], seed: int) -> SimIncident:
    """Return what happens in a run, the same for the same seed; run.bad_option when the site has nothing for it."""
    if kind == "":
        return SimIncident()
    if not cameras:
        raise AmrError("run.bad_option", option="incident", value=kind, reason="the site has no fixed cameras")
    return SimIncident(kind, random.Random(seed).choice(sorted(cameras)), BEGIN, BEGIN + LASTS)
