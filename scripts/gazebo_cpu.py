"""Say what Gazebo's server costs: python scripts/gazebo_cpu.py SITE ROBOTS SECONDS [quiet|scans][-PART ...] ...

CPU seconds a simulated second with robots that stand in their bays: quiet = nobody listens; scans = all topics of the
robots but pictures. scans-lamps: the same without lamps, see PARTS for what else may be left out or changed, to see
what it costs. Needs the real Gazebo.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from amr_core.site import load_site
from amr_core.site.build import world_path
from amr_description.bridge import bridge_config, world_config
from amr_description.sdf import model_sdf
from amr_description.urdf import urdf
from tests.real.gazebo_client import GazeboClient
from tests.real.real_support import Real, group_of

WARM, PATIENCE = 3.0, 900.0
HOUSINGS = ("lidar_", "camera_", "depth_camera_")


def _lamp(element: ET.Element) -> bool:
    return element.tag == "light" and element.get("type") == "point"


def _housing(element: ET.Element) -> bool:
    return element.tag == "visual" and element.get("name", "").startswith(HOUSINGS)


def _led(topic: ET.Element) -> bool:
    return (topic.text or "").startswith("/movers/")


def _system(name: str) -> Callable[[ET.Element], bool]:
    return lambda element: element.tag == "plugin" and element.get("name") == f"gz::sim::systems::{name}"


def _step(root: ET.Element) -> None:
    for step in root.iter("max_step_size"):
        step.text = "0.01"


def _detector(root: ET.Element) -> None:
    for physics in root.iter("physics"):
        ET.SubElement(ET.SubElement(physics, "dart"), "collision_detector").text = "bullet"


def _without(unwanted: Callable[[ET.Element], bool]) -> Callable[[ET.Element], None]:
    def change(root: ET.Element) -> None:
        for parent in list(root.iter()):
            for child in [child for child in parent if unwanted(child)]:
                parent.remove(child)

    return change


PARTS: dict[str, Callable[[ET.Element], None]] = {
    "movers": _without(lambda element: element.tag == "model" and any(map(_led, element.iter("topic")))),
    "lamps": _without(_lamp),
    "housings": _without(_housing),  # what is seen of a robot's own sensors
    "doors": _without(lambda element: element.tag == "model" and element.get("name", "").startswith("door_")),
    "imu": _without(_system("Imu")),
    "contacts": _without(_system("Contact")),
    "joints": _without(_system("JointStatePublisher")),
    "pose": _without(_system("OdometryPublisher")),
    "battery": _without(_system("LinearBatteryPlugin")),
    "broadcaster": _without(_system("SceneBroadcaster")),
    "step": _step,  # 10 ms instead of 5
    "detector": _detector,  # Bullet's instead of ODE's
}


def world(site_name: str, robots: int, parts: Sequence[str] = ()) -> str:
    """Return the world of a site with its first robots in their bays, with these parts left out or changed."""
    site = load_site(site_name)
    file = world_path(site_name, site)
    text = file.read_text().replace(">tags/", f">{file.parent}/tags/").replace(">meshes/", f">{file.parent}/meshes/")
    root = ET.fromstring(text)
    (made,) = root.iter("world")
    bays = {bay.id: bay.pose for bay in site.parking}
    for robot in site.fleet[:robots]:
        (model,) = ET.fromstring(model_sdf(urdf(robot.type, robot.name, gazebo=True), robot.name)).iter("model")
        x, y, theta = bays[robot.parking]
        pose = ET.Element("pose")
        pose.text = f"{x} {y} 0.01 0 0 {theta}"
        model.insert(0, pose)
        made.append(model)
    for part in parts:
        PARTS[part](root)
    return ET.tostring(root, encoding="unicode")


def spent(group: int) -> float:
    """Return the CPU seconds of a process group."""
    ticks = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and group_of(entry) == group:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(site: str, robots: int, seconds: float, variant: str) -> str:
    """Return one line of figures."""
    with tempfile.TemporaryDirectory(prefix="amr-gazebo-", ignore_cleanup_errors=True) as folder:
        real, file, config = Real(Path(folder)), Path(folder) / "world.sdf", Path(folder) / "bridge.yaml"
        try:
            listeners, *parts = variant.split("-")
            file.write_text(world(site, robots, parts))
            names = [robot.name for robot in load_site(site).fleet[:robots]] if listeners != "quiet" else []
            config.write_text(world_config(()) + "".join(bridge_config(name, tf=False) for name in names))
            gazebo = real.start("gz", "sim", "-s", "-r", "--headless-rendering", str(file))
            bridge = ("ros_gz_bridge", "parameter_bridge", "--ros-args", "-p", f"config_file:={config}")
            real.start("ros2", "run", *bridge)
            client = GazeboClient(real.domain, gazebo)
            client.until(lambda: client.now > WARM, PATIENCE, "/clock")
            began, cpu, wall = client.now, spent(gazebo.process.pid), time.monotonic()
            client.until(lambda: client.now > began + seconds, PATIENCE, "simulated time")
            passed = client.now - began
            used, factor = (spent(gazebo.process.pid) - cpu) / passed, passed / (time.monotonic() - wall)
            client.close()
        finally:
            real.close()
    return f"{site}, {robots} robots, {variant}: {used:.2f} s CPU a simulated second, real-time factor {factor:.2f}"


def main() -> None:
    """Measure each variant."""
    site, robots, seconds, *variants = sys.argv[1:]
    unknown = {part for variant in variants for part in variant.split("-")[1:]} - PARTS.keys()
    if unknown:
        raise SystemExit(f"no part of a world: {', '.join(sorted(unknown))}; known are {', '.join(PARTS)}")
    for variant in variants or ("quiet", "scans"):
        line = measure(site, int(robots), float(seconds), variant)
        sys.stdout.write(f"{line}, load {os.getloadavg()[0]:.0f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
