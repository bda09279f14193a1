"""Records the fleet's snapshots as tracks while it runs; writing is done by a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.ports import FleetSnapshot
from amr_fleet.replay.plans import plan_of
from amr_fleet.replay.tracks import ChunkBuilder
from amr_fleet.store.behind import WriteBehind

PERIOD: Final = 1.0  # s between frames
CHUNK: Final = 60  # frames
FLUSH: Final = 10  # frames; a crash loses at most these


class Recorder:
    """`add` belongs to one thread. write(begin, end, payload) replaces the chunk that begins at begin."""

    def __init__(
        self, write: Callable[[float, float, bytes], None], blame: Callable[[AmrError], None] = lambda _: None,
        plan: str = "",
    ) -> None:  # fmt: skip
        """blame: told of a chunk that could not be written; a picture of the past is no reason to stop.

        plan: the site that is recorded on, see `recorder_of`.
        """
        self._writer = WriteBehind("fleet_tracks", write, blame)
        self._plan = plan
        self._builder = ChunkBuilder(plan)

    def add(self, snapshot: FleetSnapshot) -> None:
        """Take one frame; called about once a PERIOD of fleet time."""
        if len(self._builder) and not self._builder.fits(snapshot):
            self._flush(snapshot.t)
            self._builder = ChunkBuilder(self._plan)
        self._builder.add(snapshot)
        full = len(self._builder) >= CHUNK
        if full or (len(self._builder) % FLUSH == 0 and not self._writer.busy):
            self._flush(snapshot.t)
        if full:
            self._builder = ChunkBuilder(self._plan)

    def _flush(self, end: float) -> None:
        self._writer.put(self._builder.begin, end, self._builder.encode())

    def close(self, end: float) -> None:
        """Write what is left and stop the thread."""
        if len(self._builder):
            self._flush(end)
        self._writer.close()


class TrackFile(Protocol):
    """What recording needs of a track file."""

    def write(self, begin: float, end: float, payload: bytes) -> None:
        """Write a chunk."""

    def keep_plan(self, digest: str, payload: bytes) -> None:
        """Keep what a site looks like."""


def recorder_of(file: TrackFile, site: Site, blame: Callable[[AmrError], None] = lambda _: None) -> Recorder:
    """Return a recorder of a fleet on a site, and keep what the site looks like: the next one may be another."""
    plan = plan_of(site)
    try:
        file.keep_plan(plan.digest, plan.payload)
    except AmrError as error:
        blame(error)
    return Recorder(file.write, blame, plan.digest)
