"""Localisation on a known map: odometry prediction, robust scan matching; particles and a global search when in doubt.

While tracking, the pose follows an extended Kalman scheme: odometry predicts, a scan match against the distance field
corrects (more exact and cheaper than particles, see docs/navigation.md). What the beams then say about the pose gives
the confidence. A start, or a robot in doubt, settles with a particle filter around where it may be; one that was
carried, or does not settle, searches the whole map, and stays "ambiguous" when two places fit about equally well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, compose, inverse, relative, wrap_angle
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.localization.aliases import AliasWatch
from amr_navigation.localization.confidence import UNOPPOSED, Confidence, PoseJudge, groped_on
from amr_navigation.localization.matching import FINE, Matcher
from amr_navigation.localization.odometry import OdometryBuffer, further, grown, slip
from amr_navigation.localization.params import Estimate, LocalizerParams
from amr_navigation.localization.particles import ParticleFilter
from amr_navigation.localization.search import (
    APART,
    GlobalSearch,
    Lattice,
    PoseCandidate,
    distinct,
    lattice_of,
    same_place,
)
from amr_navigation.localization.spread import (
    Support,
    Wheels,
    along_prior,
    by_wheels,
    carried_along,
    honest,
    support,
    widest,
)
from amr_navigation.localization.start import RECENT_S, Guess, Hypothesis, Probation, Start, Trust, choose

__all__ = ["Estimate", "Localizer", "LocalizerParams", "OdometryBuffer"]

LocalizerMode = Literal["settling", "tracking", "searching"]
SETTLE_TRIES = 6
COAST = (1.5, 0.9)  # m, rad: how far a robot gets whose base is unheard: it soon stands
WIDEST = (1.2, 1.2, 0.7)  # m, m, rad: how far around it a robot in doubt is looked for
SILENCE, SHORT_GAP = 2.0, 10.0
"""Without wheel odometry for SILENCE s the robot was off, or its base: it may be anywhere. Within SHORT_GAP s nobody
has carried it to a place that looks like its own. Where we did not hear, it is as after a kill: RECENT_S."""
FAR = 1.6  # m: one that may be further off is looked for, whatever is in sight
DOUBT = (0.4, 0.4, 0.2)  # m, m, rad: how far around it that begins


class Localizer:
    """Keeps map -> odom. Feed odometry and scans; ask for the pose at any time."""

    def __init__(self, walls: DistanceGrid, params: LocalizerParams, *, seed: int = 0) -> None:
        self._walls = walls
        self.params = p = params
        self._matcher = Matcher(walls, beams=p.match_beams, sigma=p.beam_sigma, inlier=p.inlier)
        self._filter = ParticleFilter(walls, seed=seed)
        self._judge = PoseJudge()
        self._watch = AliasWatch()
        self._lattice: Lattice | None = None
        self._search: GlobalSearch | None = None
        self._search_at = -math.inf
        self._tries = self._doubts = 0
        self._sigma = DOUBT
        self._sure_before_moving = self._asked = False
        self._displaced = 0
        self._groped = 0.0  # m driven with nothing of the map in sight, see GROPED
        self._former: Pose2D | None = None
        self._hypotheses: tuple[Hypothesis, ...] = ()
        self._start: Start | None = None
        self._probation: Probation | None = None
        self._known = False
        self.mode: LocalizerMode = "searching"
        self.odometry = OdometryBuffer()
        self.stalled = 0.0  # s for which this process stood still just now; who feeds it says so
        self.estimate = Estimate(Pose2D(0.0, 0.0, 0.0), np.eye(3))
        self._held: FloatArray = np.eye(3)  # what holds the next match: narrower than what is said of the pose
        self.map_to_odom = Pose2D(0.0, 0.0, 0.0)
        self._last: Pose2D | None = None
        self._pending: tuple[Pose2D, tuple[float, float, float]] | None = None

    @property
    def confidence(self) -> Confidence:
        """How sure the pose is (0..1), and why not."""
        return self._judge.confidence

    @property
    def particles(self) -> tuple[FloatArray, FloatArray]:
        """The poses held to be possible (P x 3, map frame) and their weights (P); while tracking, the estimate's."""
        if self.mode == "tracking":
            self._filter.draw(self.estimate.pose, self.estimate.covariance)
        return self._filter.poses, self._filter.weights

    def set_pose(self, pose: Pose2D, sigma: tuple[float, float, float] = (0.15, 0.15, 0.09)) -> None:
        """Start over from pose (map frame) known with standard deviations sigma (m, m, rad)."""
        self._pending = (pose, sigma)
        if self.odometry.samples:
            self._restart(self.odometry.samples[-1][1])

    def start_from(self, hypotheses: Sequence[Hypothesis]) -> None:
        """Start over, unsure: search the whole map; hypotheses (best first) only decide between look-alike places."""
        self._pending = None
        self._hypotheses, self._start = tuple(hypotheses), None
        self._lose("searching")
        self._judge.set(0.0, "searching")

    def about_to_move(self) -> None:
        """Say that the robot is about to set off: with the next scan it makes sure that nobody has carried it."""
        self._sure_before_moving = True

    def scatter(self) -> None:
        """Forget where the robot is and search the whole map (Nav2's reinitialize_global_localization)."""
        self._pending, self._hypotheses, self._start = None, (), None
        self._lose("searching")
        self._filter.scatter()
        self.estimate = Estimate(self.estimate.pose, np.diag((100.0, 100.0, 3.0)), self.estimate.stamp)

    def _interrupted(self, gap: float, odom: Pose2D | None) -> None:
        """Doubt the pose after a gap (s). odom: what the wheels said before it, if they count on from there."""
        if self.mode == "tracking" and self._pending is None:
            was = self.pose()
            trust: Trust = "recent" if gap - self.stalled < SHORT_GAP and gap <= RECENT_S else "assumed"
            self.start_from([] if was is None else [Hypothesis(was, trust, odom)])

    @property
    def known(self) -> bool:
        """Whether there has been a pose at all; before, the estimate is nothing but the origin."""
        return self._known

    @property
    def sure(self) -> bool:
        """Whether the pose is tracked and proven; only such a pose may be noted as where the robot is."""
        return self.mode == "tracking" and self._probation is None

    @property
    def remembers(self) -> bool:
        """Whether it searches with a place from before that may decide: an interruption took no more than the proof."""
        return any(hypothesis.trust != "assumed" for hypothesis in self._hypotheses)

    def request_update(self) -> None:
        """Use the next scan even if the robot stands still."""
        self._asked = True

    def add_odometry(self, stamp: float, pose: Pose2D) -> None:
        """Take in the odometry pose (odom frame) of base_link at stamp (s)."""
        samples = self.odometry.samples
        gap = stamp - samples[-1][0] if samples else 0.0
        if self.odometry.counts_anew(stamp, pose, SILENCE, COAST):
            self._count_anew(gap, pose)
        elif gap > SILENCE:
            self._interrupted(gap, samples[-1][1])
        self.odometry.add(stamp, pose)
        if self._pending is not None:
            self._restart(pose)

    def _count_anew(self, gap: float, odom: Pose2D) -> None:
        """The base was started again and counts from zero: what its wheels said before joins nothing any more."""
        was = self.pose()
        if self.mode == "tracking":
            self._interrupted(gap, None)
        elif self._pending is None:
            known = [Hypothesis(self.estimate.pose, "recent")] if self.mode == "settling" else self._hypotheses
            self.start_from([replace(hypothesis, odom=None) for hypothesis in known])
        self.odometry.samples.clear()
        self._last = None
        if was is not None:
            self.map_to_odom = compose(was, inverse(odom))  # unsure, but not a jump across the hall

    def pose(self) -> Pose2D | None:
        """Return the newest pose in the map frame, extrapolated with odometry; None before the first odometry."""
        return compose(self.map_to_odom, self.odometry.samples[-1][1]) if self.odometry.samples else None

    def pose_at(self, stamp: float) -> Pose2D | None:
        """Return the pose in the map frame at stamp (s)."""
        odom = self.odometry.at(stamp)
        return None if odom is None else compose(self.map_to_odom, odom)

    def add_scan(self, stamp: float, points: FloatArray, origins: FloatArray | None = None) -> bool:
        """Update with points (N x 2, base_link at stamp) when there is reason to; return whether the pose changed.

        origins (N x 2): where the beams started, base_link; its origin when left out.
        """
        odom = self.odometry.at(stamp)
        if odom is None or len(points) < 10:
            return False
        last = self._last if self._last is not None else odom
        delta = relative(last, odom)
        p = self.params
        moved = math.hypot(delta.x, delta.y) >= p.min_distance or abs(delta.theta) >= p.min_angle
        proving = self._probation is not None
        due, self._asked = moved or proving or self._asked or self._sure_before_moving, False
        if not due and self.mode == "tracking" and stamp - self.estimate.stamp < p.standing_period:
            return False
        if origins is None:
            origins = np.zeros_like(points)
        self._last = odom
        if self.mode == "tracking":
            self._track(stamp, odom, delta, points, origins)
        elif self.mode == "settling":
            self._settle(stamp, odom, delta, points, origins)
        else:
            self._look_everywhere(stamp, odom, points, origins)
        return True

    # --- tracking

    def _track(self, stamp: float, odom: Pose2D, delta: Pose2D, points: FloatArray, origins: FloatArray) -> None:
        p = self.params
        before = self.estimate
        covariance = grown(self._held, before.pose.theta, delta)
        predicted = compose(before.pose, delta)
        beams = self._matcher.thinned(points)
        prior = grown(before.covariance, before.pose.theta, delta)
        pose, found, score = self._matcher.matched(beams, predicted, covariance, FINE)
        again = self._matcher.astray(beams, predicted, prior, score)
        if again is not None:
            pose, found, score = again
        elif self._matcher.carried(beams, delta, predicted, pose, p.carried):
            self._displaced += 1
            if self._displaced < p.carried_looks:
                self.estimate = replace(before, pose=predicted, stamp=-math.inf)
                return
            self._lose("carried")
            return
        self._displaced = 0
        if score < 0.2 or (again is None and further(predicted, pose, *slip(delta))):
            pose, found = predicted, covariance  # nothing to hold on to: dead reckoning
        said = support(beams, self._walls, pose)
        pull = Pose2D(pose.x - predicted.x, pose.y - predicted.y, wrap_angle(pose.theta - predicted.theta))
        wheels = by_wheels(said, prior, before.pose.theta, delta, pull)
        pose = carried_along(said, wheels, pose, predicted)
        spread = honest(said, wheels)
        self._held = along_prior(said, wheels, found, covariance)
        explained, through = self._matcher.weighed(points, origins, pose, p.watch_beams)
        if self._probation is not None:
            self._accept(stamp, odom, pose, spread, score, said)
            self._prove(self._probation, delta, points, origins)
            return
        sigma, gropes, in_aisle = widest(spread), any(wheels.hold), said.degenerate and not wheels.hold[1]
        if through >= UNOPPOSED:  # where beams contradict the map, the wheels may be what is wrong
            sigma, in_aisle = max(sigma, *said.sigma[said.degenerate : 2]), said.degenerate
        strange = all(wheels.hold) and through < UNOPPOSED  # nothing of the map is in sight
        self._groped = groped_on(self._groped, math.hypot(delta.x, delta.y), strange)
        self._judge.see(explained, through, sigma, observed=not in_aisle, gropes=gropes, groped=strange * self._groped)
        self._accept(stamp, odom, pose, spread, score, said)
        checked, self._sure_before_moving = self._sure_before_moving, False
        doubted = checked and self._watch.check_all(self, points, origins)
        if doubted or self._watch.suspects(self, stamp, delta, points, origins):
            self._lose("ambiguous", self.estimate.pose)
            return
        lost = self.confidence.value < p.doubtful and not (strange and sigma < FAR)  # there is nowhere to settle
        self._doubts = self._doubts + 1 if lost else 0
        if self._doubts > p.patience:
            self._doubt()

    def _prove(self, proof: Probation, delta: Pose2D, points: FloatArray, origins: FloatArray) -> None:
        """Look once more at a place that the search found; until enough looks agree the robot stands."""
        p = self.params
        explained, through = self.weighed(points, origins)
        proof.moved(delta)
        rivals = (self._matcher.refined(pose, points, origins) for pose in proof.rivals)
        here = self.estimate.pose
        others = [place.merit for place in rivals if not same_place(place.pose, here)]
        proof.see(explained - through, max(others, default=-1.0))
        if not proof.over:
            return
        self._probation = None
        if proof.merit < p.accept:
            self._lose("searching")
        elif not proof.unique(p.ahead):
            self._lose("ambiguous")
        else:
            self._hypotheses, self._start, self._groped = (), None, 0.0
            self._judge.set(min(1.0, 0.4 + 0.6 * proof.merit), "" if proof.merit > 0.5 else "settling")

    def _accept(
        self, stamp: float, odom: Pose2D, pose: Pose2D, covariance: FloatArray, score: float, said: Support
    ) -> None:
        self.estimate = Estimate(pose, covariance, stamp, score, score > 0.5, said.unobserved)
        self.map_to_odom = compose(pose, inverse(odom))

    def _doubt(self) -> None:
        """Settle anew around where the robot believes to be."""
        self._doubts, self._tries, self.mode, self._sigma = 0, 0, "settling", DOUBT
        self._filter.reset(self.estimate.pose, DOUBT)

    def _lose(self, reason: Literal["carried", "ambiguous", "searching"], former: Pose2D | None = None) -> None:
        """Give the pose up: only a search over the whole map can tell.

        former: where the robot would still be if the search finds nothing better than that.
        """
        self.mode, self._search, self._search_at, self._doubts = "searching", None, -math.inf, 0
        self._displaced, self._former, self._probation = 0, former, None
        self._judge.set(0.1, reason)

    # --- settling

    def _restart(self, odom: Pose2D) -> None:
        assert self._pending is not None
        pose, sigma = self._pending
        self._pending = None
        self.map_to_odom, self._known = compose(pose, inverse(odom)), True
        self.estimate = Estimate(pose, np.diag(np.square(sigma)))
        self._filter.reset(pose, sigma)
        self._judge.set(0.2, "settling")
        self._watch.reset()
        self._probation, self._hypotheses, self._start = None, (), None
        self._last, self._sigma, self._tries, self._groped, self.mode = odom, sigma, 0, 0.0, "settling"

    def _settle(self, stamp: float, odom: Pose2D, delta: Pose2D, points: FloatArray, origins: FloatArray) -> None:
        """Weigh the particles, match the scan from the best of them, believe one that beats the others."""
        p = self.params
        self._filter.predict(delta)
        self._filter.weigh(points[:: max(1, len(points) // p.filter_beams)])
        starts = [self._filter.mean(), *self._filter.top(12)]
        places = distinct([self._matcher.refined(start, points, origins) for start in starts])
        best = places[0]
        self.estimate.pose = compose(self.estimate.pose, delta)
        if best.merit >= p.accept and all(best.merit - other.merit >= p.ahead for other in places[1:]):
            self._believe(stamp, odom, best, points)
            return
        self._tries += 1
        self.estimate.stamp, self.estimate.score = stamp, best.score
        if self._tries < SETTLE_TRIES:
            self._judge.set(0.2, "settling")
            self._sigma = tuple(min(1.5 * s, w) for s, w in zip(self._sigma, WIDEST, strict=True))  # type: ignore[assignment]
            self._filter.reset(self.estimate.pose, self._sigma)
        else:
            self._lose("searching")

    def _believe(self, stamp: float, odom: Pose2D, place: PoseCandidate, points: FloatArray) -> None:
        self.mode, self._tries, self._search, self._known, self._groped = "tracking", 0, None, True, 0.0
        said = support(self._matcher.thinned(points), self._walls, place.pose)
        self._held = place.covariance
        self._accept(stamp, odom, place.pose, honest(said, Wheels(DOUBT, (said.degenerate, False))), place.score, said)
        self._judge.set(min(1.0, 0.4 + 0.6 * place.merit), "" if place.merit > 0.5 else "settling")
        self._watch.reset()

    # --- searching

    def _look_everywhere(self, stamp: float, odom: Pose2D, points: FloatArray, origins: FloatArray) -> None:
        """Search the whole map in slices; the robot stands. Try again now and then while the answer is open."""
        p = self.params
        if self._search is None:
            if stamp - self._search_at < p.search_again:
                return
            self._lattice = self._lattice or lattice_of(self._walls)
            self._search, self._search_at = GlobalSearch(self._lattice, points), stamp
            self._guesses(odom)  # from here on they follow the wheels
        self._search.advance()
        self.estimate.stamp = stamp
        if not self._search.done:
            return
        guesses = self._guesses(odom)
        found = self._search.places(lambda start: self._matcher.refined(start, points, origins))
        places = distinct([*found, *(self._matcher.refined(guess.pose, points, origins) for guess in guesses)])
        self._search = None
        left, decided = choose(places, guesses, p.ahead)
        if left[0].merit < (p.accept if decided else p.accept_anywhere):
            self._judge.set(0.05, "searching")
        elif len(left) > 1:
            self._filter.take(np.array([tuple(place.pose) for place in left]))
            self._judge.set(0.15, "ambiguous")
        else:
            self._believe(stamp, odom, left[0], points)
            self._judge.set(0.2, "proving")
            self._probation = Probation([place for place in places if place is not left[0]], decided=decided)

    def _guesses(self, odom: Pose2D) -> list[Guess]:
        """Return where the robot would be by what it knew before the search."""
        if self._hypotheses and self._start is None:
            self._start = Start(self._hypotheses, odom)
        guesses = [] if self._start is None else self._start.guesses(odom)
        return guesses if self._former is None else [Guess(self._former, APART, decides=True), *guesses]

    # --- matching

    def weighed(self, points: FloatArray, origins: FloatArray) -> tuple[float, float]:
        """Return the shares of points (N x 2, base_link) that the estimate explains, and that contradict it."""
        return self._matcher.weighed(points, origins, self.estimate.pose)

    def matched_from(self, start: Pose2D, points: FloatArray, origins: FloatArray) -> PoseCandidate:
        """Return where a scan match from start ends, and its merit."""
        return self._matcher.refined(start, points, origins)

    @property
    def lattice(self) -> Lattice:
        """The places that a search looks at."""
        self._lattice = self._lattice or lattice_of(self._walls)
        return self._lattice
