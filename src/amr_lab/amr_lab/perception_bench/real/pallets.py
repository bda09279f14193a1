"""Pallet feet in scans of a real lidar (PDT set), with priors as a robot has them, and with priors one foot off."""

from __future__ import annotations

import math
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, compose, wrap_angle
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, missing, p95
from amr_perception.docking.template import LookAlike, OutlinePose, fit, look_alikes, pallet_feet

PALLETS_VARIABLE = "AMR_REAL_PALLETS"  # a folder with the two files of EmaroLab/PDT below
_SCANS, _LABELS = "DataSet565.mat", "PalletWidth_Box250size.mat"
_FIELD = math.radians(190.0)  # rad, of the set's lidar from left to right
# tries, m, rad: as far off the truth as docs/perception.md says; chosen
_PRIORS, _OFF_M, _OFF_RAD = 3, 0.2, math.radians(11.0)
_RIGHT_M = 0.15  # from a label, which is a pixel of 3 cm at each end
_FOOT_M = 0.35  # from one foot of a EUR pallet to the next
_REACH_M = 8.0  # chosen: above the 5 m within which a robot looks for pallets; farther points only cost time
_MOST_ACCEPTED = 0.01  # where no pallet is free; this fit is of the library, no station is docked by it
_BAR = 165.0 / 219.0  # of the scans that the bar was set on


@dataclass(frozen=True, eq=False)
class PalletScan:
    """points: echoes (N x 2 m, lidar frame); truth: the middle of the pallet's front, x away from the robot."""

    points: FloatArray
    truth: Pose2D | None


def pallets(_folder: Path, step: int) -> list[FigureRow]:
    """Return how often a pallet is found where it is, and never one foot beside; needs AMR_REAL_PALLETS."""
    name = "pallet feet from a real lidar (PDT)"
    goal: Goal = {"right_share": (">=", round(_BAR, 3)), "wrong": ("<=", 0)}
    chosen = Path(os.environ.get(PALLETS_VARIABLE, ""))
    if not os.environ.get(PALLETS_VARIABLE) or not all((chosen / name).is_file() for name in (_SCANS, _LABELS)):
        return [missing(name, f"set {PALLETS_VARIABLE} to a folder with {_SCANS} and {_LABELS}", goal)]
    scans = read_scans(chosen)[::step]
    rng = np.random.default_rng(0)
    return [
        _found(f"{name}, priors within 0.2 m, 11 degrees", goal, [s for s in scans if s.truth is not None], rng),
        _one_foot_off(f"{name}, priors one foot off", [s for s in scans if s.truth is not None]),
        _nothing(f"{name}, scans without a pallet", scans, rng),
    ]


def read_scans(folder: Path) -> list[PalletScan]:
    """Return the scans of the set: first those with a labelled pallet, then those without one."""
    from scipy.io import loadmat

    ranges = np.asarray(loadmat(folder / _SCANS)["Dataset"], dtype=np.float64)
    ends = np.asarray(loadmat(folder / _LABELS)["PalletWidth"], dtype=np.float64)
    angles = _FIELD * (np.arange(ranges.shape[0]) / ranges.shape[0] - 0.5)
    made = []
    for k, column in enumerate(ranges.T):
        good = np.isfinite(column) & (column > 0.05) & (column < _REACH_M)
        points = column[good, None] * np.column_stack((np.cos(angles[good]), np.sin(angles[good])))
        made.append(PalletScan(points, _truth(ends[k]) if k < len(ends) else None))
    return made


def _truth(ends: FloatArray) -> Pose2D:
    """Return the pose of a pallet whose front ends at two pixels (x0, y0, x1, y1) of the set's pictures."""
    across = (ends[0::2] - 32.5) / 193.75 * 6.0 - 3.0
    ahead = (222.5 - ends[1::2]) / 203.75 * 5.0
    x, y = float(ahead.mean()), float(across.mean())
    heading = math.atan2(float(np.diff(across)[0]), float(np.diff(ahead)[0])) + 0.5 * math.pi
    if math.cos(heading) * x + math.sin(heading) * y < 0.0:
        heading += math.pi
    return Pose2D(x, y, wrap_angle(heading))


def _prior(truth: Pose2D, rng: np.random.Generator) -> Pose2D:
    dx, dy = rng.uniform(-_OFF_M, _OFF_M, 2)
    return Pose2D(truth.x + dx, truth.y + dy, wrap_angle(truth.theta + rng.uniform(-_OFF_RAD, _OFF_RAD)))


def _says(found: OutlinePose | None, truth: Pose2D) -> str:
    if found is None:
        return "unfound"
    return "right" if math.hypot(found.pose.x - truth.x, found.pose.y - truth.y) < _RIGHT_M else "wrong"


def _found(name: str, goal: Goal, scans: list[PalletScan], rng: np.random.Generator) -> FigureRow:
    outline, counts, taken, off = pallet_feet(), Counter[str](), list[float](), list[float]()
    for scan in scans:
        for _ in range(_PRIORS):
            assert scan.truth is not None
            prior, out = _prior(scan.truth, rng), list[OutlinePose | None]()
            taken.append(cpu_ms(lambda s=scan, p=prior, o=out: o.append(fit(outline, s.points, p))))  # type: ignore[misc]
            counts[_says(out[0], scan.truth)] += 1
            if out[0] is not None:
                off.append(1000.0 * math.hypot(out[0].pose.x - scan.truth.x, out[0].pose.y - scan.truth.y))
    tries = max(1, sum(counts.values()))
    metrics = {
        "tries": tries, "right": counts["right"], "wrong": counts["wrong"],
        "right_share": round(counts["right"] / tries, 3), "mm_median": median(off), "mm_p95": p95(off),
        "ms": median(taken),
    }  # fmt: skip
    return FigureRow(name, "real", metrics, goal, "170 of 219 right (.776), 6 wrong by one foot")


def _one_foot_off(name: str, scans: list[PalletScan]) -> FigureRow:
    """Ask from one foot beside the pallet, on either side: what is answered must be the pallet or nothing."""
    outline, counts, alike = pallet_feet(), Counter[str](), list[LookAlike]()
    for scan in scans:
        assert scan.truth is not None
        for side in (-_FOOT_M, _FOOT_M):
            counts[_says(fit(outline, scan.points, compose(scan.truth, Pose2D(0.0, side, 0.0))), scan.truth)] += 1
        found = fit(outline, scan.points, scan.truth)
        alike += look_alikes(outline, scan.points, found.pose) if found is not None else []
    metrics = {
        "tries": sum(counts.values()), "right": counts["right"], "wrong": counts["wrong"], "look_alikes": len(alike),
        "worse_by_mm_median": median([1000.0 * alone.cost for alone in alike]),
        "foot_worse_median": median([alone.foot / max(1e-6, alone.other) for alone in alike]),
    }  # fmt: skip
    return FigureRow(name, "real", metrics, {"wrong": ("<=", 0)}, "no test for a second best")


def _nothing(name: str, scans: list[PalletScan], rng: np.random.Generator) -> FigureRow:
    """Ask for pallets in scans without one, where the other scans have theirs."""
    places = [scan.truth for scan in scans if scan.truth is not None]
    empty, outline, accepted = [scan for scan in scans if scan.truth is None], pallet_feet(), 0
    for scan in empty:
        for _ in range(_PRIORS):
            accepted += fit(outline, scan.points, places[int(rng.integers(len(places)))]) is not None
    tries = _PRIORS * len(empty)
    metrics = {"tries": tries, "accepted": accepted, "accepted_share": round(accepted / max(1, tries), 4)}
    goal: Goal = {"accepted_share": ("<=", _MOST_ACCEPTED)}
    return FigureRow(name, "real", metrics, goal, "2 of 154 accepted (1.3 %)")
