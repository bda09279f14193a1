"""A container number counts when two pictures of one passage agree on it and none contradicts it as strongly.

The pictures may come from several cameras: the other side of the container says more than the next frame of this one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from amr_perception.containers.assemble import Candidate

LEAST_VOTES = 2
OPEN_AFTER = 3  # pictures of a camera without a number of it, after which a closer look is worth its CPU


@dataclass(frozen=True)
class ContainerReading:
    """number "" when the pictures do not agree. votes: pictures that showed it, of frames."""

    number: str
    size_type: str
    votes: int
    frames: int


class ContainerVote:
    """Collects the candidates of the pictures of one passage."""

    def __init__(self) -> None:
        self._numbers: Counter[str] = Counter()
        self._types: Counter[str] = Counter()
        self._unread: Counter[str] = Counter()
        self._near: set[str] = set()  # cameras that are looked at closer: what they show then needs a second vote, too
        self.frames = 0

    def add(self, candidate: Candidate | None, camera: str = "") -> None:
        """Take in what one picture of a camera showed."""
        self.frames += 1
        if candidate is None:
            self._unread[camera] += 1
            if self._unread[camera] >= OPEN_AFTER:
                self._near.add(camera)
            return
        self._unread[camera] = 0
        self._numbers[candidate.number] += 1
        if candidate.size_type:
            self._types[candidate.size_type] += 1

    def closer(self, camera: str = "") -> bool:
        """Return whether the next pictures of a camera should be looked at closer: three in a row showed nothing."""
        return camera in self._near and not self.decided

    @property
    def decided(self) -> bool:
        """Whether more pictures could hardly change the result."""
        return bool(self.result().number) and self.result().votes > LEAST_VOTES

    def result(self) -> ContainerReading:
        """Return the vote so far."""
        ranked = self._numbers.most_common(2)
        clear = len(ranked) == 1 or (len(ranked) == 2 and ranked[0][1] >= ranked[1][1] + LEAST_VOTES)
        if not ranked or ranked[0][1] < LEAST_VOTES or not clear:
            return ContainerReading("", "", 0, self.frames)
        types = self._types.most_common(1)
        size_type = types[0][0] if types and types[0][1] >= LEAST_VOTES else ""
        return ContainerReading(ranked[0][0], size_type, ranked[0][1], self.frames)
