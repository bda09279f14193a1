"""`amr study`: how many robots a site needs, by running the fleet engine against kinematic robots."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from amr_core.errors import AmrError, Fact
from amr_core.roadmap import build_roadmap
from amr_fleet.demand import arrivals
from amr_fleet.domain.settings import POLICIES, FleetSettings
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import units_of
from amr_lab.study.cell import STOPS_EACH, CellResult, Disturbances, run_cell
from amr_lab.study.chart import chart_svg
from amr_lab.study.site import needs_double, study_site


@dataclass(frozen=True, kw_only=True)
class StudyOptions:
    """The cells of a study: all combinations of robots, orders per hour, policies and seeds 1..seeds."""

    site: str
    robots: tuple[int, ...]
    orders_per_hour: tuple[float, ...]
    hours: float
    seeds: int
    policies: tuple[str, ...] = ("batch",)
    doubled: bool = False
    deadline: float = 1200.0
    what: Disturbances = field(default_factory=Disturbances)
    jobs: int = 0
    settings: FleetSettings = field(default_factory=FleetSettings)


@dataclass(frozen=True)
class StudyRow:
    """Means over the seeds of one combination; violations are summed, the longest wait cycle is the longest."""

    robots: int
    orders_per_hour: float
    policy: str
    site: str
    seeds: int
    throughput: float
    service_mean: float
    service_p95: float
    in_time: float
    waiting: float
    utilisation: float
    halted: float
    violations: int
    longest_cycle: float
    cpu_s: float


def check(options: StudyOptions) -> None:
    """Raise run.bad_option or run.robot_count for what cannot be studied."""
    wrong: list[tuple[str, Fact, bool, str]] = [
        ("--hours", options.hours, not 0.05 <= options.hours <= 168.0, "0.05 to 168"),
        ("--seeds", options.seeds, not 1 <= options.seeds <= 1000, "1 to 1000"),
        ("--robots", str(options.robots), not options.robots or min(options.robots) < 1, "at least 1"),
        ("--stops", options.what.stops, not 0.0 <= options.what.stops <= 0.5, "0 to 0.5"),
        ("--stops-each", options.what.stops_each, options.what.stops_each not in STOPS_EACH, "move or edge"),
        ("--deadline-min", options.deadline / 60.0, not 60.0 <= options.deadline <= 86400.0, "1 to 1440"),
    ]
    rates = options.orders_per_hour
    wrong.append(("--orders-per-hour", str(rates), not rates or not all(0 < r <= 10000 for r in rates), "above 0"))
    for policy in options.policies:
        wrong.append(("--policy", policy, policy not in POLICIES, "one of " + ", ".join(POLICIES)))
    for option, value, bad, reason in wrong:
        if bad:
            raise AmrError("run.bad_option", option=option, value=value, reason=reason)
    for robots in options.robots:
        study_site(options.site, robots, options.doubled)


def run_study(options: StudyOptions) -> list[CellResult]:
    """Run all cells on all cores with a progress bar; same options, same figures (but for the CPU time)."""
    check(options)
    cells = list(product(options.robots, options.orders_per_hour, options.policies, range(1, options.seeds + 1)))
    # The biggest cells first: the last ones to end are short then.
    cells.sort(key=lambda c: -c[0])
    found: list[CellResult] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    jobs = options.jobs or multiprocessing.cpu_count()
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("study", total=len(cells))
        with multiprocessing.get_context("spawn").Pool(min(jobs, len(cells))) as pool:
            for result in pool.imap_unordered(_cell, [(options, cell) for cell in cells]):
                found.append(result)
                bar.advance(task)
    return sorted(found, key=lambda r: (r.policy, r.robots, r.orders_per_hour, r.seed))


def _cell(job: tuple[StudyOptions, tuple[int, float, str, int]]) -> CellResult:
    options, (robots, rate, policy, seed) = job
    site = study_site(options.site, robots, options.doubled)
    wishes: Iterator[tuple[float, OrderRequest]] = (
        (
            w.due,
            OrderRequest(
                pick_place=w.pick_place, drop_place=w.drop_place, reference=w.reference, load_id=w.load_id,
                priority=w.priority,
            ),
        )
        for w in arrivals(site, seed=seed, orders_per_hour=rate, count=0)
    )  # fmt: skip
    twice = options.doubled or needs_double(options.site, robots)
    return run_cell(
        build_roadmap(site), units_of(site, robots), wishes, hours=options.hours, orders_per_hour=rate, seed=seed,
        deadline=options.deadline, what=options.what, settings=options.settings.model_copy(update={"policy": policy}),
        site=f"{options.site} x2" if twice else options.site,
    )  # fmt: skip


def rows_of(results: Iterable[CellResult]) -> list[StudyRow]:
    """Return one row a combination."""
    groups: dict[tuple[str, int, float], list[CellResult]] = {}
    for result in results:
        groups.setdefault((result.policy, result.robots, result.orders_per_hour), []).append(result)
    return [_row(key, group) for key, group in groups.items()]


def _row(key: tuple[str, int, float], group: Sequence[CellResult]) -> StudyRow:
    def mean(name: str) -> float:
        return round(float(np.mean([getattr(r, name) for r in group])), 4)

    return StudyRow(
        robots=key[1], orders_per_hour=key[2], policy=key[0], site=group[0].site, seeds=len(group),
        throughput=mean("throughput"),
        service_mean=mean("service_mean"), service_p95=mean("service_p95"), in_time=mean("in_time"),
        waiting=mean("waiting"), utilisation=mean("utilisation"), halted=mean("halted"),
        violations=sum(sum(r.violations.values()) for r in group),
        longest_cycle=max(r.longest_cycle for r in group), cpu_s=mean("cpu_s"),
    )  # fmt: skip


def report(options: StudyOptions, results: Sequence[CellResult], out: Path | None, chart: Path | None) -> bool:
    """Print the table and the ratios to the baselines, write JSON and chart; True if nothing was violated."""
    rows = rows_of(results)
    columns = (
        "policy", "site", "robots", "orders/h", "delivered/h", "service mean s", "service p95 s", "in time %",
        "waiting %", "stopped %", "busy %", "violations", "longest wait cycle s", "CPU s",
    )  # fmt: skip
    title = f"{options.site}, {options.hours:g} h, {options.seeds} seeds"
    table = Table(*columns, title=title, header_style="bold")
    for r in rows:
        table.add_row(
            r.policy, r.site, str(r.robots), f"{r.orders_per_hour:g}", f"{r.throughput:.1f}", f"{r.service_mean:.0f}",
            f"{r.service_p95:.0f}", f"{100 * r.in_time:.1f}", f"{100 * r.waiting:.1f}", f"{100 * r.halted:.1f}",
            f"{100 * r.utilisation:.0f}",
            str(r.violations), f"{r.longest_cycle:.0f}", f"{r.cpu_s:.0f}",
        )  # fmt: skip
    console = Console() if sys.stdout.isatty() else Console(width=150)
    console.print(table)
    for line in [*_doubled_note(options), *ratios(rows)]:
        console.print(line)
    if out is not None:
        chosen = {**asdict(options), "settings": options.settings.model_dump(mode="json")}
        facts = {"options": chosen, "rows": [asdict(r) for r in rows], "cells": [asdict(r) for r in results]}
        out.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    if chart is not None:
        chart.write_text(chart_svg(options.site, [asdict(r) for r in rows]), encoding="utf-8")
    return all(r.violations == 0 for r in rows if r.policy == "batch")


def _doubled_note(options: StudyOptions) -> list[str]:
    """Say which fleets got a second building because one cannot park them."""
    large = [str(n) for n in options.robots if not options.doubled and needs_double(options.site, n)]
    return [f"{', '.join(large)} robots: two buildings, because one cannot park them"] if large else []


def ratios(rows: Sequence[StudyRow]) -> list[str]:
    """Compare the engine's own policy with the baselines: throughput, and the baselines' p95 over ours."""
    own = {(r.robots, r.orders_per_hour): r for r in rows if r.policy == "batch"}
    lines = []
    for r in rows:
        mine = own.get((r.robots, r.orders_per_hour))
        if r.policy != "batch" and mine is not None:
            lines.append(
                f"batch against {r.policy}, {r.robots} robots, {r.orders_per_hour:g}/h: throughput x "
                f"{mine.throughput / max(r.throughput, 1e-9):.2f}, p95 service x "
                f"{r.service_p95 / max(mine.service_p95, 1e-9):.2f} shorter"
            )
    return lines
