"""Notices that somebody else commands our robots: orders and actions at the broker that nobody here sent.

A broker gives a client its own messages back, too: what was sent is told from what was not by its content, which has a
number and a time. Whoever led the robots before us may still be heard when we begin.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict, deque
from typing import Any, Final

COMMANDS: Final = ("order", "instantActions")
"""What only one that leads a robot may send it."""
_KEPT: Final = 200  # messages of a topic: more than a broker that is slow holds back
# chosen: what a slow broker still holds of who led before; longer misses a stranger for as long
_BEFORE_US_S: Final = 3.0


class ForeignCommands:
    """Knows what was sent on the topics of commands."""

    def __init__(self) -> None:
        self._own: defaultdict[str, deque[int]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._kept: dict[str, bytes] = {}
        self._leads_since = math.inf

    def sent(self, topic: str, payload: bytes) -> None:
        """Remember a message of ours."""
        if topic.endswith(COMMANDS):
            self._own[topic].append(hash(payload))

    def step(self, now: float, *, leads: bool) -> None:
        """Take whether we lead the robots at now (s)."""
        self._leads_since = min(self._leads_since, now) if leads else math.inf

    def foreign(self, now: float, topic: str, payload: bytes, *, retained: bool) -> bool:
        """Return whether a message on a topic of commands is another's.

        One that the broker has kept may be old, but its robot gets it each time that it connects; it comes when we
        connect, before we lead, and is told by kept(). Questions are no commands: whoever looks on may ask for a state.
        """
        if not payload:
            self._kept.pop(topic, None)
        elif retained and not _asks_only(payload):
            self._kept[topic] = payload
        if hash(payload) in self._own[topic] or (now - self._leads_since < _BEFORE_US_S and not retained):
            return False
        return self._leads_since <= now and bool(payload) and not _asks_only(payload)

    def kept(self) -> list[str]:
        """Return the topics on which the broker keeps another's command, while we lead and until it is taken away."""
        if self._leads_since == math.inf:
            return []
        return [topic for topic, payload in self._kept.items() if hash(payload) not in self._own[topic]]


def _asks_only(payload: bytes) -> bool:
    try:
        record: Any = json.loads(payload)
        actions = record["actions"] if "actions" in record else record["instantActions"]
        return bool(actions) and all(str(one["actionType"]).endswith("Request") for one in actions)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
