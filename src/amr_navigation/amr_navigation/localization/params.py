"""Tuning of the localisation, and what it says of the pose."""

from __future__ import annotations

import math
from dataclasses import dataclass

from amr_core.geometry import FloatArray, Pose2D


@dataclass(frozen=True, kw_only=True)
class LocalizerParams:
    """Tuning: update thresholds (m, rad, s), beams, noise of one beam (m), and when to believe and to doubt.

    accept: merit that a place near the expected one needs, accept_anywhere: one found by a search; ahead: by how much
    it must beat the next one. doubtful: confidence below which a tracked pose is settled anew after patience updates.
    carried: (m, rad) that a standing robot may be off before it counts as carried, in carried_looks scans in a row.
    """

    min_distance: float = 0.08
    min_angle: float = 0.04
    standing_period: float = 1.0
    filter_beams: int = 60
    match_beams: int = 270
    watch_beams: int = 90
    beam_sigma: float = 0.12
    inlier: float = 0.12
    accept: float = 0.5
    accept_anywhere: float = 0.7
    ahead: float = 0.05
    doubtful: float = 0.25
    patience: int = 4
    carried: tuple[float, float] = (0.05, 0.03)
    carried_looks: int = 3
    search_again: float = 8.0


@dataclass
class Estimate:
    """A pose in the map frame, its 3 x 3 covariance, the stamp (s) it holds for, the share of explained beams.

    unobserved: direction (rad, map frame) along which nothing but odometry holds the pose; None: there is none.
    """

    pose: Pose2D
    covariance: FloatArray
    stamp: float = -math.inf
    score: float = 0.0
    converged: bool = False
    unobserved: float | None = None
