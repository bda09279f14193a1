"""Health checks of the containers against real topics and a real web server."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from builtin_interfaces.msg import Time
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import LaserScan
from std_msgs.msg import String

from amr_bringup.doctor_scans import HeardScan, judge
from amr_bringup.nodes import health
from amr_bringup.nodes.scan_look import listen
from amr_ros import qos
from amr_ros.convert import to_stamp
from amr_ros.host import ProcessHost
from tests.serving import serving


def other(host: ProcessHost) -> Node:
    node = Node("other", context=host.context, enable_rosout=False)
    host.adopt(node)
    return node


def test_a_robot_is_well_when_its_last_word_is_online(host: ProcessHost) -> None:
    assert not health.robot_online(host, "amr_01", 0.3)
    says = other(host).create_publisher(String, "/amr_01/connection", qos.LATCHED)
    says.publish(String(data="ONLINE"))
    assert health.robot_online(host, "amr_01", 10.0)
    says.publish(String(data="OFFLINE"))
    assert not health.robot_online(host, "amr_01", 1.0)


def test_a_clock_that_stands_is_not_well(host: ProcessHost) -> None:
    clock = other(host).create_publisher(Clock, "/clock", qos.LATCHED)
    seconds = iter(range(1_000_000))
    node = host.nodes[-1]
    node.create_timer(0.05, lambda: clock.publish(Clock(clock=Time(sec=7))))
    assert not health.clock_advances(host, 0.5)
    node.create_timer(0.05, lambda: clock.publish(Clock(clock=Time(sec=next(seconds)))))
    assert health.clock_advances(host, 10.0)


class _Answer(BaseHTTPRequestHandler):
    code = 200

    def do_GET(self) -> None:
        self.send_response(self.code if self.path == "/api/v1/ready" else 404)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


def test_the_site_is_well_when_it_says_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Answer)
    port = server.server_address[1]
    with serving(server):
        assert health.site_ready(port)
        monkeypatch.setattr(_Answer, "code", 503)
        assert not health.site_ready(port)
    assert not health.site_ready(port)


@pytest.mark.parametrize(
    ("part", "environment"),
    [("", {}), ("everything", {}), ("robot", {}), ("site", {"AMR_PORT": "http"}), ("site", {"AMR_PORT": "99999"})],
)
def test_rubbish_is_not_well(part: str, environment: dict[str, str]) -> None:
    assert not health.check(part, environment)


def test_the_doctor_hears_the_scans_of_a_robot_and_says_which_are_missing(host: ProcessHost, domain_id: int) -> None:
    scans = other(host).create_publisher(LaserScan, "/amr_01/scan_front", qos.SENSOR)
    heard: dict[str, list[HeardScan]] = {}
    listener = threading.Thread(target=lambda: heard.update(listen("amr_01", ["front", "rear"], domain_id, 1.5)))
    listener.start()

    def say(now: float) -> None:
        message = LaserScan(range_min=0.05, range_max=20.0, ranges=[1.0] * 271)
        message.header.stamp = to_stamp(now - 2.0)
        scans.publish(message)

    host.ticker.add(say, 0.05)
    assert host.spin_until(lambda: not listener.is_alive(), 20.0)
    found = {topic: (verdict, words) for topic, verdict, words in judge(heard)}
    assert found["/amr_01/scan_front"][0] == "bad"
    assert "2.0 s old" in found["/amr_01/scan_front"][1]
    assert "nothing came" in found["/amr_01/scan_rear"][1]
