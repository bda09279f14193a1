"""The note of which fleet a robot obeys: a restart of the robot must not hand it to whoever speaks first."""

from __future__ import annotations

import json
import os
from pathlib import Path

from amr_core.vda5050 import Leader

_LONGEST = 4096
_MOST = 2**63


class FleetFile:
    """Keeps the note at a path; written whole or not at all. error: what went wrong last, "" = nothing."""

    def __init__(self, path: str) -> None:
        """path "": nothing is kept."""
        self._path = Path(path) if path else None
        self._kept: Leader | None = None
        self.error = ""

    def read(self) -> Leader | None:
        """Return whom the robot obeyed, None without a note; rubbish is said in error and counts as none."""
        if self._path is None:
            return None
        try:
            with self._path.open("rb") as file:
                note = json.loads(file.read(_LONGEST))
            instance, epoch = note["instance"], note["epoch"]
            if not (isinstance(instance, str) and instance and type(epoch) is int and 0 <= epoch < _MOST):
                raise ValueError("no instance and epoch")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            self.error = f"{type(error).__name__}: {error}"[:200]
            return None
        self._kept = Leader(instance, epoch)
        return self._kept

    def keep(self, leader: Leader | None) -> None:
        """Note whom the robot obeys now, when that has changed; None removes the note."""
        if self._path is None or leader == self._kept:
            return
        whole = self._path.with_name(self._path.name + ".new")
        try:
            if leader is None:
                self._path.unlink(missing_ok=True)
            else:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                whole.write_text(json.dumps({"instance": leader.instance, "epoch": leader.epoch}) + "\n")
                os.replace(whole, self._path)
            self._kept, self.error = leader, ""
        except OSError as error:
            self.error = f"{type(error).__name__}: {error}"[:200]
