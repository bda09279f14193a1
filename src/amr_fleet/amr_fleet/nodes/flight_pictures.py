"""Keeps the picture of each point of an inspection, and of each cell where a count differs from the book.

They lie beside those of workers, and the engine is told their SHA-256.

A disk may hang: writing has a thread of its own, and what waits too long is said to be lost.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from amr_core.errors import AmrError
from amr_fleet.domain.events import PointPictured
from amr_fleet.flight_views import FlightView
from amr_uav.model import PointPicture, Telemetry

if TYPE_CHECKING:
    from amr_fleet.api.photos import PhotoStore

MOST_KEPT: Final = 2500
"""Pictures in the folder from which on none of a flight is kept: workers need the rest."""
_POINT: Final = re.compile(r"P\d{1,3}")  # as amr_uav names the points of an inspection; cells have other names
MOST_HELD: Final = 16_000_000
"""Bytes of pictures of cells that wait in memory for the end of their count."""
_MOST_WAITING: Final = 32
_STATES: Final = 300  # a minute of them
_APART_S: Final = 1.0  # between a picture and the nearest word of the aircraft; its reports may be lost


class _Look(NamedTuple):
    """The aircraft looked at a point or a cell at stamp (s, the aircraft's clock), since then."""

    stamp: float
    since: float
    point: str
    told: Telemetry


class _Held(NamedTuple):
    """A picture of a cell that waits since then (s) for the end of its count; without data it is lost."""

    shot: PointPicture
    data: bytes
    since: float


class FlightPictures:
    """folder: where they are kept, asked for at the first; post: gives the engine an event.

    Stamps: s of the aircraft's clock. A picture of a cell waits in memory until its count says whether it is wanted.
    """

    def __init__(
        self,
        folder: Callable[[], Path],
        post: Callable[[PointPictured], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """clock: s; for how long pictures of a flight that does not end are held."""
        self._folder, self._post, self._clock = folder, post, clock
        self._looks: deque[_Look] = deque(maxlen=_STATES)
        self._seen: set[tuple[str, str]] = set()
        self._held: dict[tuple[str, str], _Held] = {}
        self._store: PhotoStore | None = None
        self._worker: ThreadPoolExecutor | None = None
        self._waiting = threading.BoundedSemaphore(_MOST_WAITING)

    def state(self, told: Telemetry, stamp: float, scan: str, since: float) -> None:
        """Take what the aircraft says; scan: what it looks at since then."""
        if scan:
            self._looks.append(_Look(stamp, since, scan, told))

    def picture(self, stamp: float, data: bytes) -> None:
        """Keep a picture taken at stamp, the first of its point or cell; one that is of neither is nobody's."""
        of = [one for one in self._looks if one.since <= stamp and abs(one.stamp - stamp) <= _APART_S]
        if not of:
            return
        look = min(of, key=lambda one: abs(one.stamp - stamp))
        key = (look.told.flight_id, look.point)
        if key in self._seen:
            return
        self._seen.add(key)
        taken = look.told.t + stamp - look.stamp
        shot = PointPicture(point=look.point, taken=taken, x=look.told.x, y=look.told.y, z=look.told.z)
        if _POINT.fullmatch(look.point):
            if not self._submit(look.told.flight_id, shot, data):
                self._tell(look.told.flight_id, shot, "", "photo.not_kept")
        else:  # without room only the word of it is kept: that it was taken and is lost
            room = sum(len(held.data) for held in self._held.values()) + len(data) <= MOST_HELD
            self._held[key] = _Held(shot, data if room else b"", self._clock())

    def counted(self, flights: Iterable[FlightView]) -> None:
        """Keep of each count that is over the pictures of cells where it differs from the book, and no other.

        More than the worker has room for wait for the next call.
        """
        if not self._held:
            return
        self._forget_old()
        over = {one.flight_id: {found.cell for found in one.differences} for one in flights if one.finished}
        for key in [key for key in self._held if key[0] in over]:
            flight_id, cell = key
            if cell in over[flight_id] and not self._submit(flight_id, *self._held[key][:2]):
                return
            del self._held[key]

    def _forget_old(self) -> None:
        """Drop what a count that was lost and settled by nobody left: no picture is there longer than its days."""
        from amr_fleet.api.photos import KEEP_DAYS

        oldest = self._clock() - KEEP_DAYS * 86400.0
        for key in [key for key, held in self._held.items() if held.since < oldest]:
            del self._held[key]

    def _submit(self, flight_id: str, shot: PointPicture, data: bytes) -> bool:
        """Give a picture to the worker; False when too many wait there. One without data is told as lost."""
        if not data:
            self._tell(flight_id, shot, "", "photo.not_kept")
            return True
        if not self._waiting.acquire(blocking=False):
            return False
        self._worker = self._worker or ThreadPoolExecutor(1, "flight_pictures")
        self._worker.submit(self._keep, flight_id, shot, data)
        return True

    def sweep(self) -> None:
        """Delete from now on what is too old, also where no API does it and no picture comes any more."""
        self._worker = self._worker or ThreadPoolExecutor(1, "flight_pictures")
        self._worker.submit(lambda: self._folder().is_dir() and self._open())

    def close(self) -> None:
        """Keep what waits, and end."""
        if self._worker is not None:
            self._worker.shutdown()
        if self._store is not None:
            self._store.close()

    def _open(self) -> PhotoStore:
        """Return the store, which has a thread that deletes what is too old."""
        if self._store is None:
            from amr_fleet.api.photos import PhotoStore

            self._store = PhotoStore(self._folder())
        return self._store

    def _keep(self, flight_id: str, shot: PointPicture, data: bytes) -> None:
        try:
            self._tell(flight_id, shot, self._open().add(data, MOST_KEPT), "")
        except AmrError as error:
            self._tell(flight_id, shot, "", error.code)
        except OSError:
            self._tell(flight_id, shot, "", "photo.not_kept")
        finally:
            self._waiting.release()

    def _tell(self, flight_id: str, shot: PointPicture, photo: str, refused: str) -> None:
        picture = PointPicture(
            point=shot.point, photo=photo, taken=shot.taken, x=shot.x, y=shot.y, z=shot.z, refused=refused
        )
        self._post(PointPictured(flight_id, picture))
