"""Records the fleet's snapshots as tracks while it runs; writing is done by a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.ports import FleetSnapshot
from amr_fleet.replay.tracks import ChunkBuilder

PERIOD: Final = 1.0  # s between frames
CHUNK: Final = 60  # frames
FLUSH: Final = 10  # frames; a crash loses at most these


class Recorder:
    """`add` belongs to one thread. write(begin, end, payload) replaces the chunk that begins at begin."""

    def __init__(
        self, write: Callable[[float, float, bytes], None], blame: Callable[[AmrError], None] = lambda _: None
    ) -> None:
        """blame: told of a chunk that could not be written; a picture of the past is no reason to stop."""
        self._write, self._blame = write, blame
        self._builder = ChunkBuilder()
        self._worker = ThreadPoolExecutor(1, "fleet_tracks")
        self._pending: Future[None] | None = None

    def add(self, snapshot: FleetSnapshot) -> None:
        """Take one frame; called about once a PERIOD of fleet time."""
        if len(self._builder) and not self._builder.fits(snapshot):
            self._flush(snapshot.t)
            self._builder = ChunkBuilder()
        self._builder.add(snapshot)
        if len(self._builder) % FLUSH == 0:
            self._flush(snapshot.t)
        if len(self._builder) >= CHUNK:
            self._builder = ChunkBuilder()

    def _flush(self, end: float) -> None:
        if self._pending is not None:
            try:
                self._pending.result()
            except AmrError as error:
                self._blame(error)
        self._pending = self._worker.submit(self._write, self._builder.begin, end, self._builder.encode())

    def close(self, end: float) -> None:
        """Write what is left and stop the thread."""
        if len(self._builder):
            self._flush(end)
        self._worker.shutdown(wait=True)
