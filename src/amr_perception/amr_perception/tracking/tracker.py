"""All things around one robot: segments in, confirmed tracks out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from amr_core.geometry import FloatArray
from amr_perception.scan.kernels import centred, merge, pool
from amr_perception.tracking.track import Detection, Track

_TOGETHER_M = 0.4  # chosen: half a stride: two legs are one person, two people side by side are two
_SLACK_M = 0.2  # chosen: a leg swings so far beyond the track's own size; more takes in who walks beside
_GATE_M = 0.9  # a person goes 0.3 m between two looks (5 a second), hidden for one 0.6 m; wider swaps two who meet
# of 5 looks a second a guess may miss two, a person four; longer keeps ghosts of who went away
_TENTATIVE_S, _CONFIRMED_S = 0.45, 0.9
_NEW_POINTS = 2
# chosen: as a robot's middle and what a lidar sees of it differ; wider takes who walks beside it for the robot
_ROBOT_M = 0.9
_LARGEST_M = 4.5  # chosen: a forklift with its forks and load; larger is a wall that the map does not have
_LEG_M, _APART_M = 0.25, (0.12, 0.6)  # chosen: a leg in trousers; two legs of one person stand or stride so far apart
_UNSEEN_HALF_M = 0.1  # a lidar sees the near side only: the centre lies this much further away


class Tracker:
    """Pools segments at predicted tracks, assigns the rest (Hungarian), filters (Kalman)."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self._next_id = 1
        self._time: float | None = None

    def update(
        self,
        now: float,
        parts: FloatArray,
        sensor: tuple[float, float],
        robots: Sequence[tuple[float, float]] = (),
    ) -> list[Track]:
        """Return the confirmed tracks at now (s).

        parts: S x 7 segments of all lidars (see scan.kernels). sensor: about where they were seen from (m, map frame).
        robots: positions of the other robots, as far as they are known.
        """
        dt = 0.0 if self._time is None else min(max(now - self._time, 0.0), 1.0)
        self._time = now
        for track in self.tracks:
            track.predict(dt)
        known, new = self._detections(parts, sensor)
        self._associate(known, new)
        for track in self.tracks:
            track.robot = bool(robots) and any(math.hypot(track.x - x, track.y - y) < _ROBOT_M for x, y in robots)
        self.tracks = [t for t in self.tracks if t.missed_s < (_CONFIRMED_S if t.confirmed else _TENTATIVE_S)]
        return [t for t in self.tracks if t.confirmed]

    def _detections(
        self, parts: FloatArray, sensor: tuple[float, float]
    ) -> tuple[list[Detection | None], list[Detection]]:
        count = len(self.tracks)
        places = np.array([(t.x, t.y, t.radius) for t in self.tracks], dtype=np.float64).reshape(-1, 3)
        owner = np.empty(len(parts), dtype=np.int64)
        groups = count + merge(parts, _TOGETHER_M, places, _SLACK_M, owner)
        rows = centred(pool(parts, owner, groups, _LEG_M, *_APART_M), sensor[0], sensor[1], _UNSEEN_HALF_M).tolist()
        found = [Detection(x, y, size, int(n), legs == 1.0) if n else None for x, y, size, n, legs in rows]
        new = [d for d in found[count:] if d is not None and d.size <= _LARGEST_M]
        return found[:count], new

    def _associate(self, known: list[Detection | None], new: list[Detection]) -> None:
        lonely: list[Track] = []
        for track, seen in zip(self.tracks, known, strict=True):
            if seen is None:
                lonely.append(track)
            else:
                track.correct(seen)
        used = self._assign(lonely, new)
        for i, seen in enumerate(new):
            if i not in used and seen.points >= _NEW_POINTS:
                self.tracks.append(Track(self._next_id, seen.x, seen.y, seen.size, leg_scans=int(seen.legs)))
                self._next_id += 1

    @staticmethod
    def _assign(tracks: list[Track], new: list[Detection]) -> set[int]:
        if not tracks or not new:
            return set()
        cost = np.array([[math.hypot(t.x - d.x, t.y - d.y) for d in new] for t in tracks])
        used = set()
        for row, column in zip(*linear_sum_assignment(np.minimum(cost, 10.0 * _GATE_M)), strict=True):
            if cost[row, column] <= _GATE_M:
                tracks[row].correct(new[column])
                used.add(int(column))
        return used
