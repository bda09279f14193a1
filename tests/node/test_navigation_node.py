"""NavigationNode against the embedded simulator, in one process at full speed: Nav2's actions do what Nav2's would."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from nav2_msgs.action import ComputePathToPose, DockRobot, FollowPath, NavigateToPose, Spin, UndockRobot, Wait
from std_msgs.msg import String

from amr_core.geometry import Pose2D, compose, distance, relative, wrap_angle
from amr_core.site import load_site
from amr_core.site.v_dock import MARKER_AHEAD
from amr_navigation.nodes import navigation_actions
from amr_navigation.nodes.navigation import NavigationNode
from amr_navigation.nodes.stall import Stall
from amr_ros import qos
from amr_ros.actions import ActionCall, ActionPort, GoalOutcome
from amr_ros.convert import pose_stamped
from amr_ros.host import ProcessHost
from amr_sim.nodes.simulator import SimulatorNode

SITE = "lab"
ACTIONS = {
    "navigate_to_pose": NavigateToPose,
    "follow_path": FollowPath,
    "compute_path_to_pose": ComputePathToPose,
    "dock_robot": DockRobot,
    "undock_robot": UndockRobot,
    "spin": Spin,
    "wait": Wait,
}


class Rig:
    """One robot in the simulator, its navigation, and a client of every action."""

    def __init__(self, host: ProcessHost) -> None:
        self.host = host
        self.site = load_site(SITE)
        robot = self.site.fleet[0]
        bay = next(s for s in self.site.parking if s.id == robot.parking)
        self.start = bay.pose
        self.sim = host.build(
            SimulatorNode, "simulator", params={"site": SITE, "robots": 1, "rtf": 0.0, "participants": ["nav"]}
        )
        self.nav: NavigationNode = host.build(
            NavigationNode,
            "navigation",
            namespace=f"/{robot.name}",
            params={"site": SITE, "robot_type": robot.type, "initial_pose": list(bay.pose)},
        )
        self.ports = {name: ActionPort(self.nav, kind, name) for name, kind in ACTIONS.items()}
        self.estimates: list[Any] = []
        self.nav.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self.estimates.append, qos.LATCHED)
        self.feedback: list[Any] = []
        assert host.spin_until(lambda: self.nav.navigator.pose is not None, 60.0)
        assert host.spin_until(lambda: all(p.ready for p in self.ports.values()), 10.0)

    def truth(self) -> Pose2D:
        x, y, theta = self.sim.engine.pose(0)
        return Pose2D(x, y, theta)

    def send(self, name: str, goal: Any) -> ActionCall:
        return self.ports[name].send(goal, on_done=lambda _call: None, on_feedback=self.feedback.append)

    def wait(self, call: ActionCall, seconds: float = 60.0) -> ActionCall:
        assert self.host.spin_until(lambda: call.done, seconds)
        return call

    def run(self, name: str, goal: Any, seconds: float = 60.0) -> ActionCall:
        return self.wait(self.send(name, goal), seconds)

    def pose(self, pose: Pose2D) -> PoseStamped:
        return pose_stamped(pose, "map", self.host.ticker.now)


@pytest.fixture
def rig(domain_id: int) -> Iterator[Rig]:
    with ProcessHost(participant="nav", sim_time=True, domain_id=domain_id) as host:
        yield Rig(host)


def station_and_staging(rig: Rig) -> tuple[str, Pose2D, Pose2D]:
    station = rig.site.places[0].stations[0]
    dock = rig.nav.site.docks[station.id]
    return station.id, dock.pose, dock.staging


def test_navigates_to_a_pose_and_reports_the_truth(rig: Rig) -> None:
    _, _, goal = station_and_staging(rig)
    call = rig.run("navigate_to_pose", NavigateToPose.Goal(pose=rig.pose(goal)))
    assert call.outcome is GoalOutcome.SUCCEEDED
    assert call.result.error_code == 0
    truth = rig.truth()
    assert distance(truth, goal) < 0.1
    assert abs(wrap_angle(truth.theta - goal.theta)) < 0.08
    assert rig.feedback[-1].distance_remaining < rig.feedback[0].distance_remaining
    estimate = rig.nav.navigator.pose
    assert estimate is not None
    assert distance(truth, estimate) < 0.05
    assert rig.sim.engine.collisions.episodes == 0


def test_why_a_doubtful_pose_slows_the_robot_is_told_and_taken_back(rig: Rig) -> None:
    heard: list[str] = []
    rig.nav.create_subscription(String, "localization_doubt", lambda m: heard.append(m.data), qos.LATCHED)

    def doubted() -> bool:
        rig.nav.navigator.localizer._judge.set(0.4, "unobserved")  # until it is told: each look makes it surer
        return "unobserved" in heard

    assert rig.host.spin_until(doubted, 20.0)
    assert rig.host.spin_until(lambda: heard[-1] == "", 60.0), "it looks again"


def test_docks_and_undocks(rig: Rig) -> None:
    name, dock, staging = station_and_staging(rig)
    call = rig.run("dock_robot", DockRobot.Goal(use_dock_id=True, dock_id=name, navigate_to_staging_pose=True))
    assert call.outcome is GoalOutcome.SUCCEEDED
    assert call.result.success
    assert distance(rig.truth(), dock) < 0.06
    assert abs(wrap_angle(rig.truth().theta - dock.theta)) < math.radians(2.0)
    call = rig.run("undock_robot", UndockRobot.Goal())
    assert call.outcome is GoalOutcome.SUCCEEDED
    assert distance(rig.truth(), staging) < 0.15


def test_codes_of_impossible_goals(rig: Rig) -> None:
    call = rig.run("navigate_to_pose", NavigateToPose.Goal(pose=rig.pose(Pose2D(1e4, 0.0, 0.0))))
    assert (call.outcome, call.result.error_code) == (GoalOutcome.ABORTED, 204)
    call = rig.run("compute_path_to_pose", ComputePathToPose.Goal(goal=rig.pose(Pose2D(-50.0, 0.0, 0.0))))
    assert (call.outcome, call.result.error_code) == (GoalOutcome.ABORTED, 204)
    call = rig.run("follow_path", FollowPath.Goal())
    assert (call.outcome, call.result.error_code) == (GoalOutcome.ABORTED, 103)
    call = rig.run("dock_robot", DockRobot.Goal(use_dock_id=True, dock_id="nowhere"))
    assert (call.outcome, call.result.error_code, call.result.success) == (GoalOutcome.ABORTED, 901, False)


def test_the_last_client_owns_the_drive(rig: Rig) -> None:

    first = rig.send("navigate_to_pose", NavigateToPose.Goal(pose=rig.pose(station_and_staging(rig)[2])))
    assert rig.host.spin_until(lambda: abs(rig.nav.navigator.last.v) + abs(rig.nav.navigator.last.w) > 0.05, 30.0)
    second = rig.send("spin", Spin.Goal(target_yaw=0.2))
    rig.wait(first)
    assert first.outcome is GoalOutcome.ABORTED
    assert rig.wait(second).done


def test_cancel_stops_the_robot(rig: Rig) -> None:
    call = rig.send("navigate_to_pose", NavigateToPose.Goal(pose=rig.pose(station_and_staging(rig)[2])))
    assert rig.host.spin_until(lambda: abs(rig.nav.navigator.last.v) + abs(rig.nav.navigator.last.w) > 0.05, 30.0)
    call.cancel()
    rig.wait(call)
    assert call.outcome is GoalOutcome.CANCELED
    assert rig.host.spin_until(lambda: abs(rig.nav.navigator.measured.v) < 0.01, 30.0)
    assert rig.host.spin_until(lambda: len(rig.estimates) > 0, 30.0)


def _fails(*_arguments: Any) -> Any:
    raise KeyError("nobody thought of this")


@pytest.mark.parametrize("hook", ["goal", "cancel"])
def test_a_callback_that_fails_on_a_goal_leaves_no_robot_that_drives_for_nobody(rig: Rig, hook: str) -> None:
    """Both goals have ended then, and no client would stop it."""
    bridge, actions = rig.nav.servers.bridges["spin"], rig.nav.servers
    first = rig.send("spin", Spin.Goal(target_yaw=3.0))
    assert rig.host.spin_until(lambda: abs(rig.nav.navigator.last.w) > 0.05, 30.0)
    if hook == "goal":
        actions.specs["spin"] = replace(actions.specs["spin"], make=_fails)
        rig.run("spin", Spin.Goal(target_yaw=1.0))
    else:
        bridge._on_cancel = _fails
        first.cancel()
    assert rig.wait(first).outcome is GoalOutcome.ABORTED
    ended = rig.host.ticker.now
    assert rig.host.spin_until(lambda: rig.nav.navigator.motion is None, 30.0)
    assert rig.host.ticker.now - ended < 0.5, "s, of the three that it would turn"
    assert not bridge.active


def test_a_charger_needs_a_target_and_a_lidar_may_see_it(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a target docking at a charger ends with 904 after three retries; with poses in base_link it charges."""
    name = rig.site.chargers[0].id
    dock = rig.nav.site.docks[name].pose
    goal = DockRobot.Goal(use_dock_id=True, dock_id=name, navigate_to_staging_pose=True)
    call = rig.run("dock_robot", goal, 90.0)
    assert (call.outcome, call.result.error_code, call.result.num_retries) == (GoalOutcome.ABORTED, 904, 3)
    assert not call.result.success
    publisher = rig.nav.create_publisher(PoseStamped, "detected_dock_pose", qos.SENSOR)
    target = compose(dock, Pose2D(MARKER_AHEAD, 0.0, 0.0))

    def see(now: float) -> None:
        publisher.publish(pose_stamped(relative(rig.truth(), target), "base_link", now))

    handle = rig.host.ticker.add(see, 0.1)
    rig.feedback.clear()
    monkeypatch.setattr(navigation_actions, "FEEDBACK_PERIOD", 1e6)
    call = rig.run("dock_robot", goal, 90.0)
    assert [said.state for said in rig.feedback][-3:] == [2, 3, 4], "each phase is said, however short"
    rig.host.ticker.remove(handle)
    assert (call.outcome, call.result.error_code) == (GoalOutcome.SUCCEEDED, 0)
    assert distance(rig.truth(), dock) < 0.03
    assert rig.nav.navigator.charging


def test_the_localisation_is_told_that_its_process_stood_still(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a silence of the wheels would be that of a robot that was off, and may have been carried."""
    told: list[float] = []
    ahead, localizer = [0.0], rig.nav.navigator.localizer
    add = localizer.add_odometry

    def noted(stamp: float, pose: Pose2D) -> None:
        told.append(localizer.stalled)
        add(stamp, pose)

    monkeypatch.setattr(localizer, "add_odometry", noted)
    monkeypatch.setattr(rig.nav, "_stall", Stall(lambda: time.monotonic() + ahead[0]))
    assert rig.host.spin_until(lambda: len(told) > 20, 30.0)
    quiet = max(told)
    told.clear()
    ahead[0] = 15.0
    assert rig.host.spin_until(lambda: len(told) > 2, 30.0)
    assert quiet < 5.0
    assert told[0] >= 15.0
