"""What a database setting names: a file, memory or a server. Who only asks that needs no SQLAlchemy."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from amr_core.errors import AmrError


def is_postgresql(where: str) -> bool:
    """Return whether a database setting names a PostgreSQL server."""
    return where.startswith(("postgresql://", "postgres://"))


def file_of(where: str) -> Path | None:
    """Return the file of a database setting, None for memory and servers."""
    return None if where == ":memory:" or is_postgresql(where) else Path(where)


def refuse_password(where: str) -> None:
    """Raise parameter.invalid for an address with a password: who lists processes or parameters would read it."""
    if not is_postgresql(where):
        return
    try:
        parts = urlsplit(where)
    except ValueError:
        return  # no address at all: the driver says what is wrong
    if parts.password is not None or "password" in parse_qs(parts.query, keep_blank_values=True):
        reason = "a password in an address is read by whoever lists processes: give it as PGPASSWORD or in PGPASSFILE"
        raise AmrError("parameter.invalid", name="database", node="fleet", reason=reason)
