"""Rows of the perception bench: what was measured, on which data, and whether the goal was met."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Data = Literal["synthetic", "real", "simulated run"]
Limit = tuple[Literal["<=", ">="], float]
Goal = Mapping[str, Limit]


@dataclass(frozen=True)
class FigureRow:
    """One capability. metrics: figures by name (unit in the name). goal: limits by the same names; None = no figure."""

    capability: str
    data: Data
    metrics: Mapping[str, float | int | str | None]
    goal: Mapping[str, Limit]
    note: str = ""
    measured: bool = field(default=True)

    @property
    def unmet(self) -> list[str]:
        """The goals that were missed or not measured."""
        return [name for name, limit in self.goal.items() if not _holds(self.metrics.get(name), limit)]

    def as_json(self) -> dict[str, Any]:
        """The row as JSON: capability, data, metrics, goal, met, unmet, note."""
        return {
            "capability": self.capability,
            "data": self.data,
            "metrics": dict(self.metrics),
            "goal": {name: f"{sign} {value:g}" for name, (sign, value) in self.goal.items()},
            "met": self.measured and not self.unmet,
            "measured": self.measured,
            "unmet": self.unmet,
            "note": self.note,
        }


def _holds(value: float | int | str | None, limit: Limit) -> bool:
    if value is None or isinstance(value, str) or not np.isfinite(value):
        return False
    return value <= limit[1] if limit[0] == "<=" else value >= limit[1]


def missing(capability: str, why: str, goal: Mapping[str, Limit]) -> FigureRow:
    """Return the row of something that could not be measured here; it does not meet its goal."""
    return FigureRow(capability, "real", {}, goal, why, measured=False)


def cpu_ms(work: Callable[[], object]) -> float:
    """Return the CPU milliseconds of one call (all threads of this process)."""
    began = time.process_time()
    work()
    return 1000.0 * (time.process_time() - began)


def p95(values: list[float]) -> float:
    """Return the 95th percentile, rounded; NaN for nothing."""
    return round(float(np.percentile(values, 95)), 3) if values else float("nan")


def median(values: list[float]) -> float:
    """Return the median, rounded; NaN for nothing."""
    return round(float(np.median(values)), 3) if values else float("nan")
