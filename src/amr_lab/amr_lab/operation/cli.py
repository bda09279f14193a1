"""`amr simulate`: days of operation in minutes, as a state folder that reports and datasets read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    state: Annotated[Path, typer.Argument(help="Folder to write; without a journal in it.")],
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "cai_cui",
    robots: Annotated[int, typer.Option(help="How many robots; 0 = the site's fleet.")] = 0,
    hours: Annotated[float, typer.Option(help="Simulated hours, from a Monday's midnight.")] = 8.0,
    orders_per_hour: Annotated[float, typer.Option(help="Mean over a week; 0 = the site's base demand.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of demand, people, stops and breakdowns.")] = 1,
    tracks: Annotated[str, typer.Option(help="Hours from begin to end whose tracks are kept: 8-9.")] = "8-9",
    trial: Annotated[
        bool, typer.Option("--trial", help="Under the sample permit of a trial, from 2027-01-01.")
    ] = False,
) -> None:
    """Simulate days of operation without ROS: the real fleet engine, kinematic robots, people who are dice."""
    from amr_core.errors import AmrError
    from amr_core.site import load_site
    from amr_lab.operation import run

    model = load_site(site)
    first, _, last = tracks.partition("-")
    try:
        kept = (float(first), float(last))
    except ValueError:
        raise AmrError("run.bad_option", option="--tracks", value=tracks[:32], reason="for instance 8-9") from None
    what = run.SimulatedDays(
        site=model, robots=robots or len(model.fleet), hours=hours,
        orders_per_hour=orders_per_hour or model.demand.base_per_hour, seed=seed, tracks=kept,
        trial=run.FIRST_MIDNIGHT if trial else None,
    )  # fmt: skip
    count = run.simulate(what, state, lambda hour: typer.echo(f"{hour:.0f} of {hours:g} h", err=True))
    typer.echo(f"{state}: {count} journal entries of {hours:g} h")
