"""The fixed cameras of a site in a Gazebo world: the pictures of /cameras/<id>, rendered only while somebody looks."""

from __future__ import annotations

import math

from amr_core.cameras import fixed_view
from amr_core.site import Camera, Site
from amr_core.site.generators.scene import number, still_model

RATE = 10.0  # Hz, as camera_monitor looks at pictures unless it is told otherwise

CAMERA = """        <sensor name="camera_{id}" type="camera">
          <pose>{x} {y} {z} 0 {pitch} {yaw}</pose>
          <topic>/cameras/{id}/image_raw</topic>
          <update_rate>{rate}</update_rate>
          <camera>
            <camera_info_topic>/cameras/{id}/camera_info</camera_info_topic>
            <horizontal_fov>{field}</horizontal_fov>
            <image><width>{width}</width><height>{height}</height><format>L_INT8</format></image>
            <clip><near>0.1</near><far>100</far></clip>
            <noise><type>gaussian</type><mean>0</mean><stddev>0.006</stddev></noise>
          </camera>
        </sensor>
"""


def fixed_cameras(site: Site) -> str:
    """Return one model of all cameras, without a body: each would hang in its own picture."""
    return still_model("cameras", map(_camera, site.cameras))


def _camera(camera: Camera) -> str:
    view = fixed_view(camera)
    return CAMERA.format(
        id=camera.id,
        **{key: number(value) for key, value in (("x", view.x), ("y", view.y), ("z", view.z), ("yaw", view.yaw))},
        pitch=number(view.pitch),
        field=number(2.0 * math.atan2(view.width / 2.0, view.focal)),
        width=view.width,
        height=view.height,
        rate=number(RATE),
    )
