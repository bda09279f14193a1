"""The Gazebo world of a site (SDF 1.10)."""

from __future__ import annotations

import math

from amr_core.site import Site
from amr_core.site.generators.building import building
from amr_core.site.generators.doors import leaves_of_doors
from amr_core.site.generators.fixed_cameras import fixed_cameras
from amr_core.site.generators.movers import bodies_of_movers
from amr_core.site.generators.scene import conditions, lights, markings
from amr_core.site.generators.scene import number as _n

FLOOR_COLOUR = "0.55 0.55 0.55 1"

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
    <plugin filename="gz-sim-contact-system" name="gz::sim::systems::Contact"/>
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


def world_sdf(site: Site) -> str:
    """Return the world: lights, floor, building with boards and markings, wet floor, doors, cameras, all that moves."""
    width, depth = site.size
    floor = FLOOR.format(
        x=_n(width / 2),
        y=_n(depth / 2),
        width=_n(math.ceil(width) + 20),
        depth=_n(math.ceil(depth) + 20),
        colour=FLOOR_COLOUR,
    )
    still = (building(site), markings(site), *conditions(site))
    parts = (*lights(site), floor, *still, *leaves_of_doors(site), fixed_cameras(site), *bodies_of_movers(site))
    return HEAD.format(name=site.id) + "".join(parts) + "  </world>\n</sdf>\n"
