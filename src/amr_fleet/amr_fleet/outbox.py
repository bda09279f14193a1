"""While nothing can be written: what one step decided waits here, and so does what robots say meanwhile.

The engine's state is ahead of the journal by that one step. Nothing of it leaves the process before its entries are
in the journal; nobody asks the engine anything new until then. After that all goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from amr_core.errors import AmrError
from amr_core.vda5050 import RobotState
from amr_fleet.domain.events import Ask, ConnectionLost, Event, Notices, StepResult, StorageBack

RETRY = 0.5
"""s (real) between two tries to write."""


@dataclass
class Outbox:
    """One stretch of trouble. began, retry_at: real s; held: the step that is not written yet, None = none was made."""

    error: AmrError
    began: float
    held: StepResult | None = None
    retry_at: float = 0.0
    _missed: dict[tuple[str, str], Event] = field(default_factory=dict)

    def keep(self, events: Sequence[Event], refuse: Callable[[int], None]) -> None:
        """Keep the newest word of each robot; refuse(token) each request."""
        for event in events:
            match event:
                case Ask(token=token):
                    refuse(token)
                case RobotState(robot=robot) | ConnectionLost(robot=robot):
                    self._put((type(event).__name__, robot), event)
                case Notices():
                    self._put(("notices", ""), event)
                case StorageBack():
                    pass

    def _put(self, key: tuple[str, str], event: Event) -> None:
        self._missed.pop(key, None)  # the order in which they came counts
        self._missed[key] = event

    def reports(self) -> dict[str, RobotState]:
        """Return the newest report of each robot that spoke meanwhile."""
        return {event.robot: event for event in self._missed.values() if isinstance(event, RobotState)}

    def over(self, now: float) -> list[Event]:
        """Return what the engine has to hear first when it goes on at real time now (s)."""
        reason = str(self.error.facts.get("reason", self.error.code))[:200]
        return [StorageBack(reason, round(now - self.began, 1)), *self._missed.values()]
