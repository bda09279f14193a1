"""Backup, restore, and going on after a loss: what an engineer does with a database as a whole."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from amr_core.errors import AmrError
from amr_core.merkle import Frontier
from amr_fleet.store.database import Database, failing
from amr_fleet.store.joined import next_decision, wrong_with
from amr_fleet.store.leaves import account_leaf, audit_leaf, journal_leaf
from amr_fleet.store.ledger import INSTANCE, WRITERS, Ledger, folder_of, key_of
from amr_fleet.store.mark import Mark
from amr_fleet.store.notes import Checkpoint
from amr_fleet.store.owner import Owner
from amr_fleet.store.schema import (
    account_leaves,
    accounts,
    audit,
    checkpoints,
    journal,
    meta,
    metadata,
    push_devices,
    tree,
    webhook_events,
    webhook_targets,
)
from amr_fleet.store.verify import Findings, examine, marks_of, whole
from amr_fleet.store.where import file_of, is_postgresql

_BATCH = 2000
_KEPT = (journal, accounts, webhook_targets, webhook_events, push_devices)
"""A database that has any of these is in use: nothing is restored over it."""
_BESIDE = ("-wal", "-journal")  # what SQLite keeps beside a file until it is in it
_LEADS = "the fleet that leads has it: copy its evidence.key, then amr journal adopt"
_PATIENCE = 2.0  # s to wait for a fleet that is just ending


def look(where: str, evidence: Path | None = None, journal: Path | None = None) -> Findings:
    """Examine a database with the key and the marks of its folder; nothing is written but a pending migration.

    journal: of accounts in a file of their own, the journal's, which knows how far they had come.
    """
    try:
        opened = _open(where)
    except AmrError as error:
        if error.code != "store.damaged":
            raise
        found = Findings()
        found.blame(*str(error.facts["first"]).split(": ", 1))
        return found
    with closing(opened) as database:
        folder = evidence or folder_of(database)
        key, marks = key_of(folder), marks_of(database, folder)
        found = examine(database, key.public if key else None, marks=marks)
        if journal is not None and not found.faults and (wrong := wrong_with(Path(where), folder, journal)):
            found.blame("accounts", wrong.what)
            found.lost = wrong.lost
        return found


def sign(where: str, evidence: Path | None = None) -> tuple[str, str]:
    """Return a signed checkpoint of the records as they are, and the public key's line; raise evidence.bad_key."""
    with closing(_open(where)) as database:
        folder = evidence or folder_of(database)
        key = key_of(folder)
        if key is None:
            raise AmrError(
                "evidence.bad_key", reason=f"there is none in {folder or 'the folder that --evidence names'}"
            )
        return Ledger(database, "", folder).checkpoint(), key.public.line()


def backup(where: str, out: Path, evidence: Path | None = None) -> Findings:
    """Copy a database, while it is written to, into a new SQLite file; raise store.damaged unless the copy is whole.

    Beside the copy lies OUT.note, its signed checkpoint, when the database has a key.
    """
    if out.exists():
        raise AmrError("store.not_empty", where=str(out))
    part = out.with_name(f".{out.name}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(_open(where)) as source, closing(Database(str(part))) as copy:
            _copy(source, copy)
            found = whole(examine(copy, None))
            _one_file(copy)
            key = key_of(evidence or folder_of(source))
        if key is not None:
            note = key.note(Checkpoint(found.origin, found.size, found.root))
            out.with_name(f"{out.name}.note").write_text(note, encoding="utf-8")
        part.replace(out)
    finally:
        for name in (part.name, f"{part.name}-wal", f"{part.name}-shm"):
            part.with_name(name).unlink(missing_ok=True)
    return found


def restore(
    source: Path, where: str, by: str, evidence: Path | None = None, *, new_key: bool = False,
    journal: Path | None = None,
) -> Findings:  # fmt: skip
    """Copy a backup into an empty database and give it a new mark; what has neither records nor accounts needs none.

    The backup stays as it is, byte by byte: the release that wrote it may be wanted again. new_key: its key is lost; a
    new tree begins, signed with a new one, and the newest entry holds the last checkpoint of the old one. Raises
    store.not_empty, store.damaged, or evidence.bad_key, before anything is written, for a key that has not signed it.
    """
    with _untouched(source, where) as same, closing(Database(str(same))) as copy:
        found = whole(examine(copy, None))
        file = file_of(where)
        folder = evidence or (file.parent if file is not None else None)
        if not new_key:
            _refuse_other_key(copy, folder, "if theirs is lost, --new-key")
        if file is not None and _occupied(file):
            raise AmrError("store.not_empty", where=where)
        with closing(Database(where)) as target:
            last = _filled(copy, target, found.origin, new_key=new_key)
            if not found.size:
                return found
            facts = {"by": by, "from": source.name, "size": found.size, "root": found.root.hex()}
            facts |= {"last_checkpoint": last} if new_key else {}
            _go_on(target, folder, "journal_restored", facts, journal)
            key = key_of(folder)
            return whole(examine(target, key.public if key else None))


def _occupied(file: Path) -> bool:
    """Return whether a file holds records. `Database` would bring them to the newest schema before it is refused."""
    if not file.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            held = [table.name for table in _KEPT if table.name in tables]
            return any(connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in held)
    except sqlite3.Error as error:
        raise AmrError("store.failed", reason=f"{file}: {error}") from error


def _filled(copy: Database, target: Database, origin: str, *, new_key: bool) -> str:
    """Copy all into an empty database and return its last checkpoint; raise store.not_empty."""
    with target.begin() as connection:
        sizes = [connection.execute(select(func.count()).select_from(t)).scalar_one() for t in _KEPT]
    if any(sizes):
        raise AmrError("store.not_empty", where=target.where)
    _copy(copy, target)
    with target.begin() as connection:
        # The fleet that the copy is of may still lead: robots must be released before they obey this one.
        connection.execute(delete(meta).where(meta.c.key == INSTANCE))
        last = _last_note(connection)
        if new_key:
            _plant_anew(connection, origin)
    return last


def _refuse_other_key(copy: Database, folder: Path | None, hint: str) -> None:
    """Raise evidence.bad_key when records were signed with another key than the folder has: no fleet starts on them.

    hint: what else can be done.
    """
    key = key_of(folder)
    with copy.begin() as connection:
        note = _last_note(connection)
    if not note:
        return
    place = folder or "the folder that --evidence names"
    if key is None:
        reason = f"there is none in {place}: put the evidence.key of these records there first; {hint}"
        raise AmrError("evidence.bad_key", reason=reason)
    try:
        key.public.open(note)
    except AmrError as error:
        reason = f"that in {place} has not signed these records; {hint}"
        raise AmrError("evidence.bad_key", reason=reason) from error


def _refuse_other_log(marks: Sequence[Mark], origin: str) -> None:
    """Raise evidence.bad_key for marks of another tree than the records are of: no fleet starts on both."""
    for mark in marks:
        told = mark.read()
        if told is not None and told.origin != origin:
            reason = (
                f"{mark.path} is of {told.origin}, the records are of {origin}: if amr journal accept or restore was "
                "called since, take the marks out of this folder and call amr journal adopt"
            )
            raise AmrError("evidence.bad_key", reason=reason)


def _last_note(connection: Connection) -> str:
    """Return the last signed checkpoint, "" when there is none."""
    last = connection.execute(select(checkpoints.c.note).order_by(checkpoints.c.size.desc())).first()
    return str(last[0]) if last else ""


@contextmanager
def _untouched(source: Path, where: str) -> Iterator[Path]:
    """Give a copy of a backup: opening a database brings it to the newest schema, which an older release refuses.

    With what a fleet that was killed left beside it: its newest entries may be in the log alone. The copy lies where
    the records are to lie: the folder for temporary files may be memory.
    """
    with tempfile.TemporaryDirectory(prefix=".amr_restore_", dir=_room(where)) as folder:
        files = [source, *(p for end in _BESIDE if (p := source.with_name(source.name + end)).exists())]
        try:
            before = [_stamp(file) for file in files]
            for file in files:
                shutil.copyfile(file, Path(folder) / file.name)
            changed = before != [_stamp(file) for file in files]
        except OSError as error:
            reason = f"{source} cannot be copied into {folder}: {error.strerror}"
            raise AmrError("store.failed", reason=reason) from error
        if changed:
            raise AmrError("store.failed", reason=f"{source} is written to: make a copy with amr journal backup")
        yield Path(folder) / source.name


def _room(where: str) -> Path | None:
    """Return the folder of a database, or of those above it the first that exists; None for a server."""
    file = file_of(where)
    return None if file is None else next(folder for folder in file.absolute().parents if folder.is_dir())


def _stamp(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_size, found.st_mtime_ns


def accept(
    where: str, by: str, reason: str, evidence: Path | None = None, journal: Path | None = None
) -> Findings:  # fmt: skip
    """Go on with what is there after a loss: a new tree over it, under a new name, with what was found as an entry.

    The old tree's last signed checkpoint is kept in that entry, so that the loss stays provable. journal: as for
    `look`.
    """
    with closing(_open(where)) as database:
        folder = evidence or folder_of(database)
        owner = Owner(database, where, _PATIENCE)
        try:
            found = look(where, evidence, journal)
            facts = {"by": by, "reason": reason, "lost": found.lost, "faults": json.dumps(list(map(str, found.faults)))}
            with database.begin() as connection:
                marked = set(connection.execute(select(meta.c.key)).scalars()) & {f"marked.{name}" for name in WRITERS}
                if folder is None and marked:
                    raise AmrError("evidence.bad_key", reason="name the folder of its key and marks: --evidence FOLDER")
                last = _last_note(connection)
                _plant_anew(connection, found.origin)
            _go_on(database, folder, "journal_accepted", {**facts, "last_checkpoint": last}, journal)
        finally:
            owner.release()
        return found


def adopt(where: str, evidence: Path | None = None) -> Findings:
    """Begin the marks of a second server's folder at the records as they are, once they were found whole.

    Its folder has a copy of the key. From then on that server may take over, also from one whose folder is lost, and
    finds out what was lost before the marks. Marks that are there stay. Raises evidence.bad_key, store.damaged.
    """
    with closing(_open(where)) as database:
        folder = evidence or folder_of(database)
        _refuse_other_key(database, folder, _LEADS)
        key = key_of(folder)
        if key is None:
            reason = f"there is none in {folder}: put a copy of evidence.key of the fleet that writes them there first"
            raise AmrError("evidence.bad_key", reason=reason)
        found = whole(examine(database, key.public))
        marks = marks_of(database, folder)
        _refuse_other_log(marks, found.origin)
        for mark in marks:
            if mark.read() is None:
                mark.write(Checkpoint(found.origin, found.size, found.root))
                mark.close()
        return found


def fits(where: str, evidence: Path | None = None) -> None:
    """Raise evidence.bad_key for a folder with which a standby could not take over: now, not when it has to."""
    with closing(Database(where)) as database:
        folder = evidence or folder_of(database)
        if folder is None:
            return
        with database.begin() as connection:
            note = _last_note(connection)
            once = {name.removeprefix("marked.") for (name,) in connection.execute(select(meta.c.key))}
            origin = connection.execute(select(tree.c.origin)).scalar()
        if not note and not once & set(WRITERS):
            return  # nobody has signed or marked them yet
        _refuse_other_key(database, folder, _LEADS)
        marks = marks_of(database, folder)
        _refuse_other_log(marks, str(origin))
        there = {mark.writer for mark in marks if mark.path.exists()}
        if missing := (once & set(WRITERS)) - there:
            reason = (
                f"{folder} has no mark of {', '.join(sorted(missing))}: call amr journal adopt with this database and "
                f"--evidence {folder}"
            )
            raise AmrError("evidence.bad_key", reason=reason)


def _open(where: str) -> Database:
    if not is_postgresql(where) and not Path(where).is_file():
        raise AmrError("store.failed", reason=f"there is no file {where}")
    return Database(where)


def _copy(source: Database, target: Database) -> None:
    """Copy all tables as they are at one moment."""
    with source.moment() as reading, target.begin() as writing:
        for table in metadata.sorted_tables:
            writing.execute(delete(table))
            for rows in _rows(reading, table):
                writing.execute(insert(table), rows)
        if writing.dialect.name == "postgresql":
            _count_on(writing)


def _count_on(connection: Connection) -> None:
    """Let PostgreSQL number new rows behind those that are there: it counts apart from the rows."""
    for table in metadata.sorted_tables:
        key = table.autoincrement_column
        if key is not None:
            count = func.pg_get_serial_sequence(table.name, key.name)
            last = select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(count, last, False)))


def _rows(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    result = connection.execution_options(yield_per=_BATCH).execute(select(table))
    for batch in result.mappings().partitions():
        yield [dict(row) for row in batch]


def _one_file(database: Database) -> None:
    """Put all of a SQLite database into its main file."""
    with failing(), database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=DELETE")


def _plant_anew(connection: Connection, origin: str) -> None:
    """Hash all rows anew, in the order in which they came, as the first leaves of a tree with a new name."""
    frontier = Frontier()

    def grow(digest: bytes) -> dict[str, int | bytes]:
        frontier.append(digest)
        return {"leaf": frontier.size - 1, "digest": digest}

    for table, key, leaf in ((journal, journal.c.seq, journal_leaf), (audit, audit.c.id, audit_leaf)):
        connection.execute(update(table).values(leaf=None))
        for row in connection.execute(select(table).order_by(key)).mappings().all():
            connection.execute(update(table).where(key == row[key.name]).values(**grow(leaf(row))))
    connection.execute(delete(account_leaves))
    for row in connection.execute(select(accounts).order_by(accounts.c.name)).mappings().all():
        connection.execute(insert(account_leaves), {"name": row["name"], **grow(account_leaf(row))})
    connection.execute(delete(checkpoints))
    name, _, number = origin.partition("#")
    values = {"size": frontier.size, "frontier": frontier.to_bytes(), "origin": f"{name}#{int(number or 1) + 1}"}
    connection.execute(update(tree).values(**values))


def _go_on(
    database: Database, folder: Path | None, kind: str, facts: dict[str, Any], beside: Path | None = None
) -> None:  # fmt: skip
    """Write down what was done, fence off whoever wrote before, and set the marks to what is there."""
    file = file_of(database.where)
    later = {"decision": next_decision(file, beside)} if file is not None else {}
    for mark in marks_of(database, folder):
        mark.path.unlink(missing_ok=True)
    with database.begin() as connection:
        connection.execute(delete(meta).where(meta.c.key.startswith("marked.")))
    for writer in WRITERS:
        with closing(Ledger(database, writer, folder)) as ledger:
            ledger.take_over()
    with closing(Ledger(database, "journal", folder)) as ledger, ledger.growing() as (connection, growth):
        top = connection.execute(select(func.coalesce(func.max(journal.c.seq), 0))).scalar_one()
        last = connection.execute(select(func.coalesce(func.max(journal.c.t), 0.0))).scalar_one()
        said = {**facts, "at": time.time(), **later}
        payload = json.dumps(said, ensure_ascii=False)
        row = {"seq": top + 1, "t": last, "kind": kind, "order_id": "", "robot": "", "payload": payload}
        connection.execute(insert(journal), {**row, **growth.add(journal_leaf(row))})
