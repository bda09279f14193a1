"""Pairs the pictures of an aircraft's camera with what it says that it looks at: one reading a cell."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from amr_perception.codes.point_pictures import TakenPicture
from amr_perception.codes.reader import Image
from amr_perception.codes.shelf_eye import ShelfEye, usable
from amr_perception.codes.shelves import ShelfVote
from amr_uav.count import CellReading

_MOST_WAITING: Final = 10


class RackReading(NamedTuple):
    """What was read in a flight; frames: pictures that were looked at; taken: the sharpest of them."""

    flight_id: str
    reading: CellReading
    frames: int
    taken: TakenPicture | None = None


class RackReader:
    """A picture belongs to the cell of the first state that is not older than it, if that began before it.

    Every picture passes the lens watch first: what a blind lens does not show is never an empty cell. Times in s.
    complaints: what was wrong with the lens since somebody took them from here.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._eye = ShelfEye()
        self._waiting: list[tuple[float, Image, Any]] = []
        self._vote: ShelfVote | None = None
        self._best: tuple[float, TakenPicture] | None = None
        self._flight, self._told = "", False
        self._since = self._heard = -1e9

    @property
    def decided(self) -> bool:
        """The cell that is looked at has been told: more pictures of it change nothing."""
        return self._told

    def picture(self, stamp: float, picture: Image, raw: Any = None) -> None:
        """Take a mono8 picture; raw: as it came, in its colours."""
        self._waiting = [*self._waiting, (stamp, picture, raw)][-_MOST_WAITING:]

    def state(self, stamp: float, flight_id: str, scan: str, since: float) -> list[RackReading]:
        """Take what the aircraft says; return what is known now. scan: the cell that it looks at, "" = none."""
        found: list[RackReading] = []
        if scan != (self._vote.cell if self._vote is not None else "") or flight_id != self._flight:
            self._take_until(self._heard)  # pictures that came late are still of the cell that it looked at then
            if self._vote is not None and not self._told:
                found += self._tell(self._vote)
            self._vote = ShelfVote(scan) if scan else None
            self._flight, self._told, self._best = flight_id, False, None
        self._since, self._heard = since, stamp
        self._take_until(stamp)
        if self._vote is not None and not self._told and self._vote.decided:
            found += self._tell(self._vote)
        return found

    def _take_until(self, stamp: float) -> None:
        due = [one for one in self._waiting if one[0] <= stamp]
        self._waiting = [one for one in self._waiting if one[0] > stamp]
        for taken, picture, raw in due:
            if self._vote is not None and not self._told and taken >= self._since:
                self._look(self._vote, taken, picture, raw)

    def _look(self, vote: ShelfVote, stamp: float, picture: Image, raw: Any) -> None:
        state = self._eye.look(picture, stamp)
        if usable(state):
            vote.add(picture, clear=not state.reason)
            if self._best is None or state.sharpness > self._best[0]:
                self._best = (state.sharpness, TakenPicture(stamp, raw))
        if state.reason:  # a cell that only a blind lens has seen is told as nothing: it was not read
            self.complaints.append(state.text)

    def _tell(self, vote: ShelfVote) -> list[RackReading]:
        reading = vote.result()
        if reading is None:
            return []  # nobody has seen the cell: it stays unknown
        self._told = True
        return [RackReading(self._flight, reading, vote.frames, self._best[1] if self._best is not None else None)]
