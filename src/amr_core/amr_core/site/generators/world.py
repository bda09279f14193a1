"""The Gazebo world of a site (SDF 1.10)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from amr_core.geometry import Pose2D, compose
from amr_core.roadmap.splitting import leaves
from amr_core.site import Site
from amr_core.site.generators.actors import actors
from amr_core.site.generators.doors import doors
from amr_core.site.generators.fixed_cameras import fixed_cameras
from amr_core.site.generators.scene import lights, markings, still_model
from amr_core.site.generators.scene import number as _n
from amr_core.site.generators.tags import BOARD_SIDE, tag_path
from amr_core.site.solids import wall_segments
from amr_core.site.v_dock import MARKER_AHEAD, V_HEIGHT, V_PLATE, v_dock_plates

MARKER_HEIGHT = 0.45
BOARD = (0.02, BOARD_SIDE, BOARD_SIDE)

COLOURS = {
    "wall": "0.85 0.85 0.82 1",
    "rack": "0.16 0.36 0.68 1",
    "stack": "0.78 0.63 0.40 1",
    "column": "0.90 0.75 0.10 1",
    "machine": "0.35 0.40 0.38 1",
    "barrier": "0.75 0.20 0.15 1",
    "marker": "1 1 1 1",
    "floor": "0.55 0.55 0.55 1",
}

HEAD = """<?xml version="1.0"?>
<sdf version="1.10">
  <world name="{name}">
    <physics name="step_5ms" type="ignored">
      <max_step_size>0.005</max_step_size>
      <real_time_factor>1.0</real_time_factor>
    </physics>
    <plugin filename="gz-sim-physics-system" name="gz::sim::systems::Physics"/>
    <plugin filename="gz-sim-user-commands-system" name="gz::sim::systems::UserCommands"/>
    <plugin filename="gz-sim-scene-broadcaster-system" name="gz::sim::systems::SceneBroadcaster"/>
    <plugin filename="gz-sim-imu-system" name="gz::sim::systems::Imu"/>
    <plugin filename="gz-sim-sensors-system" name="gz::sim::systems::Sensors">
      <render_engine>ogre2</render_engine>
    </plugin>
    <plugin filename="gz-sim-particle-emitter-system" name="gz::sim::systems::ParticleEmitter"/>
    <gravity>0 0 -9.81</gravity>
"""

FLOOR = """    <model name="floor">
      <static>true</static>
      <pose>{x} {y} 0 0 0 0</pose>
      <link name="link">
        <collision name="collision">
          <geometry><plane><normal>0 0 1</normal><size>{width} {depth}</size></plane></geometry>
          <surface><friction><ode><mu>1.0</mu><mu2>1.0</mu2></ode></friction></surface>
        </collision>
        <visual name="visual">
          <geometry><plane><normal>0 0 1</normal><size>{width} {depth}</size></plane></geometry>
          <material><ambient>{colour}</ambient><diffuse>{colour}</diffuse></material>
        </visual>
      </link>
    </model>
"""

VISUAL = """        <visual name="{name}">
          <pose>{pose}</pose>
          <geometry><box><size>{size}</size></box></geometry>
          <material><ambient>{colour}</ambient><diffuse>{colour}</diffuse>{texture}</material>
        </visual>
"""

TEXTURE = "<pbr><metal><albedo_map>{file}</albedo_map><metalness>0</metalness><roughness>1</roughness></metal></pbr>"

COLLISION = """        <collision name="{name}">
          <pose>{pose}</pose>
          <geometry><box><size>{size}</size></box></geometry>
        </collision>
"""


def _box(name: str, kind: str, pose: Pose2D, z: float, size: tuple[float, float, float], *, texture: str = "") -> str:
    values = {
        "name": name,
        "pose": f"{_n(pose.x)} {_n(pose.y)} {_n(z)} 0 0 {_n(pose.theta)}",
        "size": " ".join(map(_n, size)),
        "colour": COLOURS[kind],
        "texture": TEXTURE.format(file=texture) if texture else "",
    }
    if texture:
        return VISUAL.format(**values)
    # Two things of one link must not have one name: sensors and visuals that did brought Gazebo down.
    return COLLISION.format(**values) + VISUAL.format(**values | {"name": f"{name}_visual"})


def _solids(site: Site) -> Iterator[str]:
    for wall in site.walls:
        for k, piece in enumerate(wall_segments(wall)):
            size = (piece.length, piece.thickness, wall.height)
            yield _box(f"wall_{wall.id}_{k}", "wall", piece.pose, wall.height / 2, size)
    for box in site.boxes:
        pose = Pose2D(box.x, box.y, box.theta)
        size = (box.size_x, box.size_y, box.height)
        yield _box(f"{box.kind}_{box.id}", box.kind, pose, box.height / 2, size)
    for _, _, station in leaves(site):
        if station.target == "v_dock":
            for k, (pose, length) in enumerate(v_dock_plates(compose(station.pose, Pose2D(MARKER_AHEAD, 0.0, 0.0)))):
                yield _box(f"v_dock_{station.id}_{k}", "barrier", pose, V_HEIGHT / 2, (length, V_PLATE, V_HEIGHT))


def _boards(site: Site) -> Iterator[str]:
    for _, _, station in leaves(site):
        if station.marker is not None:
            # The board faces the robot; its face, not its centre, is MARKER_AHEAD of base_link.
            pose = compose(station.pose, Pose2D(MARKER_AHEAD + BOARD[0] / 2, 0.0, 0.0))
            file = tag_path(station.marker)
            yield _box(f"marker_{station.marker}", "marker", pose, MARKER_HEIGHT, BOARD, texture=file)


def world_sdf(site: Site) -> str:
    """Return the world: lights, floor, walls and boxes as one building, boards, markings, doors, cameras, actors."""
    width, depth = site.size
    floor = FLOOR.format(
        x=_n(width / 2),
        y=_n(depth / 2),
        width=_n(math.ceil(width) + 20),
        depth=_n(math.ceil(depth) + 20),
        colour=COLOURS["floor"],
    )
    still = (still_model(name, parts) for name, parts in (("building", _solids(site)), ("boards", _boards(site))))
    parts = (*lights(site), floor, *still, *markings(site), *doors(site), fixed_cameras(site), *actors(site))
    return HEAD.format(name=site.id) + "".join(parts) + "  </world>\n</sdf>\n"
