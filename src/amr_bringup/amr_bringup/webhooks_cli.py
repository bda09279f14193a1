"""`amr webhooks`: is a file with targets right, before a fleet starts with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amr_core.errors import AmrError

webhooks_app = typer.Typer(no_args_is_help=True, help="Events for other programs (docs/webhooks.md).")


@webhooks_app.callback()
def _several() -> None:
    """Keep `check` a command of its own."""


@webhooks_app.command()
def check(settings: Annotated[Path, typer.Argument(help="YAML file with the targets.")]) -> None:
    """Read the file and the secrets, look up each target's address; sends nothing. Exit code 1 when something is wrong.

    Errors of the file itself end it at once.
    """
    from amr_fleet.webhooks.guard import allowed_addresses
    from amr_fleet.webhooks.settings import load_webhooks

    found, wrong = load_webhooks(settings), 0
    for target in found.targets:
        host = target.parts.hostname or ""
        try:
            addresses = allowed_addresses(host, target.port, target.allowed(), loopback=found.loopback)
        except AmrError as error:
            wrong += 1
            print(f"{target.name}: {error}")
        else:
            print(f"{target.name}: {host} at {', '.join(addresses)}; {', '.join(target.events) or 'all events'}")
    raise typer.Exit(1 if wrong else 0)
