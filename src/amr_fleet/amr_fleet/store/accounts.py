"""Accounts, wrong tries, sessions and the audit trail in the database. What they mean is in `amr_fleet.api`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, desc, insert, select, update

from amr_fleet.store.database import Database
from amr_fleet.store.schema import accounts, audit, sessions, tries


@dataclass(frozen=True)
class Account:
    """One user. pin_hash "" = no PIN; must_change: the password was given by somebody else."""

    name: str
    role: str
    hash: str
    pin_hash: str = ""
    must_change: bool = False


@dataclass(frozen=True)
class SessionRow:
    """One session. id: SHA-256 of its token; kind: password, pin, token or device; times in Unix seconds."""

    id: str
    name: str
    kind: str
    client: str
    created: float
    seen: float
    expires: float


@dataclass(frozen=True)
class AuditRow:
    """Who (name, role, from which client), when (Unix seconds), what, and what came of it ("ok" or an error code)."""

    at: float
    name: str
    role: str
    client: str
    action: str
    what: str
    result: str
    id: int = 0


class AccountStore:
    """Rows in, rows out. version counts up with every change to an account or session, once it is on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.version = 0

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self._database.begin() as connection:
            yield connection
        self.version += 1

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _put(self, table: Table, key: str, row: dict[str, Any]) -> None:
        with self._changing() as connection:
            connection.execute(delete(table).where(table.c[key] == row[key]))
            connection.execute(insert(table), row)

    def put(self, account: Account) -> None:
        """Add or replace an account."""
        self._put(accounts, "name", dict(vars(account)))

    def remove(self, name: str) -> None:
        """Remove an account and its sessions."""
        with self._changing() as connection:
            connection.execute(delete(accounts).where(accounts.c.name == name))
            connection.execute(delete(sessions).where(sessions.c.name == name, sessions.c.kind != "device"))

    def account(self, name: str) -> Account | None:
        """Return an account."""
        with self._database.begin() as connection:
            row = connection.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
        return Account(*row) if row else None

    def all(self) -> list[Account]:
        """Return all accounts by name."""
        with self._database.begin() as connection:
            return [Account(*row) for row in connection.execute(select(accounts).order_by(accounts.c.name))]

    # Wrong tries

    def wrong_tries(self, name: str) -> tuple[int, float]:
        """Return how many wrong tries a name had in a row, and when the last was."""
        with self._database.begin() as connection:
            row = connection.execute(select(tries.c.wrong, tries.c.last).where(tries.c.name == name)).one_or_none()
        return (row[0], row[1]) if row else (0, 0.0)

    def set_wrong_tries(self, name: str, wrong: int, now: float, forget_before: float) -> None:
        """Keep the count; rows of long ago go, since names are the client's and must not fill the disk."""
        with self._database.begin() as connection:
            connection.execute(delete(tries).where((tries.c.name == name) | (tries.c.last < forget_before)))
            if wrong:
                connection.execute(insert(tries), {"name": name, "wrong": wrong, "last": now})

    # Sessions

    def open_session(self, row: SessionRow) -> None:
        """Add a session; those that are over go."""
        with self._database.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires < row.created))
            connection.execute(insert(sessions), dict(vars(row)))

    def session(self, session_id: str) -> SessionRow | None:
        """Return a session."""
        with self._database.begin() as connection:
            row = connection.execute(select(sessions).where(sessions.c.id == session_id)).one_or_none()
        return SessionRow(*row) if row else None

    def touch(self, session_id: str, seen: float) -> None:
        """Say that a session was used."""
        with self._changing() as connection:
            connection.execute(update(sessions).where(sessions.c.id == session_id).values(seen=seen))

    def end_session(self, session_id: str) -> None:
        """End a session."""
        with self._changing() as connection:
            connection.execute(delete(sessions).where(sessions.c.id == session_id))

    def end_sessions(self, name: str) -> None:
        """End all sessions of a user."""
        with self._changing() as connection:
            connection.execute(delete(sessions).where(sessions.c.name == name, sessions.c.kind != "device"))

    def all_sessions(self, now: float) -> list[SessionRow]:
        """Return the sessions that are not over, newest first."""
        query = select(sessions).where(sessions.c.expires >= now).order_by(desc(sessions.c.created))
        with self._database.begin() as connection:
            return [SessionRow(*row) for row in connection.execute(query)]

    # Audit trail

    def add_audit(self, rows: Sequence[AuditRow]) -> None:
        """Write rows in one transaction; rows are never changed."""
        facts = [{name: value for name, value in vars(row).items() if name != "id"} for row in rows]
        with self._database.begin() as connection:
            connection.execute(insert(audit), facts)

    def read_audit(self, *, name: str = "", before: int = 0, limit: int = 200) -> Sequence[AuditRow]:
        """Return rows, newest first: of one user, older than an id."""
        query = select(audit).order_by(desc(audit.c.id)).limit(limit)
        if name:
            query = query.where(audit.c.name == name)
        if before:
            query = query.where(audit.c.id < before)
        with self._database.begin() as connection:
            return [AuditRow(**row._mapping) for row in connection.execute(query)]
