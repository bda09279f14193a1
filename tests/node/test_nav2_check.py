"""Nav2CheckNode: done when all managers are active and AMCL has its pose from nowhere but its lidars."""

from __future__ import annotations

from typing import Any

import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped
from rcl_interfaces.msg import SetParametersResult
from rcl_interfaces.srv import SetParameters
from rclpy.node import Node
from rclpy.parameter import Parameter
from std_srvs.srv import Trigger

from amr_bringup.nodes.nav2_check import LOCALIZATION, Nav2CheckNode
from amr_interfaces.msg import RobotState
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode

MANAGERS = [LOCALIZATION, "lifecycle_manager_navigation"]


class Nav2:
    """The managers and AMCL of a robot, as far as the check sees them."""

    def __init__(self, host: ProcessHost) -> None:
        self.active: set[str] = set()
        self.set: list[Any] = []
        self.told: list[Any] = []
        self.node: Node = AmrNode("nav2", namespace="/amr_01", ticker=host.ticker, context=host.context)
        for name in MANAGERS:
            self.node.create_service(Trigger, f"{name}/is_active", self._answer(name))
        self.node.create_service(SetParameters, "amcl/set_parameters", self._on_set)
        self.node.create_subscription(PoseWithCovarianceStamped, "initialpose", self.told.append, 10)
        self.pose = self.node.create_publisher(PoseWithCovarianceStamped, "amcl_pose", 10)
        self.state = self.node.create_publisher(RobotState, "state", 10)
        host.adopt(self.node)

    def _answer(self, name: str) -> Any:
        def answer(_request: Any, response: Any) -> Any:
            response.success = name in self.active
            return response

        return answer

    def _on_set(self, request: Any, response: Any) -> Any:
        self.set += [(p.name, p.value.bool_value) for p in request.parameters]
        response.results = [SetParametersResult(successful=len(self.set) > 1)]  # the first time it is busy
        return response


@pytest.mark.parametrize("tell", [False, True])
def test_amcl_forgets_the_first_pose_and_is_told_the_agents(tell: bool, host: ProcessHost) -> None:
    nav2 = Nav2(host)
    given = {"robot": "amr_01", "managers": MANAGERS, "tell_pose": tell}
    check = Nav2CheckNode(
        namespace="/amr_01",
        ticker=host.ticker,
        context=host.context,
        parameter_overrides=[Parameter(name, value=value) for name, value in given.items()],
    )
    host.adopt(check)
    host.spin_until(lambda: False, 2.5)
    assert (nav2.set, nav2.told, check.complete) == ([], [], False), "nobody is active yet"
    nav2.active = {LOCALIZATION}
    nav2.node.create_timer(0.2, lambda: nav2.state.publish(RobotState(x=3.0, y=4.0, theta=1.0, localized=True)))
    assert host.spin_until(lambda: len(nav2.set) >= 2 and bool(nav2.told) is tell, 15.0)
    assert set(nav2.set) == {("set_initial_pose", False)}
    assert not check.complete
    nav2.active = set(MANAGERS)
    if tell:
        position = nav2.told[0].pose.pose.position
        assert (position.x, position.y) == (3.0, 4.0)
        host.spin_until(lambda: check.complete, 2.5)
        assert not check.complete, "AMCL has not said that it took the pose"
        nav2.pose.publish(PoseWithCovarianceStamped())
    assert host.spin_until(lambda: check.complete, 15.0)


def test_amcl_is_not_told_a_pose_that_the_robot_is_not_sure_of(host: ProcessHost) -> None:
    """Told a lost robot's pose, or (0, 0, 0) of one without, AMCL is sure of a wrong place within seconds."""
    nav2 = Nav2(host)
    given = {"robot": "amr_01", "managers": MANAGERS, "tell_pose": True}
    check = Nav2CheckNode(
        namespace="/amr_01",
        ticker=host.ticker,
        context=host.context,
        parameter_overrides=[Parameter(name, value=value) for name, value in given.items()],
    )
    host.adopt(check)
    logged: list[str] = []
    check.get_logger().warning = logged.append
    nav2.active = set(MANAGERS)
    state = RobotState()
    nav2.node.create_timer(0.2, lambda: nav2.state.publish(state))
    assert host.spin_until(lambda: bool(logged) or bool(nav2.told), 15.0)
    host.spin_until(lambda: False, 2.5)
    assert (nav2.told, len(logged), check.complete) == ([], 1, False)
    assert "set its pose" in logged[0]
    state = RobotState(x=3.0, y=4.0, localized=True)
    assert host.spin_until(lambda: bool(nav2.told), 15.0), "it has found itself"
    assert nav2.told[0].pose.pose.position.x == 3.0
