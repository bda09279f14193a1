"""What the agent tells the navigation and repeats: the speed limit and the outline.

Both are said on change, but who listens to them is volatile: a Nav2 that was started anew has heard neither. And
Nav2's speed filter speaks on the agent's topic, where the last word counts: it says 0 (no limit) at the end of its
zone. So the agent answers it at once, with the smaller of its own limit and the zone's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from geometry_msgs.msg import Polygon
from nav2_msgs.msg import SpeedLimit

_SPEED_S: Final = 0.5  # chosen: a new listener drives too fast for so long at most; shorter is traffic for nothing
_OUTLINE_S: Final = 10.0
"""s between two words on the outline; Nav2 inflates its whole costmap anew for each."""
_NEW_LISTENER_S: Final = 5.0
"""s in which the outline is said each second after the number of its listeners has changed."""
_FILTER_GONE_S: Final = 2.0
"""s after which a filter that is away has forgotten its zone: a new one is silent outside of zones."""


class SpeedWord:
    """The robot's speed limit, m/s, as the agent says it."""

    def __init__(self, say: Callable[[Any], None], others: Callable[[], int]) -> None:
        """say: publishes a message; others: how many others publish limits now."""
        self._say, self._others = say, others
        self._own: float | None = None
        self._zone = math.inf
        self._due = 0.0
        self._heard = -math.inf  # s, when somebody else was last there

    def set(self, now: float, limit: float) -> None:
        """Tell another limit of the agent's own."""
        self._own = limit
        self._tell(now)

    def on_message(self, now: float, message: Any) -> None:
        """Take a word on the topic; those of the filter have the mask's frame, the agent's own have none."""
        limit = message.speed_limit
        if not message.header.frame_id or message.percentage or not math.isfinite(limit):
            return
        self._zone, self._heard = limit if limit > 0.0 else math.inf, now
        self._tell(now)

    def repeat(self, now: float) -> None:
        """Say it again when it is time."""
        if self._others():
            self._heard = now
        elif now - self._heard > _FILTER_GONE_S:
            self._zone = math.inf
        if now >= self._due - 1e-6:
            self._tell(now)

    def _tell(self, now: float) -> None:
        self._due = now + _SPEED_S
        if self._own is not None:
            self._say(SpeedLimit(percentage=False, speed_limit=min(self._own, self._zone)))


class OutlineWord:
    """The robot's outline, as the agent says it."""

    def __init__(self, say: Callable[[Any], None], listeners: Callable[[], int]) -> None:
        """say: publishes a message; listeners: how many listen now."""
        self._say, self._listeners = say, listeners
        self._outline: Polygon | None = None
        self._count = 0
        self._due = 0.0
        self._often_until = -math.inf

    def set(self, now: float, outline: Polygon) -> None:
        """Tell another outline."""
        self._outline = outline
        self._tell(now)

    def repeat(self, now: float) -> None:
        """Say it again when it is time, or when somebody new may listen."""
        count = self._listeners()
        if count != self._count:
            self._count, self._often_until = count, now + _NEW_LISTENER_S
            self._due = min(self._due, now)
        if now >= self._due - 1e-6:
            self._tell(now)

    def _tell(self, now: float) -> None:
        self._due = now + (1.0 if now < self._often_until else _OUTLINE_S)
        if self._outline is not None:
            self._say(self._outline)
