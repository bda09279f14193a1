"""Chunks of what was over time, in one SQLite file of bounded size; the oldest make room for the newest."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from amr_core.errors import AmrError
from amr_fleet.store.broken import set_aside
from amr_fleet.store.database import is_broken
from amr_fleet.store.where import make_private

MAX_BYTES: Final = 256 * 2**20  # weeks of 12 robots, days of 200


class TrackStore:
    """Chunks by their begin. Safe from any thread; failures are AmrError("store.failed")."""

    def __init__(self, path: str, max_bytes: int = MAX_BYTES, table: Literal["chunk", "cameras"] = "chunk") -> None:
        """Open or create the file at path; ":memory:" keeps the chunks in memory. table: what they are of."""
        self._max_bytes, self._table = max_bytes, table
        self._lock = threading.Lock()
        with self._failing():
            if path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                make_private(path)  # where robots and people were
            self._db = sqlite3.connect(path, timeout=5.0, check_same_thread=False, isolation_level=None)
            try:
                self._prepare(table)
            except sqlite3.Error:
                self._db.close()
                raise

    def _prepare(self, table: str) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(f"CREATE TABLE IF NOT EXISTS {table} (begin REAL PRIMARY KEY, end REAL, payload BLOB)")
        self._db.execute("CREATE TABLE IF NOT EXISTS plan (digest TEXT PRIMARY KEY, payload BLOB)")
        self._bytes = int(self._db.execute(f"SELECT coalesce(sum(length(payload)), 0) FROM {table}").fetchone()[0])

    def write(self, begin: float, end: float, payload: bytes) -> None:
        """Write a chunk, or replace the one with the same begin; drop the oldest when all are too large."""
        with self._lock, self._failing():
            old = self._db.execute(f"SELECT length(payload) FROM {self._table} WHERE begin = ?", (begin,)).fetchone()
            self._db.execute(f"REPLACE INTO {self._table} VALUES (?, ?, ?)", (begin, end, payload))
            self._bytes += len(payload) - (old[0] if old else 0)
            while self._bytes > self._max_bytes:
                first, size = self._db.execute(
                    f"SELECT begin, length(payload) FROM {self._table} ORDER BY begin LIMIT 1"
                ).fetchone()
                self._db.execute(f"DELETE FROM {self._table} WHERE begin = ?", (first,))
                self._bytes -= size

    def read(self, begin: float, end: float) -> list[bytes]:
        """Return the chunks that touch begin..end (fleet s), oldest first."""
        with self._lock, self._failing():
            query = f"SELECT payload FROM {self._table} WHERE end >= ? AND begin <= ? ORDER BY begin"
            return [payload for (payload,) in self._db.execute(query, (begin, end))]

    def keep_plan(self, digest: str, payload: bytes) -> None:
        """Keep what a site looks like: some kB for each change of a site, which no new chunk makes room for."""
        with self._lock, self._failing():
            self._db.execute("INSERT OR IGNORE INTO plan VALUES (?, ?)", (digest, payload))

    def plan(self, digest: str) -> bytes | None:
        """Return what a site looked like, None for one that is not kept."""
        with self._lock, self._failing():
            found = self._db.execute("SELECT payload FROM plan WHERE digest = ?", (digest,)).fetchone()
            return None if found is None else bytes(found[0])

    def span(self) -> tuple[float, float] | None:
        """Return begin and end of all tracks, None when there are none."""
        with self._lock, self._failing():
            first, last = self._db.execute(f"SELECT min(begin), max(end) FROM {self._table}").fetchone()
            return None if first is None else (first, last)

    @property
    def size(self) -> int:
        """Bytes of all chunks."""
        return self._bytes

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise AmrError("store.failed", reason=str(error)) from error


def open_tracks(path: str, of_cameras: int, say: Callable[[str], object]) -> tuple[TrackStore, TrackStore]:
    """Return the tracks and the cameras' past of a fleet, which begins a new file where the old one cannot be read.

    They are for looking back: no reason to lead no robots. of_cameras: bytes at most. say: told of an old file, which
    stays beside the new one until the next is set aside. Raises store.failed as TrackStore does.
    """
    try:
        return _both(path, of_cameras)
    except AmrError as error:
        if path == ":memory:" or not is_broken(error.__cause__):
            raise
        kept = set_aside(Path(path))
        say(f"{path} cannot be read ({error.facts['reason']}): it is {kept} now, and what is seen begins anew")
        return _both(path, of_cameras)


def _both(path: str, of_cameras: int) -> tuple[TrackStore, TrackStore]:
    tracks = TrackStore(path)
    try:
        return tracks, TrackStore(path, of_cameras, "cameras")
    except AmrError:
        tracks.close()
        raise
