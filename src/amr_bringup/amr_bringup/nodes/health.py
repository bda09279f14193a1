"""`ros2 run amr_bringup health site|robot|clock`: exit code 0 when that part of the stack works. For containers.

site: the dashboard says it is ready (AMR_PORT; with AMR_DASHBOARD_CERTIFICATE over its own TLS). robot: the agent of
AMR_ROBOT is ONLINE. clock: /clock advances.
"""

from __future__ import annotations

import os
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping

from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from std_msgs.msg import String

from amr_core.identity.tls import pinning
from amr_ros import qos
from amr_ros.host import ProcessHost

HTTP_SECONDS = 3.0  # chosen: it answers in ms when it works; a check that hangs tells no more than one that fails
# chosen: DDS finds others within a second or two on a machine at work; shorter would restart what works
ROS_SECONDS = 5.0


def site_ready(port: int, certificate: str = "") -> bool:
    """Return whether the dashboard on this loopback port says that the fleet is ready. certificate: of its own TLS."""
    url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}/api/v1/ready"
    try:
        context = pinning(certificate) if certificate else None
        with urllib.request.urlopen(url, timeout=HTTP_SECONDS, context=context) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def robot_online(host: ProcessHost, robot: str, seconds: float = ROS_SECONDS) -> bool:
    """Return whether the agent of a robot says ONLINE; the topic is latched, so a working one says it at once."""
    words: list[str] = []
    node = _listener(host)
    node.create_subscription(String, f"/{robot}/connection", lambda m: words.append(m.data), qos.LATCHED)
    return host.spin_until(lambda: "ONLINE" in words, seconds) and words[-1] == "ONLINE"


def clock_advances(host: ProcessHost, seconds: float = ROS_SECONDS) -> bool:
    """Return whether /clock goes forward."""
    times: set[tuple[int, int]] = set()
    node = _listener(host)
    node.create_subscription(Clock, "/clock", lambda m: times.add((m.clock.sec, m.clock.nanosec)), qos.SENSOR)
    return host.spin_until(lambda: len(times) > 1, seconds)


def check(part: str, environment: Mapping[str, str]) -> bool:
    """Return whether a part works; an unknown part, or one without its settings, does not."""
    ros: Mapping[str, Callable[[ProcessHost], bool]] = {
        "robot": lambda host: robot_online(host, environment["AMR_ROBOT"]),
        "clock": clock_advances,
    }
    if part == "site":
        port = environment.get("AMR_PORT", "8080")
        return port.isdecimal() and site_ready(int(port), environment.get("AMR_DASHBOARD_CERTIFICATE", ""))
    if part not in ros or (part == "robot" and not environment.get("AMR_ROBOT")):
        return False
    with ProcessHost(participant="health", sim_time=False) as host:
        return ros[part](host)


def _listener(host: ProcessHost) -> Node:
    node = Node(
        f"health_{os.getpid()}", context=host.context, enable_rosout=False, start_parameter_services=False,
        use_global_arguments=False,
    )  # fmt: skip
    host.adopt(node)
    return node


def main() -> None:
    """Entry point."""
    began = time.monotonic()
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    well = check(part, os.environ)
    print(f"{part or 'nothing'}: {'works' if well else 'does not work'} ({time.monotonic() - began:.1f} s)")
    raise SystemExit(0 if well else 1)
