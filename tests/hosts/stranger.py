"""A computer that has no business here: asks for ROS topics, sends velocities, knocks at the broker; says what it got.

Usage: python -m tests.hosts.stranger BROKER. The last line is JSON: topics that are not its own, and the broker.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import time

import rclpy
from geometry_msgs.msg import Twist

from tests.hosts.site import PORT

_TRY_S = 12.0


def main() -> None:
    """Try for some seconds."""
    rclpy.init()
    node = rclpy.create_node("stranger")
    drive = node.create_publisher(Twist, "/amr_01/cmd_vel", 10)
    order = Twist()
    order.linear.x = 0.5
    end = time.monotonic() + _TRY_S
    while time.monotonic() < end:
        drive.publish(order)
        rclpy.spin_once(node, timeout_sec=0.1)
    own = {"/rosout", "/parameter_events", "/amr_01/cmd_vel"}
    topics = sorted({name for name, _ in node.get_topic_names_and_types()} - own)
    heard = node.count_subscribers("/amr_01/cmd_vel")
    topics += [f"{heard} hear cmd_vel"] if heard else []
    rclpy.shutdown()
    sys.stdout.write(json.dumps({"topics": topics, "broker": knock(sys.argv[1])}) + "\n")


def knock(address: str) -> str:
    """Return whether the broker speaks MQTT with who shows no certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    hello = bytes([0x10, 15, 0, 4]) + b"MQTT" + bytes([4, 2, 0, 60, 0, 3]) + b"abc"
    try:
        with socket.create_connection((address, PORT), 10) as plain, context.wrap_socket(plain) as line:
            line.sendall(hello)
            return "let in" if line.recv(4) == bytes([0x20, 2, 0, 0]) else "refused"
    except (ssl.SSLError, ConnectionError):
        return "refused"


if __name__ == "__main__":
    main()
