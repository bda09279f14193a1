"""The real `ros2 launch` on computers of their own: one order, over the broker from one launch file to the other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.hosts.conftest import Saw
from tests.hosts.network import Host, Network
from tests.hosts.site import API, PORT, Site, until
from tests.real.real_support import environment, need

pytestmark = [pytest.mark.hosts_long, pytest.mark.timeout(900), pytest.mark.usefixtures("_possible")]


def launched(site: Site, host: Host, file: str, key: str, *words: str) -> None:
    """Start `ros2 launch` as a person does, on a computer of the site."""
    uplink = (
        f"broker:={site.address}:{PORT}", f"ca:={site.keys / 'ca.crt'}", f"certificate:={site.keys / key}.crt",
        f"key:={site.keys / key}.key",
    )  # fmt: skip
    kept = {k: v for k, v in environment().items() if os.environ.get(k) != v}
    own = {"ROS_DOMAIN_ID": "77", "ROS_LOG_DIR": str(host.folder / "ros_log"), "PYTHONUNBUFFERED": "1"}
    own |= {"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    host.start(file, "ros2", "launch", "amr_bringup", file, "site:=lab", *uplink, *words, **{**kept, **own})


@pytest.mark.fault("no fault: real `ros2 launch` of server and robot on computers of their own, one order")
def test_an_order_is_delivered_between_computers_that_ros2_launch_started(
    network: Network, saw: Saw, tmp_path: Path
) -> None:
    need("nav2")
    site = Site(network, network.host("server"))
    robot = network.host("amr_01")
    site.start_broker()
    files = (f"database:={site.folder / 'journal.sqlite3'}", f"port:={API}")
    launched(site, site.server, "site.launch.py", "amr-fleet", "mode:=real", "robots:=1", *files)
    near = "8.0,8.0,3.141593"
    launched(
        site, robot, "robot.launch.py", "robot-amr_01", "robot:=amr_01", "base:=simulated", "navigation:=embedded",
        f"state_dir:={tmp_path}", f"base_pose:={near}", f"initial_pose:={near}",
    )  # fmt: skip
    until(lambda: site.online("amr_01"), 240, "amr_01 is online", site.words)
    order = site.order("X1", "D1")
    until(lambda: site.done(order), 400, "the order is delivered", site.words)
    assert [row["order_id"] for row in site.journal("order_done")] == [order]
    saw("bytes up of the robot", robot.port.up.sent)
