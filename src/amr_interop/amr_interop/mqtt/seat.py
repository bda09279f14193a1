"""Which fleet leads the robots of a broker: one, until a person releases them; of that one only the newest process.

VDA 5050 knows no fleet: whoever has the fleet's certificate may send orders, also a copy of the server that somebody
started. So the broker keeps who leads (`SEAT`, retained) and puts what gateways say into one order: each hears its own
words come back, and who comes first in that order has the seat. Who does not lead sends nothing and stays to be seen.
A broker that forgot the seat is told again by who had it; should two have it then, the one that had it longer keeps it.
"""

from __future__ import annotations

import json
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from amr_core.errors import Fact
from amr_core.vda5050 import NOBODY, Leader, RobotError, RobotState
from amr_interop.mqtt.link import Letter

SEAT: Final = "amr/v1/fleet/seat"
CLAIM: Final = "amr/v1/fleet/claim"
TOPICS: Final = (SEAT, CLAIM)
_CLAIM_S: Final = 2.0
_SETTLE_S: Final = 1.0
"""What the broker has kept comes at once with the subscription."""
_DEAF_S: Final = 6.0
_CLAIMS, _WITHIN_S = 2, 10.0
"""A single late word of a process that has just ended is no news; two are a fleet that still runs."""
_LONGEST: Final = 1000


class Seat:
    """The seat as one gateway knows it. steady: s of a clock that is never set."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self.own = NOBODY
        self.holder: Leader | None = None
        self.deaf = False
        self._ready_since: float | None = None
        self._heard = False
        self._said = self._claimed = -math.inf
        self._since = math.inf
        self._others: deque[tuple[float, Leader]] = deque(maxlen=_CLAIMS)

    @property
    def leads(self) -> bool:
        """Whether robots may be told anything: the seat is ours, or the broker keeps no seat (an old access list)."""
        if self.holder is None:
            return self.deaf or not self.own.instance
        return self.holder == self.own

    @property
    def refused(self) -> Leader | None:
        """Who else says that it leads, None while nobody does."""
        now = self._steady()
        known = len(self._others) == _CLAIMS and now - self._others[0][0] <= _WITHIN_S
        return self._others[-1][1] if known else None

    def heard(self, topic: str, payload: bytes) -> None:
        """Take what the broker brought; rubbish is no word of anybody."""
        self._heard, self.deaf = True, False
        if topic == SEAT and not payload:  # a person has released the robots
            self.holder, self._said = None, self._steady()
            return
        found = _parse(payload)
        if found is None:
            return
        who, held = found
        if topic == SEAT and self._has_it(who, held):
            self._since = self._steady() if who == self.own != self.holder else self._since
            self.holder = who
        if who != self.own and not self._succeeds(who):
            self._others.append((self._steady(), who))

    def _has_it(self, who: Leader, held: float) -> bool:
        if self.holder is None or who.follows(self.holder):
            return True
        return self.holder == self.own and held > self._held()

    def _held(self) -> float:
        """Return how long we have had the seat, s."""
        return max(0.0, self._steady() - self._since) if self.holder == self.own else 0.0

    def _succeeds(self, who: Leader) -> bool:
        """Return whether these are the last words of the process before ours, which ended or is being replaced."""
        return who.instance == self.own.instance and who.epoch < self.own.epoch and self.holder == who

    def step(self, ready: bool) -> Iterator[Letter]:
        """Yield what is to be said now; ready: connected, with the subscription confirmed."""
        now = self._steady()
        if not ready:
            self._ready_since, self._heard, self._said = None, False, -math.inf
            return
        again = self._said == -math.inf  # a broker that was started anew may have forgotten it
        self._ready_since = now if self._ready_since is None else self._ready_since
        if not self.own.instance or now - self._ready_since < _SETTLE_S:
            return
        self.deaf = self.deaf or (not self._heard and now - self._ready_since > _DEAF_S)
        if now - self._claimed >= _CLAIM_S:
            self._claimed = now
            yield Letter(CLAIM, _words(self.own))
        ours = self.holder is None or self.own.follows(self.holder)
        contested = self.holder == self.own and self.refused is not None
        if ours and now - self._said >= _CLAIM_S and (self.holder != self.own or contested or again):
            self._said = now
            yield Letter(SEAT, {**_words(self.own), "held": round(self._held(), 1)}, retain=True, qos=1)

    def told(self, state: RobotState) -> RobotState:
        """Return a robot's state with what the fleet must know of the seat: whom its robots obey, who else is there."""
        if self.holder is not None and self.holder != self.own and self.own.instance:
            return replace(state, leader=self.holder)
        other = self.refused if self.leads and self.own.instance else None
        if other is None:
            return state
        error = RobotError("agent.foreign_fleet", "WARNING", self.facts(other))
        return replace(state, errors=(*state.errors, error))

    def facts(self, other: Leader) -> dict[str, Fact]:
        """Return what to say of one that is refused."""
        held = self.holder or NOBODY
        return {"fleet": other.instance, "epoch": other.epoch, "obeys": held.instance, "obeys_epoch": held.epoch}


def _words(who: Leader) -> dict[str, object]:
    return {"instance": who.instance, "epoch": who.epoch}


def _parse(payload: bytes) -> tuple[Leader, float] | None:
    """Return who speaks and for how long it has had the seat (s), None for rubbish."""
    try:
        raw = json.loads(payload) if len(payload) <= _LONGEST else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict):
        return None
    instance, epoch, held = raw.get("instance"), raw.get("epoch"), raw.get("held", 0.0)
    if not isinstance(instance, str) or not 0 < len(instance) <= 64 or type(epoch) is not int or not 0 <= epoch < 2**63:
        return None
    known = type(held) in (int, float) and math.isfinite(held) and held >= 0.0
    return (Leader(instance, epoch), float(held)) if known else None
