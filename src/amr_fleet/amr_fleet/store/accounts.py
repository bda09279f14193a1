"""Accounts, wrong tries, sessions and the audit trail in the database. What they mean is in `amr_fleet.api`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, delete, desc, func, insert, select, update

from amr_core.errors import AmrError
from amr_fleet.store.database import Database
from amr_fleet.store.joined import check_joined
from amr_fleet.store.leaves import account_leaf, audit_leaf, removed_account_leaf
from amr_fleet.store.ledger import Ledger, folder_of
from amr_fleet.store.notes import PrivateKey
from amr_fleet.store.schema import account_leaves, accounts, audit, removed_identities, sessions, tries, used_log_outs
from amr_fleet.store.verify import check

_BUSY_S: Final = 0.5  # for a lock that another process holds: requests wait for it, a stop among them
_TOUCH_AGAIN: Final = 5.0
"""s that no session is touched after one could not be: each try waits, in the thread that answers everybody."""
_LAST_AUDIT = select(func.coalesce(func.max(audit.c.id), 0))
_ADD_AUDIT = insert(audit)
"""Made once, as those of `ledger`: every change over HTTP runs them."""


@dataclass(frozen=True)
class Account:
    """One user. pin_hash "" = no PIN; must_change: the password was given by somebody else.

    totp: secret of the second step (base32), "" = none. identity: whose it is at a provider of log-ins, "" = nobody's;
    role_there: its role is the one that the provider gives, at each log-in.
    """

    name: str
    role: str
    hash: str
    pin_hash: str = ""
    must_change: bool = False
    totp: str = field(default="", repr=False)
    identity: str = ""
    role_there: bool = False


def _lets_in(account: Account, kind: str) -> tuple[str, ...]:
    """Return what a log-in of this kind is checked against."""
    checked = {"pin": (account.pin_hash,), "oidc": (account.identity,), "password": (account.hash, account.totp)}
    return checked[kind]


def identity_of(issuer: str, subject: str) -> str:
    """Return who somebody is at a provider, as one text that no other issuer and subject have."""
    return json.dumps([issuer, subject], ensure_ascii=False)


@dataclass(frozen=True)
class SessionRow:
    """One session. id: SHA-256 of its token; kind: password, pin, token, device or oidc; times in Unix seconds.

    sid: of the session at the provider of log-ins that it came of, "" = of none, or the provider names none.
    """

    id: str
    name: str
    kind: str
    client: str
    created: float
    seen: float
    expires: float
    sid: str = ""


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

    def __init__(self, database: Database, evidence: Path | None = None) -> None:
        """evidence: folder of the key and the high-water mark; None = beside a file, nowhere for another database."""
        self._database = database
        self._folder = evidence or folder_of(database)
        self._ledger = Ledger(database, "accounts", self._folder)
        self.version = 0
        self._touch_from = 0.0

    @property
    def key(self) -> PrivateKey | None:
        """The key that signs audit trail and journal, None without a folder for it."""
        return self._ledger.key

    def check(self, journal: Path | None = None) -> None:
        """Raise store.gap or store.damaged when audit trail or accounts are not what was written.

        journal: the file of a journal that is not in this database; what it knows of them must hold, too.
        """
        check(self._database, self._ledger)
        if journal is not None:
            check_joined(Path(self._database.where), self._folder, journal)
        self._database.be_quick()  # all else that is asked is small, and pages wait for it
        self._database.hurry(_BUSY_S)

    def check_writing(self) -> None:
        """Raise store.failed when nothing can be written."""
        with self._ledger.growing():
            pass

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self._database.begin() as connection:
            yield connection
        self.version += 1

    def close(self) -> None:
        """Close the database."""
        self._ledger.close()
        self._database.close()

    def change(self, name: str, change: Callable[[Account | None], Account]) -> Account:
        """Add or replace an account and return it. change: makes it of what it is while nobody else writes; may raise.

        What was read before is old by now: a role or a second step that was set meanwhile would be undone.
        Whose it was at a provider and is no more is remembered (`was_removed`).
        """
        with self._ledger.growing() as (connection, growth):
            found = connection.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
            old = Account(*found) if found else None
            new = change(old)
            row = dict(vars(new))
            if old is not None and old.identity and old.identity != row["identity"]:
                connection.execute(insert(removed_identities), {"identity": old.identity})
            connection.execute(delete(removed_identities).where(removed_identities.c.identity == row["identity"]))
            connection.execute(delete(accounts).where(accounts.c.name == name))
            connection.execute(insert(accounts), row)
            connection.execute(insert(account_leaves), {"name": name, **growth.add(account_leaf(row))})
        self.version += 1
        return new

    def remove(self, name: str) -> None:
        """Remove an account and its sessions; whose it was at a provider is remembered (`was_removed`)."""
        with self._ledger.growing() as (connection, growth):
            mine = (accounts.c.name == name, accounts.c.identity != "")
            identity = connection.execute(select(accounts.c.identity).where(*mine)).scalar()
            if identity is not None:
                connection.execute(insert(removed_identities), {"identity": identity})
            connection.execute(delete(accounts).where(accounts.c.name == name))
            connection.execute(insert(account_leaves), {"name": name, **growth.add(removed_account_leaf(name))})
            connection.execute(delete(sessions).where(sessions.c.name == name, sessions.c.kind != "device"))
        self.version += 1

    def account(self, name: str) -> Account | None:
        """Return an account."""
        with self._database.begin() as connection:
            row = connection.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
        return Account(*row) if row else None

    def account_of(self, identity: str) -> Account | None:
        """Return the account of somebody at a provider."""
        mine = (accounts.c.identity == identity, accounts.c.identity != "")
        with self._database.begin() as connection:
            row = connection.execute(select(accounts).where(*mine)).one_or_none()
        return Account(*row) if row else None

    def was_removed(self, identity: str) -> bool:
        """Return whether somebody at a provider had an account that was removed or unlinked, and none since."""
        query = select(removed_identities.c.identity).where(removed_identities.c.identity == identity)
        with self._database.begin() as connection:
            return connection.execute(query).scalar() is not None

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

    def forget_tries(self, beginning: str) -> None:
        """Drop all counts whose key begins so."""
        with self._database.begin() as connection:
            connection.execute(delete(tries).where(tries.c.name.startswith(beginning, autoescape=True)))

    # Sessions

    def open_session(self, row: SessionRow, shown: Account | None = None) -> None:
        """Add a session; those that are over go. shown: the account as it let somebody in.

        Raises auth.wrong when what was shown is good no more: who replaces it ends the sessions that are open by
        then, and one that opens a moment later would stay.
        """
        with self._database.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires < row.created))
            if shown is not None:
                held = select(accounts).where(accounts.c.name == row.name).with_for_update(read=True)
                found = connection.execute(held).one_or_none()
                if found is None:  # PostgreSQL, where a change that was waited for has put another row in its place
                    found = connection.execute(held).one_or_none()
                if found is None or _lets_in(Account(*found), row.kind) != _lets_in(shown, row.kind):
                    raise AmrError("auth.wrong")
            connection.execute(insert(sessions), dict(vars(row)))

    def session(self, session_id: str) -> SessionRow | None:
        """Return a session."""
        with self._database.begin() as connection:
            row = connection.execute(select(sessions).where(sessions.c.id == session_id)).one_or_none()
        return SessionRow(*row) if row else None

    def touch(self, session_id: str, seen: float) -> None:
        """Say that a session was used; not for a while after that could not be written. Raises store.failed."""
        if time.monotonic() < self._touch_from:
            return
        try:
            with self._changing() as connection:
                connection.execute(update(sessions).where(sessions.c.id == session_id).values(seen=seen))
        except AmrError:
            self._touch_from = time.monotonic() + _TOUCH_AGAIN
            raise

    def end_session(self, session_id: str) -> None:
        """End a session."""
        with self._changing() as connection:
            connection.execute(delete(sessions).where(sessions.c.id == session_id))

    def end_sessions(self, name: str, kind: str = "", but: str = "") -> None:
        """End all sessions of a user, or those of one kind, but for one."""
        ended = sessions.c.kind == kind if kind else sessions.c.kind != "device"
        with self._changing() as connection:
            connection.execute(delete(sessions).where(sessions.c.name == name, ended, sessions.c.id != but))

    def end_provider_sessions(self, name: str, sid: str) -> list[str]:
        """End sessions over the provider; return whose they were, once for each.

        Of one user (name), of one session there (sid), or of both: then also the user's that came of no known one.
        """
        theirs = [sessions.c.kind == "oidc"]
        theirs += [sessions.c.name == name] if name else []
        theirs += [sessions.c.sid.in_((sid, "") if name else (sid,))] if sid else []
        with self._changing() as connection:
            names = [str(row.name) for row in connection.execute(select(sessions.c.name).where(*theirs))]
            connection.execute(delete(sessions).where(*theirs))
        return names

    def log_out_was_used(self, token: str, now: float) -> bool:
        """Return whether a log-out of the provider (hash of its name) was used, and would be believed still."""
        query = select(used_log_outs.c.until).where(used_log_outs.c.token == token)
        with self._database.begin() as connection:
            until = connection.execute(query).scalar()
        return until is not None and until >= now

    def log_out_is_used(self, token: str, now: float, until: float) -> None:
        """Remember that a log-out of the provider was used; those that nobody believes any more go."""
        gone = (used_log_outs.c.token == token) | (used_log_outs.c.until < now)
        with self._database.begin() as connection:
            connection.execute(delete(used_log_outs).where(gone))
            connection.execute(insert(used_log_outs), {"token": token, "until": until})

    def all_sessions(self, now: float) -> list[SessionRow]:
        """Return the sessions that are not over, newest first."""
        query = select(sessions).where(sessions.c.expires >= now).order_by(desc(sessions.c.created))
        with self._database.begin() as connection:
            return [SessionRow(*row) for row in connection.execute(query)]

    # Audit trail

    def add_audit(self, rows: Sequence[AuditRow]) -> None:
        """Write rows in one transaction; rows are never changed."""
        with self._ledger.growing() as (connection, growth):
            first = int(connection.execute(_LAST_AUDIT).scalar_one()) + 1
            facts = [{**vars(row), "id": number} for number, row in enumerate(rows, first)]
            connection.execute(_ADD_AUDIT, [{**row, **growth.add(audit_leaf(row))} for row in facts])

    def read_audit(self, *, name: str = "", before: int = 0, limit: int = 200) -> Sequence[AuditRow]:
        """Return rows, newest first: of one user, older than an id."""
        query = (
            select(*(audit.c[name] for name in AuditRow.__dataclass_fields__)).order_by(desc(audit.c.id)).limit(limit)
        )
        if name:
            query = query.where(audit.c.name == name)
        if before:
            query = query.where(audit.c.id < before)
        with self._database.begin() as connection:
            return [AuditRow(**row._mapping) for row in connection.execute(query)]
