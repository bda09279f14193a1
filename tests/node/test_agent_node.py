"""AgentNode against fake action servers: an order becomes Nav2 goals, results become states."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped
from nav2_msgs.action import DockRobot, FollowPath
from nav2_msgs.msg import SpeedLimit
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import BatteryState, CompressedImage
from std_msgs.msg import Empty, Float32, Header, String

from amr_core.errors import ERRORS
from amr_core.roadmap import build_roadmap
from amr_core.robot_report import RobotReport, from_text, plain_log
from amr_core.site import Site, load_site
from amr_interfaces.action import HandleLoad
from amr_interfaces.msg import (
    ActionState,
    FleetBeat,
    InstantAction,
    Order,
    OrderAction,
    OrderEdge,
    OrderNode,
    RobotState,
)
from amr_navigation.nodes import agent_errands
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
        assert self.host.spin_until(predicate, 10.0)

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


def test_an_order_becomes_goals(world: World, site: Site) -> None:
    order = order_to_station(site)
    world.stand_at(order.nodes[0].x, order.nodes[0].y)
    world.state(lambda s: s.localized and s.last_node_id == order.nodes[0].node_id)
    world.order.publish(order)
    world.until(lambda: world.follow.active)
    end = world.goals[-1].path.poses[-1].pose.position
    assert (end.x, end.y) == pytest.approx((order.nodes[1].x, order.nodes[1].y))
    world.stand_at(order.nodes[1].x, order.nodes[1].y)
    world.host.spin_until(lambda: False, 0.3)
    world.follow.succeed()
    world.until(lambda: world.dock.active)
    assert world.goals[-1].dock_id == order.nodes[2].node_id
    world.stand_at(order.nodes[2].x, order.nodes[2].y)
    world.dock.succeed()
    world.until(lambda: world.load.active)
    assert world.goals[-1].load_id == "L1"
    world.load_state.publish(String(data="L1"))
    world.load.succeed(HandleLoad.Result(success=True))
    world.state(lambda s: s.action_states and s.action_states[0].status == "FINISHED" and list(s.loads) == ["L1"])
    assert world.states[-1].last_node_id == order.nodes[2].node_id


def test_a_navigation_that_comes_back_hears_the_limit_and_the_filter_does_not_lift_it(world: World, site: Site) -> None:
    order = order_to_station(site)
    order.edges[0].max_speed = 0.3
    world.stand_at(order.nodes[0].x, order.nodes[0].y)
    world.state(lambda s: s.localized)
    world.order.publish(order)
    world.until(lambda: world.follow.active)
    limits: list[SpeedLimit] = []
    world.node.create_subscription(SpeedLimit, "speed_limit", limits.append, qos.RELIABLE)  # volatile, as Nav2's
    world.until(lambda: bool(limits) and limits[-1].speed_limit == pytest.approx(0.3))
    zone = world.node.create_publisher(SpeedLimit, "speed_limit", qos.RELIABLE)
    world.until(lambda: zone.get_subscription_count() > 1)
    zone.publish(SpeedLimit(header=Header(frame_id="map"), speed_limit=0.2))
    world.until(lambda: not limits[-1].header.frame_id and limits[-1].speed_limit == pytest.approx(0.2))
    zone.publish(SpeedLimit(header=Header(frame_id="map"), speed_limit=0.0))
    world.until(lambda: not limits[-1].header.frame_id and limits[-1].speed_limit == pytest.approx(0.3))


def test_an_agent_that_is_started_again_stops_what_the_one_before_began_and_says_nothing_before(
    host: ProcessHost, site: Site
) -> None:
    world = World(host)
    world.load_state.publish(String(data=""))
    battery = world.node.create_publisher(BatteryState, "battery_state", qos.SENSOR)
    host.ticker.add(lambda _now: battery.publish(BatteryState(percentage=0.8)), 0.2)
    params = {"site": "lab", "robot": "r1", "robot_type": site.fleet[0].type}
    first = host.build(AgentNode, "agent", namespace="/r1", params=params)
    order = order_to_station(site)
    world.stand_at(order.nodes[0].x, order.nodes[0].y)
    world.state(lambda s: s.localized)
    world.order.publish(order)
    world.until(lambda: world.follow.active)
    world.until(lambda: first._calls._motion is not None and first._calls._motion[1].accepted)
    for node in (first, *first.companions):
        host.executor.remove_node(node)
        host.nodes.remove(node)
    first.destroy_node()
    world.states.clear()
    host.build(AgentNode, "agent", namespace="/r1", params=params)
    world.until(lambda: world.follow.cancel_requested)
    host.spin_until(lambda: False, 2.0)  # two servers are not found: they may drive it, too
    assert not world.states, "the fleet would take a robot that drives for one that is free, or paused"
    world.follow.canceled()
    world.state(lambda s: s.localized)
    world.order.publish(order)
    world.until(lambda: world.follow.active)
    host.spin_until(lambda: False, 0.5)
    assert not world.follow.cancel_requested, "its own goal is no leftover"


def dock_with_a_load(world: World, site: Site) -> Order:
    """Have a robot stand at its station, whose base begins to take a load."""
    order = order_to_station(site)
    order.nodes, order.edges = [order.nodes[-1]], []
    world.stand_at(order.nodes[0].x, order.nodes[0].y)
    world.state(lambda s: s.localized)
    world.order.publish(order)
    world.until(lambda: world.load.active)
    agent = next(node for node in world.host.nodes if isinstance(node, AgentNode))
    world.until(lambda: agent._calls._load is not None and agent._calls._load[1].accepted)
    world.host.spin_until(lambda: False, 0.3)
    return order


def test_an_agent_that_is_started_again_waits_for_the_load_that_the_one_before_began(
    host: ProcessHost, site: Site
) -> None:
    world = World(host)
    world.load_state.publish(String(data=""))
    params = {"site": "lab", "robot": "r1", "robot_type": site.fleet[0].type}
    first = host.build(AgentNode, "agent", namespace="/r1", params=params)
    order = dock_with_a_load(world, site)
    for node in (first, *first.companions):
        host.executor.remove_node(node)
        host.nodes.remove(node)
    first.destroy_node()
    world.states.clear()
    host.build(AgentNode, "agent", namespace="/r1", params=params)
    world.state(lambda s: any(e.code == "load.unknown" for e in s.errors))
    away = order_to_station(site)
    away.order_id = "m2"
    away.nodes[0].x, away.nodes[0].y = order.nodes[0].x, order.nodes[0].y
    world.order.publish(away)
    world.state(lambda s: s.order_id == "m2")
    host.spin_until(lambda: False, 1.0)
    assert not world.goals[1:], "its forks move"
    assert not world.load.cancel_requested, "a lift that works well is not stopped"
    world.load_state.publish(String(data="L1"))
    world.load.succeed(HandleLoad.Result(success=True))
    world.until(lambda: bool(world.goals[1:]))
    world.state(lambda s: not s.errors and list(s.loads) == ["L1"])


def test_what_slows_a_robot_in_an_aisle_reaches_the_fleet(world: World, site: Site) -> None:
    doubt = world.node.create_publisher(String, "localization_doubt", qos.LATCHED)
    score = world.node.create_publisher(Float32, "localization_score", qos.RELIABLE)
    world.load_state.publish(String(data=""))
    world.host.ticker.add(lambda _now: score.publish(Float32(data=0.4)), 0.5)
    world.stand_at(1.0, 1.0)
    world.state(lambda s: s.localized)
    doubt.publish(String(data="unobserved"))
    world.state(lambda s: ("pose.unobserved", "WARNING") in [(e.code, e.level) for e in s.errors])
    assert "pose.unobserved" in ERRORS
    doubt.publish(String(data=""))
    world.state(lambda s: "pose.unobserved" not in {e.code for e in s.errors})


def test_a_base_that_is_started_anew_while_it_handles_a_load_locks_nobody_in(world: World, site: Site) -> None:
    """Its successor is there before it is known that it is gone: the result never comes."""
    world.load_state.publish(String(data=""))
    dock_with_a_load(world, site)
    old, world.load = (
        world.load,
        ActionServerBridge(world.node, HandleLoad, "handle_load", on_goal=world.goals.append),
    )
    world.host.spin_until(lambda: False, 3.0)
    assert world.states[-1].action_states[0].status == "RUNNING", "both are there"
    old.destroy()
    world.state(lambda s: s.action_states[0].status == "FAILED")
    assert {e.code for e in world.states[-1].errors} >= {"load.failed", "load.unknown"}
    world.load_state.publish(String(data=""))
    world.state(lambda s: "load.unknown" not in {e.code for e in s.errors})


def test_what_a_base_said_is_on_board_is_no_word_of_the_one_that_comes_next(world: World) -> None:
    world.load_state.publish(String(data="L1"))
    world.stand_at(1.0, 1.0)
    world.state(lambda s: list(s.loads) == ["L1"] and "load.unknown" not in [e.code for e in s.errors])
    world.node.destroy_publisher(world.load_state)
    world.load_state = world.node.create_publisher(String, "load_state", qos.LATCHED)
    world.state(lambda s: "load.unknown" in [e.code for e in s.errors])
    world.load_state.publish(String(data=""))
    world.state(lambda s: not s.loads and "load.unknown" not in [e.code for e in s.errors])


def test_what_the_navigation_waits_for_is_known_to_an_agent_that_comes_late(host: ProcessHost, site: Site) -> None:
    """It says so on change: an agent that had not heard it, or not its end, told the wrong thing for ever."""
    world = World(host)
    world.node.create_publisher(String, "blocked_by", qos.LATCHED).publish(String(data="person"))
    host.build(
        AgentNode, "agent", namespace="/r1", params={"site": "lab", "robot": "r1", "robot_type": site.fleet[0].type}
    )
    order = order_to_station(site)
    world.stand_at(order.nodes[0].x, order.nodes[0].y)
    world.state(lambda s: s.localized and s.last_node_id == order.nodes[0].node_id)
    world.order.publish(order)
    world.until(lambda: world.follow.active)
    world.state(lambda s: s.waiting_for == "person")


def test_cancelled_motion_and_pause(world: World, site: Site) -> None:
    order = order_to_station(site)
    world.stand_at(order.nodes[0].x, order.nodes[0].y)
    world.state(lambda s: s.localized)
    world.order.publish(order)
    world.until(lambda: world.follow.active)
    world.instant.publish(InstantAction(robot="r1", action_type="startPause", action_id="p1"))
    world.until(lambda: world.follow.cancel_requested)
    world.follow.canceled()
    world.state(lambda s: s.paused and any(a.status == "FINISHED" for a in s.action_states))
    world.instant.publish(InstantAction(robot="r1", action_type="stopPause", action_id="p2"))
    world.until(lambda: world.follow.active)
    assert len(world.goals) == 2


def test_a_goal_that_is_lost_with_its_server_is_sent_again(world: World, site: Site) -> None:
    order = order_to_station(site)
    world.stand_at(order.nodes[0].x, order.nodes[0].y)
    world.state(lambda s: s.localized)
    world.order.publish(order)
    world.until(lambda: world.follow.active)
    world.follow.destroy()
    world.host.spin_until(lambda: False, 0.5)
    assert len(world.goals) == 1, "a blink of discovery is no loss"
    world.host.spin_until(lambda: False, 3.0)
    world.follow = ActionServerBridge(world.node, FollowPath, "follow_path", on_goal=world.goals.append)
    world.until(lambda: world.follow.active)
    assert len(world.goals) == 2
    world.stand_at(order.nodes[1].x, order.nodes[1].y)
    world.host.spin_until(lambda: False, 0.3)
    world.follow.succeed()
    world.until(lambda: world.dock.active)
    world.dock.abort()
    world.until(lambda: world.dock.active)
    assert world.goals[-1].navigate_to_staging_pose, "tried again, from the staging pose"
    world.stand_at(order.nodes[2].x, order.nodes[2].y)
    world.dock.succeed()
    world.until(lambda: world.load.active)


def test_rubbish_is_reported(world: World) -> None:
    world.state(lambda s: True)
    bad = InstantAction(robot="r1", action_type="startPause", action_id="x", parameter_keys=["a"])
    world.until(lambda: world.instant.get_subscription_count() > 0)
    world.instant.publish(bad)
    world.state(lambda s: any(e.code == "message.invalid" for e in s.errors))
    world.order.publish(Order(robot="r1", order_id="m9", nodes=[OrderNode(x=float("nan"), released=True)]))
    world.state(lambda s: any(e.code == "message.invalid" and "order" in str(e) for e in s.errors))
    world.order.publish(Order(robot="r1", order_id="m9", nodes=[OrderNode(released=True), OrderNode(released=True)]))
    world.state(lambda s: any(e.code == "agent.order_rejected" for e in s.errors))
    assert not world.states[-1].paused


def test_it_sends_its_log_and_a_picture_and_has_other_site_files_taken(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What people ask of its computer; whoever started it is told to end, where it is started anew."""
    (tmp_path / "a.log").write_text("[INFO] [1.0] [r1.agent]: words\n")
    monkeypatch.setenv("ROS_LOG_DIR", str(tmp_path))
    ended: list[tuple[int, int]] = []
    monkeypatch.setattr(agent_errands, "RESTART_S", 0.2)
    monkeypatch.setattr("os.kill", lambda *told: ended.append(told))
    reports: list[str] = []
    world.node.create_subscription(String, "report", lambda x: reports.append(x.data), qos.RELIABLE)
    pictures = world.node.create_publisher(CompressedImage, "picture", qos.RELIABLE)
    jpeg = b"\xff\xd8\xff picture"
    world.node.create_subscription(Empty, "picture_wanted", lambda _: pictures.publish(_jpeg(jpeg)), qos.RELIABLE)
    world.load_state.publish(String(data=""))
    battery = world.node.create_publisher(BatteryState, "battery_state", qos.SENSOR)
    world.host.ticker.add(lambda _now: battery.publish(BatteryState(percentage=0.8)), 0.2)
    world.stand_at(10.0, 8.0)
    world.state(lambda s: s.localized)

    def asked(kind: str, **parameters: str) -> ActionState:
        name = f"e{len(world.states)}"
        keys, values = list(parameters), list(parameters.values())
        world.instant.publish(
            InstantAction(robot="r1", action_type=kind, action_id=name, parameter_keys=keys, parameter_values=values)
        )
        world.state(lambda s: any(a.action_id == name and a.status in ("FINISHED", "FAILED") for a in s.action_states))
        return next(a for a in world.states[-1].action_states if a.action_id == name)

    assert asked("amrReport", what="log").status == "FINISHED"
    assert asked("amrReport", what="picture").status == "FINISHED"
    world.until(lambda: len(reports) == 2)
    log, picture = map(from_text, reports)
    assert (plain_log(log.content), picture) == ("[INFO] [1.0] [r1.agent]: words\n", RobotReport("picture", jpeg))
    assert asked("amrSiteUpdate").result_code == "site.no_server"
    node = next(one for one in world.host.nodes if isinstance(one, AgentNode))
    errands = node._errands
    errands._commands[False] = [sys.executable, "-c", "raise SystemExit('error [site.restart] the server first')"]
    errands._commands[True] = [sys.executable, "-c", "print('site files 123')"]
    assert asked("amrSiteUpdate").result_code == "site.restart"
    assert not ended
    assert asked("amrSiteUpdate", back="true").status == "FINISHED"
    world.until(lambda: ended == [(os.getppid(), signal.SIGINT)])
    for parent in (1, os.getppid() + 1):  # of who outlived its starter; what took its number
        with monkeypatch.context() as family:
            family.setattr("os.getppid", lambda parent=parent: parent)
            errands._restart_at, ended[:] = 0.0, []
            world.until(lambda: ended == [(os.getpid(), signal.SIGINT)])
    errands._commands[True] = ["/nowhere/amr"]
    assert asked("amrSiteUpdate", back="true").result_code == "site.update_failed"


def _jpeg(data: bytes) -> CompressedImage:
    return CompressedImage(format="jpeg", data=data)
