"""FoxgloveNode: map, robots, scans, orders and waits for Foxglove, behind the fleet's log-in. It only listens to ROS.

A process of its own. A lidar is heard only while somebody looks at it, what nobody looks at is not made.
"""

from __future__ import annotations

import ssl
from functools import partial
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from sensor_msgs.msg import LaserScan

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.robots import ROBOT_TYPES
from amr_core.site import load_site
from amr_fleet.neighbours import viewing
from amr_fleet.neighbours.foxglove_feed import TRANSFORMS, FoxgloveFeed
from amr_fleet.neighbours.foxglove_front import FoxgloveFront, FoxgloveWay, role_at
from amr_fleet.neighbours.settings import load_neighbours
from amr_fleet.neighbours.viewing import ViewedOrder, ViewedRobot
from amr_interfaces.msg import FleetState, RobotState
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

_PERIOD_S: Final = 0.2  # as the fleet's live feed: a person sees no more, and each picture is made for all who look


class FoxgloveParams(BaseModel):
    """Parameters. neighbours: the YAML file (docs/neighbours.md); api: the fleet's API, http://127.0.0.1:PORT.

    certificate: PEM file of the API's own TLS, "" = it has none.
    """

    model_config = ConfigDict(frozen=True)
    site: str
    robots: list[str]
    neighbours: str
    api: str
    certificate: str = ""


class FoxgloveNode(AmrNode):
    """Hears the fleet and its robots, and says it to whom the front lets in."""

    def __init__(self, name: str = "foxglove", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        params = load_params(self, FoxgloveParams)
        settings = load_neighbours(params.neighbours).foxglove
        if settings is None:
            raise AmrError("parameter.invalid", name="foxglove", node=name, reason="the file does not name it")
        self._site = load_site(params.site)
        kinds = {robot.name: robot.type for robot in self._site.fleet}
        lidars = {robot: ROBOT_TYPES[kinds[robot]].lidars for robot in params.robots if kinds.get(robot) in ROBOT_TYPES}
        self._mounts = {
            f"/{robot}/{topic}": (robot, lidar.mount)
            for robot, both in lidars.items()
            for topic, lidar in zip(viewing.SCAN_TOPICS, both, strict=True)
        }
        self._robots: list[ViewedRobot] = []
        self._poses: dict[str, Pose2D] = {}
        self._scans: dict[str, Any] = {}
        self.feed = FoxgloveFeed(f"amr {self._site.id}", list(self._mounts))
        way = FoxgloveWay(settings.host, settings.port, _tls(settings.certificate, settings.key), settings.most)
        self.front = FoxgloveFront(way, self.feed.port, partial(role_at, params.api, certificate=params.certificate))
        try:
            self.front.start()
        except OSError as error:
            self.feed.close()
            reason = f"{settings.host}:{settings.port}: {error.strerror or error}"
            raise AmrError("parameter.invalid", name="foxglove.port", node=name, reason=reason) from error
        self.create_subscription(FleetState, "/fleet/state", self._on_fleet, qos.RELIABLE)
        for robot in params.robots:
            self.create_subscription(RobotState, f"/{robot}/state", partial(self._on_state, robot), qos.RELIABLE)
        self._handle = ticker.add(self.tick, _PERIOD_S)
        self.get_logger().info(f"Foxglove: port {self.front.port} of {settings.host}")

    def destroy_node(self) -> None:
        """End all connections, then remove the node."""
        self.ticker.remove(self._handle)
        self.front.close()
        self.feed.close()
        super().destroy_node()

    def tick(self, now: float) -> None:
        """Say where everything is to those who look."""
        if self.feed.news(viewing.MAP):
            self.feed.say(viewing.MAP, viewing.map_message(self._site, now), now)
        if self.feed.wanted(viewing.SCENE):
            self.feed.say(viewing.SCENE, viewing.scene_message(self._robots, self._poses, now), now)
        if self.feed.wanted(TRANSFORMS):
            self.feed.place(self._poses, now)
        for topic in self._mounts:
            self._listen(topic, wanted=self.feed.wanted(topic))

    def _listen(self, topic: str, *, wanted: bool) -> None:
        if wanted and topic not in self._scans:
            self._scans[topic] = self.create_subscription(LaserScan, topic, partial(self._on_scan, topic), qos.SENSOR)
        elif not wanted and topic in self._scans:
            self.destroy_subscription(self._scans.pop(topic))

    def _on_state(self, robot: str, message: Any) -> None:
        self._poses[robot] = Pose2D(message.x, message.y, message.theta)

    def _on_fleet(self, message: Any) -> None:
        self._robots = [
            ViewedRobot(
                r.robot, r.robot_type, r.status, r.order_id, r.node_id, r.waiting_reason, r.state_of_charge,
                r.x, r.y, r.theta,
            )
            for r in message.robots
        ]  # fmt: skip
        orders = [
            ViewedOrder(o.order_id, o.reference, o.pick_place, o.drop_place, o.state, o.robot, o.reason, o.priority)
            for o in message.open_orders
        ]
        t = from_stamp(message.stamp)
        tables = viewing.table_messages(self._robots, orders, t)
        for topic, table in tables.items():
            if self.feed.wanted(topic):
                self.feed.say(topic, table, t)

    def _on_scan(self, topic: str, message: Any) -> None:
        robot, mount = self._mounts[topic]
        angles = (message.angle_min, message.angle_max)
        self.feed.scan(topic, robot, mount, angles, list(message.ranges), from_stamp(message.header.stamp))


def _tls(certificate: str, key: str) -> ssl.SSLContext | None:
    if not certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:
        reason = f"certificate and key cannot be used: {type(error).__name__}"
        raise AmrError("parameter.invalid", name="foxglove.certificate", node="foxglove", reason=reason) from error
    return context
