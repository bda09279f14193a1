"""The doors of a Gazebo world: leaves that go up and down where robots drive through, panels on walls elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from amr_core.doors import LEAF_HALF_THICKNESS, leaf_topic
from amr_core.geometry import Pose2D, rectangle, transform
from amr_core.site import Door, Site
from amr_core.site.generators.meshes import Prism
from amr_core.site.generators.scene import number

COLOURS = {
    "dock": "0.35 0.45 0.55",
    "gate": "0.25 0.40 0.30",
    "person": "0.55 0.35 0.20",
    "roller": "0.45 0.45 0.50",
}
HEIGHTS = {"dock": 3.5, "gate": 5.0, "person": 2.2, "roller": 3.5}
PANEL = 0.005
"""m that the panel of a closed door stands out of its wall, on both faces."""
GAP = 0.02
"""m between a leaf and the floor, and the walls beside it: what does not touch costs physics nothing."""
JOINT = "lift"

# Gravity would pull it down while nothing commands it. A servo of DART cannot leave a limit that it starts at.
LEAF = """    <model name="door_{id}">
      <pose>{x} {y} 0 0 0 {yaw}</pose>
      <joint name="{joint}" type="prismatic">
        <parent>world</parent>
        <child>leaf</child>
        <axis>
          <xyz>0 0 1</xyz>
          <limit><lower>-0.001</lower><upper>{upper}</upper><effort>1000000</effort></limit>
        </axis>
      </joint>
      <link name="leaf">
        <pose>0 0 {middle} 0 0 0</pose>
        <gravity>false</gravity>
        <inertial>
          <mass>80</mass>
          <inertia><ixx>200</ixx><iyy>100</iyy><izz>100</izz><ixy>0</ixy><ixz>0</ixz><iyz>0</iyz></inertia>
        </inertial>
        <collision name="collision">
          <geometry><box><size>{size}</size></box></geometry>
        </collision>
        <visual name="visual">
          <geometry><box><size>{size}</size></box></geometry>
          <material><ambient>{colour}</ambient><diffuse>{colour}</diffuse></material>
        </visual>
      </link>
      <plugin filename="gz-sim-joint-state-publisher-system" name="gz::sim::systems::JointStatePublisher">
        <topic>{states}</topic>
        <joint_name>{joint}</joint_name>
        <update_rate>10</update_rate>
      </plugin>
      <plugin filename="gz-sim-joint-position-controller-system" name="gz::sim::systems::JointPositionController">
        <joint_name>{joint}</joint_name>
        <topic>{height}</topic>
        <use_velocity_commands>true</use_velocity_commands>
        <cmd_max>{speed}</cmd_max>
        <cmd_min>-{speed}</cmd_min>
        <p_gain>4</p_gain>
        <initial_position>0</initial_position>
      </plugin>
    </model>
"""


def travel(door: Door) -> float:
    """Return how far (m) a leaf goes up until robots with any load pass below it."""
    return HEIGHTS[door.kind]


def leaves_of_doors(site: Site) -> Iterator[str]:
    """Yield a model for each door that robots drive through."""
    yield from (_leaf(door) for door in site.doors if door.lanes)


def _leaf(door: Door) -> str:
    height = HEIGHTS[door.kind] - GAP
    size = (2 * LEAF_HALF_THICKNESS, door.width - 2 * GAP, height)
    return LEAF.format(
        id=door.id,
        joint=JOINT,
        states=leaf_topic(door.id, "joint_states"),
        height=leaf_topic(door.id, "height"),
        x=number(door.x),
        y=number(door.y),
        yaw=number(door.theta),
        middle=number(GAP + height / 2),
        upper=number(travel(door) + 0.05),
        # Twice the pace of the door's own controller, which leads it: it follows, and never makes the pace.
        speed=number(2 * travel(door) / door.open_s),
        size=" ".join(map(number, size)),
        colour=f"{COLOURS[door.kind]} 1",
    )


def panel(site: Site, door: Door) -> Prism:
    """Return the panel of another door on its wall: the one of the four outer walls that is nearest."""
    width, depth = site.size
    gaps = {"west": door.x, "east": width - door.x, "south": door.y, "north": depth - door.y}
    side = min(gaps, key=lambda name: abs(gaps[name]))
    thick = 0.2 + 2 * PANEL  # seen on both faces of a wall 0.2 m thick
    along, across = (thick, door.width) if side in ("west", "east") else (door.width, thick)
    base = transform(rectangle(along / 2, along / 2, across / 2), Pose2D(door.x, door.y, 0.0))
    return Prism(base, 0.0, HEIGHTS[door.kind], door.kind)
