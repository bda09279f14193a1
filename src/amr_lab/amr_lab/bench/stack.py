"""How many robots' complete navigation stacks this machine runs: simulator, navigation and perception over real ROS.

Every robot drives to and fro on a straight piece of a lane of its own, so that no fleet manager is needed and nobody
waits. The processes are those of `amr run`; their CPU time is read from the kernel over a window of simulated time.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.console import Console

from amr_bringup.run_options import RunOptions
from amr_bringup.spec import NodeSpec
from amr_bringup.stack import participants, stack
from amr_core.errors import AmrError
from amr_core.geometry import FloatArray
from amr_core.site import Site, load_site, site_dir
from amr_navigation.costmap.static_map import DistanceGrid

WAY, GAP, CLEAR, APART = 7.0, 2.5, 1.0, 2.0
"""Length of a way, gap to the next on the same lane, room to everything on the map, and between two ways (m)."""
PARTS = ("SimulatorNode", "NavigationNode", "PerceptionNode")
DRIVER = "ops"
CORES = 2.0  # cores of the machine that the goal is said for


class Shuttle:
    """A way between two points (m, map frame), driven to and fro."""

    def __init__(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self._ends = (x0, y0), (x1, y1)
        self._at = 0

    def next(self) -> tuple[float, float, float, float]:
        """Return start and end of the next trip."""
        start, end = self._ends[self._at], self._ends[1 - self._at]
        self._at = 1 - self._at
        return *start, *end

    def lateral(self, x: float, y: float) -> float:
        """Return the distance (m) of a point from the line."""
        (x0, y0), (x1, y1) = self._ends
        return abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / math.hypot(x1 - x0, y1 - y0)


class CpuClock:
    """CPU seconds of the processes whose ids a file lists by group."""

    def __init__(self, pids: Path) -> None:
        self._pids = pids

    def read(self) -> dict[str, float]:
        """Return user and system time so far by group."""
        spent = {}
        for group, pid in self._groups().items():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            spent[group] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return spent

    def _groups(self) -> dict[str, int]:
        for _ in range(50):
            with suppress(json.JSONDecodeError):  # it is being written anew
                groups: dict[str, int] = json.loads(self._pids.read_text())
                return groups
            time.sleep(0.01)
        raise AmrError("run.bad_option", option="pids", value=str(self._pids), reason="not a list of processes")


def ways(site: Site, room: DistanceGrid, count: int) -> list[tuple[float, float, float, float]]:
    """Return straight pieces of the site's lanes, apart from each other and from what the map shows."""
    found: list[FloatArray] = []
    taken: list[FloatArray] = []
    for lane in site.lanes:
        for a, b in zip(lane.points, lane.points[1:], strict=False):
            length = math.hypot(b[0] - a[0], b[1] - a[1])
            start = 1.0
            while start + WAY + 1.0 <= length and len(found) < count:
                u = (np.linspace(start, start + WAY, 15) / length)[:, None]
                points = np.array(a) + u * (np.array(b) - np.array(a))
                if bool((_room(room, points) > CLEAR).all()) and _apart(points, taken):
                    found.append(points)
                    taken.append(points)
                    start += WAY
                start += GAP if len(found) and found[-1] is points else 0.5
    if len(found) < count:
        raise AmrError("run.robot_count", count=count, minimum=1, maximum=len(found))
    return [(float(p[0, 0]), float(p[0, 1]), float(p[-1, 0]), float(p[-1, 1])) for p in found]


def _room(grid: DistanceGrid, points: FloatArray) -> FloatArray:
    cols = ((points[:, 0] - grid.origin_x) / grid.resolution).astype(int)
    rows = ((points[:, 1] - grid.origin_y) / grid.resolution).astype(int)
    return np.asarray(grid.sdf[rows, cols], dtype=float)


def _apart(points: FloatArray, taken: Sequence[FloatArray]) -> bool:
    return all(float(np.linalg.norm(points[:, None] - other[None], axis=2).min()) > APART for other in taken)


def bench_site(site: str, routes: Sequence[tuple[float, float, float, float]], folder: Path) -> str:
    """Write a copy of the site into folder whose fleet stands at the beginnings of routes; return its path."""
    shutil.copytree(site_dir(site), folder, dirs_exist_ok=True)
    raw = yaml.safe_load((folder / "site.yaml").read_text(encoding="utf-8"))
    types = [r["type"] for r in raw["fleet"]]
    raw["fleet"], raw["parking"] = [], []
    for k, (x0, y0, x1, y1) in enumerate(routes):
        theta = math.atan2(y1 - y0, x1 - x0)
        c, s = math.cos(theta), math.sin(theta)
        # A parking place needs a lane behind it; nobody drives on this one.
        ends = [[x0 - c - side * s, y0 - s + side * c] for side in (-0.5, 0.5)]
        raw["lanes"].append({"id": f"WL{k:02d}", "points": ends, "max_speed": 1.0})
        raw["parking"].append({"id": f"W{k:02d}", "x": x0, "y": y0, "theta": theta, "lane": f"WL{k:02d}"})
        raw["fleet"].append({"name": f"amr_{k + 1:02d}", "type": types[k % len(types)], "parking": f"W{k:02d}"})
    (folder / "site.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return str(folder)


@dataclass(frozen=True, kw_only=True)
class FleetTrial:
    """One size of the fleet: robots, whether they only stand, rtf (0 = as fast as possible), seconds of the window."""

    site: str
    robots: int
    idle: bool
    rtf: float
    seconds: float


def specs_of(trial: FleetTrial, folder: Path) -> list[NodeSpec]:
    """Return the nodes of a trial: what `amr run` starts for the robots and the simulator, and the driver."""
    from amr_navigation.nodes.site_data import site_data

    static = site_data(trial.site).static_map.driveable
    routes = ways(load_site(trial.site), static, trial.robots)
    site = bench_site(trial.site, routes, folder / "site")
    options = RunOptions(site=site, robots=trial.robots, rtf=trial.rtf)
    specs = [s for s in stack(load_site(site), options) if s.target.partition(":")[2] in PARTS]
    waits_for = [p for p in participants(trial.robots) if p.startswith("robots_")]
    for spec in specs:
        if spec.group == "sim":
            # Nothing is left behind on a busy machine: a participant that is skipped would look cheap.
            patient = {"participants": [*waits_for, DRIVER], "start_timeout": 120.0, "step_timeout": 30.0}
            spec.params.update(patient)  # type: ignore[attr-defined]
    driver = NodeSpec(
        package="amr_lab",
        executable="shuttle",
        target="amr_lab.nodes.shuttle:ShuttleNode",
        name="shuttle",
        group=DRIVER,
        params={
            "robots": [f"amr_{k + 1:02d}" for k in range(trial.robots)],
            "ways": [value for route in routes for value in route],
            "idle": trial.idle,
            "seconds": trial.seconds,
            "pids": str(folder / "pids.json"),
            "report_file": str(folder / "report.json"),
        },
    )
    return [*specs, driver]


def run_trial(trial: FleetTrial) -> dict[str, Any]:
    """Run one size and return its figures."""
    from amr_bringup.runner.session import RunSession

    folder = Path(tempfile.mkdtemp(prefix="amr-fleet-bench-"))
    with RunSession(keep=folder) as session:
        session.start(specs_of(trial, folder), lambda group, code: Console().print(f"{group} ended with code {code}"))
        code = session.wait(folder / "report.json", lambda _folder: None)
        if code == 130:
            raise KeyboardInterrupt
        figures: dict[str, Any] = json.loads((folder / "report.json").read_text())
    shutil.rmtree(folder, ignore_errors=True)
    return figures


def per_robot(figures: Mapping[str, Any]) -> float:
    """Return the cores that a robot needs, the simulator's share included, the driver of the bench not."""
    return float(sum(v for k, v in figures["cores"].items() if k != DRIVER)) / int(figures["robots"])


def describe(figures: Mapping[str, Any], idle: bool) -> str:
    """Return a line with the figures of one size."""
    cores = figures["cores"]
    each, robots = per_robot(figures), sum(v for k, v in cores.items() if k.startswith("robots_"))
    return (
        f"{figures['robots']} robots {'idle' if idle else 'driving'}: rtf {figures['simulated'] / figures['wall']:.2f} "
        f"over {figures['simulated']:.0f} s; cores: simulator {cores['sim']:.3f}, robots {robots:.3f}, the bench's "
        f"client {cores.get(DRIVER, 0.0):.3f}; a robot with its share of the simulator {each:.4f}, so by CPU time "
        f"{CORES / each:.0f} on 2 cores at rtf 1; driven {figures['driven']:.0f} m, lateral p95 "
        f"{100 * figures['lateral_p95']:.1f} cm, {figures['collisions']} collisions, "
        f"{figures['lockstep_timeouts']} late answers; goals {figures['outcomes']}"
    )


def run_fleet_bench(
    site: str, sizes: Sequence[int], idle: bool, rtf: float, seconds: float, output: Path | None
) -> None:
    """Run each size and print its line."""
    console, rows = Console(), []
    for robots in sizes:
        trial = FleetTrial(site=site, robots=robots, idle=idle, rtf=rtf, seconds=seconds)
        figures = run_trial(trial)
        rows.append(figures | {"idle": idle})
        console.print(describe(figures, idle), highlight=False, soft_wrap=True)
    if output is not None:
        output.write_text(json.dumps(rows, indent=2) + "\n")
