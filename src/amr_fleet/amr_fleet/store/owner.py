"""One writer per journal: a lock that ends with the process that holds it, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from sqlalchemy import Connection, text

from amr_core.errors import AmrError
from amr_fleet.store.database import Database, failing
from amr_fleet.store.where import is_postgresql

_KEY: Final = 0x616D725F666C74  # of the advisory lock: "amr_flt"
# A host that vanished answers no probes: the server then ends its session, and with it the lock, within 5 s.
_LOST_HOST: Final = (
    "SET tcp_keepalives_idle = 2", "SET tcp_keepalives_interval = 1", "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = 5000",
)  # fmt: skip
_PAUSE = 0.1  # s between two tries


class Owner:
    """Holds a journal for one fleet process: a locked file beside a SQLite file, an advisory lock in PostgreSQL.

    connection: PostgreSQL only, the session that holds the lock. Write through it: a session that is lost has lost
    the lock as well, and then the write fails too. Memory belongs to its process anyway.
    """

    def __init__(self, database: Database, where: str, patience: float) -> None:
        """Take the lock within patience s (a killed predecessor may take a moment to go) or raise store.in_use."""
        self.connection: Connection | None = None
        self._file: IO[str] | None = None
        if where == ":memory:":
            return
        with failing():
            if is_postgresql(where):
                self.connection = database.engine.connect()
                driver = self.connection.connection.driver_connection
                if driver is not None:
                    driver.hurry()  # the engine waits for it
                for setting in _LOST_HOST:
                    self.connection.execute(text(setting))
                self.connection.commit()
            else:
                self._file = _lock_file(Path(f"{where}.lock"))
        end = time.monotonic() + patience
        while not self._take():
            if time.monotonic() >= end:
                by = self._holder()
                self.release()
                raise AmrError("store.in_use", by=by)
            time.sleep(_PAUSE)

    def _take(self) -> bool:
        if self._file is not None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._file.truncate(0)
            self._file.write(str(os.getpid()))
            self._file.flush()
            return True
        assert self.connection is not None
        with failing():
            taken = bool(self.connection.execute(text(f"SELECT pg_try_advisory_lock({_KEY})")).scalar())
            self.connection.commit()
        return taken

    def _holder(self) -> str:
        if self._file is not None:
            self._file.seek(0)
            return f"process {self._file.read(20) or '?'}"
        assert self.connection is not None
        query = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = :high AND objid = :low"
        with failing():
            pid = self.connection.execute(text(query), {"high": _KEY >> 32, "low": _KEY & 0xFFFFFFFF}).scalar()
        return f"database session {pid or '?'}"

    def release(self) -> None:
        """Give the journal to whoever wants it."""
        if self._file is not None:
            self._file.close()
        if self.connection is not None:
            self.connection.invalidate()  # closes the session itself: the pool would keep it, and the lock
            self.connection.close()


def _lock_file(path: Path) -> IO[str]:
    """Open the lock's file for its owner only: whoever can read it can hold it, and no fleet would start."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    if os.fstat(descriptor).st_mode & 0o077:
        with suppress(PermissionError):  # another user's, who shares it by their group: that is meant
            os.fchmod(descriptor, 0o600)  # of a release before
    return os.fdopen(descriptor, "a+", encoding="utf-8")
