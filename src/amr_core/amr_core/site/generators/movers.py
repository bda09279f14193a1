"""People and manned forklifts of a Gazebo world: bodies on joints that are led along the routes of the site's movers.

Not SDF's actors: Gazebo draws none without a skeleton (gz-sim, issue 418), and one follows its script whatever is in
its way. A body has no collision: nobody pushes it, and what it touches is for ground truth to say. On joints it is
where it was told to be, and it stands when nobody leads it any more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from amr_core.doors import topic_part
from amr_core.geometry import Pose2D
from amr_core.site import Actor, Site
from amr_core.site.generators.meshes import mesh_path
from amr_core.site.generators.scene import number

JOINTS = ("x", "y", "yaw")
"""Joints of a body: m east and m north of the first point of its route, rad from east."""
PACE = 50.0
"""m/s or rad/s that a joint takes to where it is told to be: at once, in steps of 20 Hz."""
STATES_RATE = 10

BODY = """    <model name="{id}">
      <pose>{x} {y} 0 0 0 0</pose>
{links}{joints}      <plugin filename="gz-sim-joint-state-publisher-system"\
 name="gz::sim::systems::JointStatePublisher">
        <topic>{states}</topic>
        <update_rate>{rate}</update_rate>
      </plugin>
{controllers}    </model>
"""

LINK = """      <link name="{name}">
        <gravity>false</gravity>
        <inertial>
          <mass>1</mass>
          <inertia><ixx>1</ixx><iyy>1</iyy><izz>1</izz><ixy>0</ixy><ixz>0</ixz><iyz>0</iyz></inertia>
        </inertial>
{visual}      </link>
"""

VISUAL = """        <visual name="visual">
          <geometry><mesh><uri>{mesh}</uri></mesh></geometry>
        </visual>
"""

JOINT = """      <joint name="{name}" type="{kind}">
        <parent>{parent}</parent>
        <child>{child}</child>
        <axis>
          <xyz>{axis}</xyz>
          <limit><effort>1000000</effort></limit>
        </axis>
      </joint>
"""

CONTROLLER = """      <plugin filename="gz-sim-joint-position-controller-system"\
 name="gz::sim::systems::JointPositionController">
        <joint_name>{joint}</joint_name>
        <topic>{topic}</topic>
        <use_velocity_commands>true</use_velocity_commands>
        <cmd_max>{pace}</cmd_max>
        <cmd_min>-{pace}</cmd_min>
        <initial_position>0</initial_position>
      </plugin>
"""

CHAIN = (
    ("x", "prismatic", "world", "beam", "1 0 0"),
    ("y", "prismatic", "beam", "trolley", "0 1 0"),
    ("yaw", "revolute", "trolley", "body", "0 0 1"),
)
"""Name, type, parent, child and axis of each joint: as a crane carries what hangs on it."""


def mover_topic(mover_id: str, what: str) -> str:
    """Return the topic of a body in Gazebo: a joint's name (m or rad, to it) or joint_states (from it)."""
    return f"/movers/mover_{topic_part(mover_id)}/{what}"


def joints_of(mover: Actor, pose: Pose2D) -> dict[str, float]:
    """Return where the joints of a mover's body are when it stands at a pose (map)."""
    x, y = mover.route[0]
    return {"x": pose.x - x, "y": pose.y - y, "yaw": pose.theta}


def pose_of(mover: Actor, joints: Mapping[str, float]) -> Pose2D | None:
    """Return where a body with these joints stands (map); None when they say nothing that is a pose."""
    at = [joints.get(name, math.nan) for name in JOINTS]
    if not all(map(math.isfinite, at)):
        return None
    x, y = mover.route[0]
    return Pose2D(x + at[0], y + at[1], math.remainder(at[2], math.tau))


def bodies_of_movers(site: Site) -> Iterator[str]:
    """Yield a model for each person and forklift, at the first point of its route."""
    yield from (_body(mover) for mover in site.movers)


def _body(mover: Actor) -> str:
    x, y = mover.route[0]
    seen = VISUAL.format(mesh=mesh_path(mover.kind))
    children = [child for _, _, _, child, _ in CHAIN]
    return BODY.format(
        id=mover.id,
        x=number(x),
        y=number(y),
        links="".join(LINK.format(name=name, visual=seen if name == "body" else "") for name in children),
        joints="".join(
            JOINT.format(name=name, kind=kind, parent=parent, child=child, axis=axis)
            for name, kind, parent, child, axis in CHAIN
        ),
        states=mover_topic(mover.id, "joint_states"),
        rate=STATES_RATE,
        controllers="".join(
            CONTROLLER.format(joint=joint, topic=mover_topic(mover.id, joint), pace=number(PACE)) for joint in JOINTS
        ),
    )
