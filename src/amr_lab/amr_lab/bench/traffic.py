"""`amr bench traffic`: runs a League of Robot Runners problem and says how many tasks were finished."""

from __future__ import annotations

import json
import platform
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from amr_core.errors import AmrError
from amr_lab.mapf.grid import Model, motion
from amr_lab.mapf.learn import Guide, learn
from amr_lab.mapf.planner import Settings, TrafficPlanner, warm_up
from amr_lab.mapf.problem import read_problem
from amr_lab.mapf.simulate import GridWorld
from amr_lab.mapf.validate import GridViolation, validate

Figures = dict[str, str | int | float]
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


@dataclass(frozen=True, slots=True)
class TrafficBench:
    """What to run; checked in check()."""

    problem: Path
    model: str
    steps: int
    settings: Settings
    stop_rate: float
    seed: int
    clock: str = "wall"

    def check(self) -> None:
        """Raise AmrError run.bad_option for the first value that cannot be."""
        _option("--model", self.model, self.model in ("plain", "rotation"), "plain or rotation")
        _option("--clock", self.clock, self.clock in CLOCKS, "wall or cpu")
        _option("--steps", self.steps, 1 <= self.steps <= 100_000, "1 to 100000")
        _option("--budget-ms", self.settings.budget_ms, 0.0 <= self.settings.budget_ms <= 60_000.0, "0 to 60000")
        _option("--stop-rate", self.stop_rate, 0.0 <= self.stop_rate <= 1.0, "0 to 1")
        _option("--seed", self.seed, 0 <= self.seed < 2**32, "0 to 4294967295")


def _option(option: str, value: str | int | float, good: bool, reason: str) -> None:
    if not good:
        raise AmrError("run.bad_option", option=option, value=value, reason=f"give {reason}")


def measure(bench: TrafficBench, console: Console) -> tuple[Figures, list[GridViolation]]:
    """Run the steps with a progress bar; return the figures and what the validator found."""
    bench.check()
    problem = read_problem(bench.problem)
    moves = motion(problem.grid, cast(Model, bench.model))
    warm_up()
    world = GridWorld(problem, moves, bench.stop_rate, bench.seed)
    began = time.perf_counter()
    console.print(f"{problem.name}: {problem.robots} robots, {problem.grid.cells} free cells; preparing")
    guide = Guide(problem.grid, moves, world.states, problem.tasks, bench.settings, bench.stop_rate)
    learned = learn(guide, bench.settings.guidance, console.print)
    planner = TrafficPlanner(problem.grid, moves, world.states, learned.costs, bench.settings, CLOCKS[bench.clock])
    planner.prepare(world.states, world.goals, np.unique(problem.tasks))
    setup = time.perf_counter() - began
    taken = np.zeros((bench.steps, 2))
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        bar = progress.add_task(problem.name, total=bench.steps)
        for step in range(bench.steps):
            wall, cpu = time.perf_counter(), time.process_time()
            wanted = planner.plan(world.states, world.goals, world.stopped)
            taken[step] = time.perf_counter() - wall, time.process_time() - cpu
            world.execute(wanted)
            progress.update(bar, completed=step + 1, description=f"{problem.name} {int(world.done.sum())} tasks")
    found = validate(world.history())
    cpu_ms = 1000.0 * taken[:, 1]
    own_ms = cpu_ms if bench.clock == "cpu" else 1000.0 * taken[:, 0]
    figures: Figures = {
        "problem": problem.name,
        "model": bench.model,
        "robots": problem.robots,
        "free_cells": problem.grid.cells,
        "steps": bench.steps,
        "budget_ms": bench.settings.budget_ms,
        "clock": bench.clock,
        "seed": bench.seed,
        "stop_rate": bench.stop_rate,
        "stops": world.stops,
        "guidance": learned.kind,
        "guidance_trials": learned.trials,
        "tasks_finished": int(world.done.sum()),
        "tasks_per_step": round(float(world.done.sum()) / bench.steps, 4),
        "task_longest_steps": planner.longest_wait,
        "violations": len(found),
        "ms_per_step_mean": round(float(own_ms.mean()), 3),
        "ms_per_step_p99": round(float(np.percentile(own_ms, 99)), 3),
        "ms_per_step_max": round(float(own_ms.max()), 3),
        "cpu_ms_per_step_mean": round(float(cpu_ms.mean()), 3),
        "setup_s": round(setup, 2),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }
    return figures, found


def run_traffic(bench: TrafficBench, output: Path | None) -> int:
    """Measure, print the figures as JSON and write them; return 0 only if the validator found nothing."""
    console = Console(stderr=True, highlight=False)
    if output is not None and not output.parent.is_dir():
        raise AmrError("run.bad_option", option="--json", value=str(output), reason="the folder does not exist")
    figures, found = measure(bench, console)
    for violation in found[:20]:
        print(f"violation {violation}", file=sys.stderr)
    text = json.dumps(figures, indent=2)
    print(text)
    if output is not None:
        try:
            output.write_text(text + "\n")
        except OSError as error:
            reason = error.strerror or str(error)
            raise AmrError("run.bad_option", option="--json", value=str(output), reason=reason) from error
    return 1 if found else 0
