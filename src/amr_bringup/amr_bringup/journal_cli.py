"""`amr journal`: is what is on disk still what was written; back-up, restore, going on after a loss."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amr_core.errors import AmrError
from amr_fleet.store.where import is_postgresql

if TYPE_CHECKING:  # the database takes half a second to import, and `amr` has other commands
    from amr_fleet.store.verify import Findings

journal_app = typer.Typer(no_args_is_help=True, help="Records on disk: verify, back up, restore, go on after a loss.")

_NOT_JUDGED = 3  # 2 is a wrong option
_FILES = ("journal.sqlite3", "users.sqlite3")
_BESIDE = ("webhooks.sqlite3", "escalation.sqlite3", "syslog.sqlite3")
"""What connectors keep beside the records: no proof of anything, but lost it is missed. In PostgreSQL all is in one."""
Where = Annotated[str, typer.Argument(help="A --state folder, a journal or user file, or postgresql://user@host/name.")]
Evidence = Annotated[
    Path | None, typer.Option(help="Folder of key and marks; beside the file when left out (PostgreSQL: give it).")
]
By = Annotated[str, typer.Option(help="Who decides this; goes into the journal.")]


def _databases(where: str) -> Iterator[str]:
    if is_postgresql(where) or not Path(where).is_dir():
        yield where
        return
    found = [str(Path(where) / name) for name in _FILES if (Path(where) / name).is_file()]
    if not found:
        raise AmrError("store.failed", reason=f"there is no journal in {where}")
    yield from found


def _journal_of(database: str) -> Path | None:
    """Return the file of the journal that accounts lie beside, and that knows how far they had come; else None."""
    if is_postgresql(database) or Path(database).name != _FILES[1]:
        return None
    journal = Path(database).with_name(_FILES[0])
    return journal if journal.is_file() else None


def _say(where: str, found: Findings) -> None:
    state = "whole" if not found.faults else f"NOT WHOLE, {len(found.faults)} faults"
    print(f"{where}: {state}")
    print(f"  {found.origin}: {found.size} entries, root {found.root.hex()}")
    if found.judged:
        print(f"  {found.checkpoints} signed checkpoints hold; the high-water mark says {found.marked}")
    else:
        print("  no key beside it: signatures and the high-water mark were not judged")
        if _journal_of(where) is not None:
            print("  nor whether the journal knows that these accounts are an older file")
    for said in found.clock.said:
        print(f"  the server's clock was {said}")
    for fault in found.faults:
        print(f"  {fault}")


@journal_app.command()
def verify(where: Where, evidence: Evidence = None) -> None:
    """Hash everything anew and compare it with tree, signed checkpoints and mark; say when the server's clock was set.

    Exit code 1: it is not whole. 3: no fault was found, but without the key that is no proof; one file of SQLite that
    lies apart from its key, as a backup does, is 0 then.
    """
    from amr_fleet.store import copies

    bad, judged, readable = False, True, True
    alone = evidence is None and not is_postgresql(where) and Path(where).is_file()
    for database in _databases(where):
        found = copies.look(database, evidence, _journal_of(database))
        _say(database, found)
        bad = bad or bool(found.faults)
        readable = readable and all(fault.where != "database" for fault in found.faults)
        judged = judged and (found.judged or alone)
    if bad and not readable:
        print("What can be done: amr journal restore BACKUP WHERE (into an empty place). The database itself cannot")
        print("read all of that file, so nobody can go on with it; keep it, with what lies beside it, for who looks.")
    elif bad:
        print(
            "What can be done: amr journal restore BACKUP WHERE (into an empty place), or, to go on with what is there,"
        )
        print("amr journal accept WHERE --by NAME --reason TEXT (PostgreSQL: --evidence FOLDER)")
    elif not judged:
        print("Who can write there can have written it all anew: give --evidence FOLDER, with evidence.key and marks.")
        print("Where the key lay and is gone, that is what somebody does who wants no proof: look at a backup.")
    raise typer.Exit(1 if bad else 0 if judged else _NOT_JUDGED)


@journal_app.command()
def backup(
    where: Where,
    out: Annotated[Path, typer.Argument(help="The file to write; for a --state folder: a folder.")],
    evidence: Evidence = None,
) -> None:
    """Copy the records while the fleet runs; the copy is verified before it gets its name."""
    from amr_fleet.store import copies

    databases = list(_databases(where))
    # First, so that none has come further than the journal: what that lacks would count as sent. The accounts behind
    # it: those that have come less far than it knows are an older file.
    beside = [str(file) for name in _BESIDE if Path(where).is_dir() and (file := Path(where) / name).is_file()]
    for database in [*beside, *databases]:
        target = out if databases == [where] else out / Path(database).name
        target.parent.mkdir(parents=True, exist_ok=True)
        found = copies.backup(database, target, evidence)
        print(f"{target}: {found.size} entries, root {found.root.hex()}")


@journal_app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A file that `amr journal backup` wrote.")],
    where: Where,
    by: By,
    evidence: Evidence = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="The key of these records is lost: begin with a new one.")
    ] = False,
) -> None:
    """Copy a verified backup into an empty place that has its evidence.key; fleets that wrote there are fenced off."""
    from amr_fleet.store import copies

    found = copies.restore(source, where, by, evidence, new_key=new_key, journal=_journal_of(where))
    print(f"{where}: {found.size} entries")


@journal_app.command()
def accept(
    where: Where, by: By, reason: Annotated[str, typer.Option(help="What happened.")], evidence: Evidence = None
) -> None:
    """Go on with records that are not whole: a new tree over what is there, with the loss as its newest entry."""
    from amr_fleet.store import copies

    if not by.strip() or not reason.strip():
        raise AmrError("run.bad_option", option="--by, --reason", value=by, reason="say who and why")
    for database in _databases(where):
        found = copies.look(database, evidence, _journal_of(database))
        if not found.faults:
            said = "" if found.judged else " (signatures and marks were not judged: --evidence FOLDER)"
            print(f"{database}: whole, nothing to accept{said}")
            continue
        found = copies.accept(database, by, reason, evidence, _journal_of(database))
        print(f"{database}: accepted with {len(found.faults)} faults, {found.lost} entries lost")


@journal_app.command()
def adopt(where: Where, evidence: Evidence = None) -> None:
    """On a second server with a copy of evidence.key: begin its own marks, so that it may take over (standby)."""
    from amr_fleet.store import copies

    for database in _databases(where):
        found = copies.adopt(database, evidence)
        print(f"{database}: whole; marks begun at {found.size} entries, root {found.root.hex()}")


@journal_app.command()
def checkpoint(where: Where, evidence: Evidence = None) -> None:
    """Sign the records as they are and print the note and the public key: what one writes down elsewhere."""
    from amr_fleet.store import copies

    for database in _databases(where):
        note, key = copies.sign(database, evidence)
        print(note)
        print(f"public key: {key}")
