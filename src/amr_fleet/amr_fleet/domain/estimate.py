"""How long things take: undisturbed travel times, stretched by what traffic made of them lately."""

from __future__ import annotations

from dataclasses import dataclass, field

from amr_fleet.domain.mover import Mover

_MEMORY = 0.05  # weight of the newest mission in the running means
_SHORTEST = 20.0  # s: shorter missions say little about traffic


@dataclass
class Pace:
    """Running means over finished missions: real seconds per undisturbed second, its scatter, seconds for a load."""

    factor: float = 1.3
    scatter: float = 0.3
    handling: float = 20.0
    _begun: dict[str, tuple[str, float, float]] = field(default_factory=dict)

    def begin(self, mission: str, robot: str, now: float, seconds: float) -> None:
        """A mission with an undisturbed travel time (s) begins."""
        self._begun[robot] = (mission, now, seconds)

    def end(self, mission: str, robot: str, now: float, *, complete: bool) -> None:
        """It ends; only complete ones tell something."""
        known, began, seconds = self._begun.pop(robot, ("", 0.0, 0.0))
        if not complete or known != mission or seconds < _SHORTEST:
            return
        ratio = min(10.0, max(0.5, (now - began) / (seconds + self.handling)))
        self.scatter += _MEMORY * (abs(ratio - self.factor) - self.scatter)
        self.factor += _MEMORY * (ratio - self.factor)

    def travel(self, seconds: float) -> float:
        """Return the expected time for an undisturbed travel time (s)."""
        return seconds * self.factor

    def span(self, seconds: float) -> tuple[float, float]:
        """Return the range that an expected time (s) usually ends in."""
        share = min(0.9, 2.0 * self.scatter / self.factor)
        return seconds * (1.0 - share / 2), seconds * (1.0 + share)


def rest_of_route(mover: Mover) -> float:
    """Return the undisturbed seconds from the node reached last to the goal."""
    return sum(mover.graph.seconds[e] for e in mover.edges[mover.at :])
