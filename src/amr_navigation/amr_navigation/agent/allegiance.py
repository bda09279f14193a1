"""Which fleet a robot obeys: the first that it hears, until it is released; of that one only the newest process.

A fleet is one journal (`instance`). A process that takes the journal over, after a restart or as the standby, counts
its epoch up, and the robot goes with it; what an older process still says is refused, as is every other fleet.
"""

from __future__ import annotations

from collections import deque

from amr_core.errors import Fact
from amr_core.vda5050 import Leader

_BEATS, _WITHIN_S = 2, 10.0
"""A single late beat of a process that has just ended is no news; two are a fleet that still runs."""


class Allegiance:
    """Remembers whom the robot obeys. leader: from an earlier run, None = whoever comes first."""

    def __init__(self, leader: Leader | None = None) -> None:
        self.leader = leader
        self._refused_beats: deque[float] = deque(maxlen=_BEATS)

    def obeys(self, leader: Leader) -> bool:
        """Return whether to do what this one says; the first fleet that says its name becomes the one to obey."""
        if self.leader is None:
            self.leader = leader if leader.instance else None
            return True
        if not leader.follows(self.leader):
            return False
        self.leader = leader
        return True

    def hears(self, now: float, leader: Leader) -> bool | None:
        """Take a beat at now (s): True = of the robot's own fleet, False = of another that keeps on, None = nothing."""
        if self.obeys(leader):
            return True
        self._refused_beats.append(now)
        return False if len(self._refused_beats) == _BEATS and now - self._refused_beats[0] <= _WITHIN_S else None

    def facts(self, other: Leader) -> dict[str, Fact]:
        """Return what to say of one that is refused."""
        own = self.leader or Leader()
        return {"fleet": other.instance[:64], "epoch": other.epoch, "obeys": own.instance, "obeys_epoch": own.epoch}

    def release(self) -> None:
        """Be free for the next fleet that comes."""
        self.leader = None
        self._refused_beats.clear()
