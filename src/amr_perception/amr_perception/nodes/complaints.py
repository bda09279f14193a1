"""Counts of messages that could not be used, with a log line now and then."""

from __future__ import annotations

from collections import Counter

from amr_core.errors import AmrError
from amr_ros.node import AmrNode

_EVERY_S = 10.0


class Complaints:
    """Bad messages by topic."""

    def __init__(self, node: AmrNode) -> None:
        self._node = node
        self._last: dict[str, float] = {}
        self.counts: Counter[str] = Counter()

    def add(self, now: float, error: AmrError) -> None:
        """Count an error; log it at most every ten seconds a topic."""
        topic = str(error.facts.get("topic", ""))
        self.counts[topic] += 1
        if now - self._last.get(topic, -_EVERY_S) >= _EVERY_S:
            self._last[topic] = now
            self._node.get_logger().warning(f"{error} ({self.counts[topic]} so far)")
