"""The high-water mark: how far a log had come, in a small file apart from the database.

A database that lost its end (a damaged write-ahead log is cut off in silence at the next start) is found out by it.
"""

from __future__ import annotations

import os
from pathlib import Path

from amr_core.errors import AmrError
from amr_fleet.store.notes import Checkpoint, PrivateKey

_SLOT = 1024  # bytes; two slots in turn, so that a torn write spoils the older mark at most
_SLOTS = 2


class Mark:
    """The last checkpoints of one log, signed, on disk before an answer leaves. One writer."""

    def __init__(self, path: Path, key: PrivateKey, writer: str = "") -> None:
        """Name the file; it is made with the first mark."""
        self.path = path
        self.writer = writer
        self._key = key
        self._file: int | None = None
        self._turn = 0

    def read(self) -> Checkpoint | None:
        """Return the furthest valid mark, None when there is no file; raise evidence.bad_note when none is valid."""
        try:
            if not self.path.exists():
                return None
            found = [mark for mark in map(self._slot, range(_SLOTS)) if mark is not None]
        except OSError as error:
            raise AmrError("store.failed", reason=str(error)) from error
        if not found:
            raise AmrError("evidence.bad_note", reason=f"{self.path} holds no valid mark")
        return max(found, key=lambda c: c.size)

    def write(self, checkpoint: Checkpoint) -> None:
        """Put a mark on disk; raise store.failed."""
        packed = self._key.note(checkpoint).encode()
        if len(packed) > _SLOT:
            raise AmrError("store.failed", reason=f"the log's name is too long: {checkpoint.origin[:80]}")
        try:
            if self._file is None:
                self._file = self._open()
            os.pwrite(self._file, packed.ljust(_SLOT, b"\0"), self._turn * _SLOT)
            os.fdatasync(self._file)
        except OSError as error:
            raise AmrError("store.failed", reason=f"{self.path}: {error}") from error
        self._turn = 1 - self._turn

    def _open(self) -> int:
        new = not self.path.exists()
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        if new:
            os.pwrite(file, b"\0" * _SLOT * _SLOTS, 0)
            os.fsync(file)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        else:
            first, second = map(self._slot, range(_SLOTS))
            self._turn = 1 if first is not None and (second is None or first.size >= second.size) else 0
        return file

    def _slot(self, number: int) -> Checkpoint | None:
        """Return the mark in a slot, None when it holds no valid one."""
        content = self.path.read_bytes()[number * _SLOT : (number + 1) * _SLOT].rstrip(b"\0")
        try:
            return self._key.public.open(content.decode())
        except (AmrError, UnicodeDecodeError):
            return None

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
