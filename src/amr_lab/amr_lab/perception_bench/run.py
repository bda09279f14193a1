"""Runs the perception bench and prints it."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from amr_core.errors import AmrError
from amr_lab.perception_bench import (
    cameras,
    closed_loop,
    codes,
    depth,
    lidar_targets,
    load,
    markers,
    node_path,
    people,
    quiet,
    simulation,
    tracking,
)
from amr_lab.perception_bench.real.rows import Part, measure_real
from amr_lab.perception_bench.rows import FigureRow

PARTS: dict[str, Callable[[int], list[FigureRow]]] = {
    "markers": markers.rows,
    "lidar": lidar_targets.rows,
    "depth": depth.rows,
    "closed-tag": closed_loop.rows_of("tag"),
    "closed-v": closed_loop.rows_of("v_dock"),
    "closed-pallet": closed_loop.rows_of("pallet"),
    "tracking": tracking.rows,
    "codes": codes.rows,
    "people": people.rows,
    "cameras": cameras.rows,
    "load": load.rows,
    "node": node_path.rows,
    "simulation": simulation.rows,
}
LONG: dict[str, Callable[[int], list[FigureRow]]] = {"quiet": quiet.rows}
"""Parts that take half an hour of CPU: only by their name."""


def measure(trials: int, only: str = "") -> list[dict[str, Any]]:
    """Return the rows of all parts, or of one, as JSON. Raises run.bad_option."""
    chosen = [part for name, part in PARTS.items() if only in ("", name, name.split("-")[0])]
    chosen += [part for name, part in LONG.items() if only == name]
    if not chosen:
        raise AmrError("run.bad_option", option="--only", value=only, reason=f"one of {', '.join((*PARTS, *LONG))}")
    return [row.as_json() for part in chosen for row in part(trials)]


def show(rows: list[dict[str, Any]]) -> None:
    """Print the rows as a table."""
    columns = ("capability", "data", "measured", "goal", "met", "before, or what to know")
    table = Table(*columns, title=f"perception on {platform.machine()}, CPU time")
    for row in rows:
        figures = "\n".join(f"{name} {value}" for name, value in row["metrics"].items())
        goals = "\n".join(f"{name} {limit}" for name, limit in row["goal"].items())
        met = "yes" if row["met"] else ("no: " + ", ".join(row["unmet"]) if row["measured"] else "not measured")
        table.add_row(row["capability"], row["data"], figures, goals, met, row["note"])
    Console(width=150).print(table)


def run_perception_bench(
    output: Path | None, trials: int, only: str = "", real: Path | None = None, more: Mapping[str, Part] | None = None
) -> bool:
    """Measure, print, and if wanted write JSON: {"rows": [...]}. real: a folder of real pictures, instead.

    more: further parts of the real ones. Returns whether every goal is met.
    """
    rows = measure(trials, only) if real is None else [r.as_json() for r in measure_real(real, only=only, more=more)]
    show(rows)
    if output is not None:
        output.write_text(json.dumps({"machine": platform.machine(), "trials": trials, "rows": rows}, indent=2) + "\n")
    return all(row["met"] for row in rows)
