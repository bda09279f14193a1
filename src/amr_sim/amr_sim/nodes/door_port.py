"""The topics of the simulated doors and conveyors: Open-RMF's rmf_door_msgs, and what lies on conveyors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builtin_interfaces.msg import Time
from rmf_door_msgs.msg import DoorMode, DoorRequest, DoorState

from amr_core.conveyors import SimulatedConveyor
from amr_core.doors import SaidStates, SimulatedDoor
from amr_interfaces.msg import ConveyorLoad
from amr_ros import qos
from amr_ros.conveyors import conveyor_load
from amr_ros.doors import door_state
from amr_ros.node import AmrNode


class DoorPorts:
    """Hears /door_requests, says /door_states and /conveyor_loads: at every change, and regularly."""

    def __init__(self, node: AmrNode, doors: Mapping[str, SimulatedDoor]) -> None:
        self._doors = doors
        self._said = SaidStates()
        self._said_loads = SaidStates()
        self._now = 0.0
        self._belts = {name: door for name, door in doors.items() if isinstance(door, SimulatedConveyor)}
        if not doors:
            return
        if self._belts:
            self._loads = node.create_publisher(ConveyorLoad, "/conveyor_loads", qos.RELIABLE)
        self._states = node.create_publisher(DoorState, "/door_states", qos.RELIABLE)
        node.create_subscription(DoorRequest, "/door_requests", self._on_request, qos.RELIABLE)

    def _on_request(self, message: Any) -> None:
        door, value = self._doors.get(message.door_name), message.requested_mode.value
        if door is not None and value in (DoorMode.MODE_OPEN, DoorMode.MODE_CLOSED):
            door.tell(self._now, open_it=value == DoorMode.MODE_OPEN)

    def publish(self, now: float, stamp: Time) -> None:
        """Say what is due at a time (s)."""
        self._now = now
        for name, door in self._doors.items():
            mode = door.mode(now)
            if not door.silent and self._said.due(name, mode, now):
                self._states.publish(door_state(name, mode, stamp))
        for name, conveyor in self._belts.items():
            if not conveyor.blind and self._said_loads.due(name, conveyor.belt, now):
                self._loads.publish(conveyor_load(name, conveyor.belt, stamp))
