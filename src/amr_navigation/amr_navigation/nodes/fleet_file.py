"""The note of which fleet a robot obeys: a restart of the robot must not hand it to whoever speaks first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from amr_core.vda5050 import Leader
from amr_navigation.nodes.note_file import NoteFile

_MOST = 2**63


class FleetFile(NoteFile):
    """Keeps the note at a path."""

    def __init__(self, path: str) -> None:
        """path "": nothing is kept."""
        super().__init__(Path(path))
        self._used = bool(path)
        self._kept: Leader | None = None

    def read(self) -> Leader | None:
        """Return whom the robot obeyed, None without a note; rubbish is said in error and counts as none."""
        if self._used:
            self._kept = self.load(_leader)
        return self._kept

    def keep(self, leader: Leader | None) -> None:
        """Note whom the robot obeys now, when that has changed; None removes the note."""
        if not self._used or leader == self._kept:
            return
        if self.store(None if leader is None else {"instance": leader.instance, "epoch": leader.epoch}):
            self._kept = leader


def _leader(note: Any) -> Leader:
    instance, epoch = note["instance"], note["epoch"]
    if not (isinstance(instance, str) and instance and type(epoch) is int and 0 <= epoch < _MOST):
        raise ValueError("no instance and epoch")
    return Leader(instance, epoch)
