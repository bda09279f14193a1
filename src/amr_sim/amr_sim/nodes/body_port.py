"""What Gazebo says of the bodies of people and forklifts, over the bridge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sensor_msgs.msg import JointState

from amr_core.geometry import Pose2D
from amr_core.site import Actor, Site
from amr_core.site.generators.movers import mover_topic, pose_of
from amr_ros import qos
from amr_ros.node import AmrNode


def hear_bodies(node: AmrNode, site: Site, take: Callable[[str, Pose2D], None], *, once: bool = False) -> None:
    """Call take(mover id, pose in map) for each word about a body, or once for each body."""
    subscriptions: dict[str, Any] = {}

    def listener(mover: Actor) -> Callable[[Any], None]:
        def hear(message: Any) -> None:
            pose = pose_of(mover, dict(zip(message.name, message.position, strict=False)))
            if pose is None or mover.id not in subscriptions:
                return
            if once:
                node.destroy_subscription(subscriptions.pop(mover.id))
            take(mover.id, pose)

        return hear

    for mover in site.movers:
        topic = mover_topic(mover.id, "joint_states")
        subscriptions[mover.id] = node.create_subscription(JointState, topic, listener(mover), qos.SENSOR)
