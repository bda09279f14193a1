"""AgentNode against fake action servers: an order becomes Nav2 goals, results become states."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from nav2_msgs.action import FollowPath
from nav2_msgs.msg import SpeedLimit
from sensor_msgs.msg import BatteryState, CompressedImage
from std_msgs.msg import Empty, Float32, Header, String

from amr_core.errors import ERRORS
from amr_core.robot_report import RobotReport, from_text, plain_log
from amr_core.site import Site
from amr_interfaces.action import HandleLoad
from amr_interfaces.msg import ActionState, InstantAction, Order, OrderNode
from amr_navigation.nodes import agent_errands
from amr_navigation.nodes.agent import AgentNode
from amr_ros import qos
from amr_ros.actions import ActionServerBridge
from tests.node.agent_world import World, order_to_station
from tests.node.agent_world import site as site
from tests.node.agent_world import world as world


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
