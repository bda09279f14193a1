"""What a database setting names: a file, memory or a server. Who only asks that needs no SQLAlchemy."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from amr_core.errors import AmrError

_ADDRESS: Final = re.compile(r"[^:/]*://([^@]*)@")
"""Who asks, up to the first @, as SQLAlchemy reads it: a password may have slashes in it, which it has nowhere else."""
_PARAMETER: Final = re.compile(r"[?&](ssl)?password=")


def is_postgresql(where: str) -> bool:
    """Return whether a database setting names a PostgreSQL server."""
    return where.startswith(("postgresql://", "postgres://"))


def file_of(where: str) -> Path | None:
    """Return the file of a database setting, None for memory and servers."""
    return None if where == ":memory:" or is_postgresql(where) else Path(where)


def make_private(file: str | Path) -> None:
    """Create a file of SQLite for its owner only, where there is none; SQLite gives its others the same mode.

    One that is there is not opened: closing it would drop all locks that this process has on it (POSIX), and another
    program that closes it then unlinks the write-ahead log from under who writes, whose changes are in no file.
    """
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def refuse_password(where: str) -> None:
    """Raise parameter.invalid for an address with a password: who lists processes or parameters would read it."""
    if not is_postgresql(where):
        return
    found = _ADDRESS.match(where)
    if (found is not None and ":" in found[1]) or _PARAMETER.search(where):
        reason = "a password in an address is read by whoever lists processes: give it as PGPASSWORD or in PGPASSFILE"
        raise AmrError("parameter.invalid", name="database", node="fleet", reason=reason)
