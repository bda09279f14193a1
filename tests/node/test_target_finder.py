"""Targets without a tag over ROS: a robot docks at a V-shape, pallets are found on request, rubbish is refused."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from nav2_msgs.action import DockRobot
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image
from std_srvs.srv import SetBool
from vision_msgs.msg import Detection3DArray

from amr_core.cameras import PinholeView
from amr_core.geometry import Pose2D, relative
from amr_core.robots import LIFT_AMR
from amr_core.site import Site, load_site
from amr_core.site.build import build_site
from amr_core.site.lint import lint
from amr_lab.perception_bench.depth import pallet
from amr_navigation.nodes.navigation import NavigationNode
from amr_navigation.nodes.site_data import site_data
from amr_perception.docking.pallet_depth import EUR
from amr_perception.docking.stations import site_targets, target_ahead
from amr_perception.nodes.perception import PerceptionNode
from amr_ros import qos
from amr_ros.actions import ActionPort
from amr_ros.convert import to_stamp
from amr_ros.host import ProcessHost
from amr_sim.nodes.simulator import SimulatorNode
from amr_sim.scene import cast

STATION = "A1_1"


@pytest.fixture
def site(tmp_path: Path) -> str:
    """The lab, where one station has a V-shape instead of its marker."""
    model: dict[str, Any] = load_site("lab").model_dump(mode="json")
    model["movers"] = []
    for place in model["places"]:
        for station in place["stations"]:
            if station["id"] == STATION:
                station.update(marker=None, target="v_dock")
    folder = tmp_path / "v_lab"
    folder.mkdir()
    (folder / "site.yaml").write_text(yaml.safe_dump(model, allow_unicode=True))
    build_site(str(folder))
    return str(folder)


@pytest.fixture
def simulated(domain_id: int) -> Iterator[ProcessHost]:
    with ProcessHost(participant="robots_0", sim_time=True, domain_id=domain_id) as host:
        yield host


def test_a_robot_docks_at_a_v_shape(simulated: ProcessHost, site: str) -> None:
    params = {"site": site, "robots": 1, "rtf": 0.0, "participants": ["robots_0"]}
    sim: SimulatorNode = simulated.build(SimulatorNode, "simulator", params=params)
    dock = site_data(site).docks[STATION]
    start = Pose2D(dock.staging.x, dock.staging.y + 0.1, dock.staging.theta + 0.1)
    sim.engine.bases.put(0, start)
    name = sim.engine.names[0]
    common = {"site": site, "robot_type": "lift_amr"}
    simulated.build(
        NavigationNode, "navigation", namespace=f"/{name}", params={**common, "initial_pose": [*start]}
    )  # fmt: skip
    simulated.build(PerceptionNode, "perception", namespace=f"/{name}", params=common)
    client = Node("client", namespace=name, context=simulated.context, enable_rosout=False)
    simulated.adopt(client)
    seen: list[Detection3DArray] = []
    client.create_subscription(Detection3DArray, "dock_targets", seen.append, qos.SENSOR)
    port = ActionPort(client, DockRobot, "dock_robot")
    assert simulated.spin_until(lambda: port.ready, 20.0)
    done: list[Any] = []
    port.send(DockRobot.Goal(use_dock_id=True, dock_id=STATION), on_done=done.append)
    assert simulated.spin_until(lambda: bool(done), 60.0)
    assert done[0].result.success, done[0].result
    off = relative(dock.pose, sim.engine.pose(0))
    assert math.hypot(off.x, off.y) < 0.010
    assert abs(off.theta) < math.radians(1.0)
    assert seen
    assert seen[-1].detections[0].results[0].hypothesis.class_id == "v_dock"
    assert seen[-1].detections[0].results[0].pose.covariance[0] > 0.0


def test_a_site_may_name_the_target_and_needs_no_marker_then(site: str) -> None:
    model: Site = load_site(site)
    assert not [f for f in lint(model) if f.code == "site.no_marker"]
    targets = site_targets(model)
    (v,) = [t for t in targets if t.kind == "v_dock"]
    dock = site_data(site).docks[STATION]
    found = target_ahead(targets, dock.staging)
    assert found is not None
    assert found[0] == v
    assert found[1].x == pytest.approx(relative(dock.staging, v.pose).x)
    turned = Pose2D(dock.staging.x, dock.staging.y, dock.staging.theta + math.pi)
    other = target_ahead(targets, turned)
    assert other is None or other[0] != v


def test_pallets_are_found_between_enable_and_disable(host: ProcessHost) -> None:
    params = {"site": "lab", "robot_type": "lift_amr"}
    node: PerceptionNode = host.build(PerceptionNode, "perception", namespace="/r1", params=params)
    driver = Node("driver", namespace="r1", context=host.context, enable_rosout=False)
    host.adopt(driver)
    pallets: list[Detection3DArray] = []
    driver.create_subscription(Detection3DArray, "pallets", pallets.append, qos.SENSOR)
    images = driver.create_publisher(Image, "depth_camera/image_raw", qos.SENSOR)
    infos = driver.create_publisher(CameraInfo, "depth_camera/camera_info", qos.SENSOR)
    spec = LIFT_AMR.depth_camera
    view = PinholeView(spec.x, 0.0, spec.z, 0.0, spec.pitch, 640, 480, 2.0 * spec.focal)
    truth = Pose2D(spec.x + 1.2, 0.05, 0.1)
    depth = cast(view, pallet(EUR, truth), 6.0)[0]
    shown: dict[str, Any] = {"data": depth.tobytes(), "encoding": "32FC1"}

    def tick(now: float) -> None:
        image = Image(height=480, width=640, encoding=shown["encoding"], step=2560, data=array("B", shown["data"]))
        image.header.stamp = to_stamp(now)
        infos.publish(CameraInfo(width=640, height=480, k=view.matrix.ravel().tolist()))
        images.publish(image)

    host.ticker.add(tick, 0.1)
    enable = driver.create_client(SetBool, "pallet_finder/enable")

    def ask(on: bool) -> None:
        assert host.spin_until(enable.service_is_ready, 10.0)
        future = enable.call_async(SetBool.Request(data=on))
        assert host.spin_until(future.done, 10.0)

    assert images.get_subscription_count() == 0
    ask(True)
    assert host.spin_until(lambda: bool(pallets), 10.0)
    result = pallets[-1].detections[0].results[0]
    assert result.hypothesis.class_id == "eur"
    assert abs(result.pose.pose.position.x - truth.x) < 0.02
    assert abs(result.pose.pose.position.y - truth.y) < 0.02
    shown["encoding"] = "mono8"
    assert host.spin_until(lambda: node.complaints.counts["depth_camera/image_raw"] > 0, 10.0)
    shown.update(encoding="32FC1", data=np.full((480, 640), np.nan, np.float32).tobytes())
    count = node.complaints.counts["depth_camera/image_raw"]
    pallets.clear()
    quiet = host.ticker.now + 0.5
    assert host.spin_until(lambda: host.ticker.now > quiet, 5.0)
    assert not pallets  # nothing but holes: no pallet, and no complaint about a good message
    assert node.complaints.counts["depth_camera/image_raw"] <= count + 1
    ask(False)
    assert host.spin_until(lambda: images.get_subscription_count() == 0, 10.0)
