"""Let robots obey another fleet: the call behind `amr robot release`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from rclpy.node import Node
from std_srvs.srv import Trigger

from amr_ros.host import ProcessHost

ROS_SECONDS = 5.0  # chosen: DDS finds others within a second or two; a robot that is off keeps a person waiting so long


def release(robots: Sequence[str], seconds: float = ROS_SECONDS) -> dict[str, str | None]:
    """Return for each robot the fleet that it obeyed until now ("" = none), or None when it did not answer."""
    with ProcessHost(participant="release", sim_time=False) as host:
        return release_with(host, robots, seconds)


def release_with(host: ProcessHost, robots: Sequence[str], seconds: float) -> dict[str, str | None]:
    """Do so in a ROS context that is there."""
    node = Node(
        f"release_{os.getpid()}", context=host.context, enable_rosout=False, start_parameter_services=False,
        use_global_arguments=False,
    )  # fmt: skip
    host.adopt(node)
    clients = {robot: node.create_client(Trigger, f"/{robot}/release_fleet") for robot in robots}
    calls: dict[str, Any] = {}

    def answered() -> bool:
        for robot, client in clients.items():
            if robot not in calls and client.service_is_ready():
                calls[robot] = client.call_async(Trigger.Request())
        return len(calls) == len(clients) and all(call.done() for call in calls.values())

    host.spin_until(answered, seconds)
    return {robot: _obeyed(calls.get(robot)) for robot in robots}


def _obeyed(call: Any) -> str | None:
    if call is None or not call.done() or call.result() is None:
        return None
    return str(call.result().message)
