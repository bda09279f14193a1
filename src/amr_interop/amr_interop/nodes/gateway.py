"""The fleet's gateway: for the fleet a robot's topics, for the robot a VDA 5050 master control. One process of its own.

The fleet does not know that a robot speaks VDA 5050: it publishes /<robot>/order and hears /<robot>/state. MQTT runs in
the link's thread; here everything happens in ticks.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pydantic import Field
from std_msgs.msg import String

from amr_core.errors import AmrError
from amr_core.robot_report import to_text
from amr_core.robots import robot_type
from amr_core.site import load_site
from amr_core.vda5050 import Leader
from amr_interfaces.msg import FleetBeat, InstantAction, Order, RobotState
from amr_interop.mqtt.clocks import GatewayClocks
from amr_interop.mqtt.gateway import LINK, Gateway
from amr_interop.mqtt.line import LineWatch
from amr_interop.mqtt.params import BrokerParams
from amr_interop.mqtt.seat import Seat
from amr_interop.mqtt.site_files import old_access
from amr_interop.vda.addresses import addresses
from amr_interop.vda.floors import floors_of
from amr_interop.vda.maps import MapDesks, called, wishes_by_map
from amr_interop.vda.master import Master
from amr_interop.vda.outbox import MasterStep
from amr_interop.vda.sent import FileShelf, MemoryShelf, Shelf
from amr_interop.vda.zones import zones_of
from amr_ros import qos
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker
from amr_ros.vda5050 import instant_from_msg, order_from_msg, state_to_msg

# chosen: an order or a state waits so long at most, below the goal of 0.25 s for its age (docs/vda5050.md)
_PERIOD_S: Final = 0.1
_SHEET_WAIT_S: Final = 3.0  # chosen: it is asked for at the first state; longer holds up robots that have none


class GatewayParams(BrokerParams):
    """Parameters of the gateway. robots: "NAME=MANUFACTURER/SERIAL", the fleet's name of each.

    folder: where what was sent is kept, "" = in memory: then the gateway must not be restarted under robots at work.
    one_fleet: the broker keeps which fleet leads its robots; another one, or an older process of it, sends nothing.
    maps: "NAME=VERSION LINK [HASH]", the version of the site's map that a robot is to use and where it gets it; with
    several levels "NAME@LEVEL=VERSION LINK [HASH]" for each.
    map_ids: "NAME=MAPID", with several levels "NAME@LEVEL=MAPID": what a robot calls its map, when not as we do.
    """

    robots: list[str]
    client_id: str = "amr-fleet"
    one_fleet: bool = False
    folder: str = ""
    maps: list[str] = Field(default_factory=list)
    map_ids: list[str] = Field(default_factory=list)


class GatewayNode(AmrNode):
    """Runs the masters of all robots that speak VDA 5050."""

    def __init__(self, name: str = "gateway", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = p = load_params(self, GatewayParams)
        site = load_site(p.site)
        listed = addresses(p.robots)
        floors = called(p.map_ids, listed, floors_of(site))
        racks = [place for place in site.places if place.kind == "rack"]
        stations = {station.id: "rack" for place in racks for station in place.stations}
        shelf: Shelf = FileShelf(Path(p.folder)) if p.folder else MemoryShelf()
        types = {robot.name: robot.type for robot in site.fleet}
        kinds = {robot: robot_type(kind) for robot, kind in types.items()}
        self.masters = {
            robot: Master(
                robot, *address, map_id=site.id, shelf=shelf, stations=stations, sheet_wait=_SHEET_WAIT_S,
                kind=kinds.get(robot), floors=floors[robot], carried=site.carried(types.get(robot, "")),
            )
            for robot, address in listed.items()
        }  # fmt: skip
        for robot, wishes in wishes_by_map(p.maps, floors).items():
            self.masters[robot].maps = MapDesks(floors[robot].ids, wishes)
        # Beside the server's certificate, where the broker runs on the same computer.
        if p.certificate and (old := old_access(Path(p.certificate).parent)):
            self.get_logger().error(str(old))
        token = secrets.token_hex(4)
        seat = Seat(token) if p.one_fleet else None
        # With one id two fleets would throw each other out of the broker, and neither could say who the other is.
        client_id = f"{p.client_id}-{token}" if seat else p.client_id
        self._gateway = Gateway(p.address, client_id, self.masters.values(), seat)
        self._said_seat = ""
        self._clocks = GatewayClocks()
        self.link = self._gateway.link
        self._line = LineWatch(self.link, p.address, self.get_logger().warning)
        self._life: dict[str, str] = {}
        self._states: dict[str, Any] = {}
        self._connections: dict[str, Any] = {}
        self._reports: dict[str, Any] = {}
        self._seen_counts: dict[str, int] = {}
        for robot in self.masters:
            self._wire(robot)
        self.create_subscription(FleetBeat, "/fleet/beat", self._on_beat, qos.RELIABLE)
        self.create_subscription(String, "/fleet/zones", self._on_zones, qos.LATCHED)
        self.link.start()
        self._handle = ticker.add(self.tick, _PERIOD_S)

    def _wire(self, robot: str) -> None:
        self._states[robot] = self.create_publisher(RobotState, f"/{robot}/state", qos.RELIABLE)
        self._connections[robot] = self.create_publisher(String, f"/{robot}/connection", qos.LATCHED)
        self._reports[robot] = self.create_publisher(String, f"/{robot}/report", qos.RELIABLE)
        master = self.masters[robot]
        self.create_subscription(
            Order, f"/{robot}/order", lambda m: self._from_fleet(master, order_from_msg(m), master.order), qos.RELIABLE,
        )  # fmt: skip
        self.create_subscription(
            InstantAction, f"/{robot}/instant_action",
            lambda m: self._from_fleet(master, instant_from_msg(m), master.instant), qos.RELIABLE,
        )  # fmt: skip

    def _on_beat(self, message: Any) -> None:
        seat = self._gateway.seat
        if seat is not None:
            seat.beats(Leader(message.instance_id[:64], message.epoch))

    def _from_fleet(self, master: Master, said: Any, take: Any) -> None:
        seat = self._gateway.seat
        if seat is not None and not seat.obeys(replace(said.leader, instance=said.leader.instance[:64])):
            return  # the robots are another fleet's, and ours is told so with every state
        try:
            take(said)
        except AmrError as error:
            self.get_logger().warning(f"{master.name}: {error}")

    def _on_zones(self, message: Any) -> None:
        try:
            zones = zones_of(message.data)
        except AmrError as error:
            self.get_logger().warning(str(error))
            return
        for master in self.masters.values():
            master.zones.wanted = zones

    def _time(self) -> tuple[float, float]:
        """Return s of a clock that is never set, and by how much the one of stamps is ahead of it.

        In a simulation that is faster than the clock, states must not become rarer by that.
        """
        if self.params.epoch:
            return self.params.epoch + self.now, 0.0
        return self._clocks.read()

    def destroy_node(self) -> None:
        """End the connection, then remove the node."""
        self.ticker.remove(self._handle)
        self.link.close()
        super().destroy_node()

    def tick(self, _now: float) -> None:
        """Take what the broker brought, let the masters decide, send what they say."""
        self._line.step(time.time())
        now, ahead = self._time()
        self._say_seat()
        for master, outcome in self._gateway.tick(now, ahead):
            try:
                self._tell_fleet(now, master, outcome)
                self._say_counts(master)
            except Exception as error:  # the others' masters live in this process, too
                self._gateway.failed(now, master, error)
        for name, report in self._gateway.reports():
            self._reports[name].publish(String(data=to_text(report)))

    def _say_seat(self) -> None:
        """Say it in the log when who leads has changed."""
        seat = self._gateway.seat
        if seat is None or not seat.own.instance:
            return
        holder = "" if seat.holder is None else f"{seat.holder.instance} ({seat.holder.epoch})"
        words = "the broker keeps no seat: write its access list anew (amr mqtt files)" if seat.deaf else ""
        words = words or (
            f"robots are led by the fleet {holder}{'' if seat.leads else ', not by us'}" if holder else ""
        )
        if words and words != self._said_seat:
            self._said_seat = words
            if seat.leads and not seat.deaf:
                self.get_logger().info(words)
            else:  # rclpy lets no line of code change its severity
                self.get_logger().warning(words)

    def _tell_fleet(self, now: float, master: Master, outcome: MasterStep) -> None:
        name = master.name
        if outcome.life != self._life.get(name):
            self._life[name] = outcome.life
            self.get_logger().info(f"{name}: {outcome.life}")
            if word := LINK.get(outcome.life, ""):
                self._connections[name].publish(String(data=word))
        if (state := self._gateway.to_tell(now, master, outcome)) is not None:
            self._states[name].publish(state_to_msg(state, self.stamp()))

    def _say_counts(self, master: Master) -> None:
        """Say what was wrong with messages at the first, second, fourth, ... time."""
        total = sum(master.counts.values())
        if total != self._seen_counts.get(master.name, 0) and total & (total - 1) == 0:
            self.get_logger().warning(f"{master.name}: messages that were no use: {dict(master.counts)}")
        self._seen_counts[master.name] = total
