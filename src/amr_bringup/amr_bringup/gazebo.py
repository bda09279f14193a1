"""Gazebo Harmonic and what joins a robot in it to the contract, as node descriptions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from amr_bringup.nav2 import TF
from amr_bringup.spec import EVERYWHERE, FILE, NodeSpec
from amr_core.errors import AmrError
from amr_core.site import FleetRobot, Site, Station, load_site
from amr_core.site.build import world_path
from amr_description.bridge import bridge_config, world_config
from amr_description.sdf import model_sdf
from amr_description.urdf import urdf

GAZEBO = frozenset({"gazebo"})


def server(site: str, robots: Sequence[str]) -> list[NodeSpec]:
    """Return Gazebo's server with the world of a site, and the bridge of its clock and fixed cameras.

    Raises launch.world when the world cannot be read, is another one or holds something with the name of one of the
    robots: they would be spawned nowhere, in silence.
    """
    loaded = load_site(site)
    path = world_path(site, loaded)
    _check_world(path, loaded, robots)
    gazebo = NodeSpec(
        package="ros_gz_sim",
        executable="gzserver",
        name="gz_server",
        params={"world_sdf_file": str(path)},
        when=GAZEBO,
        group="gazebo",
        # Started again it would have no robots, and its clock would begin at 0 for nodes that are hours ahead.
        vital=f"its last lines above say why; `gz sdf -k {path}` checks the world, `amr doctor` the rest",
        refusals=NOT_SPAWNED,
    )
    cameras, movers = (camera.id for camera in loaded.cameras), (mover.id for mover in loaded.movers)
    config = world_config(cameras, (door.id for door in loaded.driven_doors), movers)
    return [gazebo, _bridge("world_bridge", "", config, "gazebo")]


NOT_SPAWNED = {
    # Not "already exists": the request is made again where a slow server has not answered within 5 s, and then it does.
    r"UserCommands\.cc.*(Error Code|Expected exactly one top-level.* on SDF)": (
        "the spawning of a robot",
        "check the numbers of the robot's type: `amr robot urdf TYPE > robot.urdf`, `gz sdf -p robot.urdf`",
    ),
}
"""The lines of the server that say that a robot is not in the world, though the request was answered."""

NOT_BRIDGED = {
    r"Failed to create a bridge": (
        "the bridging of a topic",
        "a wrong type; see TOPICS in amr_description/bridge.py and `amr doctor`",
    ),
}
"""The line of a bridge that goes on without one of its topics."""


def _check_world(path: Path, site: Site, robots: Sequence[str]) -> None:
    try:
        worlds = list(ElementTree.parse(path).iter("world"))
    except (OSError, ElementTree.ParseError) as error:
        raise AmrError("launch.world", file=str(path), reason=" ".join(str(error).split())) from error
    names = [world.get("name", "") for world in worlds]
    if names != [site.id]:
        found = ", ".join(names) or "none"
        raise AmrError("launch.world", file=str(path), reason=f"it must hold the world {site.id}, not {found}")
    things = [element for kind in ("model", "include", "actor", "light") for element in worlds[0].findall(kind)]
    held = {element.get("name") or element.findtext("name") for element in things}
    if found := ", ".join(robot for robot in robots if robot in held):
        reason = f"it holds {found} already, and Gazebo would not spawn the robot of that name; take it out of the file"
        raise AmrError("launch.world", file=str(path), reason=reason)
    bodies = {element.get("name") for element in worlds[0].findall("model")}  # an actor of old is none
    if missing := ", ".join(mover.id for mover in site.movers if mover.id not in bodies):
        reason = f"it has no body for {missing}: `amr site build` writes it anew from the site file"
        raise AmrError("launch.world", file=str(path), reason=reason)


def moved(site: Site, site_name: str, robots: Sequence[str]) -> list[NodeSpec]:
    """Return the controllers of what moves by itself at a site: doors that robots drive through, people, forklifts."""
    nodes = {"gazebo_doors": "GazeboDoorsNode"} if site.driven_doors else {}
    nodes |= {"gazebo_movers": "GazeboMoversNode"} if site.movers else {}
    return [
        NodeSpec(
            package="amr_sim",
            executable=name,
            target=f"amr_sim.nodes.{name}:{node}",
            name=name,
            params={"site": site_name, "robots": list(robots)},
            when=GAZEBO,
            group="gazebo_moved",
        )
        for name, node in nodes.items()
    ]


def truth(site: str, robots: Sequence[str]) -> NodeSpec:
    """Return what counts contacts and measures errors in Gazebo for reports."""
    return NodeSpec(
        package="amr_sim",
        executable="gazebo_truth",
        target="amr_sim.nodes.gazebo_truth:GazeboTruthNode",
        name="gazebo_truth",
        params={"site": site, "robots": list(robots)},
        when=GAZEBO,
        group="gazebo_truth",
    )


def start_check(robots: Sequence[str], joints: Sequence[str] = ()) -> NodeSpec:
    """Return what looks once whether Gazebo, bridges, robots and what moves on joints are there, else ends everything.

    joints: topics of joint states.
    """
    return NodeSpec(
        package="amr_bringup",
        executable="start_check",
        name="start_check",
        # Left out, not empty: a parameter file cannot tell an empty list's type.
        params={"robots": list(robots), **({"joints": list(joints)} if joints else {})},
        when=GAZEBO,
        group="start_check",
        once=True,
        vital="see its message",
    )


def robot(site: Site, site_name: str, fleet_robot: FleetRobot, bay: Station, *, tf: bool) -> list[NodeSpec]:
    """Return what puts one robot into Gazebo at its bay. tf: odom->base_link over the bridge (with Nav2)."""
    name, namespace, group = fleet_robot.name, f"/{fleet_robot.name}", f"gazebo_{fleet_robot.name}"
    sdf = model_sdf(urdf(fleet_robot.type, name, gazebo=True), name)
    spawn = NodeSpec(
        package="ros_gz_sim",
        executable="create",
        name="spawn",
        namespace=namespace,
        arguments=(
            *("-world", site.id, "-name", name, "-file", f"{FILE}{name}.sdf"),
            *("-x", str(bay.x), "-y", str(bay.y), "-z", "0.01", "-Y", str(bay.theta)),
        ),
        files={f"{name}.sdf": sdf},
        when=GAZEBO,
        group=group,
        once=True,
        vital=f"its last lines above say why; is another {name} in the world {site.id}, and is that the running world?",
    )
    port = NodeSpec(
        package="amr_sim",
        executable="base_port",
        target="amr_sim.nodes.base_port:BasePortNode",
        name="base_port",
        namespace=namespace,
        params={"site": site_name, "robot_type": fleet_robot.type},
        when=GAZEBO,
        group=group,
    )
    return [spawn, _bridge("bridge", namespace, bridge_config(name, tf=tf), group), port]


def state_publisher(fleet_robot: FleetRobot, *, sim_time: bool) -> NodeSpec:
    """Return what publishes a robot's fixed frames and its description."""
    return NodeSpec(
        package="robot_state_publisher",
        executable="robot_state_publisher",
        name="robot_state_publisher",
        namespace=f"/{fleet_robot.name}",
        params={"robot_description": urdf(fleet_robot.type), "use_sim_time": sim_time},
        remaps=TF,
        when=EVERYWHERE,
        group=f"description_{fleet_robot.name}",
    )


def _bridge(name: str, namespace: str, config: str, group: str) -> NodeSpec:
    return NodeSpec(
        package="ros_gz_bridge",
        executable="parameter_bridge",
        name=name,
        namespace=namespace,
        params={"config_file": f"{FILE}bridge.yaml"},  # it stamps nothing: a clock to follow would only cost
        files={"bridge.yaml": config},
        when=GAZEBO,
        group=group,
        refusals=NOT_BRIDGED,
    )
