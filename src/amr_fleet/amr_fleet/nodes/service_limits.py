"""What the ROS services take: no more than the REST API does. Raises AmrError; the engine checks what a wish means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.api.limits import ClientLimit
from amr_fleet.vocabulary import MOST_PRIORITY

BURST: Final = 200.0  # calls at once
PER_S: Final = 20.0
"""Calls at once, and how fast they come back (ROS time): any process on the domain may call, so they are one client."""
MOST_NAMES: Final = 1000
MOST_TEXT: Final = 128


class ServiceLimits:
    """Look at a request before the engine is asked. clock: ROS time in s."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._bucket = ClientLimit(BURST, PER_S, clock)

    def create(self, request: Any) -> None:
        """Check a CreateOrder request."""
        self._bucket.take("create")
        if not 0 <= request.priority <= MOST_PRIORITY:
            raise AmrError("order.invalid", where="priority", reason=f"not in 0..{MOST_PRIORITY}")

    def cancel(self, request: Any) -> None:
        """Check a CancelOrder request."""
        self._bucket.take("cancel")
        if len(request.order_id) > MOST_TEXT:
            raise AmrError("order.not_found", order_id=request.order_id[:MOST_TEXT])

    def pause(self, request: Any) -> None:
        """Check a PauseRobots request; a stop is never one too many, nor refused for what is said with it."""
        if not request.pause:
            self._bucket.take("resume")
        for where in ("robots",) if request.pause else ("robots", "instead_of"):
            if len(getattr(request, where)) > MOST_NAMES:
                raise AmrError("request.invalid", where=where, reason=f"more than {MOST_NAMES}")
        for name in request.robots:
            if len(name) > MOST_TEXT:
                raise AmrError("robot.not_found", robot=name[:MOST_TEXT])
