"""Counts of messages that could not be used, with a log line now and then."""

from __future__ import annotations

from collections import Counter

from amr_core.errors import AmrError
from amr_ros.node import AmrNode

_EVERY_S = 10.0  # chosen: a driver that sends rubbish at 30 Hz must not fill the log; less often hides that it lasts
_RECENT_S = 5.0  # as often as diagnostics are repeated: no bad message falls between two


class Complaints:
    """Bad messages by topic."""

    def __init__(self, node: AmrNode) -> None:
        self._node = node
        self._last: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self.counts: Counter[str] = Counter()

    def add(self, now: float, error: AmrError) -> None:
        """Count an error; log it at most every ten seconds a topic."""
        topic = str(error.facts.get("topic", ""))
        self.counts[topic] += 1
        self._seen[topic] = now
        if now - self._last.get(topic, -_EVERY_S) >= _EVERY_S:
            self._last[topic] = now
            self._node.get_logger().warning(f"{error} ({self.counts[topic]} so far)")

    def recent(self, now: float) -> list[str]:
        """Return the topics with a bad message in the last five seconds."""
        return sorted(topic for topic, t in self._seen.items() if abs(now - t) < _RECENT_S)
