"""DoorAdapterNode: doors with Modbus TCP or MQTT, for the fleet as any adapter of Open-RMF's doors is.

Modbus runs in a thread for each controller, MQTT in that of its client; here everything happens in ticks.
"""

from __future__ import annotations

import time
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from rmf_door_msgs.msg import DoorMode, DoorRequest, DoorState, SupervisorHeartbeat

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_interop.doors.adapter import DoorAdapter
from amr_interop.doors.settings import load_doors
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.doors import door_state
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

_PERIOD_S: Final = 0.1
_LONGEST: Final = 128  # characters of a requester's name


class DoorAdapterParams(BaseModel):
    """Parameters. doors: YAML file with the doors (docs/doors.md)."""

    model_config = ConfigDict(frozen=True)
    site: str
    doors: str


class DoorAdapterNode(AmrNode):
    """Hears /door_requests, says /door_states."""

    def __init__(self, name: str = "door_adapter", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        params = load_params(self, DoorAdapterParams)
        settings = load_doors(params.doors, [door.id for door in load_site(params.site).driven_doors])
        self._adapter = DoorAdapter(settings, self.get_logger().warning)
        self._states = self.create_publisher(DoorState, "/door_states", qos.RELIABLE)
        self.create_subscription(DoorRequest, "/door_requests", self._on_request, qos.RELIABLE)
        self.create_subscription(SupervisorHeartbeat, "/door_supervisor_heartbeat", self._on_beat, qos.RELIABLE)
        self._adapter.start()
        self._handle = ticker.add(self.tick, _PERIOD_S)

    def destroy_node(self) -> None:
        """End the lines, then remove the node; the doors stay as they are."""
        self.ticker.remove(self._handle)
        self._adapter.close()
        super().destroy_node()

    def tick(self, _now: float) -> None:
        """Hear the doors and say what is due."""
        for door, mode in self._adapter.step(time.monotonic()):
            self._states.publish(door_state(door, mode, self.stamp()))

    def _on_beat(self, _message: Any) -> None:
        self._adapter.fleet_spoke(time.monotonic())

    def _on_request(self, message: Any) -> None:
        door, who, value = str(message.door_name), str(message.requester_id), int(message.requested_mode.value)
        if not 0 < len(who) <= _LONGEST or value not in (DoorMode.MODE_OPEN, DoorMode.MODE_CLOSED):
            reason = f"{door[:_LONGEST]}: requester of {len(who)} characters, mode {value}"
            self.get_logger().warning(str(AmrError("message.invalid", topic="/door_requests", reason=reason)))
            return
        now = time.monotonic()
        self._adapter.fleet_spoke(now)
        self._adapter.desk.request(
            now, door, who, from_stamp(message.request_time), open_it=value == DoorMode.MODE_OPEN
        )
