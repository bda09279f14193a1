"""A short JSON note on a robot's disk that outlives its process; written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from amr_core.whole_files import PRIVATE, write_whole

_LONGEST = 4096  # bytes
T = TypeVar("T")


class NoteFile:
    """The note at a path. error: what went wrong last, "" = nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.error = ""

    def load(self, parse: Callable[[Any], T]) -> T | None:
        """Return what parse makes of the note, None without one; rubbish, or what parse raises, is said in error."""
        try:
            with self._path.open("rb") as file:
                return parse(json.loads(file.read(_LONGEST)))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            self._fault(error)
            return None

    def store(self, note: Any) -> bool:
        """Write another note, None removes it; False when that failed."""
        try:
            if note is None:
                self._path.unlink(missing_ok=True)
            else:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                # A node that drives does not wait for the disk: after a power cut an older note is as good.
                write_whole(self._path, f"{json.dumps(note)}\n".encode(), PRIVATE, durable=False)
        except OSError as error:
            self._fault(error)
            return False
        self.error = ""
        return True

    def _fault(self, error: Exception) -> None:
        self.error = f"{type(error).__name__}: {error}"[:200]
