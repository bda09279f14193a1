"""What the perception of a robot says about itself on /diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from amr_perception.nodes.complaints import Complaints
from amr_ros import qos
from amr_ros.node import AmrNode

_REPEAT_S = 5.0  # chosen: who begins to listen knows within it; what changes is said at once


class HealthReporter:
    """One status per node: OK, WARN while bad messages come in or a sensor is silent, ERROR while it is blind."""

    def __init__(self, node: AmrNode, name: str, complaints: Complaints) -> None:
        self._node = node
        self._name = name
        self._complaints = complaints
        self._out = node.create_publisher(DiagnosticArray, "/diagnostics", qos.RELIABLE)
        self._last: tuple[int, str] | None = None
        self._sent = -_REPEAT_S

    def report(self, now: float, blind: str = "", facts: Mapping[str, str] | None = None, *, warning: str = "") -> None:
        """Publish when something changed, and every five seconds. blind: why nothing can be called free, or empty.

        facts: further values for whoever reads the diagnostics. warning: what else keeps it from doing its work.
        """
        bad = self._complaints.recent(now)
        if blind:
            state = (2, blind)
        elif warning:
            state = (1, warning)
        elif bad:
            state = (1, "bad messages: " + ", ".join(bad))
        else:
            state = (0, "ok")
        if state == self._last and now - self._sent < _REPEAT_S and now >= self._sent:
            return
        self._last, self._sent = state, now
        self._out.publish(self._message(state, facts or {}))

    def _message(self, state: tuple[int, str], facts: Mapping[str, str]) -> Any:
        level, text = state
        status = DiagnosticStatus(level=bytes([level]), name=self._name, message=text, hardware_id=self._name)
        status.values = [KeyValue(key=topic, value=str(n)) for topic, n in sorted(self._complaints.counts.items())]
        status.values += [KeyValue(key=key, value=value) for key, value in facts.items()]
        array = DiagnosticArray(status=[status])
        array.header.stamp = self._node.stamp()
        return array
