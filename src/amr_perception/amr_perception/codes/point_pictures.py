"""Chooses one picture of each point that an aircraft looks at in an inspection: the sharpest one that shows it."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import numpy as np

from amr_perception.codes.reader import Image
from amr_perception.codes.shelf_eye import usable
from amr_perception.lens.reasons import WHAT
from amr_perception.lens.watch import LensLimits, LensWatch

_POINT: Final = re.compile(r"P\d{1,3}")
_MOST_WAITING: Final = 10
_ANY_VIEW: Final = LensLimits(blurred_share=0.0, dirty=1.0, blank_views=0)
"""A roof is no rack: bare sheet is no dirt, and each view differs from the one before."""


class TakenPicture(NamedTuple):
    """A picture of a point; stamp in s; raw: as it came, in its colours."""

    stamp: float
    raw: Any


def is_point(scan: str) -> bool:
    """Return whether what is looked at is a point of an inspection; cells of racks have their row's name."""
    return _POINT.fullmatch(scan) is not None


class PointPictures:
    """A picture belongs to the point of the first state that is not older than it, if that began before it. Times in s.

    What stands still may show the point before; it is not taken. What is dark or soft is: a person judges it.
    complaints: what was wrong with the lens since somebody took them from here.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._lens = LensWatch(fixed=False, limits=_ANY_VIEW)
        self._waiting: list[tuple[float, Image, Any]] = []
        self._looking = ("", "")  # flight, point
        self._since = self._heard = -1e9
        self._best: tuple[float, TakenPicture] | None = None
        self._last: Image | None = None

    def picture(self, stamp: float, grey: Image, raw: Any) -> None:
        """Take a picture; grey: mono8, to be judged by."""
        self._waiting = [*self._waiting, (stamp, grey, raw)][-_MOST_WAITING:]

    def state(self, stamp: float, flight_id: str, scan: str, since: float) -> TakenPicture | None:
        """Take what the aircraft says; return the picture of a point once it looks at it no more."""
        looking = (flight_id, scan) if is_point(scan) else ("", "")
        found = None
        if looking != self._looking:
            self._take_until(self._heard)  # pictures that came late are still of the point that it looked at then
            found = self._best[1] if self._best is not None else None
            self._looking, self._best = looking, None
        self._since, self._heard = since, stamp
        self._take_until(stamp)
        return found

    def _take_until(self, stamp: float) -> None:
        due = [one for one in self._waiting if one[0] <= stamp]
        self._waiting = [one for one in self._waiting if one[0] > stamp]
        for taken, grey, raw in due:
            if self._looking[1] and taken >= self._since:
                self._look(taken, grey, raw)

    def _look(self, stamp: float, grey: Image, raw: Any) -> None:
        state = self._lens.look(grey, stamp, stamp)
        still = self._last is not None and np.array_equal(self._last, grey)  # a live camera has noise
        self._last = grey
        if state.reason or still:
            self.complaints.append(WHAT["frozen"] if still else state.text)
        if usable(state) and not still and (self._best is None or state.sharpness > self._best[0]):
            self._best = (state.sharpness, TakenPicture(stamp, raw))
