"""Files that somebody may write anew while a program runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


def stamp(path: Path) -> tuple[int, ...]:
    """Return what tells that a file was written: inode, time (ns), size; () = it is not there."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


class Changes(Generic[T]):
    """Looks every so many s, and tells when what `look` returns is not what it was."""

    def __init__(self, look: Callable[[], T], every: float = 1.0) -> None:
        self._look, self._every = look, every
        self._due, self._last = -math.inf, look()

    def seen(self, now: float) -> bool:
        """Return whether there is another state than at the last look; now: s of any clock, also one set back."""
        if 0.0 <= self._due - now <= self._every:
            return False
        self._due = now + self._every
        before, self._last = self._last, self._look()
        return self._last != before
