"""The options of `amr study`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amr_core.errors import AmrError


def numbers(option: str, text: str) -> tuple[float, ...]:
    """Return the numbers of a comma-separated option, or raise run.bad_option."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise AmrError("run.bad_option", option=option, value=text, reason="give numbers with commas") from None


def study(
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "cai_cui",
    robots: Annotated[str, typer.Option(help="Fleet sizes, with commas.")] = "4,8,12",
    orders_per_hour: Annotated[str, typer.Option(help="Demands, with commas.")] = "60,90,120",
    hours: Annotated[float, typer.Option(help="Simulated hours of each cell.")] = 8.0,
    seeds: Annotated[int, typer.Option(help="How many seeds of each cell.")] = 3,
    policy: Annotated[
        str, typer.Option(help="batch (the engine), baselines: nearest, auction; with commas. Empty: as in settings.")
    ] = "",
    settings: Annotated[Path | None, typer.Option(help="YAML file with settings of the fleet.")] = None,
    doubled: Annotated[
        bool, typer.Option(help="Two of the site, joined by a 40 m link; fleets it cannot park get that anyway.")
    ] = False,
    stops: Annotated[float, typer.Option(help="Share of the moves on which a robot stops for 5 to 60 s.")] = 0.05,
    stops_each: Annotated[
        str, typer.Option(help="What a move is. move: from crossing to crossing; edge: each edge of the roadmap.")
    ] = "move",
    breakdowns: Annotated[float, typer.Option(help="Robots that stand still for 3 to 10 min, per hour.")] = 1.0,
    closures: Annotated[float, typer.Option(help="Lanes closed for 5 to 15 min, per hour.")] = 1.0,
    deadline_min: Annotated[float, typer.Option(help="An order is in time within this many minutes.")] = 20.0,
    jobs: Annotated[int, typer.Option(help="Processes; 0 = one a core.")] = 0,
    output: Annotated[Path | None, typer.Option("--json", help="Write all figures as JSON.")] = None,
    chart: Annotated[Path | None, typer.Option(help="Write a chart (SVG).")] = None,
) -> None:
    """How many robots for so many orders an hour? The fleet engine against kinematic robots, without ROS."""
    from amr_fleet.domain.settings import load_settings
    from amr_lab.study.cell import Disturbances
    from amr_lab.study.run import StudyOptions, report, run_study

    chosen = load_settings(str(settings or ""))
    options = StudyOptions(
        site=site,
        robots=tuple(int(n) for n in numbers("--robots", robots)),
        orders_per_hour=numbers("--orders-per-hour", orders_per_hour),
        hours=hours,
        seeds=seeds,
        policies=tuple((policy or chosen.policy).split(",")),
        doubled=doubled,
        deadline=60.0 * deadline_min,
        what=Disturbances(stops=stops, stops_each=stops_each, breakdowns=breakdowns, closures=closures),
        jobs=jobs,
        settings=chosen,
    )
    raise typer.Exit(0 if report(options, run_study(options), output, chart) else 1)
