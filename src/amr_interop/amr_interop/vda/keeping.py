"""A robot's book on its shelf, and what went wrong at its master: one robot's trouble ends the work of no other.

What cannot be kept must not be sent: a new order or update waits until the disk takes it. Pauses and cancelOrders go
out all the same: they release nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from amr_core.errors import AmrError
from amr_core.json_texts import writable
from amr_core.vda5050 import RobotError
from amr_interop.vda.sent import Sent, SentBook, Shelf

# chosen: a full disk stays so for longer, and each try writes a file; longer holds orders when it is free again
_RETRY_S: Final = 1.0
_STANDS_S: Final = 10.0
"""So long after a failure no orders go; then it is tried again."""


class Keeping:
    """Keeps the book of one robot. unkept: why that is not possible now, "" while it is.

    leads: nobody else gives the robot orders. Who does not lead keeps nothing: the book on the shelf is the leader's.
    """

    def __init__(self, robot: str, shelf: Shelf, counts: Counter[str]) -> None:
        self._robot = robot
        self._shelf = shelf
        self._counts = counts
        self.book: SentBook = shelf.load(robot)
        self.unkept = ""
        self.leads = True
        self._behind = False
        self._tried = 0.0
        self._failed: tuple[float, RobotError] | None = None

    def save(self) -> bool:
        """Keep the book; False when the disk does not take it, which is told and tried again."""
        if not self.leads:
            self._behind = True
            return False
        try:
            self._shelf.save(self._robot, self.book)
        except OSError as error:
            self._counts["store.failed"] += 1
            self.unkept = str(error)[:200] or type(error).__name__
            return False
        self.unkept = ""
        return True

    def lead(self, *, leads: bool) -> bool:
        """Take whether we lead; return whether the book is another one now: who led before us wrote it.

        Raises store.damaged or OSError when it cannot be read: then we do not lead yet.
        """
        if leads == self.leads:
            return False
        if not leads:
            self.leads = False
            return False
        if not self._shelf.changed(self._robot):
            self.leads = True
            if self._behind:
                self.save()
            self._behind = False
            return False
        vars(self.book).update(vars(self._shelf.load(self._robot)))
        self.leads, self._behind, self.unkept = True, False, ""
        return True

    def put(self, sent: Sent) -> bool:
        """Take an order into the book before it leaves; False: it is not kept, and must not leave."""
        before, self.book.sent = self.book.sent, sent
        kept = False
        try:
            kept = self.save()
        finally:
            if not kept:
                self.book.sent = before
        return kept

    def fail(self, now: float, error: Exception) -> None:
        """Take what went wrong at this robot."""
        self._counts["internal"] += 1
        told = error.facts if isinstance(error, AmrError) else {"reason": f"{type(error).__name__}: {error}"[:200]}
        facts = {name: writable(fact) if isinstance(fact, str) else fact for name, fact in told.items()}
        code = error.code if isinstance(error, AmrError) else "internal"
        self._failed = now, RobotError(code, "FATAL", facts)

    def holds(self, now: float) -> bool:
        """Return whether no order may go now; what could not be kept is tried again each second."""
        if self.unkept and not 0.0 <= now - self._tried < _RETRY_S:
            self._tried = now
            self.save()
        return bool(self.errors(now))

    def errors(self, now: float) -> tuple[RobotError, ...]:
        """Return what the fleet is told of it. FATAL: the robot gets no orders."""
        if self._failed is not None and not 0.0 <= now - self._failed[0] < _STANDS_S:
            self._failed = None
        unkept = (RobotError("store.failed", "FATAL", {"reason": self.unkept}),) if self.unkept else ()
        return (*unkept, *(() if self._failed is None else (self._failed[1],)))
