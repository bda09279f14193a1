"""`amr nav2`: the embedded navigation for Nav2 clients, and Nav2's own configuration."""

from __future__ import annotations

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
    from amr_bringup.cli import parse_rtf
    from amr_bringup.runner.alone import serve_robot

    serve_robot(site, parse_rtf(rtf), seed)
