"""Files that may be missed: what cannot be read of them is set aside and begun anew, so that robots are led on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from amr_core.errors import AmrError
from amr_fleet.store.database import is_broken
from amr_fleet.store.where import file_of


def renew_broken(where: str, missed: str, say: Callable[[str], object]) -> None:
    """Set a database's file aside when it is damaged; call it before anything opens it. Servers and memory stay.

    missed: what is gone with it, for people. say: told of the old file, which stays beside the new one until the next
    is set aside. Raises store.failed for one that cannot be set aside.
    """
    path = file_of(where)
    reason = "" if path is None or not path.is_file() else _wrong_with(path)
    if path is not None and reason:
        say(f"{path} cannot be read ({reason}): it is {set_aside(path)} now, and begins anew; {missed}")


def _wrong_with(path: Path) -> str:
    """Return what is damaged in a file, "" for nothing: one that is locked or may not be read is not damaged."""
    try:
        with closing(sqlite3.connect(path, timeout=1.0)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    except sqlite3.Error as error:
        return str(error) if is_broken(error) else ""
    return "" if found == ["ok"] else " ".join(" ".join(found).split())


def set_aside(path: Path) -> Path:
    """Rename a file and its write-ahead log, which would be read into a new one; return the new name."""
    kept = path.with_name(f"{path.name}.damaged")
    try:
        for end in ("-wal", ""):
            with suppress(FileNotFoundError):
                path.with_name(path.name + end).replace(kept.with_name(kept.name + end))
        path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    except OSError as error:
        raise AmrError("store.failed", reason=str(error)) from error
    return kept
