"""DoorAdapterNode: doors and lifts with Modbus TCP or MQTT, for the fleet as any adapter of Open-RMF's is.

Modbus runs in a thread for each controller, MQTT in that of its client; here everything happens in ticks.
"""

from __future__ import annotations

import time
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from rmf_door_msgs.msg import DoorMode, DoorRequest, DoorState, SupervisorHeartbeat
from rmf_lift_msgs.msg import LiftRequest, LiftState

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_interfaces.msg import ConveyorLoad
from amr_interop.doors.adapter import DoorAdapter
from amr_interop.doors.settings import load_for
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.conveyors import conveyor_load
from amr_ros.doors import door_state
from amr_ros.lifts import lift_state
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

_PERIOD_S: Final = 0.1  # chosen: a door takes seconds, so 0.1 s more is not seen; shorter only costs CPU
_LONGEST: Final = 128  # characters of a requester's name


class DoorAdapterParams(BaseModel):
    """Parameters. doors: YAML file with doors and lifts (docs/doors.md)."""

    model_config = ConfigDict(frozen=True)
    site: str
    doors: str


class DoorAdapterNode(AmrNode):
    """Hears /door_requests and /lift_requests, says /door_states, /conveyor_loads and /lift_states."""

    def __init__(self, name: str = "door_adapter", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        params = load_params(self, DoorAdapterParams)
        settings = load_for(load_site(params.site), params.doors)
        self._adapter = DoorAdapter(settings, self.get_logger().warning)
        self._states = self.create_publisher(DoorState, "/door_states", qos.RELIABLE)
        self._loads = self.create_publisher(ConveyorLoad, "/conveyor_loads", qos.RELIABLE)
        self.create_subscription(DoorRequest, "/door_requests", self._on_request, qos.RELIABLE)
        self.create_subscription(SupervisorHeartbeat, "/door_supervisor_heartbeat", self._on_beat, qos.RELIABLE)
        if self._adapter.lifts.names:
            self._lift_states = self.create_publisher(LiftState, "/lift_states", qos.RELIABLE)
            # What was asked for before this node began is old: a lift that is told it anew moves for nobody.
            self.create_subscription(LiftRequest, "/lift_requests", self._on_lift_request, qos.RELIABLE)
            self.create_subscription(LiftRequest, "/lift_requests", self._on_kept_request, qos.LIFT_REQUESTS)
        self._adapter.start()
        self._handle = ticker.add(self.tick, _PERIOD_S)

    def destroy_node(self) -> None:
        """End the lines, then remove the node; doors and lifts stay as they are."""
        self.ticker.remove(self._handle)
        self._adapter.close()
        super().destroy_node()

    def tick(self, _now: float) -> None:
        """Hear doors and lifts and say what is due."""
        now = time.monotonic()
        for door, mode in self._adapter.step(now):
            self._states.publish(door_state(door, mode, self.stamp()))
        for conveyor, belt in self._adapter.desk.loads(now):
            self._loads.publish(conveyor_load(conveyor, belt, self.stamp()))
        for lift, said in self._adapter.lifts.due(now):
            self._lift_states.publish(lift_state(lift, self._adapter.lifts.levels(lift), said, self.stamp()))

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

    def _on_kept_request(self, message: Any) -> None:
        session = str(message.session_id)
        if 0 < len(session) <= _LONGEST:
            self._adapter.lifts.know(str(message.lift_name), session)

    def _on_lift_request(self, message: Any) -> None:
        lift, session, kind = str(message.lift_name), str(message.session_id), message.request_type
        level, levels = str(message.destination_floor), self._adapter.lifts.levels(lift)
        ends = kind == LiftRequest.REQUEST_END_SESSION
        now = time.monotonic()
        self._adapter.fleet_spoke(now)
        if not levels:
            return  # of others
        called = kind == LiftRequest.REQUEST_AGV_MODE and level in levels
        if not 0 < len(session) <= _LONGEST or not (ends or called):
            reason = f"{lift}: session of {len(session)} characters, type {kind}, floor {level[:_LONGEST]!r}"
            self.get_logger().warning(str(AmrError("message.invalid", topic="/lift_requests", reason=reason)))
            return
        self._adapter.lifts.request(now, lift, session, from_stamp(message.request_time), "" if ends else level)
