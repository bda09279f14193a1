"""A container number counts when two pictures of one passage agree on it and none contradicts it as strongly.

The pictures may come from several cameras: the other side of the container says more than the next frame of this one.
So cameras that read another number must be fewer than those that read this one, however many pictures each has given.
"""

from __future__ import annotations

from collections import Counter, defaultdict
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
        self._by_camera: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._types: defaultdict[str, Counter[str]] = defaultdict(Counter)
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
        self._by_camera[camera][candidate.number] += 1
        if candidate.size_type:
            self._types[candidate.number][candidate.size_type] += 1

    def closer(self, camera: str = "") -> bool:
        """Return whether the next pictures of a camera should be looked at closer: three in a row showed nothing."""
        return camera in self._near and not self.decided

    @property
    def decided(self) -> bool:
        """Whether more pictures could hardly change the result."""
        return bool(self.result().number) and self.result().votes > LEAST_VOTES

    def read_by(self) -> dict[str, str]:
        """Return the number that each camera reads most often, of those that read one more often than any other."""
        return {camera: word for camera, said in self._by_camera.items() if (word := _ahead(said, 1))}

    def result(self) -> ContainerReading:
        """Return the vote so far."""
        words = Counter(self.read_by().values())
        # Pictures decide for one camera alone; of several each has one word, however many pictures it has given.
        best = words.most_common(1)[0][0] if words.total() > 1 else _ahead(self._numbers, LEAST_VOTES)
        if self._numbers[best] < LEAST_VOTES or 2 * words[best] <= words.total():
            return ContainerReading("", "", 0, self.frames)
        types = self._types[best].most_common(1)
        size_type = types[0][0] if types and types[0][1] >= LEAST_VOTES else ""
        return ContainerReading(best, size_type, self._numbers[best], self.frames)


def _ahead(said: Counter[str], lead: int) -> str:
    """Return the number that leads the next one by as many pictures at least, "" = none does."""
    ranked = [*said.most_common(2), ("", 0), ("", 0)]
    return ranked[0][0] if ranked[0][1] >= ranked[1][1] + lead else ""
