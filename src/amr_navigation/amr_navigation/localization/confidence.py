"""How sure the robot is of its pose, and why not: 0 = lost .. 1 = sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DoubtReason = Literal[
    "",
    "no_pose",
    "settling",
    "proving",
    "poor_match",
    "contradiction",
    "drift",
    "unobserved",
    "carried",
    "searching",
    "ambiguous",
]

SLOW_BELOW, STOP_BELOW, GO_ABOVE = 0.5, 0.25, 0.35  # confidence; it goes on above what it stopped at: no to and fro
SLOW_SPEED = 0.35  # m/s; chosen: near the docking speed of 0.3, so that a pose half a metre off harms nobody
UNOPPOSED, GROPING = 0.03, 0.4
"""With hardly a beam that contradicts the map (share), a robot among unmapped things may grope on by odometry."""
GROPED, FORGIVEN = (10.0, 6.0), 4.0
"""9 m with nothing of the map in sight, four metres are forgiven for each metre with map. GROPED: m driven so; from the
second on that counts, a metre before the first the robot stands. A place that no beam contradicts may be any other
place, and no wheel tells. What ends it: it sees map again, or a person drives it by hand to where it sees walls of the
map. A pose that is settled or proven anew begins at 0."""
_TOLD_UNTIL = 0.6  # confidence from which on what slowed the robot is no longer told: no to and fro
_MEMORY = 0.5  # share of the last confidence in the next: one odd scan is no news
_REASON_BELOW = 0.7  # confidence below which its reason is told


@dataclass(frozen=True)
class Confidence:
    """value: 0..1; reason: what it suffers from, "" above 0.7."""

    value: float = 0.0
    reason: DoubtReason = "no_pose"


def told_doubt(confidence: Confidence, before: str) -> str:
    """Return what is to be told of a pose that slows or stops the robot, "" = it does not. before: what was told."""
    return confidence.reason if confidence.value < (_TOLD_UNTIL if before else SLOW_BELOW) else ""


class PoseJudge:
    """Turns what the beams say into a confidence, smoothed over updates."""

    def __init__(self) -> None:
        self.confidence = Confidence()

    def set(self, value: float, reason: DoubtReason) -> None:
        """State a confidence outright."""
        self.confidence = Confidence(value, reason)

    def see(
        self, explained: float, through: float, sigma: float, *, observed: bool = True, gropes: bool = False,
        groped: float = 0.0,
    ) -> None:  # fmt: skip
        """Take in the shares of beams that the map explains and that contradict it, and the pose's sigma (m).

        observed: no direction is without surfaces across it, as along an aisle; gropes: odometry holds the pose, for
        that or because nothing of the map is in sight. So the robot may go on until that may be some 0.9 m off, or, in
        the second case, until it has groped on for some 9 m.
        Beams that end early are unmapped things and weigh little: a crowd around a robot is no reason to doubt.
        """
        match = _ramp(explained, 0.05, 0.4)
        if through < UNOPPOSED:
            match = min(max(match, GROPING), _ramp(groped, *GROPED))
        consistent = _ramp(through, 0.2, 0.06)
        held = _ramp(sigma, 0.5, 0.15)
        if through < UNOPPOSED:
            held = max(held, min(GROPING, _ramp(sigma, 1.0, 0.6)) if gropes or not observed else GROPING)
        value = min(match, consistent, held)
        value = _MEMORY * self.confidence.value + (1.0 - _MEMORY) * value
        reason: DoubtReason = ""
        if value < _REASON_BELOW:
            worst = min(
                (match, "poor_match"), (consistent, "contradiction"), (held, "drift" if observed else "unobserved")
            )
            reason = worst[1]  # type: ignore[assignment]
        self.confidence = Confidence(value, reason)


def groped_on(before: float, way: float, strange: bool) -> float:
    """Return how far (m, at most the first of GROPED) a robot has groped, after way (m) more.

    strange: nothing of the map is in sight.
    """
    return min(before + way, GROPED[0]) if strange else max(0.0, before - FORGIVEN * way)


def _ramp(value: float, zero: float, one: float) -> float:
    return min(max((value - zero) / (one - zero), 0.0), 1.0)


class SpeedGate:
    """What a confidence allows: full speed, slow, or standing until it has risen again."""

    def __init__(self) -> None:
        self.held = False

    def allowed(self, confidence: Confidence, top: float) -> float:
        """Return the speed (m/s) allowed, at most top."""
        self.held = confidence.value < (GO_ABOVE if self.held else STOP_BELOW)
        if self.held:
            return 0.0
        return min(top, SLOW_SPEED) if confidence.value < SLOW_BELOW else top
