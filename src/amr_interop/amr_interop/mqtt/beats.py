"""Whether the fleet that leads a robot of ours lives: VDA 5050 knows no beat, so its gateway says one at the broker.

Only the gateway that has the seat says beats, one for each that its fleet says (1 Hz). A robot that has heard one needs
them from then on; one that never heard any has a master that knows none, or a broker whose access list is of before.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from amr_interop.mqtt.link import Received
from amr_interop.mqtt.seat import SEAT, Seat, parse

HEARD_S: Final = 2.0
"""One beat may be missing on the longer way; the agent's own 3 s begin after it."""


class FleetEar:
    """What a robot hears of its fleet. steady: s of a clock that is never set."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._last: tuple[float, float] | None = None
        self.connected()

    def connected(self) -> None:
        """Take whoever leads at the broker now: one that was started anew may have another fleet."""
        self._seat = Seat("", self._steady)

    def heard(self, now: float, message: Received) -> None:
        """Take a message of the topic BEAT at now (s of the robot's clock): only one of who leads counts."""
        word = None if message.retained else parse(message.payload)
        if word is None or not word.leader.instance:
            return
        self._seat.heard(SEAT, message.payload)  # gateways decide in the same way who of two keeps the seat
        if word.leader == self._seat.holder:
            self._last = now, self._steady()

    def lives(self, now: float) -> bool:
        """Return whether the agent is to be told that its fleet lives.

        In a simulation the two clocks differ: the one that has gone less counts.
        """
        if self._last is None:
            return True
        return min(abs(now - self._last[0]), self._steady() - self._last[1]) <= HEARD_S
