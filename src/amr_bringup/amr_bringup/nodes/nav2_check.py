"""Nav2CheckNode: watches one robot's Nav2 until every lifecycle manager is active, or ends with one clear error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from rcl_interfaces.msg import Log
from rclpy.client import Client
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_srvs.srv import Trigger

from amr_bringup.nav2_check import Nav2Start
from amr_core.errors import AmrError
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.stopping import stop_on_signals
from amr_ros.ticker import Ticker

ASK_EVERY = 1.0
LOG = QoSProfile(depth=1000, durability=DurabilityPolicy.TRANSIENT_LOCAL)
ERROR = 40
"""Level of rcl_interfaces/msg/Log."""


class Nav2CheckParams(BaseModel):
    """Parameters: the robot and the names of its lifecycle managers."""

    model_config = ConfigDict(frozen=True)
    robot: str
    managers: list[str] = Field(min_length=1)


class Nav2CheckNode(AmrNode):
    """Asks each manager once a second whether it is active, and reads the log for one that has given up."""

    def __init__(self, name: str = "nav2_check", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        params = load_params(self, Nav2CheckParams)
        self.start = Nav2Start(params.robot, params.managers)
        self._asked: dict[str, Client[Trigger.Request, Trigger.Response]] = {
            name: self.create_client(Trigger, f"{name}/is_active") for name in params.managers
        }
        self.create_subscription(Log, "/rosout", self._on_log, LOG)
        ticker.add(self.ask, ASK_EVERY)

    def _on_log(self, message: Any) -> None:
        self.start.on_log(message.name, message.msg, error=message.level >= ERROR)

    def ask(self, _now: float) -> None:
        """Ask the managers that are not active yet."""
        for name in self.start.waiting:
            if self._asked[name].service_is_ready():
                self._asked[name].call_async(Trigger.Request()).add_done_callback(self._answer(name))

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
            return bool(problems) or not node.start.waiting or stop.is_set()

        host.spin_until(settled, 3600.0)
        if problems:
            node.get_logger().fatal(str(problems[0]))
            raise SystemExit(1)
