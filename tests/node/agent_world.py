"""A fake robot base, navigation and fleet around one AgentNode, and an order for it."""

from __future__ import annotations

from typing import Any

import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped
from nav2_msgs.action import DockRobot, FollowPath
from nav_msgs.msg import Odometry
from rclpy.node import Node
from std_msgs.msg import String

from amr_core.roadmap import build_roadmap
from amr_core.site import Site, load_site
from amr_interfaces.action import HandleLoad
from amr_interfaces.msg import FleetBeat, InstantAction, Order, OrderAction, OrderEdge, OrderNode, RobotState
from amr_navigation.nodes.agent import AgentNode
from amr_ros import qos
from amr_ros.actions import ActionServerBridge
from amr_ros.convert import to_stamp
from amr_ros.host import ProcessHost


class World:
    """A fake robot base, navigation and fleet of one robot."""

    def __init__(self, host: ProcessHost) -> None:
        self.host = host
        self.node = Node("world", context=host.context, namespace="/r1", enable_rosout=False)
        host.adopt(self.node)
        self.states: list[RobotState] = []
        self.goals: list[Any] = []
        self.follow = ActionServerBridge(self.node, FollowPath, "follow_path", on_goal=self.goals.append)
        self.dock = ActionServerBridge(self.node, DockRobot, "dock_robot", on_goal=self.goals.append)
        self.load = ActionServerBridge(self.node, HandleLoad, "handle_load", on_goal=self.goals.append)
        self.node.create_subscription(RobotState, "state", self.states.append, qos.RELIABLE)
        self.order = self.node.create_publisher(Order, "order", qos.RELIABLE)
        self.instant = self.node.create_publisher(InstantAction, "instant_action", qos.RELIABLE)
        self.load_state = self.node.create_publisher(String, "load_state", qos.LATCHED)
        self._odom = self.node.create_publisher(Odometry, "odom", qos.SENSOR)
        self._wheels: Odometry | None = None
        host.ticker.add(self._turn, 0.2)
        self._amcl = self.node.create_publisher(PoseWithCovarianceStamped, "amcl_pose", qos.LATCHED)
        self._beats = self.node.create_publisher(FleetBeat, "/fleet/beat", qos.RELIABLE)
        self.node.create_timer(0.5, lambda: self._beats.publish(FleetBeat()))  # without it a robot stops

    def stand_at(self, x: float, y: float) -> None:
        amcl = PoseWithCovarianceStamped()
        amcl.header.stamp = to_stamp(self.host.ticker.now)
        amcl.pose.pose.position.x, amcl.pose.pose.position.y = x, y
        amcl.pose.pose.orientation.w = 1.0
        odom = Odometry()
        odom.header.stamp = amcl.header.stamp
        odom.pose.pose.orientation.w = 1.0
        self._amcl.publish(amcl)
        self._odom.publish(odom)
        self._wheels = odom

    def _turn(self, now: float) -> None:
        if self._wheels is not None:
            self._wheels.header.stamp = to_stamp(now)
            self._odom.publish(self._wheels)

    def until(self, predicate: Any) -> None:
        assert self.host.spin_until(predicate, 30.0)

    def state(self, predicate: Any) -> None:
        self.until(lambda: bool(self.states) and predicate(self.states[-1]))


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site("lab")


@pytest.fixture
def world(host: ProcessHost, site: Site) -> World:
    world = World(host)
    host.build(
        AgentNode, "agent", namespace="/r1", params={"site": "lab", "robot": "r1", "robot_type": site.fleet[0].type}
    )
    return world


def order_to_station(site: Site) -> Order:
    """An order over one lane edge into a dock, all released, with a pick at its end."""
    roadmap = build_roadmap(site)
    dock = next(e for e in roadmap.edges.values() if e.manoeuvre == "dock")
    drive = next(e for e in roadmap.edges.values() if e.end == dock.start and e.manoeuvre == "drive")
    nodes = [roadmap.nodes[i] for i in (drive.start, dock.start, dock.end)]
    message = Order(robot="r1", order_id="m1")
    message.nodes = [
        OrderNode(node_id=n.id, sequence_id=2 * i, released=True, x=n.x, y=n.y) for i, n in enumerate(nodes)
    ]
    message.nodes[-1].actions = [
        OrderAction(action_type="pick", action_id="a1", parameter_keys=["load_id"], parameter_values=["L1"])
    ]
    message.edges = [
        OrderEdge(
            edge_id=e.id,
            sequence_id=2 * i + 1,
            released=True,
            start_node_id=e.start,
            end_node_id=e.end,
            max_speed=e.max_speed,
            manoeuvre=e.manoeuvre,
        )
        for i, e in enumerate((drive, dock))
    ]
    return message
