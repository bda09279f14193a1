"""What Gazebo says of the leaf of a door, over the bridge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sensor_msgs.msg import JointState

from amr_core.doors import leaf_topic
from amr_core.site import Site
from amr_core.site.generators.doors import JOINT
from amr_ros import qos
from amr_ros.node import AmrNode


def hear_leaves(node: AmrNode, site: Site, take: Callable[[str, float], None]) -> None:
    """Call take(door id, height in m) for each word about a leaf."""

    def listener(door_id: str) -> Callable[[Any], None]:
        def hear(message: Any) -> None:
            heights = dict(zip(message.name, message.position, strict=False))
            if JOINT in heights:
                take(door_id, heights[JOINT])

        return hear

    for door in site.driven_doors:
        node.create_subscription(JointState, leaf_topic(door.id, "joint_states"), listener(door.id), qos.SENSOR)
