"""Commands that other installed packages add to `amr`, through the entry point group amr.commands.

An entry's name is the command, its value a typer app (a group of commands) or a function (one command). The product
knows no such package; it only knows which commands it can name when the package that has them is not installed.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Final

import typer

from amr_core.errors import AmrError

GROUP: Final = "amr.commands"
KNOWN: Final = {"bench": "amr_lab", "study": "amr_lab", "simulate": "amr_lab"}
"""Commands of packages that a robot or a site does not need, and the package of each."""

_TAKES_ALL = {"ignore_unknown_options": True, "allow_extra_args": True}


def add_commands(app: typer.Typer) -> None:
    """Add every command of the group; one of KNOWN that cannot be had says which package to install."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    for name in sorted(found | KNOWN):
        missing = _add(app, found[name]) if name in found else KNOWN[name]
        if missing:
            _add_missing(app, name, missing)


def _add(app: typer.Typer, point: EntryPoint) -> str:
    """Load and add a command; return "", or which package is missing for it."""
    try:
        command = point.load()
    except ImportError as error:
        return (error.name or point.module).split(".")[0]
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=point.name)
    else:
        app.command(point.name)(command)
    return ""


def _add_missing(app: typer.Typer, name: str, package: str) -> None:
    def missing(_: typer.Context) -> None:
        raise AmrError("command.not_installed", command=f"amr {name}", package=package)

    # --help goes there, too: there is nothing else to say about a command that is not there.
    register = app.command(
        name, help=f"Needs the package {package}.", context_settings=_TAKES_ALL, add_help_option=False
    )
    register(missing)
