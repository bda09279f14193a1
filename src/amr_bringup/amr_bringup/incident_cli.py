"""`amr incident`: the file of an incident, as the dashboard gives it: does it still hold."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amr_bringup.sandbox_cli import journal_file
from amr_core.errors import AmrError

if TYPE_CHECKING:
    from amr_fleet.evidence.check import Check
    from amr_fleet.replay.incident_check import JournalNow

incident_app = typer.Typer(no_args_is_help=True, help="Incidents as one signed file: verify.")


@incident_app.callback()
def _main() -> None:
    """Keep `verify` a command of its own, beside those to come."""


@incident_app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The zip that the dashboard gave for an incident.")],
    key: Annotated[str, typer.Option(help="The site's public key: its line, or a file that holds it.")] = "",
    journal: Annotated[Path | None, typer.Option(help="Compare with this --state folder or journal, too.")] = None,
) -> None:
    """Say in plain Vietnamese what of an incident's file holds and what does not: then the exit code is 1."""
    from amr_fleet.replay.incident_check import check_incident, size_of

    try:
        content = file.read_bytes()
    except OSError as error:
        raise AmrError("sandbox.bad_file", path=str(file), reason=error.strerror or type(error).__name__) from error
    now = None if journal is None else _journal_now(journal, size_of(content))
    wrong = told(check_incident(content, key_line(key), now))
    print(f"KẾT LUẬN: tệp sự cố KHÔNG đáng tin, {wrong} điểm sai." if wrong else "KẾT LUẬN: tệp sự cố nguyên vẹn.")
    raise typer.Exit(1 if wrong else 0)


def key_line(key: str) -> str:
    """Return the line of a public key that was given itself, or as the name of a file that holds it."""
    return Path(key).read_text(encoding="utf-8").strip() if key and Path(key).is_file() else key


def told(checks: Sequence[Check]) -> int:
    """Print what was looked at, a line each; return how many do not hold."""
    for one in checks:
        print(f"{'ĐÚNG' if one.holds else 'SAI '}  {one.says}")
    return sum(not one.holds for one in checks)


def _journal_now(state: Path, size: int) -> JournalNow:
    from amr_fleet.replay.incident_check import JournalNow
    from amr_fleet.store.database import Database
    from amr_fleet.store.journal import read_entries
    from amr_fleet.store.signed import root_at

    where = str(journal_file(state))
    with closing(Database(where)) as database:
        roots = {size: root_at(database, size)} if size else {}
    return JournalNow(read_entries(where), roots)
