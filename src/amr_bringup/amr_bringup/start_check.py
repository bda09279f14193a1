"""What must be heard soon after a start in Gazebo, and what to do about what is not. No ROS.

A bridge that was told a wrong type, a robot that was not spawned and a renderer that does not work are all silent:
without a check everything waits for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amr_core.doors import leaf_topic
from amr_core.errors import AmrError
from amr_core.site import Site
from amr_core.site.generators.movers import mover_topic

CLOCK = "/clock"
ROBOT_TOPICS: Mapping[str, str] = {
    "base/pose": "nav_msgs/msg/Odometry",
    "base/odom": "nav_msgs/msg/Odometry",
    "base/battery": "sensor_msgs/msg/BatteryState",
    "joint_states": "sensor_msgs/msg/JointState",
    "scan_front": "sensor_msgs/msg/LaserScan",
    "scan_rear": "sensor_msgs/msg/LaserScan",
}
"""What Gazebo itself says of each robot all the time, through its bridge: topic and type."""

WAIT = 15.0
"""Seconds without anything new until the rest is given up; a slow machine that makes progress is waited for."""
MOST_CROWDED = 8.0
"""How many times longer at most: then a start is in vain on this machine."""


def crowding(load: float, cores: int) -> float:
    """Return how many times longer a start may take: load is how many processes want the cores (1 minute's average).

    Before a large world has loaded nothing can be new: the reference site took more than WAIT at a load of 20 on two
    cores, and was given up.
    """
    return min(MOST_CROWDED, max(1.0, load / max(cores, 1)))


def expected(robots: Sequence[str], joints: Sequence[str] = ()) -> dict[str, str]:
    """Return topic -> type of everything that must be heard of robots (names) and of what moves on joints (topics)."""
    topics = {f"/{robot}/{topic}": kind for robot in robots for topic, kind in ROBOT_TOPICS.items()}
    return {CLOCK: "rosgraph_msgs/msg/Clock", **topics, **dict.fromkeys(joints, "sensor_msgs/msg/JointState")}


def joints_of_site(site: Site) -> list[str]:
    """Return the topics on which Gazebo says where the site's leaves of doors, people and forklifts are."""
    leaves = [leaf_topic(door.id, "joint_states") for door in site.driven_doors]
    return leaves + [mover_topic(mover.id, "joint_states") for mover in site.movers]


def wrong_type(
    robots: Sequence[str], offered: Mapping[str, Sequence[str]], seconds: float, joints: Sequence[str] = ()
) -> AmrError | None:
    """Return the error of the first topic that somebody publishes as what it is not: no patience makes that right."""
    for topic, wanted in expected(robots, joints).items():
        wrong = [kind for kind in offered.get(topic, ()) if kind != wanted]
        if wrong:
            cure = f"its bridge publishes {wrong[0]}; see TOPICS in amr_description/bridge.py"
            return _silent(f"{topic} as {wanted}", seconds, cure)
    return None


def verdict(
    robots: Sequence[str],
    heard: set[str],
    offered: Mapping[str, Sequence[str]],
    seconds: float,
    joints: Sequence[str] = (),
) -> AmrError:
    """Return the one error that says best what is wrong. offered: topic -> types that somebody publishes."""
    wanted = expected(robots, joints)
    silent = [topic for topic in wanted if topic not in heard]
    wrong = wrong_type(robots, {topic: offered.get(topic, ()) for topic in silent}, seconds, joints)
    if wrong is not None:
        return wrong
    if CLOCK in silent:
        cure = "the world did not load or its clock is not bridged; see the lines of gz_server and world_bridge above"
        return _silent(CLOCK, seconds, cure)
    for robot in robots:
        if all(topic in silent for topic in wanted if topic.startswith(f"/{robot}/")):
            cure = (
                f"it is not in the world or its bridge does not run; see the lines of {robot}.spawn and {robot}.bridge"
            )
            return _silent(f"robot {robot}", seconds, cure)
    for topic in silent:
        if not offered.get(topic):
            owner = topic.split("/")[1]
            bridge = f"{owner}.bridge" if owner in robots else "world_bridge"
            cure = f"no bridge publishes it, see the lines of {bridge}; types: TOPICS in amr_description/bridge.py"
            return _silent(f"{topic} as {wanted[topic]}", seconds, cure)
    if all("/scan_" in topic for topic in silent):
        cure = "the renderer does not work: Gazebo needs OpenGL 3.3 or EGL (Mesa is enough); see the lines of gz_server"
        return _silent(", ".join(silent), seconds, cure)
    cure = f"compare `gz topic -l` with the robot's bridge.yaml; `gz topic -i -t {silent[0]}` names its Gazebo type"
    return _silent(", ".join(silent), seconds, cure)


def _silent(what: str, seconds: float, cure: str) -> AmrError:
    return AmrError("gazebo.silent", what=what, seconds=round(seconds), cure=cure)
