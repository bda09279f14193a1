"""One Merkle tree over all that a database may only ever add to: journal, audit trail, changes to accounts.

The tree's frontier is a row of the database and changes in the transaction that adds the rows. How far the tree had
come also stands, signed, in a file apart (`mark`): rows that were edited, dropped, added or lost are found out.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.engine import Row

from amr_core.errors import AmrError
from amr_core.merkle import Frontier
from amr_fleet.store.database import Database, failing
from amr_fleet.store.mark import Mark
from amr_fleet.store.notes import Checkpoint, PrivateKey
from amr_fleet.store.schema import checkpoints, meta, tree
from amr_fleet.store.where import file_of

KEY_NAME: Final = "amr-fleet"
KEY_FILE: Final = "evidence.key"
INSTANCE: Final = "fleet.instance"
WRITERS: Final = ("journal", "accounts")
# Each step runs these: made once, they cost a third of what they do when they are made each time.
_LOCK: Final = update(tree).values(size=tree.c.size).returning(tree.c.size, tree.c.frontier, tree.c.origin)
_LOCK_EPOCH: Final = _LOCK.where(tree.c.epoch == bindparam("of_epoch"))
_GROW: Final = update(tree).values(size=bindparam("grown"), frontier=bindparam("packed"))


@dataclass
class Growth:
    """The tree inside one transaction."""

    frontier: Frontier
    origin: str

    def add(self, digest: bytes) -> dict[str, int | bytes]:
        """Add the hash of a row; return the values of its columns leaf and digest."""
        place = self.frontier.size
        self.frontier.append(digest)
        return {"leaf": place, "digest": digest}


def folder_of(database: Database) -> Path | None:
    """Return where key and marks of a database are when nothing else is said: beside its file."""
    file = file_of(database.where)
    return None if file is None else file.parent


def key_of(folder: Path | None) -> PrivateKey | None:
    """Return the key in a folder, None when there is none."""
    if folder is None or not (folder / KEY_FILE).exists():
        return None
    return PrivateKey.load_or_make(folder / KEY_FILE, KEY_NAME)


def mark_in(folder: Path, where: str, writer: str) -> Path:
    """Return the file of a writer's mark of a database, in the folder of key and marks."""
    file = file_of(where)
    return folder / f"{file.name if file is not None else 'database'}.{writer}.mark"


class Ledger:
    """The tree of one database. folder: where key and marks are, None = neither (memory, readers)."""

    def __init__(self, database: Database, writer: str = "", folder: Path | None = None) -> None:
        """Read nothing yet. writer: each has a mark of its own; the key is made with the first mark."""
        self.writer = writer
        self._database = database
        self._lock = threading.Lock()
        self._folder = folder
        self._key: PrivateKey | None = None
        self._mark: Mark | None = None
        self._marked = False
        self.epoch: int | None = None

    @property
    def key(self) -> PrivateKey | None:
        """The key that signs, None without a folder."""
        if self._key is None and self._folder is not None:
            self._key = PrivateKey.load_or_make(self._folder / KEY_FILE, KEY_NAME)
        return self._key

    @property
    def mark(self) -> Mark | None:
        """The high-water mark, None without a folder."""
        if self._mark is None and self._folder is not None and self.key is not None:
            self._mark = Mark(mark_in(self._folder, self._database.where, self.writer), self.key, self.writer)
        return self._mark

    @contextmanager
    def growing(self, connection: Connection | None = None) -> Iterator[tuple[Connection, Growth]]:
        """Give a transaction and the tree in it; when the block ends both are on disk and the mark is moved."""
        with self._lock:
            with self._transaction(connection) as open_connection:
                found = self._take(open_connection)
                growth = Growth(Frontier.from_bytes(found.size, found.frontier), found.origin)
                yield open_connection, growth
                open_connection.execute(_GROW, {"grown": growth.frontier.size, "packed": growth.frontier.to_bytes()})
            self._move(Checkpoint(growth.origin, growth.frontier.size, growth.frontier.root()))

    @contextmanager
    def _transaction(self, connection: Connection | None) -> Iterator[Connection]:
        if connection is None:
            with self._database.begin() as own:
                yield own
        else:
            with failing(), connection.begin():
                yield connection

    def _take(self, connection: Connection) -> Row[tuple[int, bytes, str]]:
        """Lock the tree for this transaction; raise store.fenced when another fleet took the journal over."""
        if self.epoch is None:
            found = connection.execute(_LOCK).one_or_none()
        else:
            found = connection.execute(_LOCK_EPOCH, {"of_epoch": self.epoch}).one_or_none()
        if found is None:
            raise AmrError("store.fenced")
        return found

    def _move(self, checkpoint: Checkpoint) -> None:
        if self.mark is None:
            return
        self.mark.write(checkpoint)
        if not self._marked:
            row = {"key": f"marked.{self.writer}", "value": "1"}
            with self._database.begin() as connection:
                connection.execute(delete(meta).where(meta.c.key == row["key"]))
                connection.execute(insert(meta), row)
            self._marked = True

    def take_over(self, connection: Connection | None = None) -> int:
        """Count the epoch up: from now on only this ledger adds to the tree."""
        with self._transaction(connection) as open_connection:
            query = update(tree).values(epoch=tree.c.epoch + 1).returning(tree.c.epoch)
            self.epoch = int(open_connection.execute(query).scalar_one())
        with self.growing(connection):
            pass  # sets the mark: from the start there is one
        return self.epoch

    def identity(self, site: str) -> str:
        """Return the name of the fleet of this journal, made up the first time: robots obey one such name."""
        with self._database.begin() as connection:
            found = connection.execute(select(meta.c.value).where(meta.c.key == INSTANCE)).scalar()
            if found is None:
                found = f"{site[:32] or 'fleet'}-{uuid.uuid4().hex[:12]}"
                connection.execute(insert(meta), {"key": INSTANCE, "value": found})
        return str(found)

    def confirm(self, connection: Connection | None = None) -> None:
        """Raise store.fenced when another fleet took the journal over, store.failed when the database is gone."""
        with self._lock, self._transaction(connection) as open_connection:
            epoch = open_connection.execute(select(tree.c.epoch)).scalar_one()
        if self.epoch is not None and epoch != self.epoch:
            raise AmrError("store.fenced")

    def call(self, origin: str) -> None:
        """Give a tree that has no leaves yet its name."""
        with self._database.begin() as connection:
            connection.execute(update(tree).where(tree.c.size == 0).values(origin=origin))

    def checkpoint(self) -> str:
        """Sign the tree as it is, keep the note in the database and return it; "" without a key."""
        if self.key is None:
            return ""
        with self._lock, self._database.begin() as connection:
            found = connection.execute(select(tree.c.origin, tree.c.size, tree.c.frontier)).one()
            frontier = Frontier.from_bytes(found.size, found.frontier)
            note = self.key.note(Checkpoint(found.origin, found.size, frontier.root()))
            known = connection.execute(select(checkpoints.c.size).where(checkpoints.c.size == found.size)).first()
            if known is None:
                row = {"size": found.size, "at": time.time(), "note": note}
                connection.execute(insert(checkpoints), row)
        return note

    def close(self) -> None:
        """Close the mark's file."""
        if self._mark is not None:
            self._mark.close()
