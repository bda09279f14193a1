"""Gazebo with the first robots of a site and what joins them to the contract: no navigation, the test drives.

wrong_type:=true bridges the front lidar of the first robot as what it is not. broken_robot:=true hands robots to Gazebo
whose model has a joint to nowhere. load_kg:=600 makes the bodies of all robots heavier by that. people:=true has the
site's people and forklifts, led, and ground truth; without, none are in the world.
"""

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

from amr_bringup import gazebo
from amr_bringup.launch_arguments import ROBOTS, SITE, Argument, Values
from amr_bringup.launch_support import description
from amr_bringup.spec import FILE, NodeSpec
from amr_bringup.stack import fleet_robots
from amr_bringup.start_check import joints_of_site
from amr_core.site import Site, load_site
from amr_core.site.build import world_path

WRONG = Argument("wrong_type", "false", "Bridge the front lidar as an Imu.")
BROKEN = Argument("broken_robot", "false", "Hand models to Gazebo that it cannot read.")
LOAD = Argument("load_kg", "0", "Mass (kg) that each robot carries.")
PEOPLE = Argument("people", "false", "People and forklifts, and ground truth.")


def base(values: Values) -> list[NodeSpec]:
    name = values.text(SITE)
    site = load_site(name)
    bays = {bay.id: bay for bay in site.parking}
    robots = fleet_robots(site, values.integer(ROBOTS))
    people = values.flag(PEOPLE.name)
    here = site if people else site.model_copy(update={"movers": []})
    specs = gazebo.server(name, [robot.name for robot in robots])
    if not people:
        specs = [deserted(spec, name, site) if spec.name == "gz_server" else spec for spec in specs]
    for robot in robots:
        specs += gazebo.robot(site, name, robot, bays[robot.parking], tf=False)
    if values.flag(WRONG.name):
        specs = [wrong(spec) if spec.name == "bridge" else spec for spec in specs]
    if values.flag(BROKEN.name):
        specs = [broken(spec) if spec.name == "spawn" else spec for spec in specs]
    if kilograms := values.integer(LOAD):
        specs = [loaded(spec, kilograms) if spec.name == "spawn" else spec for spec in specs]
    names = [robot.name for robot in robots]
    specs += gazebo.moved(here, name, names)
    return [*specs, *([gazebo.truth(name, names)] if people else []), gazebo.start_check(names, joints_of_site(here))]


def deserted(server: NodeSpec, name: str, site: Site) -> NodeSpec:
    """The world without its people and forklifts."""
    file = world_path(name, site)
    text = file.read_text().replace(">tags/", f">{file.parent}/tags/").replace(">meshes/", f">{file.parent}/meshes/")
    root = ET.fromstring(text)
    world, gone = root.find("world"), {mover.id for mover in site.movers}
    assert world is not None
    for model in [model for model in world.iter("model") if model.get("name") in gone]:
        world.remove(model)
    files = {"world.sdf": ET.tostring(root, encoding="unicode")}
    return replace(server, params={"world_sdf_file": f"{FILE}world.sdf"}, files=files)


def wrong(bridge: NodeSpec) -> NodeSpec:
    config = bridge.files["bridge.yaml"].replace("sensor_msgs/msg/LaserScan", "sensor_msgs/msg/Imu", 1)
    return replace(bridge, files={"bridge.yaml": config})


def broken(spawn: NodeSpec) -> NodeSpec:
    files = {name: text.replace("<child>", "<child>no_", 1) for name, text in spawn.files.items()}
    return replace(spawn, files=files)


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
    return description(base, "gazebo", (SITE, ROBOTS, WRONG, BROKEN, LOAD, PEOPLE))
