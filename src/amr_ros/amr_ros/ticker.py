"""The time source that all nodes of a process share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from amr_ros.steady import SteadyClock

# Stamps are nanoseconds, read back as floats: a tick at 0.3 s must not miss the grid point 3 * 0.1.
_EPSILON_S = 1e-6


@dataclass(slots=True, eq=False)
class TickHandle:
    """A registered callback."""

    callback: Callable[[float], None]
    period_s: float
    index: int | None = None

    def due(self, now: float) -> bool:
        """Tell whether now (s) lies in another period than the last call, and take note of it."""
        index = math.floor((now + _EPSILON_S) / self.period_s)
        if index == self.index:
            return False
        self.index = index
        return True


class Ticker:
    """Calls due callbacks in registration order. Periods are a fixed grid of ROS time, whenever a node started."""

    def __init__(self, clock: SteadyClock | None = None) -> None:
        """clock: what the process runs by, None in simulation."""
        self.clock = clock
        self._handles: list[TickHandle] = []
        self._now = 0.0

    @property
    def now(self) -> float:
        """ROS time of the running or the last tick, in seconds; 0.0 before the first."""
        return self._now

    def add(self, callback: Callable[[float], None], period_s: float) -> TickHandle:
        """Call callback(now) once in each period of period_s seconds."""
        if period_s <= 0.0:
            raise ValueError(f"period_s must be positive, not {period_s}")
        handle = TickHandle(callback, period_s)
        self._handles.append(handle)
        return handle

    def remove(self, handle: TickHandle) -> None:
        """Forget a callback; harmless if it is not registered."""
        if handle in self._handles:
            self._handles.remove(handle)

    def advance(self, now: float) -> int:
        """Set the time to now (s) and run what is due; return how many callbacks ran. Only the host calls this."""
        self._now = now
        due = [handle for handle in self._handles if handle.due(now)]
        for handle in due:
            handle.callback(now)
        return len(due)
