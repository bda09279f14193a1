"""`amr user`: the way back in for who has lost password or phone, at the console of a fleet that is stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amr_core.errors import AmrError
from amr_fleet.store.where import is_postgresql

if TYPE_CHECKING:  # the database takes half a second to import, and `amr` has other commands
    from amr_fleet.api.users import UserStore

user_app = typer.Typer(no_args_is_help=True, help="Accounts of a stopped fleet, when nobody can log in any more.")

_PATIENCE = 2.0  # s to wait for a fleet that is just ending
Where = Annotated[str, typer.Argument(help="A --state folder, a user file, or postgresql://user@host/name.")]
Name = Annotated[str, typer.Argument(help="Whose account.")]
By = Annotated[str, typer.Option(help="Who decides this; goes into the audit trail.")]
Evidence = Annotated[
    Path | None, typer.Option(help="Folder of key and marks; beside the file when left out (PostgreSQL: give it).")
]


@user_app.command("second-factor-off")
def second_factor_off(where: Where, name: Name, by: By, evidence: Evidence = None) -> None:
    """Ask a user for no more codes: the phone and the recovery codes are lost. The log-ins of the user end."""
    with _accounts(where, by, evidence, "reset_second_factor", name) as users:
        users.turn_off_second(name)
        users.rows.end_sessions(name, "password")
    print(f"{name} logs in with the password alone")


@user_app.command("new-password")
def new_password(where: Where, name: Name, by: By, evidence: Evidence = None) -> None:
    """Give a user a new password, to be changed at the first log-in, and print it. The log-ins of the user end."""
    from amr_fleet.api.users import new_password as made

    password = made()
    with _accounts(where, by, evidence, "reset_password", name) as users:
        users.set_password(name, password, must_change=True)
    print(f"{name}: {password}")


@contextmanager
def _accounts(where: str, by: str, evidence: Path | None, action: str, name: str) -> Iterator[UserStore]:
    """Give the accounts of a fleet that is stopped and whose records are whole; what was done goes into the trail."""
    from amr_fleet.api.users import UserStore

    if not by.strip():
        raise AmrError("run.bad_option", option="--by", value=by, reason="say who")
    place = _place(where)
    with closing(UserStore(place, evidence=evidence)) as users, _stopped(place):
        users.rows.check()
        yield users
        what = json.dumps({"name": name}, ensure_ascii=False)
        row = users.audit_row(name=by, role="", client="console", action=action, what=what, result="ok")
        users.rows.add_audit([row])


def _place(where: str) -> str:
    if is_postgresql(where):
        return where
    place = Path(where) / "users.sqlite3" if Path(where).is_dir() else Path(where)
    if not place.is_file():
        raise AmrError("store.failed", reason=f"there is no file {place}")
    return str(place)


@contextmanager
def _stopped(place: str) -> Iterator[None]:
    """Hold the journal of these accounts, so that no fleet runs or starts meanwhile; raise store.in_use."""
    from amr_fleet.store.database import Database
    from amr_fleet.store.owner import Owner

    server = is_postgresql(place)
    locks = Path(place).parent.glob("*.lock")  # a journal's name is the fleet's to choose; its lock is beside it
    journals = [place] if server else [str(lock.with_suffix("")) for lock in locks]
    held: list[Owner] = []
    with closing(Database(place if server else ":memory:")) as database:  # a file is locked without opening it
        try:
            for journal in journals:
                held.append(Owner(database, journal, _PATIENCE))
            yield
        finally:
            for owner in held:
                owner.release()
