"""Why traffic refuses something: which one robot that cannot drive, or which closed area, would have to go away.

The check for safe states looks at what could happen later, so what it says no to need not be held by anybody. The
answer is found by trying: the same check, once without each of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from amr_fleet.domain.graph import Barrier
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
    """Return the wall or barrier without which an attempt of a robot would succeed, None: none of them hinders it.

    Where no single one does, it is the last that has to go of those that together do. attempt may change the robot's
    route; all is as before afterwards. Near walls are tried first, and not all.
    """
    mover, graph = traffic.movers[name], traffic.graph
    here = graph.xy[mover.end]
    walls = [m for m in traffic.movers.values() if m.wall and m is not mover]
    walls = sorted(walls, key=lambda m: math.dist(here, graph.xy[m.end]))[:_WALLS_TRIED]
    barriers = graph.barriers[:_BARRIERS_TRIED]
    suspects: list[Mover | Barrier] = [*walls, *barriers]
    if not suspects or _without(traffic, mover, [], attempt):
        return None
    alone = next((one for one in suspects if _without(traffic, mover, [one], attempt)), None)
    if alone is None and len(suspects) > 1 and _without(traffic, mover, suspects, attempt):
        few = range(2, len(suspects) + 1)
        alone = next(suspects[n - 1] for n in few if _without(traffic, mover, suspects[:n], attempt))
    if alone is None:
        return None
    return Hindrance(robot=alone.name) if isinstance(alone, Mover) else Hindrance(zone=alone.zone_id)


def _without(traffic: Traffic, mover: Mover, gone: Sequence[Mover | Barrier], attempt: Callable[[], bool]) -> bool:
    """Return whether an attempt succeeds without some walls and barriers; all is as before afterwards."""
    graph, saved = traffic.graph, mover.save()
    barriers, walls = graph.barriers, [one for one in gone if isinstance(one, Mover)]
    graph.barriers = tuple(b for b in barriers if all(b is not one for one in gone))
    for wall in walls:
        wall.wall = False
    try:
        return attempt()
    finally:
        mover.load(saved)
        graph.barriers = barriers
        for wall in walls:
            wall.wall = True
