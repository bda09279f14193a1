"""`amr nav2`: the embedded navigation for Nav2 clients, and Nav2's own configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Nav2: one robot for clients; parameter files.")


@app.command()
def robot(
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "lab",
    rtf: Annotated[str, typer.Option(help="Real-time factor, or max.")] = "1",
    seed: Annotated[int, typer.Option(help="Seed of noise and people.")] = 1,
) -> None:
    """Run one simulated robot with Nav2's interfaces and nothing else, until Ctrl-C."""
    from amr_bringup.options import parse_rtf
    from amr_bringup.runner.alone import serve_robot

    serve_robot(site, parse_rtf(rtf), seed)


@app.command()
def build(
    sites: Annotated[list[str], typer.Argument(help="Names or folders of sites.")],
    check: Annotated[bool, typer.Option("--check", help="Only say whether the generated files are fresh.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder to write to instead of the package's config/.")] = None,
) -> None:
    """Write Nav2's parameter files and dock database for every robot type of a site."""
    from amr_navigation.config import build as files

    old = 0
    for site in sites:
        for path in files.stale(site, out) if check else files.build(site, out):
            print(f"stale: {path}" if check else path)
            old += check
    raise typer.Exit(1 if old else 0)


@app.command()
def check(
    files: Annotated[
        list[Path], typer.Argument(help="Parameter files, trees (.xml), route graphs (.geojson), dock databases.")
    ],
) -> None:
    """Find unknown or misspelt parameters, wrong types, missing plugins, and what is gone from a generated file."""
    from amr_navigation.config.build import check as faults

    count = 0
    for path in files:
        for finding in faults(path):
            print(f"{path}: {finding}")
            count += 1
    print(f"{len(files)} files, {count} faults")
    raise typer.Exit(1 if count else 0)
