"""Doors over ROS, as Open-RMF speaks of them (rmf_door_msgs): existing door adapters work with this fleet as they are.

The fleet is the supervisor of the site's doors: it sends `door_requests` and hears `door_states`. What others ask for
on `adapter_door_requests` it takes as their sessions, and it tells all sessions in `door_supervisor_heartbeat`.
A fire panel's contact comes as `fire_alarm_trigger`. Conveyors are doors here; what lies on them, which those messages
cannot say, comes as `conveyor_loads`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from rmf_door_msgs.msg import DoorMode, DoorRequest, DoorSessions, DoorState, Session, SupervisorHeartbeat

from amr_core.doors import DoorMode as Mode
from amr_core.errors import AmrError
from amr_core.lateness import Lateness
from amr_fleet.domain.events import BeltReport, DoorCommand, DoorReport, DoorSession, FireGone, FireInput
from amr_fleet.domain.gates import FRESH
from amr_fleet.nodes.fire_contact import FireContact
from amr_fleet.peripherals import DoorView
from amr_interfaces.msg import ConveyorLoad
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.conveyors import BELTS
from amr_ros.node import AmrNode

_MODES: Final[Mapping[int, Mode]] = {
    DoorMode.MODE_CLOSED: "CLOSED", DoorMode.MODE_OPEN: "OPEN", DoorMode.MODE_OFFLINE: "OFFLINE",
    DoorMode.MODE_UNKNOWN: "UNKNOWN",
}  # fmt: skip


class DoorPort:
    """The topics of the doors. post: takes events for the engine; blame: what to do with a message that is wrong."""

    def __init__(
        self,
        node: AmrNode,
        doors: Collection[str],
        requester: str,
        post: Callable[[DoorReport | BeltReport | DoorSession | FireInput | FireGone], None],
        blame: Callable[[AmrError], None],
        say: Callable[[str], object] = lambda _news: None,
        belts: Collection[str] = (),
    ) -> None:
        """requester: who this fleet is in its requests; say: takes what a person should know of clocks and lines.

        belts: the conveyors with a load sensor.
        """
        self._node, self._doors, self._requester = node, frozenset(doors), requester
        self._post, self._blame, self._say = post, blame, say
        self._wanted: dict[str, bool] = {}
        self._late = {door: Lateness(FRESH) for door in doors}
        self._late_belts = {conveyor: Lateness(FRESH) for conveyor in belts}
        self._fire = FireContact(node, post)
        if not doors:
            return
        self._requests = node.create_publisher(DoorRequest, "/door_requests", qos.RELIABLE)
        self._heartbeat = node.create_publisher(SupervisorHeartbeat, "/door_supervisor_heartbeat", qos.RELIABLE)
        node.create_subscription(DoorState, "/door_states", self._on_state, qos.RELIABLE)
        node.create_subscription(DoorRequest, "/adapter_door_requests", self._on_request, qos.RELIABLE)
        if belts:
            node.create_subscription(ConveyorLoad, "/conveyor_loads", self._on_belt, qos.RELIABLE)

    def send(self, command: DoorCommand) -> None:
        """Tell a door what to do."""
        self._wanted[command.door] = command.open
        mode = DoorMode(value=DoorMode.MODE_OPEN if command.open else DoorMode.MODE_CLOSED)
        self._requests.publish(
            DoorRequest(
                request_time=self._node.stamp(),
                requester_id=self._requester,
                door_name=command.door,
                requested_mode=mode,
            )
        )

    def look(self) -> None:
        """Look after the contact of the fire panel, at each step."""
        self._fire.look()

    def beat(self, views: Collection[DoorView]) -> None:
        """Tell who holds which door open."""
        if not self._doors:
            return
        now = self._node.stamp()
        sessions = [
            DoorSessions(
                door_name=view.door_id,
                sessions=[Session(request_time=now, requester_id=who) for who in self._holders(view)],
            )
            for view in views
        ]
        self._heartbeat.publish(SupervisorHeartbeat(all_sessions=sessions))

    def _holders(self, view: DoorView) -> list[str]:
        ours = [self._requester] if view.robots else []
        return [*ours, *view.others]

    def _on_state(self, message: Any) -> None:
        door, value = str(message.door_name), int(message.current_mode.value)
        if door not in self._doors:
            return  # of another fleet, or of people
        if not self._in_time(self._late[door], f"door {door}", message.door_time):
            return
        if value == DoorMode.MODE_MOVING:
            self._post(DoorReport(door, "OPENING" if self._wanted.get(door) else "CLOSING"))
        elif value in _MODES:
            self._post(DoorReport(door, _MODES[value]))
        else:
            self._post(DoorReport(door, "UNKNOWN"))
            self._blame(AmrError("message.invalid", topic="/door_states", reason=f"{door}: mode {value}"))

    def _in_time(self, late: Lateness, what: str, stamp: Any) -> bool:
        """Return whether a state says how things are now, by when (stamp) it was said."""
        said = from_stamp(stamp)
        if said and not self._node.now:
            return False  # a simulation whose /clock was not heard yet: how late it is cannot be said
        fresh = late.fresh(said, self._node.now)
        if news := late.news():
            self._say(f"{what}: {news}")
        return fresh  # else it was under way too long, or another one overtook it

    def _on_belt(self, message: Any) -> None:
        conveyor, value = str(message.conveyor), int(message.load)
        late = self._late_belts.get(conveyor)
        if late is None or not self._in_time(late, f"load sensor of conveyor {conveyor}", message.stamp):
            return
        self._post(BeltReport(conveyor, BELTS.get(value, "UNKNOWN")))
        if value not in BELTS:
            self._blame(AmrError("message.invalid", topic="/conveyor_loads", reason=f"{conveyor}: load {value}"))

    def _on_request(self, message: Any) -> None:
        door, who, value = str(message.door_name), str(message.requester_id), int(message.requested_mode.value)
        if door not in self._doors or who == self._requester:
            return
        if not 0 < len(who) <= 128 or value not in (DoorMode.MODE_OPEN, DoorMode.MODE_CLOSED):
            reason = f"{door}: requester of {len(who)} characters, mode {value}"
            self._blame(AmrError("message.invalid", topic="/adapter_door_requests", reason=reason))
            return
        self._post(DoorSession(who, door, open=value == DoorMode.MODE_OPEN))
