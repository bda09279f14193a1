"""What a database setting names: a file, memory or a server. Who only asks that needs no SQLAlchemy."""

from __future__ import annotations

from pathlib import Path


def is_postgresql(where: str) -> bool:
    """Return whether a database setting names a PostgreSQL server."""
    return where.startswith(("postgresql://", "postgres://"))


def file_of(where: str) -> Path | None:
    """Return the file of a database setting, None for memory and servers."""
    return None if where == ":memory:" or is_postgresql(where) else Path(where)
