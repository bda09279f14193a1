"""The parts of `amr bench` that drive: the embedded navigation alone and in fleets, and real Nav2 beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amr_core.errors import AmrError

nav_app = typer.Typer()


@nav_app.command("nav")
def bench_nav(
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "cai_cui",
) -> None:
    """Measure the navigation alone: CPU time of plans, MPPI, localisation, one robot; how exact it follows a lane."""
    from rich.console import Console

    from amr_lab.trial.figures import figures

    for part, unit, middle, high in figures(site):
        Console().print(f"{part}: {middle:.3f} {unit}, {high:.3f}", highlight=False, soft_wrap=True)


@nav_app.command("nav-hard")
def bench_nav_hard(
    seeds: Annotated[int, typer.Option(help="How many seeds of each case.", min=1)] = 20,
    first_seed: Annotated[int, typer.Option(help="The first of these seeds, to run a series in pieces.", min=0)] = 0,
    only: Annotated[str, typer.Option(help="Cases, comma separated; all when left out.")] = "",
    output: Annotated[Path | None, typer.Option("--json", help="Write the verdicts as JSON.")] = None,
) -> None:
    """Run the hard cases of the navigation without ROS; exit code 0 only if every one passed."""
    from amr_lab.trial.hard_table import run_hard

    raise typer.Exit(0 if run_hard(range(first_seed, first_seed + seeds), only, output) else 1)


@nav_app.command("nav-goals")
def bench_nav_goals(
    goals: Annotated[int, typer.Option(help="How many goals.", min=1)] = 500,
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "cai_cui",
    seed: Annotated[
        int,
        typer.Option(
            help="Seed of the first 25 goals, each further 25 take the next: pieces of 100 goals start at 1, 5, 9, ..."
        ),
    ] = 1,
    output: Annotated[Path | None, typer.Option("--json", help="Write the trips as JSON.")] = None,
) -> None:
    """Drive to random goals with people about, without ROS; exit code 0 only at 99.5 % and without a collision."""
    from amr_lab.trial.goals import run_goals

    raise typer.Exit(0 if run_goals(site, goals, seed, output) else 1)


@nav_app.command("nav-fleet")
def bench_nav_fleet(
    robots: Annotated[str, typer.Option(help="Sizes of the fleet, comma separated.")] = "12,24,48",
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "cai_cui",
    idle: Annotated[bool, typer.Option("--idle", help="The robots only stand.")] = False,
    rtf: Annotated[str, typer.Option(help="Real-time factor, or max.")] = "max",
    seconds: Annotated[float, typer.Option(help="Simulated seconds that are measured.", min=2)] = 20.0,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Run whole navigation stacks over ROS, all robots driving: real-time factor and cores, by size of the fleet."""
    from amr_bringup.options import parse_rtf
    from amr_lab.bench.stack import run_fleet_bench
    from amr_lab.study.cli import numbers

    sizes = [int(n) for n in numbers("--robots", robots)]
    run_fleet_bench(site, sizes, idle, parse_rtf(rtf), seconds, output)


@nav_app.command("nav2-conformance")
def bench_nav2_conformance(
    output: Annotated[Path | None, typer.Option("--json", help="Write every answer of both sides as JSON.")] = None,
    write: Annotated[Path | None, typer.Option(help="Document whose table is made new: docs/nav2.md.")] = None,
    rtf: Annotated[float, typer.Option(help="Real-time factor; a busy machine needs less than 1.", min=0.05)] = 0.5,
    seen: Annotated[Path | None, typer.Option(help="Answers of an earlier run instead of a new one.")] = None,
) -> None:
    """Ask real Nav2 and the embedded navigation the same questions; exit code 1 if an answer differs without reason."""
    from amr_lab.nav_peer.run import run_conformance

    raise typer.Exit(0 if run_conformance(output, write, str(rtf), seen) else 1)


@nav_app.command("nav-peer")
def bench_nav_peer(
    sides: Annotated[str, typer.Option(help="smac-mppi, navfn-rpp, embedded, comma separated, or all.")] = "all",
    output: Annotated[Path | None, typer.Option("--json", help="Write every drive as JSON.")] = None,
    write: Annotated[Path | None, typer.Option(help="Document whose tables are made new: docs/nav2.md.")] = None,
    rtf: Annotated[float, typer.Option(help="Real-time factor; a busy machine needs less than 1.", min=0.05)] = 1.0,
    limit: Annotated[float, typer.Option(help="Wall seconds of each side's drives.", min=30)] = 420.0,
    seen: Annotated[Path | None, typer.Option(help="Drives of earlier runs, for sides not driven now.")] = None,
    goals: Annotated[int, typer.Option(help="Random goals, people about; 0 = the eight of the lab.", min=0)] = 0,
    site: Annotated[str, typer.Option(help="Site of random goals.")] = "cai_cui",
    seed: Annotated[int, typer.Option(help="Seed of random goals.")] = 1,
    near: Annotated[float, typer.Option(help="Metres from one random goal to the next, at most.", min=4)] = 20.0,
    turns: Annotated[int, typer.Option(help="In cai_cui, so often there and back to a goal behind.", min=0)] = 0,
) -> None:
    """Drive to the same goals with real Nav2 (two make-ups) and ours: time, way, clearance, CPU, memory.

    Exit code 1 if the embedded navigation missed a goal, a side 1 % of random ones, or something was touched.
    """
    from amr_lab.nav_peer.course import LAB, random_course, turning_course
    from amr_lab.nav_peer.peer import run_peer

    if goals and turns:
        reason = "it has goals of its own: leave --goals out"
        raise AmrError("run.bad_option", option="turns", value=turns, reason=reason)
    course = random_course(site, goals, seed, near) if goals else turning_course(turns) if turns else LAB
    raise typer.Exit(0 if run_peer(sides, output, write, str(rtf), limit, seen, course) else 1)
