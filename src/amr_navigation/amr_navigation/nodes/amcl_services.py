"""What clients know of AMCL: initialpose, set_initial_pose, global localisation, forced updates, particle_cloud."""

from __future__ import annotations

import math
from typing import Any

from geometry_msgs.msg import Pose, PoseWithCovarianceStamped
from nav2_msgs.msg import Particle, ParticleCloud
from nav2_msgs.srv import SetInitialPose
from std_srvs.srv import Empty

from amr_navigation.nodes.core import Core
from amr_ros import qos
from amr_ros.convert import pose_from_msg, to_stamp

PERIOD = 0.5  # s: a person looks at the particles, and copying them costs


class AmclServices:
    """Serves the localisation of a robot under AMCL's names."""

    def __init__(self, core: Core) -> None:
        self._core, self._due = core, 0.0
        node = core.servers["amcl"]
        node.create_subscription(PoseWithCovarianceStamped, "initialpose", self.set_pose, qos.RELIABLE)
        node.create_service(SetInitialPose, "set_initial_pose", self._on_set)
        node.create_service(Empty, "reinitialize_global_localization", self._on_global)
        node.create_service(Empty, "request_nomotion_update", self._on_update)
        self._cloud = node.create_publisher(ParticleCloud, "particle_cloud", qos.SENSOR)

    def tick(self, now: float) -> None:
        """Publish the particles at 2 Hz while somebody listens."""
        if now < self._due - 1e-6:
            return
        self._due = now + PERIOD
        if self._cloud.get_subscription_count():
            self._cloud.publish(self._particles(now))

    def set_pose(self, msg: Any) -> None:
        """Take a PoseWithCovarianceStamped; one not in the map frame or not on the map is refused with a line."""
        pose, c = pose_from_msg(msg.pose), msg.pose.covariance
        frame = msg.header.frame_id.lstrip("/")
        finite = all(math.isfinite(v) for v in pose)
        if frame not in ("", "map") or not finite or not self._core.site.static_map.walls.contains(pose.x, pose.y):
            where = f"({pose.x:.2f}, {pose.y:.2f}, {pose.theta:.2f}) in {frame[:32] or 'map'}"
            self._core.node.get_logger().warning(
                f"initial pose {where} refused: it must be on the map, in the map frame"
            )
            return
        sigma = [math.sqrt(v) if v > 0.0 else default for v, default in ((c[0], 0.2), (c[7], 0.2), (c[35], 0.1))]
        self._core.navigator.set_initial_pose(pose, (sigma[0], sigma[1], sigma[2]))

    def _on_set(self, request: Any, response: Any) -> Any:
        self.set_pose(request.pose)
        return response

    def _on_global(self, _request: Any, response: Any) -> Any:
        self._core.navigator.localizer.scatter()
        if self._cloud.get_subscription_count():
            self._cloud.publish(self._particles(self._core.node.now))
        return response

    def _on_update(self, _request: Any, response: Any) -> Any:
        self._core.navigator.localizer.request_update()
        return response

    def _particles(self, now: float) -> Any:
        poses, weights = self._core.navigator.localizer.particles
        message = ParticleCloud()
        message.header.frame_id, message.header.stamp = "map", to_stamp(now)
        for (x, y, theta), weight in zip(poses.tolist(), weights.tolist(), strict=True):
            pose = Pose()
            pose.position.x, pose.position.y = x, y
            pose.orientation.z, pose.orientation.w = math.sin(theta / 2), math.cos(theta / 2)
            message.particles.append(Particle(pose=pose, weight=weight))
        return message
