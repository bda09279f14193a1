"""Gazebo with the first robots of a site and what joins them to the contract: no navigation, the test drives."""

from typing import Any

from amr_bringup import gazebo
from amr_bringup.launch_arguments import ROBOTS, SITE, Values
from amr_bringup.launch_support import description
from amr_bringup.spec import NodeSpec
from amr_bringup.stack import fleet_robots
from amr_core.site import load_site


def base(values: Values) -> list[NodeSpec]:
    name = values.text(SITE)
    site = load_site(name)
    bays = {bay.id: bay for bay in site.parking}
    specs = gazebo.server(name)
    for robot in fleet_robots(site, values.integer(ROBOTS)):
        specs += gazebo.robot(site, name, robot, bays[robot.parking], tf=False)
    return specs


def generate_launch_description() -> Any:
    return description(base, "gazebo", (SITE, ROBOTS))
