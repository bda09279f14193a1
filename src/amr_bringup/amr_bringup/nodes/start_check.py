"""StartCheckNode: hears everything that Gazebo must say once, or ends with one clear error."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from nav_msgs.msg import Odometry
from pydantic import BaseModel, ConfigDict, Field
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import BatteryState, JointState, LaserScan

from amr_bringup.start_check import WAIT, crowding, expected, verdict, wrong_type
from amr_core.errors import AmrError
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.stopping import stop_on_signals
from amr_ros.ticker import Ticker

TYPES = {
    "rosgraph_msgs/msg/Clock": Clock,
    "nav_msgs/msg/Odometry": Odometry,
    "sensor_msgs/msg/BatteryState": BatteryState,
    "sensor_msgs/msg/JointState": JointState,
    "sensor_msgs/msg/LaserScan": LaserScan,
}


LOOK_EVERY = 1.0
"""Seconds between two looks at who publishes what."""


class StartCheckParams(BaseModel):
    """Parameters: names of the robots, topics of joint states, seconds without anything new until it gives up.

    wait: on cores that nobody else wants.
    """

    model_config = ConfigDict(frozen=True)
    robots: list[str] = Field(min_length=1)
    joints: list[str] = []
    wait: float = Field(default=WAIT, gt=0)


class StartCheckNode(AmrNode):
    """Notes which topics were heard; on wall time, since /clock itself may be missing."""

    def __init__(self, name: str = "start_check", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self._params = load_params(self, StartCheckParams)
        self._wanted = expected(self._params.robots, self._params.joints)
        self._heard: set[str] = set()
        self._start = self._looked = self._progress = time.monotonic()
        for topic, kind in self._wanted.items():
            self.create_subscription(TYPES[kind], topic, self._listener(topic), qos.SENSOR)

    def _listener(self, topic: str) -> Any:
        def hear(_message: Any) -> None:
            if topic not in self._heard:
                self._heard.add(topic)
                self._progress = time.monotonic()

        return hear

    @property
    def complete(self) -> bool:
        """Whether everything was heard."""
        return len(self._heard) == len(self._wanted)

    def problem(self) -> AmrError | None:
        """Return what is wrong: at once what can never be right, the rest when nothing new was heard for too long."""
        now = time.monotonic()
        silence = now - self._progress
        late = silence >= self._params.wait * crowding(os.getloadavg()[0], os.cpu_count() or 1)
        if self.complete or (not late and now - self._looked < LOOK_EVERY):
            return None
        self._looked = now
        offered = {
            topic: [info.topic_type for info in self.get_publishers_info_by_topic(topic)] for topic in self._wanted
        }
        if late:
            return verdict(self._params.robots, self._heard, offered, silence, self._params.joints)
        return wrong_type(self._params.robots, offered, now - self._start, self._params.joints)


def main() -> None:
    """Entry point: exit code 0 when all is there, 1 with the error when not."""
    stop = stop_on_signals()
    with ProcessHost(participant="start_check", sim_time=False, stop=stop) as host:
        node = StartCheckNode(
            ticker=host.ticker, context=host.context, cli_args=sys.argv[1:] or None, use_global_arguments=False
        )
        host.adopt(node)
        problems: list[AmrError] = []

        def settled() -> bool:
            problem = node.problem()
            if problem is not None:
                problems.append(problem)
            return bool(problems) or node.complete or stop.is_set()

        host.spin_until(settled, 3600.0)
        if problems:
            node.get_logger().fatal(str(problems[0]))
            raise SystemExit(1)
