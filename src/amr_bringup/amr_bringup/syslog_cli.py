"""`amr syslog`: is a file with log servers right, and do they take a message, before a fleet starts with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amr_core.errors import AmrError

if TYPE_CHECKING:
    from amr_fleet.syslog.settings import SyslogReceiver

syslog_app = typer.Typer(no_args_is_help=True, help="Journal and audit trail for log servers (docs/syslog.md).")
_File = Annotated[Path, typer.Argument(help="YAML file with the log servers.")]


@syslog_app.command()
def check(settings: _File) -> None:
    """Read the file, look up each address; sends nothing. Exit code 1 when something is wrong."""
    from amr_fleet.syslog.settings import load_syslog
    from amr_fleet.webhooks.guard import allowed_addresses

    found = load_syslog(settings)

    def addresses(one: SyslogReceiver) -> str:
        return ", ".join(allowed_addresses(one.host, one.at, one.allowed(), loopback=found.loopback))

    _each(found.receivers, lambda one: f"{', '.join(one.send)} over {one.transport} to {addresses(one)} port {one.at}")


@syslog_app.command()
def test(settings: _File) -> None:
    """Send each log server a message that says that it is a test. Exit code 1 when one could not be told.

    A datagram (udp) that nobody takes mostly goes unseen: look at the log server, too.
    """
    import getpass

    from amr_fleet.syslog.desk import send_test
    from amr_fleet.syslog.settings import load_syslog

    found = load_syslog(settings)

    def told(one: SyslogReceiver) -> str:
        send_test(one, getpass.getuser(), loopback=found.loopback)
        return f"a test was sent over {one.transport} to {one.host} port {one.at}"

    _each(found.receivers, told)


def _each(receivers: list[SyslogReceiver], do: Callable[[SyslogReceiver], str]) -> None:
    wrong = 0
    for one in receivers:
        try:
            print(f"{one.name}: {do(one)}")
        except AmrError as error:
            wrong += 1
            print(f"{one.name}: {error}")
    raise typer.Exit(1 if wrong else 0)
