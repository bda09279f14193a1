"""When the simulator may take its next step: lock-step with the participants, and pacing against the wall clock."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

MEASURE_SECONDS = 10.0  # chosen: shorter shows each hiccup, longer hides for as long that a run became slow
_CATCH_UP = 0.2  # s of wall time that a late run may make up for


class LockStep:
    """Waits until all participants have answered the last step; who is silent too long is skipped until it speaks.

    joining: those who may come later, or never: each is waited for from its first answer on.
    """

    def __init__(self, participants: Sequence[str], timeout: float, joining: Sequence[str] = ()) -> None:
        self._timeout = timeout
        self._waiting: set[str] = set()
        self._active = set(participants)
        self._known = frozenset((*participants, *joining))
        self._heard: set[str] = set()
        self._stamp = -1
        self._since = 0.0
        self.timeouts = 0

    def begin(self, stamp: int, wall: float) -> None:
        """Note that the step with this stamp (ns) was announced at a wall time (s)."""
        self._stamp, self._since = stamp, wall
        self._waiting = set(self._active)

    def answer(self, participant: str, stamp: int) -> None:
        """Note an answer to the step with this stamp (ns); one to an older step is only a sign of life.

        Stamp 0 is what a process says when it starts. One that has taken the place of a dead process owes no answer to
        the step that the dead one got: nobody waits for it until its first real answer.
        """
        if stamp == 0:
            if participant in self._heard:
                self._active.discard(participant)
                self._waiting.discard(participant)
            return
        if participant in self._known:
            self._active.add(participant)
            self._heard.add(participant)
        if stamp == self._stamp:
            self._waiting.discard(participant)

    def check(self, wall: float) -> list[str]:
        """Return the participants that have just run out of time; from now on they are skipped."""
        if not self._waiting or wall - self._since < self._timeout:
            return []
        late = sorted(self._waiting)
        self.timeouts += len(late)
        self._active -= self._waiting
        self._waiting.clear()
        return late

    @property
    def waits_for_newcomer(self) -> bool:
        """Whether somebody who never answered is waited for: the announcement may have been lost on the way there."""
        return not self._waiting <= self._heard

    @property
    def done(self) -> bool:
        """Whether everybody that counts has answered."""
        return not self._waiting


class Pacer:
    """Keeps simulated time at rtf times wall time; rtf 0 is as fast as possible."""

    def __init__(self, rtf: float) -> None:
        self.rtf = rtf
        self.paused = False
        self._next = -math.inf
        self._history: deque[tuple[float, float]] = deque()

    def set_speed(self, rtf: float, *, paused: bool) -> None:
        """Change the speed from now on."""
        self.rtf, self.paused = rtf, paused
        self._next = -math.inf
        self._history.clear()

    def wait(self, wall: float) -> float:
        """Return the seconds of wall time until the next step is due; 0 when it is, inf while paused."""
        if self.paused:
            return math.inf
        return max(0.0, self._next - wall) if self.rtf > 0.0 else 0.0

    def stepped(self, wall: float, time: float, dt: float) -> None:
        """Note a step of dt that led to a simulated time (s)."""
        if self.rtf > 0.0:
            self._next = max(self._next, wall - _CATCH_UP) + dt / self.rtf
        self._history.append((wall, time))
        while wall - self._history[0][0] > MEASURE_SECONDS:
            self._history.popleft()

    @property
    def measured(self) -> float:
        """Simulated time over wall time in the last MEASURE_SECONDS."""
        if len(self._history) < 2:
            return 0.0
        (wall_0, time_0), (wall_1, time_1) = self._history[0], self._history[-1]
        return (time_1 - time_0) / max(1e-9, wall_1 - wall_0)
