"""What master control watches of a robot beside its order: is it alive, is it one, is its clock right.

Alive is who sends states: the `connection` topic may be late, wrong or missing (a last will of an old connection comes
after the new ONLINE, some robots never say ONLINE again after a restart of the broker).
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final, Literal

from amr_interop.vda.messages import Factsheet, WireState

Life = Literal["unknown", "alive", "stale", "gone", "hibernating"]

KEEPALIVE_S: Final = 15
"""As VDA 5050 recommends for MQTT: a broker tells that a client is gone within one and a half of it."""
# chosen: robots show an order in their next state, many once a second; a lost one is sent again so late
_ACK_S: Final = 1.0
_GONE_S: Final = 65.0  # twice the 30 s within which VDA 5050 wants a state, and 5 s for the line
# chosen: two of one a second may be lost; at most VDA 5050's 30 s and 5 s for the line
_STALE_MIN_S, _STALE_MAX_S = 3.0, 35.0
# s, s, s, states; chosen: delays on a site are below a second
_SKEW_S, _SKEW_WINDOW_S, _SKEW_RECENT_S, _SKEW_LEAST = 1.0, 60.0, 15.0, 5
_SKEW_SURE_S: Final = 3.0
"""How long it must last: what a line held back comes in one burst, the oldest first."""
# chosen: robots in halls drive below 2 m/s; nearer, two of one name cannot be told from one by their places
_JUMP_M, _JUMP_S = 2.0, 1.0
_LATE: Final = 20
"""A state at most so many numbers behind the newest, and older, is a late one; further behind: another source."""
_LEAP: Final = 100  # more than one counter for all topics grows from state to state
# s; so many jumps within it, or breaks in a minute, are no accident; chosen
_SUSPECT_S, _JUMPS, _BROKEN_A_MINUTE = 5.0, 2, 3
_RETURNS, _RETURNS_S = 2, 100.0
"""So often and within so long numbers or places went back and then on where they had been: two that take turns. One
that is started again begins below the lowest number that it had reached, however often."""
_BESIDE_M: Final = 0.3
"""Two robots cannot stand closer than that, and one that stands does not move so far."""
_CLEAN_S, _SELDOM_S = 10.0, 40.0
"""It is over after so long without a sign; of two that take turns one may speak every half minute."""


class RobotLiveness:
    """Whether a robot can be counted on, by the age of its states. Times: s of this computer."""

    def __init__(self) -> None:
        self._seen: float | None = None
        self._broken: float | None = None
        self._word = ""
        self._ask: float | None = None

    def state(self, now: float) -> None:
        """A state came: whatever the connection topic says, the robot is there."""
        self._seen, self._broken, self._ask = now, None, None
        self._word = "ONLINE"

    def connection(self, now: float, word: str) -> None:
        """The connection topic says ONLINE, OFFLINE, HIBERNATING or BROKEN."""
        self._word = word
        self._broken = now if word == "BROKEN" else None

    def life(self, now: float, sheet: Factsheet) -> Life:
        """Return what the robot is now."""
        if self._word == "HIBERNATING":
            return "hibernating"
        if self._word == "OFFLINE":
            return "gone"
        if self._seen is None:
            return "unknown"
        age = now - self._seen
        if age > _GONE_S or (self._broken is not None and now - self._broken > 2.0 * KEEPALIVE_S):
            return "gone"
        return "stale" if age > stale_after(sheet) else "alive"

    def must_ask(self, now: float, sheet: Factsheet) -> bool:
        """Return whether it is time for a stateRequest: half of the time to stale has passed since anything came."""
        if self._seen is None or self._word in ("HIBERNATING", "OFFLINE"):
            return False
        half = stale_after(sheet) / 2.0
        if now - self._seen < half or (self._ask is not None and now - self._ask < half):
            return False
        self._ask = now
        return True


def stale_after(sheet: Factsheet) -> float:
    """Return the age (s) from which a state says nothing any more. Without a factsheet 30 s are legal."""
    interval = 30.0 if sheet.default_interval is None else sheet.default_interval
    return min(_STALE_MAX_S, max(2.0 * interval, _STALE_MIN_S))


def ack_after(sheet: Factsheet) -> float:
    """Return how long (s) a robot has to show what it was sent."""
    return max(_ACK_S, 2.0 * sheet.min_state_interval, sheet.min_order_interval)


class Identity:
    """Notices two robots under one name, and a wrong clock, by what comes. ahead: see `Master.set_clock`."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._last: tuple[float, WireState] | None = None
        self._jumps: deque[float] = deque(maxlen=_JUMPS)
        self._returns: deque[float] = deque(maxlen=_RETURNS)
        self._spoke: WireState | None = None
        self._left: WireState | None = None
        self._low: int | None = None
        self._heard: deque[tuple[int, float | None]] = deque(maxlen=_LATE + 1)
        self._breaks: deque[float] = deque(maxlen=_BROKEN_A_MINUTE)
        self._offsets: deque[tuple[float, float]] = deque(maxlen=200)
        self._suspected_until = -math.inf
        self._behind = 0.0
        self._off_since: float | None = None

    def late(self, state: WireState) -> bool:
        """Return whether a state was overtaken by the newest one. A restarted robot counts from 0, but is not older."""
        if self._last is None:
            return False
        newest = self._last[1].header
        behind = newest.header_id - state.header.header_id
        if not 0 <= behind <= _LATE or None in (newest.stamp, state.header.stamp):
            return False
        return behind > 0 and (state.header.stamp or 0.0) < (newest.stamp or 0.0)

    def overtaken(self, state: WireState) -> None:
        """Take a late state: the number of one that was merely overtaken is new, another robot's came before."""
        head = state.header
        if self._last is not None and any(n == head.header_id and stamp != head.stamp for n, stamp in self._heard):
            self._left, self._spoke = self._last[1], state

    def state(self, now: float, state: WireState) -> None:
        """Take a state that is not late."""
        if self._spoke is not None:
            self._count(now, self._spoke, state)
        self._spoke = state
        self._heard.append((state.header.header_id, state.header.stamp))
        if self._last is not None:
            then, before = self._last
            if now - then < _JUMP_S and _apart(before, state) > _JUMP_M:
                self._jumps.append(now)
        self._last = (now, state)
        if state.header.stamp is not None:
            self._offsets.append((now, now + self.ahead - state.header.stamp))
            self._behind = self._offset(now)
            off = abs(self._behind) > _SKEW_S
            self._off_since = None if not off else now if self._off_since is None else self._off_since
        if len(self._jumps) == _JUMPS and now - self._jumps[0] < _SUSPECT_S:
            self._suspect(now)

    def broken(self, now: float) -> None:
        """The connection broke: two clients with one id throw each other out again and again."""
        self._breaks.append(now)
        if len(self._breaks) == _BROKEN_A_MINUTE and now - self._breaks[0] < 60.0:
            self._suspect(now)

    def _count(self, now: float, before: WireState, state: WireState) -> None:
        """Look at two states in a row: what was left for a lower number, or for another place, may be gone on with."""
        back = _counts_back(before, state)
        if back and self._low is not None and state.header.header_id <= self._low:
            # It begins anew: one robot that is started again and again passes its old numbers, too.
            self._returns.clear()
        if self._left is not None and not back and _goes_on(self._left, before, state):
            if before.header.header_id < self._left.header.header_id:
                self._low = before.header.header_id
            self._left = None
            self._returns.append(now)
            if len(self._returns) == _RETURNS and now - self._returns[0] < _RETURNS_S:
                self._suspect(now, _SELDOM_S)
        if back or _counts_alike(before, state):
            self._left = before

    def _suspect(self, now: float, lasts: float = _CLEAN_S) -> None:
        self._suspected_until = max(self._suspected_until, now + lasts)

    def double(self, now: float) -> bool:
        """Return whether two seem to use this name now."""
        return now < self._suspected_until

    def skew(self, now: float) -> float:
        """Return by how much (s) the robot's clock is behind ours when that is too much and lasts, else 0."""
        sure = self._off_since is not None and now - self._off_since >= _SKEW_SURE_S
        return self.suspected_skew(now) if sure else 0.0

    def suspected_skew(self, now: float) -> float:
        """Return the same from the first stamps on that say so, for what needs both clocks alike."""
        fresh = self._offsets and now - self._offsets[-1][0] < _SKEW_WINDOW_S
        return self._behind if fresh and self._off_since is not None else 0.0

    def _offset(self, now: float) -> float:
        """Return how far the clock is behind, s: a network makes stamps older only, so the freshest say it.

        The second of them, since one stamp may be rubbish.
        """
        window = [(when, offset) for when, offset in self._offsets if now - when < _SKEW_WINDOW_S]
        recent = [offset for when, offset in window if now - when < _SKEW_RECENT_S]
        if len(recent) < _SKEW_LEAST:
            recent = [offset for _, offset in window[-_SKEW_LEAST:]]
        return sorted(recent)[1] if len(recent) >= _SKEW_LEAST else 0.0


def _counts_back(a: WireState, b: WireState) -> bool:
    """Return whether b has a lower number than a, and was not merely overtaken on its way."""
    back = a.header.header_id - b.header.header_id
    newer = a.header.stamp is not None and b.header.stamp is not None and b.header.stamp > a.header.stamp
    return back > _LATE or (back > 0 and newer)


def _counts_alike(a: WireState, b: WireState) -> bool:
    """Return whether b has a's number, and comes from elsewhere."""
    return a.header.header_id == b.header.header_id and _apart(a, b) > _BESIDE_M


def _goes_on(left: WireState, last: WireState, state: WireState) -> bool:
    """Return whether a state goes on where one had been left for the last: by the numbers, or by the places."""
    number, away = left.header.header_id, _apart(last, state)
    if not number < state.header.header_id <= number + _LEAP:
        return False
    return last.header.header_id < number or (away > _BESIDE_M and _apart(left, state) < away / 2.0)


def _apart(a: WireState, b: WireState) -> float:
    if None in (a.x, a.y, b.x, b.y) or not (a.localized and b.localized) or a.map_id != b.map_id:
        return 0.0  # from one map to another it came in a lift
    return math.hypot((a.x or 0.0) - (b.x or 0.0), (a.y or 0.0) - (b.y or 0.0))
