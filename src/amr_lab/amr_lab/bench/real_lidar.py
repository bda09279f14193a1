"""The laser logs beside the real pictures, as rows of the perception bench: localisation and what it says of itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from amr_lab.bench.localization import GOAL_TRACKED, GOAL_WITHIN, Figures, figures, read_log
from amr_lab.perception_bench.rows import FigureRow, Goal, missing

_DENSE, _FIRST = 4000, 0.6
"""Scans of a log of one building, driven several times: its first part makes a map of which the rest can be driven,
through rooms, too, which that map has not. Always driven, whatever the step: no other drive shows such rooms."""
_SEEDS = (1, 2, 3)
"""Of the odometry. A robot that is lost is so with one of them."""


def lidar(folder: Path, step: int) -> list[FigureRow]:
    """Return a row for every step-th CARMEN log below lidar, the shortest first."""
    logs = [p for p in (folder / "lidar").rglob("*") if p.name.endswith((".log", ".log.gz"))]
    if not logs:
        return [
            missing(
                "localisation on recorded laser logs", "no logs below lidar", {"within_3_sigma": (">=", GOAL_WITHIN)}
            )
        ]
    ordered = sorted(logs, key=lambda path: (path.stat().st_size, path.name))
    rows = [_row(figures(path)) for path in ordered[::step]]
    dense = [path for path in ordered if len(read_log(path)) >= _DENSE]
    return [*rows, *(_row(_worst([figures(path, seed=s, first=_FIRST) for s in _SEEDS])) for path in dense)]


def _worst(drives: list[Figures]) -> Figures:
    """Return drives of one log as one: each figure that a bar holds, and each error, by the worst of them."""
    high = {name: max(getattr(f, name) for f in drives) for name in ("median", "p95", "worst", "sure_wrong")}
    low = {name: min(getattr(f, name) for f in drives) for name in ("tracking", "within")}
    return replace(drives[0], log=f"{drives[0].log}, worst of {len(drives)} drives", **high, **low)


def _row(found: Figures) -> FigureRow:
    metrics = {
        "scans": found.scans, "tracked_share": round(found.tracking, 3), "median_m": round(found.median, 3),
        "p95_m": round(found.p95, 3), "worst_m": round(found.worst, 2), "sigma_m": round(found.sigma, 3),
        "within_3_sigma": round(found.within, 3), "sure_and_wrong": round(found.sure_wrong, 4),
        "ms": round(found.cpu_ms, 2),
    }  # fmt: skip
    # The errors are of tracked poses only: without a bar for them a log in which the robot is lost would pass.
    goal: Goal = {
        "tracked_share": (">=", GOAL_TRACKED),
        "within_3_sigma": (">=", GOAL_WITHIN),
        "sure_and_wrong": ("<=", 0),
    }
    return FigureRow(f"localisation, {found.log}", "real", metrics, goal, "before: 10 to 53 % within 3 sigma")
