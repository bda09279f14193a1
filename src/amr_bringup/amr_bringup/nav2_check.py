"""Whether a robot's Nav2 has come up, from what its lifecycle managers and servers say in the log. No ROS.

A manager whose server fails says so once in the log and never tries again: without a check a robot waits for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from amr_core.errors import AmrError

GIVEN_UP = ("Failed to bring up all requested nodes", "Failed to configure all requested nodes")
FAILED = "Failed to change state for node: "
"""What a manager says of a server, and when it will not try again (nav2_lifecycle_manager 1.3)."""
NO_REASON = ("Caught exception in callback", "does not have error state implemented", "Unable to start transition")
"""What every server says after its reason."""
LINGER = 1.0
"""Seconds after a manager gave up in which the words of its server may still come."""
WAIT = 120.0
"""Seconds without any manager getting ready until the rest is given up; a slow start that goes on is waited for."""
CURE = "the lines of Nav2 above say more; `amr nav2 check FILE` checks parameters, `amr doctor` the programs"


@dataclass
class Nav2Start:
    """Collects until every manager is active or one has given up."""

    robot: str
    managers: Sequence[str]
    clock: Callable[[], float] = time.monotonic
    _active: set[str] = field(default_factory=set)
    _errors: dict[str, str] = field(default_factory=dict)
    _server: str = ""
    _given_up: tuple[str, float] | None = None
    _progress: float = 0.0

    def __post_init__(self) -> None:
        self._progress = self.clock()

    @property
    def waiting(self) -> list[str]:
        """The managers that are not active yet."""
        return [name for name in self.managers if name not in self._active]

    def on_active(self, manager: str) -> None:
        """Take note that a manager has all its servers active."""
        if manager not in self._active:
            self._active.add(manager)
            self._progress = self.clock()

    def on_log(self, logger: str, text: str, *, error: bool) -> None:
        """Take a line of the log: logger as rclcpp names it, `amr_01.planner_server` or deeper."""
        robot, _, node = logger.partition(".")
        if robot != self.robot or not error:
            return
        if node not in self.managers:
            if not any(words in text for words in NO_REASON):
                self._errors[node.split(".")[-1]] = " ".join(text.split()).removeprefix("Original error: ")
        elif text.startswith(FAILED):
            self._server = text.removeprefix(FAILED).split(".")[0].strip()
        elif text.startswith(GIVEN_UP) and self._given_up is None:
            self._given_up = node, self.clock()

    def problem(self) -> AmrError | None:
        """Return why Nav2 does not come up, or None as long as it may."""
        now = self.clock()
        if self._given_up is not None and now - self._given_up[1] >= LINGER:
            words = self._errors.get(self._server, "it did not change its state")
            reason = f"{self._given_up[0]} gave up on {self._server or 'a server'}: {words}"
            return AmrError("launch.nav2", robot=self.robot, reason=reason, cure=CURE)
        if self.waiting and now - self._progress > WAIT:
            reason = f"{', '.join(self.waiting)} not active after {WAIT:.0f} s"
            return AmrError("launch.nav2", robot=self.robot, reason=reason, cure=CURE)
        return None
