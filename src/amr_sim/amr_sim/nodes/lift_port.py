"""The topics of the simulated lifts, in the words of Open-RMF's rmf_lift_msgs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builtin_interfaces.msg import Time
from rmf_lift_msgs.msg import LiftRequest, LiftState

from amr_core.doors import SaidStates
from amr_core.lifts import SimulatedLift
from amr_ros import qos
from amr_ros.lifts import lift_state
from amr_ros.node import AmrNode


class LiftPorts:
    """Hears /lift_requests, says /lift_states: at every change, and regularly."""

    def __init__(self, node: AmrNode, lifts: Mapping[str, SimulatedLift]) -> None:
        self._lifts = lifts
        self._said = SaidStates()
        self._now = 0.0
        if not lifts:
            return
        self._states = node.create_publisher(LiftState, "/lift_states", qos.RELIABLE)
        node.create_subscription(LiftRequest, "/lift_requests", self._on_request, qos.RELIABLE)

    def _on_request(self, message: Any) -> None:
        lift = self._lifts.get(message.lift_name)
        if lift is None:
            return
        if message.request_type == LiftRequest.REQUEST_END_SESSION:
            lift.end(message.session_id)
        elif message.request_type == LiftRequest.REQUEST_AGV_MODE:
            lift.tell(self._now, message.destination_floor, message.session_id)

    def publish(self, now: float, stamp: Time) -> None:
        """Say what is due at a time (s)."""
        self._now = now
        for name, lift in self._lifts.items():
            said = lift.said()
            if not lift.silent and self._said.due(name, said, now):
                floors = [stop.level for stop in lift.way.stops]
                self._states.publish(lift_state(name, floors, said, stamp))
