"""Why traffic refuses something: which one robot that cannot drive, or which closed area, would have to go away.

The check for safe states looks at what could happen later, so what it says no to need not be held by anybody. The
answer is found by trying: the same check, once without each of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from amr_fleet.domain.mover import Mover
from amr_fleet.domain.traffic import Traffic

_WALLS_TRIED, _BARRIERS_TRIED = 6, 12
STEP = "step"  # the attempt of a robot with a mission: to go on
ASK_AGAIN = 5.0  # s between two trials of what a robot waits for: a trial checks all routes
_FORGOTTEN = 10.0  # s after which an attempt that nobody asks about takes no turn


@dataclass(frozen=True)
class Hindrance:
    """A standing robot, or a zone, without which something would be granted."""

    robot: str = ""
    zone: str = ""


@dataclass
class Trials:
    """What hindered the attempts of one robot: seldom a trial, of one attempt at a time; each has its own answer.

    known: attempt -> (asked last, tried last, answer), times in fleet s.
    """

    at: float = -math.inf
    known: dict[str, tuple[float, float, Hindrance | None]] = field(default_factory=dict)

    def ask(self, now: float, attempt: str, find: Callable[[], Hindrance | None]) -> Hindrance | None:
        """Return what hindered an attempt when it was tried last; find tries it, when its turn has come."""
        since = now - _FORGOTTEN
        self.known = {name: one for name, one in self.known.items() if one[0] > since}
        _, tried, found = self.known.get(attempt, (now, -math.inf, None))
        self.known[attempt] = (now, tried, found)
        if now >= self.at + ASK_AGAIN and tried == min(one[1] for one in self.known.values()):
            self.at, tried, found = now, now, find()
            self.known[attempt] = (now, tried, found)
        return found

    def last(self, attempt: str) -> Hindrance | None:
        """Return the last answer for an attempt."""
        return self.known[attempt][2] if attempt in self.known else None


def hindrance(traffic: Traffic, name: str, attempt: Callable[[], bool]) -> Hindrance | None:
    """Return the one wall or barrier without which an attempt of a robot would succeed, None: no single one.

    attempt may change the robot's route; all is as before afterwards. Near walls are tried first, and not all.
    """
    mover, graph = traffic.movers[name], traffic.graph
    here = graph.xy[mover.end]
    walls = [m for m in traffic.movers.values() if m.wall and m is not mover]
    for wall in sorted(walls, key=lambda m: math.dist(here, graph.xy[m.end]))[:_WALLS_TRIED]:
        wall.wall = False
        try:
            if _undone(mover, attempt):
                return Hindrance(robot=wall.name)
        finally:
            wall.wall = True
    barriers = graph.barriers
    for barrier in barriers[:_BARRIERS_TRIED]:
        graph.barriers = tuple(b for b in barriers if b is not barrier)
        try:
            if _undone(mover, attempt):
                return Hindrance(zone=barrier.zone_id)
        finally:
            graph.barriers = barriers
    return None


def _undone(mover: Mover, attempt: Callable[[], bool]) -> bool:
    saved = mover.save()
    try:
        return attempt()
    finally:
        mover.load(saved)
