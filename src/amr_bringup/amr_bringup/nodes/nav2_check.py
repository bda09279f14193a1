"""Nav2CheckNode: watches one robot's Nav2 until every lifecycle manager is active, or ends with one clear error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import PoseWithCovarianceStamped
from pydantic import BaseModel, ConfigDict, Field
from rcl_interfaces.msg import Log
from rcl_interfaces.srv import SetParameters
from rclpy.client import Client
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_srvs.srv import Trigger

from amr_bringup.nav2_check import Nav2Start
from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_interfaces.msg import RobotState
from amr_ros import qos
from amr_ros.convert import pose_to_msg
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.stopping import stop_on_signals
from amr_ros.ticker import Ticker

ASK_EVERY = 1.0  # s: somebody waits for the answer, and asking oftener would slow what starts
LOG = QoSProfile(depth=1000, durability=DurabilityPolicy.TRANSIENT_LOCAL)
ERROR = 40
"""Level of rcl_interfaces/msg/Log."""


LOCALIZATION = "lifecycle_manager_localization"
UNSURE_S = 5.0
"""s of an active AMCL without a pose before a person is asked: the agent, which tells it, says meanwhile that it is not
sure, and is again as soon as AMCL has answered."""
SPREAD, TURN_SPREAD = 0.25, 0.07
"""Variances (m², rad²) of the pose that a new AMCL is told."""


class Nav2CheckParams(BaseModel):
    """Parameters: the robot, the names of its lifecycle managers, whether AMCL is told where the agent says it is."""

    model_config = ConfigDict(frozen=True)
    robot: str
    managers: list[str] = Field(min_length=1)
    tell_pose: bool = False


class Nav2CheckNode(AmrNode):
    """Asks each manager once a second whether it is active, and reads the log for one that has given up.

    AMCL takes the pose of its parameters at each activation, wherever the robot has driven to by then: as soon as it is
    active that is switched off. An AMCL of a second life is told the agent's pose, which has followed the odometry, if
    the agent is sure of it; else a person has to tell it.
    """

    def __init__(self, name: str = "nav2_check", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        params = load_params(self, Nav2CheckParams)
        self.start = Nav2Start(params.robot, params.managers)
        self._asked: dict[str, Client[Trigger.Request, Trigger.Response]] = {
            name: self.create_client(Trigger, f"{name}/is_active") for name in params.managers
        }
        self._tell = params.tell_pose
        self._told = not params.tell_pose
        self._forgets = False
        self._unsure = 0.0  # s
        self._state: Any = None
        self._amcl = self.create_client(SetParameters, "amcl/set_parameters")
        self._pose = self.create_publisher(PoseWithCovarianceStamped, "initialpose", qos.RELIABLE)
        self.create_subscription(Log, "/rosout", self._on_log, LOG)
        if self._tell:
            self.create_subscription(RobotState, "state", self._on_state, qos.RELIABLE)
            self.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, qos.RELIABLE)
        ticker.add(self.ask, ASK_EVERY)

    def _on_log(self, message: Any) -> None:
        self.start.on_log(message.name, message.msg, error=message.level >= ERROR)

    def _on_state(self, message: Any) -> None:
        self._state = message

    def _on_pose(self, _message: Any) -> None:
        self._told = True

    @property
    def complete(self) -> bool:
        """Whether all managers are active and AMCL has its pose from nowhere but its lidars."""
        return not self.start.waiting and self._forgets and self._told

    def ask(self, _now: float) -> None:
        """Ask the managers that are not active yet; settle AMCL's pose."""
        if LOCALIZATION not in self.start.waiting:
            self._settle()
        for name in self.start.waiting:
            if self._asked[name].service_is_ready():
                self._asked[name].call_async(Trigger.Request()).add_done_callback(self._answer(name))

    def _settle(self) -> None:
        if not self._forgets and self._amcl.service_is_ready():
            off = Parameter("set_initial_pose", value=False).to_parameter_msg()
            self._amcl.call_async(SetParameters.Request(parameters=[off])).add_done_callback(self._on_set)
        if not self._told and self._state is not None and not self._state.localized:
            self._ask_for_pose()
        elif not self._told and self._state is not None:
            pose = Pose2D(self._state.x, self._state.y, self._state.theta)
            message = PoseWithCovarianceStamped(header=self._state.header)
            message.pose.pose = pose_to_msg(pose)
            message.pose.covariance[0] = message.pose.covariance[7] = SPREAD
            message.pose.covariance[35] = TURN_SPREAD
            self._pose.publish(message)

    def _ask_for_pose(self) -> None:
        before, self._unsure = self._unsure, self._unsure + ASK_EVERY
        if before < UNSURE_S <= self._unsure:
            self.get_logger().warning(
                "AMCL was started anew and the robot is not sure where it is: set its pose on the dashboard "
                "(relocalise) or in RViz (2D Pose Estimate); until then it stands"
            )

    def _on_set(self, future: Any) -> None:
        response = future.result()
        self._forgets = response is not None and all(result.successful for result in response.results)

    def _answer(self, name: str) -> Callable[[Any], None]:
        def take(future: Any) -> None:
            response = future.result()
            if response is not None and response.success:
                self.start.on_active(name)

        return take


def main() -> None:
    """Entry point: exit code 0 when Nav2 is active, 1 with the error when it will not be."""
    stop = stop_on_signals()
    with ProcessHost(participant="nav2_check", sim_time=False, stop=stop) as host:
        node = Nav2CheckNode(
            ticker=host.ticker, context=host.context, cli_args=sys.argv[1:] or None, use_global_arguments=False
        )
        host.adopt(node)
        problems: list[AmrError] = []

        def settled() -> bool:
            problem = node.start.problem()
            if problem is not None:
                problems.append(problem)
            return bool(problems) or node.complete or stop.is_set()

        host.spin_until(settled, 3600.0)
        if problems:
            node.get_logger().fatal(str(problems[0]))
            raise SystemExit(1)
