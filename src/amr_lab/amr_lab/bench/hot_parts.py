"""Measures the hot parts without ROS and prints them: what a number in the documents may refer to."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from amr_core.geometry import Pose2D
from amr_core.roadmap import build_roadmap
from amr_core.robots import LIFT_AMR
from amr_core.site import Site
from amr_core.site.generators.world import world_sdf
from amr_fleet.demand import arrivals
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_lab.bench import assistant
from amr_lab.bench.dispatch import dispatch_figures
from amr_lab.perception_bench.run import measure, show
from amr_lab.trial.figures import figures
from amr_navigation.costmap.body import Body
from amr_navigation.nodes.site_data import site_data
from amr_sim.engine import SimEngine, fleet_robots
from amr_sim.world import parse_world

Row = dict[str, str | float]


def _milliseconds(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Return median and 99th percentile of the CPU milliseconds of work()."""
    work()
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(1000.0 * (time.process_time() - began))
    return float(np.median(taken)), float(np.percentile(taken, 99))


def _row(part: str, unit: str, median: float, p99: float) -> Row:
    return {"part": part, "unit": unit, "median": round(median, 3), "p99": round(p99, 3)}


def _simulator(site: Site) -> list[Row]:
    robots = fleet_robots(site, -1)
    engine = SimEngine(site, parse_world(world_sdf(site)), robots, 1)
    return [
        _row(f"simulator step, {len(robots)} robots", "ms", *_milliseconds(lambda: engine.step(0.05), 400)),
        _row(f"{2 * len(robots)} lidars x 271 beams", "ms", *_milliseconds(engine.scan, 200)),
    ]


def _planner(site: Site, name: str) -> list[Row]:
    data = site_data(name)
    stations = [station.pose for place in site.places for station in place.stations]
    rng = np.random.default_rng(1)
    body = Body(LIFT_AMR.front, LIFT_AMR.rear, LIFT_AMR.load_half_width, LIFT_AMR.load_half_width)
    taken, lengths = [], []
    for _ in range(40):
        a, b = rng.choice(len(stations), 2, replace=False)
        start, goal = Pose2D(*stations[a]), Pose2D(*stations[b])
        began = time.process_time()
        plan = data.planner.plan(start, goal, body)
        if plan.error_code == 0:
            taken.append(1000.0 * (time.process_time() - began))
            lengths.append(plan.length)
    label = f"global plan station to station, mean length {np.mean(lengths):.0f} m"
    return [_row(label, "ms", float(np.median(taken)), float(np.percentile(taken, 99)))]


def _fleet(site: Site) -> list[Row]:
    rehearsal = Rehearsal(build_roadmap(site), units_of(site), seed=1)
    wishes = arrivals(site, seed=1, orders_per_hour=240.0, count=60)
    rehearsal.run(lambda r: r.engine.ready, 60.0)
    rehearsal.create([OrderRequest(pick_place=w.pick_place, drop_place=w.drop_place) for w in wishes])
    began = rehearsal.now
    rehearsal.run(lambda r: r.done, 20000.0)
    steps = 1000.0 * np.array(rehearsal.step_seconds)
    per_hour = 3600.0 * 60 / (rehearsal.now - began)
    return [
        _row("fleet engine step, 60 open orders", "ms", float(np.median(steps)), float(np.percentile(steps, 99))),
        _row("fleet without ROS, 60 orders at once", "orders/h", per_hour, per_hour),
        _row("conflicting holds in that run", "count", rehearsal.held_violations, len(rehearsal.violations())),
    ]


def run_bench(site: Site, name: str, output: Path | None, trials: int) -> bool:
    """Measure, print tables and, if wanted, write JSON; trials: scenes per figure of the perception.

    Returns whether what the assistant costs is within its limits. Without its questions that is left out and said.
    """
    ask = assistant.at_hand()
    if not ask:
        Console(stderr=True).print(f"The assistant is left out: no {assistant.ROWS} here, only in a checkout.")
    rows = [*_simulator(site), *_planner(site, name), *(_row(*f) for f in figures(name)), *_fleet(site)]
    rows.append(_row(*dispatch_figures(name)))
    costs = assistant.costs() if ask else []
    rows += [_row(f"assistant: {cost.part}", cost.unit, cost.figure, cost.most) for cost in costs]
    table = Table("part", "unit", "median", "p99", title=f"{site.id} on {platform.machine()}, CPU time")
    for row in rows:
        table.add_row(*(str(row[key]) for key in ("part", "unit", "median", "p99")))
    Console().print(table)
    within = not ask or assistant.show(costs)
    perception = measure(trials)
    show(perception)
    if output is not None:
        output.write_text(json.dumps({"site": site.id, "rows": rows, "perception": perception}, indent=2) + "\n")
    return within
