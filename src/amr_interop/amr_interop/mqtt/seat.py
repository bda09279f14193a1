"""Which fleet leads the robots of a broker: one, until a person releases them; of that one only the newest process.

VDA 5050 knows no fleet: whoever has the fleet's certificate may send orders, also a copy of the server that somebody
started. So the broker keeps who leads (`SEAT`, retained) and puts what gateways say into one order: each hears its own
words come back, and who comes first in that order has the seat. Who does not lead sends nothing and stays to be seen.
Of one process of a fleet the newest gateway has it. A broker that forgot the seat is told again by who had it; should
two have it then, the one that had it longer keeps it, unless a person released the robots since: releases are counted.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from amr_core.errors import Fact
from amr_core.json_texts import read_json
from amr_core.vda5050 import NOBODY, Leader, RobotError, RobotState
from amr_interop.mqtt.link import Letter

SEAT: Final = "amr/v1/fleet/seat"
CLAIM: Final = "amr/v1/fleet/claim"
BEAT: Final = "amr/v1/fleet/beat"
"""For our own robots (`beats`): never kept, and read by no gateway."""
TOPICS: Final = (SEAT, CLAIM)
_CLAIM_S: Final = 2.0  # chosen: five in the time after which a fleet counts as ended; more often is traffic for nothing
_SETTLE_S: Final = 1.0
"""What the broker has kept comes at once with the subscription."""
# three claims that do not come back: the broker's access list does not know the seat; sooner may be a slow line
_DEAF_S: Final = 6.0
_SILENT_S: Final = 10.0
"""A fleet that has not beaten for so long has ended: its gateway claims nothing in its name."""
# chosen: two gateways hear one word within less; longer would let the newer of two win that led for longer
_ALIKE_S: Final = 1.0
_CLAIMS, _WITHIN_S = 2, 10.0
"""A single late word of a process that has just ended is no news; two are a fleet that still runs."""
_LONGEST: Final = 1000
_FOR_EVER_S: Final = 1e12  # 30,000 years: whoever says more has sent no number of seconds


@dataclass(frozen=True)
class SeatWord:
    """What one gateway says: whose it is, for how long (s) that has had the seat, how often robots were released."""

    leader: Leader
    gateway: str = ""
    held: float = 0.0
    term: int = 0


class Seat:
    """The seat as one gateway knows it. steady: s of a clock that is never set; gateway: another one at each start."""

    def __init__(self, gateway: str, steady: Callable[[], float] = time.monotonic) -> None:
        self._gateway, self._steady = gateway, steady
        self.own = NOBODY
        self.holder: Leader | None = None
        self.deaf = False
        self._by = ""
        self._term = 0
        self._ready_since: float | None = None
        self._heard = self._sure = self._wrong = False
        self._new_beat = False
        self._said = self._claimed = self._beaten = -math.inf
        self._since = math.inf
        self._had: Leader | None = None
        self._others: deque[tuple[float, Leader]] = deque(maxlen=_CLAIMS)

    @property
    def leads(self) -> bool:
        """Whether robots may be told anything: the seat is ours, or the broker keeps no seat (an old access list).

        Never before it is known what the broker keeps: somebody may have got the seat while we were away.
        """
        if not self._sure or not self.own.instance:
            return False
        return self.deaf if self.holder is None else self._ours

    @property
    def _ours(self) -> bool:
        return (self.holder, self._by) == (self.own, self._gateway)

    @property
    def refused(self) -> Leader | None:
        """Who else says that it leads, None while nobody does."""
        now = self._steady()
        known = len(self._others) == _CLAIMS and now - self._others[0][0] <= _WITHIN_S
        return self._others[-1][1] if known else None

    def beats(self, who: Leader) -> None:
        """Take a beat of the fleet beside us. A second one there is refused as one at the broker is."""
        now = self._steady()
        if not who.instance:
            return
        if not who.follows(self.own) and self._alive(now):
            self._others.append((now, who))
            return
        if who != self.own:  # a standby has heard the process that it takes over from: that one has ended
            kept = (other for other in self._others if not who.follows(other[1]))
            self._others = deque(kept, maxlen=_CLAIMS)
        self.own, self._beaten, self._new_beat = who, now, True

    def obeys(self, who: Leader) -> bool:
        """Return whether an order of this fleet may go to its robot. NOBODY: an order that names none."""
        return self.leads and (not who.instance or who.follows(self.own))

    def _alive(self, now: float) -> bool:
        return bool(self.own.instance) and now - self._beaten <= _SILENT_S

    def heard(self, topic: str, payload: bytes) -> None:
        """Take what the broker brought; rubbish is no word of anybody."""
        self._heard, self.deaf = True, False
        word = None if topic == SEAT and not payload else parse(payload)
        if topic == SEAT and (not payload or word is not None):
            self._sure = True
            self._seat(word or SeatWord(NOBODY, term=self._term + 1))
        if word is not None and word.leader.instance and not self._is_ours(word):
            self._others.append((self._steady(), word.leader))

    def _seat(self, word: SeatWord) -> None:
        now = self._steady()
        self._had = word.leader if (word.leader, word.gateway) == (self.own, self._gateway) else self._had
        if not self._takes(word, now):
            self._wrong = self._ours  # the broker keeps another's word now
            return
        same = self.holder is not None and word.leader.instance == self.holder.instance and word.term == self._term
        self._since = min(self._since, now - word.held) if same else now - word.held
        self._term, self._by, self._wrong = word.term, word.gateway, False
        self.holder = word.leader if word.leader.instance else None
        if self.holder is None:  # a person has released the robots
            self._said = now

    def _takes(self, word: SeatWord, now: float) -> bool:
        """Return whether a word changes who leads; all hear the same words in one order and decide alike."""
        if self.holder is None or word.term != self._term or not word.leader.instance:
            return word.term > self._term or (word.term == self._term and bool(word.leader.instance))
        if word.leader.instance == self.holder.instance:
            return word.leader.epoch >= self.holder.epoch
        if self._ours and not self._alive(now):
            return True  # our fleet has ended, and the broker forgot that it led
        longer = word.held - self._held(now)
        if abs(longer) <= _ALIKE_S:  # the first to speak (0 s) changes nothing, of two that both led one must go
            return word.held > 0.0 and word.leader.instance < self.holder.instance
        return longer > 0.0

    def _held(self, now: float) -> float:
        """Return how long its holder has had the seat, s."""
        return max(0.0, now - self._since) if self.holder is not None else 0.0

    def _is_ours(self, word: SeatWord) -> bool:
        """Return whether it is our own word, or the last of the process before ours, which ended or is replaced."""
        who, own = word.leader, self.own
        before = who.instance == own.instance and who.epoch < own.epoch and self.holder == who
        return (who, word.gateway) == (own, self._gateway) or before

    def step(self, ready: bool) -> Iterator[Letter]:
        """Yield what is to be said now; ready: connected, with the subscription confirmed."""
        now, (beat, self._new_beat) = self._steady(), (self._new_beat, False)
        if not ready:
            self._ready_since, self._heard, self._sure, self._said = None, False, False, -math.inf
            return
        again = self._said == -math.inf  # a broker that was started anew may have forgotten it
        self._ready_since = now if self._ready_since is None else self._ready_since
        if now - self._ready_since < _SETTLE_S:
            return
        self._sure = True
        if not self._alive(now):
            return
        self.deaf = self.deaf or (not self._heard and now - self._ready_since > _DEAF_S)
        if now - self._claimed >= _CLAIM_S:
            self._claimed = now
            yield Letter(CLAIM, _words(self.own, self._gateway))
        if (again or self._wrong or now - self._said >= _CLAIM_S) and self._wants(again):
            self._said, self._wrong = now, False
            yield self._letter(now)
        if beat and self._ours:
            yield replace(self._letter(now), topic=BEAT, retain=False, qos=0)

    def _letter(self, now: float) -> Letter:
        """Return the word that we lead; a process takes over from the one before it how long the fleet has led."""
        ours = self.holder is not None and self.holder.instance == self.own.instance
        more = {"held": math.floor(10.0 * self._held(now)) / 10.0 if ours else 0.0, "term": self._term}
        return Letter(SEAT, _words(self.own, self._gateway) | more, retain=True, qos=1)

    def _wants(self, again: bool) -> bool:
        """Return whether the broker is to be told that we lead."""
        if self.holder is None:
            return True
        if self._ours:
            return again or self._wrong or self.refused is not None
        # Once for each process of our fleet: a newer gateway of it that spoke since then keeps the seat.
        return self.own.follows(self.holder) and self._had != self.own

    def told(self, state: RobotState) -> RobotState:
        """Return a robot's state with what the fleet must know of the seat: whom its robots obey, who else is there."""
        if self.holder is not None and self.holder != self.own and self.own.instance:
            return replace(state, leader=self.holder)
        other = self.refused if self.holder is not None and self.own.instance else None
        if other is None:
            return state
        error = RobotError("agent.foreign_fleet", "WARNING", self.facts(other))
        return replace(state, errors=(*state.errors, error))

    def facts(self, other: Leader) -> dict[str, Fact]:
        """Return what to say of one that is refused."""
        held = self.holder or NOBODY
        return {"fleet": other.instance, "epoch": other.epoch, "obeys": held.instance, "obeys_epoch": held.epoch}


def _words(who: Leader, gateway: str) -> dict[str, Any]:
    return {"instance": who.instance, "epoch": who.epoch, "gateway": gateway}


def release(kept: SeatWord | None) -> Letter:
    """Return what releases the robots. kept: who had them; it does not get them back by having had them long."""
    return Letter(SEAT, _words(NOBODY, "") | {"term": (kept.term if kept else 0) + 1}, retain=True, qos=1)


def parse(payload: bytes) -> SeatWord | None:
    """Return what a gateway says, None for rubbish; a release is a word of NOBODY with a term."""
    try:
        raw = read_json(payload) if len(payload) <= _LONGEST else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict):
        return None
    instance, gateway = raw.get("instance"), raw.get("gateway", "")
    epoch, term, held = raw.get("epoch"), raw.get("term", 0), raw.get("held", 0.0)
    if not isinstance(instance, str) or not isinstance(gateway, str) or len(instance) > 64 or len(gateway) > 64:
        return None
    if type(epoch) is not int or type(term) is not int or not 0 <= epoch < 2**63 or not 0 <= term < 2**53:
        return None
    known = type(held) in (int, float) and 0.0 <= held < _FOR_EVER_S and (instance or (term > 0 and epoch == 0))
    return SeatWord(Leader(instance, epoch), gateway, float(held), term) if known else None
