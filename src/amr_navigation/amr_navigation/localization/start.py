"""Where a robot may be when its localisation starts, and the proof that a place found must pass before it is driven on.

Nothing that was written down or assumed is the truth: the whole map is searched, and a hypothesis only decides between
places that explain the scans about equally well, and only one that may (see Trust). What was found is then looked at
again in several scans, beside the places that came close.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from amr_core.geometry import Pose2D, compose, distance, relative
from amr_core.pose_follower import anew
from amr_navigation.localization.aliases import BETTER
from amr_navigation.localization.search import APART, PoseCandidate, same_place

Trust = Literal["placed", "recent", "assumed"]
"""placed: a person or the simulator put the robot there. recent: it was sure of that place a short time ago. Both
decide between look-alike places. assumed: where it usually is (its bay), or an old note; that decides nothing."""

# chosen: killed nodes are back within a minute; the longer ago, the likelier somebody pushed the robot away
RECENT_S = 300.0
REACH = (1.5, 0.6)
"""m, rad: how far from its last note a robot may have stopped: it is noted once a second, each 0.2 rad of a turn, and
then it brakes."""
SAME_WHEELS = 30.0
"""m: odometry that reads further off than that from the note counts from another start of the base."""
LOOKS = 5
RIVALS = 8


@dataclass(frozen=True)
class Hypothesis:
    """A pose (map frame) where the robot may be. odom: what its odometry read there, if that was noted."""

    pose: Pose2D
    trust: Trust = "placed"
    odom: Pose2D | None = None


@dataclass(frozen=True)
class Guess:
    """A hypothesis as a place to look at: pose, how close to it (m, rad) a place counts as it, whether it decides."""

    pose: Pose2D
    reach: tuple[float, float]
    decides: bool


class Start:
    """The hypotheses of one start, moved along with the odometry since then."""

    def __init__(self, hypotheses: Sequence[Hypothesis], odom: Pose2D) -> None:
        self._odom = odom
        self._guesses: list[Guess] = []
        for hypothesis in hypotheses:
            decides = hypothesis.trust != "assumed"
            read = hypothesis.odom
            if read is not None and distance(read, odom) < SAME_WHEELS and not anew(read, odom):
                self._guesses.append(Guess(compose(hypothesis.pose, relative(read, odom)), APART, decides))
            self._guesses.append(Guess(hypothesis.pose, REACH, decides))

    def guesses(self, odom: Pose2D) -> list[Guess]:
        """Return the guesses for where the robot is now that its odometry reads odom."""
        moved = relative(self._odom, odom)
        return [Guess(compose(g.pose, moved), g.reach, g.decides) for g in self._guesses]


def choose(places: Sequence[PoseCandidate], guesses: Sequence[Guess], ahead: float) -> tuple[list[PoseCandidate], bool]:
    """Return the places that are left (best first) and whether a guess decided; more than one: nobody knows.

    places: distinct, best first. A guess decides for a place that is as good as the best one, when only one such place
    is within its reach.
    """
    best = places[0].merit
    equals = [place for place in places if best - place.merit < ahead]
    if len(equals) == 1:
        return equals, False
    for guess in guesses:
        if not guess.decides:
            continue
        near = [p for p in equals if same_place(p.pose, guess.pose, guess.reach) and p.merit > best - BETTER]
        if len(near) == 1:
            return near, True
    return equals, False


class Probation:
    """Looks at a found place in LOOKS more scans; rivals: the next best places of the search."""

    def __init__(self, rivals: Sequence[PoseCandidate], *, decided: bool) -> None:
        self.rivals = [] if decided else [place.pose for place in rivals[:RIVALS]]
        self._looks = 0
        self._lead = 0.0
        self._merit = 0.0

    def moved(self, delta: Pose2D) -> None:
        """Take the rivals along with a motion (robot frame)."""
        self.rivals = [compose(pose, delta) for pose in self.rivals]

    def see(self, merit: float, rival: float) -> None:
        """Take in the merit of the place and of the best rival in one scan."""
        self._looks += 1
        self._merit += merit
        self._lead += merit - rival

    @property
    def over(self) -> bool:
        """Whether enough scans were seen."""
        return self._looks >= LOOKS

    @property
    def merit(self) -> float:
        """Mean merit of the place."""
        return self._merit / max(self._looks, 1)

    def unique(self, ahead: float) -> bool:
        """Whether the place beats its rivals by half of ahead on average; the search asked for all of it."""
        return not self.rivals or self._lead / max(self._looks, 1) >= 0.5 * ahead
