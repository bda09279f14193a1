"""A short JSON note on a robot's disk that outlives its process; written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

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
        whole = self._path.with_name(self._path.name + ".new")
        try:
            if note is None:
                self._path.unlink(missing_ok=True)
            else:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with open(whole, "w", encoding="utf-8", opener=_private) as file:
                    file.write(json.dumps(note) + "\n")
                os.replace(whole, self._path)
        except OSError as error:
            self._fault(error)
            return False
        self.error = ""
        return True

    def _fault(self, error: Exception) -> None:
        self.error = f"{type(error).__name__}: {error}"[:200]


def _private(path: str, flags: int) -> int:
    """Open a file that is its owner's from its first byte, also one that was left by a process without that care."""
    file = os.open(path, flags, 0o600)
    os.fchmod(file, 0o600)
    return file
