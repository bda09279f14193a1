"""Notices that a robot's computer has another network address than before, as after a new lease."""

from __future__ import annotations

from typing import Final

from amr_core.vda5050 import RobotError

TOLD_S: Final = 60.0
"""s for which a change is told: the connection that brings it is a new one, and takes a while."""


class AddressWatch:
    """Remembers the address of the last connection. Times: s of any one clock."""

    def __init__(self) -> None:
        self._last = ""
        self._error: tuple[RobotError, float] | None = None

    def look(self, now: float, address: str) -> tuple[RobotError, ...]:
        """Take the address of this computer's end of the line, "" = there is none; return what to tell."""
        if address and self._last and address != self._last:
            facts = {"before": self._last, "address": address}
            self._error = (RobotError("vda.address_changed", "WARNING", facts), now + TOLD_S)
        self._last = address or self._last
        if self._error is None or not now <= self._error[1] <= now + TOLD_S:
            self._error = None
            return ()
        return (self._error[0],)
