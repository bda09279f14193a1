"""The topics of the fixed cameras; a picture is rendered only while somebody looks."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

from builtin_interfaces.msg import Time
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from amr_core.site import Site
from amr_ros import qos
from amr_sim.engine import SimEngine
from amr_sim.fixed_cameras import FixedCamera
from amr_sim.world import SimWorld


class CameraPorts:
    """Publishes /cameras/<id>/image_raw and camera_info of all fixed cameras of a site."""

    def __init__(
        self, node: Node, engine: SimEngine, site: Site, world: SimWorld, seed: int, dead: Callable[[str], bool]
    ) -> None:
        """dead: whether a camera (id) gives no pictures now."""
        self._engine, self._dead = engine, dead
        self._site, self._world, self._seed = site, world, seed
        self._cameras: dict[str, FixedCamera] = {}
        self._ports = [
            (
                camera,
                node.create_publisher(Image, f"/cameras/{camera.id}/image_raw", qos.SENSOR),
                node.create_publisher(CameraInfo, f"/cameras/{camera.id}/camera_info", qos.SENSOR),
            )
            for camera in site.cameras
        ]

    def publish(self, stamp: Time) -> None:
        """Render and publish the cameras that somebody looks through."""
        wanted = [p for p in self._ports if p[1].get_subscription_count() and not self._dead(p[0].id)]
        if not wanted:
            return
        moving = self._engine.moving_solids()
        for camera, images, infos in wanted:
            if camera.id not in self._cameras:  # built on first use: the static picture takes some time
                self._cameras[camera.id] = FixedCamera(camera, self._world, self._seed)
            fixed = self._cameras[camera.id]
            infos.publish(_info(fixed, stamp))
            images.publish(_image(fixed, fixed.render(moving), stamp))


def _image(camera: FixedCamera, picture: Any, stamp: Time) -> Image:
    height, width = picture.shape
    message = Image(height=height, width=width, encoding="mono8", step=width, data=array("B", picture.tobytes()))
    message.header.frame_id, message.header.stamp = camera.id, stamp
    return message


def _info(camera: FixedCamera, stamp: Time) -> CameraInfo:
    message = CameraInfo(height=camera.view.height, width=camera.view.width, distortion_model="plumb_bob", d=[0.0] * 5)
    message.k = camera.view.matrix.ravel().tolist()
    message.header.frame_id, message.header.stamp = camera.id, stamp
    return message
