"""The journal: one append-only SQLite table (WAL). A step's entries are one transaction, before their effects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Column, Engine, Float, Integer, MetaData, String, Table, create_engine, event, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry

SCHEMA_VERSION = 1

_metadata = MetaData()
_journal = Table(
    "journal",
    _metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("t", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("order_id", String, nullable=False, index=True),
    Column("robot", String, nullable=False),
    Column("payload", String, nullable=False),
)
_meta = Table("meta", _metadata, Column("key", String, primary_key=True), Column("value", String, nullable=False))


class JournalStore:
    """Append and read journal entries. Every failure is AmrError("store.failed"). Safe to read from other threads."""

    def __init__(self, path: str) -> None:
        """Open or create the file at path; ":memory:" keeps the journal in memory."""
        self._engine = _engine(path)
        with _failing():
            _metadata.create_all(self._engine)
            self._check_version()

    def _check_version(self) -> None:
        with self._engine.begin() as connection:
            version = connection.execute(select(_meta.c.value).where(_meta.c.key == "schema")).scalar()
            if version is None:
                connection.execute(insert(_meta).values(key="schema", value=str(SCHEMA_VERSION)))
            elif version != str(SCHEMA_VERSION):
                raise AmrError("store.failed", reason=f"schema {version}, this program knows {SCHEMA_VERSION}")

    def append(self, entries: Sequence[JournalEntry]) -> None:
        """Write entries in one transaction."""
        if not entries:
            return
        rows = [
            {"t": e.t, "kind": e.kind, "order_id": e.order_id, "robot": e.robot, "payload": _dump(e)} for e in entries
        ]
        with _failing(), self._engine.begin() as connection:
            connection.execute(insert(_journal), rows)

    def read(self, order_id: str | None = None) -> list[JournalEntry]:
        """Return all entries, or those of one order, oldest first."""
        query = select(_journal).order_by(_journal.c.seq)
        if order_id is not None:
            query = query.where(_journal.c.order_id == order_id)
        with _failing(), self._engine.connect() as connection:
            return [
                JournalEntry(t=t, kind=kind, order_id=order, robot=robot, facts=json.loads(payload))
                for _, t, kind, order, robot, payload in connection.execute(query)
            ]

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()


def _dump(entry: JournalEntry) -> str:
    return json.dumps(dict(entry.facts), ensure_ascii=False)


def _engine(path: str) -> Engine:
    if path == ":memory:":
        return create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    with _failing():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 5.0, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    return engine


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError, ValueError) as error:
        raise AmrError("store.failed", reason=" ".join(str(getattr(error, "orig", None) or error).split())) from error
