"""Gazebo with the first robots of a site and what joins them to the contract: no navigation, the test drives.

wrong_type:=true bridges the front lidar of the first robot as what it is not. load_kg:=600 makes the bodies of all
robots heavier by that.
"""

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

from amr_bringup import gazebo
from amr_bringup.launch_arguments import ROBOTS, SITE, Argument, Values
from amr_bringup.launch_support import description
from amr_bringup.spec import NodeSpec
from amr_bringup.stack import fleet_robots
from amr_core.site import load_site

WRONG = Argument("wrong_type", "false", "Bridge the front lidar as an Imu.")
LOAD = Argument("load_kg", "0", "Mass (kg) that each robot carries.")


def base(values: Values) -> list[NodeSpec]:
    name = values.text(SITE)
    site = load_site(name)
    bays = {bay.id: bay for bay in site.parking}
    robots = fleet_robots(site, values.integer(ROBOTS))
    specs = gazebo.server(name)
    for robot in robots:
        specs += gazebo.robot(site, name, robot, bays[robot.parking], tf=False)
    if values.flag(WRONG.name):
        specs = [wrong(spec) if spec.name == "bridge" else spec for spec in specs]
    if kilograms := values.integer(LOAD):
        specs = [loaded(spec, kilograms) if spec.name == "spawn" else spec for spec in specs]
    names = [robot.name for robot in robots]
    return [*specs, *gazebo.doors(site, name, names), gazebo.start_check(names, gazebo.driven_doors(site))]


def wrong(bridge: NodeSpec) -> NodeSpec:
    config = bridge.files["bridge.yaml"].replace("sensor_msgs/msg/LaserScan", "sensor_msgs/msg/Imu", 1)
    return replace(bridge, files={"bridge.yaml": config})


def loaded(spawn: NodeSpec, kilograms: float) -> NodeSpec:
    """A load of the body's own shape: mass and moments of inertia of the chassis grow alike."""
    ((name, text),) = spawn.files.items()
    model = ET.fromstring(text)
    inertial = model.find("model/link[@name='chassis']/inertial")
    assert inertial is not None
    mass = float(inertial.findtext("mass", "0"))
    for element in (*inertial.iter("mass"), *(moment for inertia in inertial.iter("inertia") for moment in inertia)):
        element.text = str(float(element.text or 0) * (mass + kilograms) / mass)
    return replace(spawn, files={name: ET.tostring(model, encoding="unicode")})


def generate_launch_description() -> Any:
    return description(base, "gazebo", (SITE, ROBOTS, WRONG, LOAD))
