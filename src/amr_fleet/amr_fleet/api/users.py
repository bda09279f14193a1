"""Users of the dashboard: names, roles and Argon2 hashes in one small SQLite file; lock-out after wrong tries."""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pwdlib import PasswordHash

from amr_core.errors import AmrError

ROLES: Final = ("viewer", "operator", "engineer", "admin")
MAX_TRIES: Final = 5
LOCK_SECONDS: Final = 60.0
MIN_PASSWORD: Final = 10
ONE_TIME_USER: Final = "demo"
_LEGIBLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, role TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ended_sessions (id TEXT PRIMARY KEY, expires REAL NOT NULL);
"""


class UserStore:
    """The users of one installation. Safe to call from several threads."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Open or create the file at path; the secret that signs sessions lies beside it, for its owner only."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._clock = clock
        self._lock = threading.Lock()
        self._hasher = PasswordHash.recommended()
        self._no_user = self._hasher.hash(secrets.token_hex(8))
        self._tries: dict[str, list[float]] = {}
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5.0)
        path.chmod(0o600)
        self._db.executescript(_SCHEMA)
        self.secret = _load_secret(path.with_suffix(".secret"))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def add(self, name: str, password: str, role: str) -> None:
        """Add a user, or give a known one a new password and role; raise request.invalid for a bad one."""
        if role not in ROLES:
            raise AmrError("request.invalid", where="role", reason=f"{role} is not one of {', '.join(ROLES)}")
        if not (1 <= len(name) <= 64 and name.isprintable() and name == name.strip()):
            raise AmrError("request.invalid", where="name", reason="1 to 64 printable characters")
        if len(password) < MIN_PASSWORD:
            raise AmrError("request.invalid", where="password", reason=f"at least {MIN_PASSWORD} characters")
        hashed = self._hasher.hash(password)
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO users VALUES (?, ?, ?)", (name, role, hashed))
            self._tries.pop(name, None)

    def remove(self, name: str) -> None:
        """Remove a user; an unknown one is no error."""
        with self._lock:
            self._db.execute("DELETE FROM users WHERE name = ?", (name,))

    def role(self, name: str) -> str | None:
        """Return the role of a user, or None when there is no such user."""
        with self._lock:
            row = self._db.execute("SELECT role FROM users WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def names(self) -> list[str]:
        """Return the names of all users in order."""
        with self._lock:
            return [str(row[0]) for row in self._db.execute("SELECT name FROM users ORDER BY name")]

    def check(self, name: str, password: str) -> str:
        """Return the role when the password is right; raise auth.wrong, or auth.locked after too many wrong tries."""
        with self._lock:
            self._count_try(name)
            row = self._db.execute("SELECT role, hash FROM users WHERE name = ?", (name,)).fetchone()
        # An unknown name takes as long as a known one, so the answer's time does not tell them apart.
        right = self._hasher.verify(password, row[1] if row else self._no_user)
        if row is None or not right:
            raise AmrError("auth.wrong")
        with self._lock:
            self._tries.pop(name, None)
        return str(row[0])

    def _count_try(self, name: str) -> None:
        now = self._clock()
        recent = [t for t in self._tries.get(name, []) if now - t < LOCK_SECONDS]
        if len(recent) >= MAX_TRIES:
            raise AmrError("auth.locked", seconds=max(1, round(LOCK_SECONDS - (now - recent[-1]))))
        if len(self._tries) > 10_000:  # names are the client's: never let them fill the memory
            self._tries = {n: t for n, t in self._tries.items() if now - t[-1] < LOCK_SECONDS}
        self._tries[name] = [*recent, now]

    def end_session(self, session: str, expires: float) -> None:
        """Remember that a session was logged out until it would have expired anyway (Unix seconds)."""
        with self._lock:
            self._db.execute("DELETE FROM ended_sessions WHERE expires < ?", (time.time(),))
            self._db.execute("INSERT OR REPLACE INTO ended_sessions VALUES (?, ?)", (session, expires))

    def session_ended(self, session: str) -> bool:
        """Return whether a session was logged out."""
        with self._lock:
            return self._db.execute("SELECT 1 FROM ended_sessions WHERE id = ?", (session,)).fetchone() is not None

    def create_one_time_operator(self) -> tuple[str, str]:
        """Return name and password of an operator for this run; the one of an earlier run stops working."""
        password = "-".join("".join(secrets.choice(_LEGIBLE) for _ in range(4)) for _ in range(3))
        self.add(ONE_TIME_USER, password, "operator")
        return ONE_TIME_USER, password


def _load_secret(path: Path) -> str:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        secret = secrets.token_hex(32)
        file.write(secret)
    return secret
