"""What runs: one list of node descriptions for the embedded runner and for the launch files."""

from __future__ import annotations

from collections.abc import Sequence

from amr_bringup import gazebo, interop, uav
from amr_bringup.nav2 import nav2, start_pose
from amr_bringup.run_options import RunMode, RunOptions
from amr_bringup.spec import EVERYWHERE, NodeSpec, Scalar
from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.site import ContainerGate, FleetRobot, Site, Station
from amr_fleet.neighbours.foxglove_feed import need_foxglove
from amr_fleet.neighbours.settings import load_neighbours
from amr_fleet.store.where import file_of

ROBOTS_PER_PROCESS = 6
FOXGLOVE_GROUP = "foxglove"


def fleet_robots(site: Site, count: int) -> list[FleetRobot]:
    """Return the first count robots of the site's fleet, or raise run.robot_count."""
    if not 1 <= count <= len(site.fleet):
        raise AmrError("run.robot_count", count=count, minimum=1, maximum=len(site.fleet))
    return list(site.fleet[:count])


def robot_group(index: int) -> str:
    """Return the process group of the robot with this index in the fleet."""
    return f"robots_{index // ROBOTS_PER_PROCESS}"


def gate_group(gate: str) -> str:
    """Return the process group of a gate: one that reads a number takes nothing else in for seconds."""
    return f"gate_{gate}"


def participants(
    robot_count: int, *, cameras: bool = False, gates: Sequence[str] = (), vda5050: bool = False, uav: bool = False
) -> list[str]:
    """Return the process groups that the simulator waits for in lock-step. gates: ids of those that run."""
    groups = sorted({robot_group(i) for i in range(robot_count)})
    return [
        *groups,
        "fleet",
        "ops",
        *(["cameras"] if cameras else []),
        *map(gate_group, gates),
        *([interop.GROUP] if vda5050 else []),
        *(["uav"] if uav else []),
    ]


def stack(site: Site, options: RunOptions, mode: RunMode = "sim") -> list[NodeSpec]:
    """Return every node of the stack for this site, these options and this mode."""
    robots = fleet_robots(site, options.robots)
    bays = {bay.id: bay for bay in site.parking}
    gates = site.gates if options.cameras else []
    specs = [_simulator(options, [gate.id for gate in gates])] if mode == "sim" else []
    if mode == "gazebo":
        specs += gazebo.server(options.site, [robot.name for robot in robots])
    for index, robot in enumerate(robots):
        specs += robot_stack(site, options, robot, bays[robot.parking], mode, robot_group(index))
    specs.append(_fleet(options, [r.name for r in robots], [camera.id for camera in site.cameras]))
    if options.vda5050:
        common: dict[str, Scalar] = {"site": options.site, "epoch": options.mqtt_epoch}
        specs = interop.over_mqtt(specs, robots, options.vda5050, options.mqtt, options.mqtt_folder, common)
    specs += _ops(options)
    if options.cameras:
        specs += [_camera(options, camera.id) for camera in site.cameras]
        specs += [_camera_setup(options)]
        specs += [_recorder(options)] if options.record else []
    specs += map(_gate, gates)
    specs += _foxglove(options, [r.name for r in robots])
    specs += uav.specs(options.site, options.seed, options.uav_mavlink) if options.uav else []
    return [spec for spec in specs if mode in spec.when]


def robot_stack(
    site: Site, options: RunOptions, robot: FleetRobot, bay: Station, mode: RunMode, group: str = "robot"
) -> list[NodeSpec]:
    """Return what runs for one robot: in Gazebo also what puts it there; its drivers are not ours."""
    sim_time, with_nav2 = mode != "real", options.navigation == "nav2"
    start = start_pose(options.initial_pose, bay)
    # A simulator puts robots into their bays, a person says x,y,theta; nobody said that a real robot is in its bay.
    assumed = mode == "real" and options.initial_pose == "bay"
    specs = _robot(options, robot, start, group, assumed=assumed, dock_goals=with_nav2)
    if with_nav2:
        specs = [spec for spec in specs if spec.executable != "navigation"]
        specs += nav2(robot.name, robot.type, options.site, sim_time=sim_time, start=start, params=options.nav2_params)
        specs.append(gazebo.state_publisher(robot, sim_time=sim_time))
    if mode == "gazebo":
        specs = gazebo.robot(site, options.site, robot, bay, tf=with_nav2) + specs
    return [spec for spec in specs if mode in spec.when]


def _simulator(options: RunOptions, gates: Sequence[str]) -> NodeSpec:
    # Left out, not empty, without lock-step: a parameter file cannot tell an empty list's type.
    with_nav2 = options.navigation == "nav2"
    lockstep = options.lockstep and not with_nav2
    waits_for = (
        {
            "participants": participants(
                options.robots, cameras=options.cameras, gates=gates, vda5050=bool(options.vda5050), uav=options.uav
            )
        }
        if lockstep
        else {}
    )
    # The embedded navigation publishes odom->base_link, as it knows it first; Nav2 wants it from the base.
    frames = {"odom_tf": True} if with_nav2 else {}
    return NodeSpec(
        package="amr_sim",
        executable="simulator",
        target="amr_sim.nodes.simulator:SimulatorNode",
        name="simulator",
        group="sim",
        params={
            "site": options.site,
            "robots": options.robots,
            "seed": options.seed,
            "rtf": options.rtf,
            "incident": options.incident,
            **waits_for,
            **frames,
        },
    )


def _robot(
    options: RunOptions, robot: FleetRobot, start: Pose2D | None, group: str, *, assumed: bool, dock_goals: bool
) -> list[NodeSpec]:
    common: dict[str, Scalar] = {"site": options.site, "robot_type": robot.type}
    depth: dict[str, Scalar] = {"depth": True} if options.depth else {}
    # Left out, not empty: a parameter file cannot tell an empty list's type.
    place: dict[str, Scalar] = {"initial_pose": [*start]} if start else {}
    if start and assumed:
        place["initial_trust"] = "assumed"
    if options.state_dir:
        place["pose_file"] = f"{options.state_dir}/{robot.name}.pose.json"
    obeys: dict[str, Scalar] = (
        {"fleet_file": f"{options.state_dir}/{robot.name}.fleet.json"} if options.state_dir else {}
    )
    navigation = NodeSpec(
        package="amr_navigation",
        executable="navigation",
        target="amr_navigation.nodes.navigation:NavigationNode",
        name="navigation",
        namespace=f"/{robot.name}",
        group=group,
        params={**common, **depth, **place},
        when=EVERYWHERE,
    )
    perception = NodeSpec(
        package="amr_perception",
        executable="perception",
        target="amr_perception.nodes.perception:PerceptionNode",
        name="perception",
        namespace=f"/{robot.name}",
        group=group,
        params={**common, **depth, **({"dock_goals": True} if dock_goals else {})},
        when=EVERYWHERE,
    )
    agent = NodeSpec(
        package="amr_navigation",
        executable="agent",
        target="amr_navigation.nodes.agent:AgentNode",
        name="agent",
        namespace=f"/{robot.name}",
        group=group,
        params={**common, "robot": robot.name, **obeys},
        when=EVERYWHERE,
    )
    return [navigation, perception, agent]


def _fleet(options: RunOptions, robots: list[str], cameras: list[str]) -> NodeSpec:
    # Left out, not empty: a parameter file cannot tell an empty list's type.
    in_use = {"cameras": cameras} if options.cameras and cameras else {}
    return NodeSpec(
        package="amr_fleet",
        executable="fleet",
        target="amr_fleet.nodes.fleet:FleetNode",
        name="fleet",
        group="fleet",
        params={
            "site": options.site,
            "robots": robots,
            "database": options.database,
            "evidence": options.evidence,
            "settings": options.settings,
            "webhooks": options.webhooks,
            "language_model": options.language_model,
            "drop_folder": options.drop_folder,
            "escalation": options.escalation,
            "syslog": options.syslog,
            "neighbours": options.neighbours,
            "oidc": options.oidc,
            "port": options.port,
            "ready_file": options.ready_file,
            "first_password": options.first_password,
            "host": options.dashboard_host,
            "dashboard_names": list(options.dashboard_names) or [""],
            "secure_cookies": options.secure_cookies,
            "dashboard_certificate": options.dashboard_certificate,
            "dashboard_key": options.dashboard_key,
            "proxy": options.proxy,
            "api_process": options.api_process,
            "demo_trial": options.trial,
            "enrolment": options.enrolment,
            "standby": options.standby,
            "broker": options.broker,
            "uav": options.uav,
            "demo_flight": options.uav,
            **in_use,
        },
        when=EVERYWHERE,
    )


def _foxglove(options: RunOptions, robots: list[str]) -> list[NodeSpec]:
    """Return what shows the fleet to Foxglove, where the file names it. Raises run.bad_option, extra.not_installed."""
    if not options.neighbours or load_neighbours(options.neighbours).foxglove is None:
        return []
    if not options.port:
        reason = "Foxglove asks the fleet's API who comes, and there is none"
        raise AmrError("run.bad_option", option="--port", value=0, reason=reason)
    need_foxglove()
    everywhere = options.dashboard_host in ("", "0.0.0.0", "::")
    host = "127.0.0.1" if everywhere else options.dashboard_host
    own = options.dashboard_certificate
    api = f"{'https' if own else 'http'}://{f'[{host}]' if ':' in host else host}:{options.port}"
    return [
        NodeSpec(
            package="amr_fleet", executable="foxglove", target="amr_fleet.nodes.foxglove:FoxgloveNode",
            name="foxglove", group=FOXGLOVE_GROUP,
            params={
                "site": options.site, "robots": robots, "neighbours": options.neighbours, "api": api,
                "certificate": own,
            },
            when=EVERYWHERE,
        )
    ]  # fmt: skip


def _learnt(options: RunOptions) -> str:
    """Return where cameras keep what they have learnt: beside the database's file, nowhere where it has none."""
    file = file_of(options.database)
    return "" if file is None else str(file.resolve().parent / "cameras")


def _camera(options: RunOptions, camera: str) -> NodeSpec:
    retention = "blurred" if options.camera_frames else "none"
    return NodeSpec(
        package="amr_perception",
        executable="camera_monitor",
        target="amr_perception.nodes.camera_monitor:CameraMonitorNode",
        name=f"camera_{camera.lower()}",
        group="cameras",
        params={"site": options.site, "camera": camera, "retention": retention, "learnt": _learnt(options)},
        when=EVERYWHERE,
    )


def _gate(gate: ContainerGate) -> NodeSpec:
    return NodeSpec(
        package="amr_perception",
        executable="label_reader",
        target="amr_perception.nodes.label_reader:LabelReaderNode",
        name="label_reader",
        namespace=f"/gates/{gate.id}",
        group=gate_group(gate.id),
        params={"image": ",".join(f"{camera}/image_raw" for camera in gate.cameras)},
        when=EVERYWHERE,
    )


def _camera_setup(options: RunOptions) -> NodeSpec:
    return NodeSpec(
        package="amr_perception",
        executable="camera_setup",
        target="amr_perception.nodes.camera_setup:CameraSetupNode",
        name="camera_setup",
        group="cameras",
        params={"site": options.site},
        when=EVERYWHERE,
    )


def _recorder(options: RunOptions) -> NodeSpec:
    return NodeSpec(
        package="amr_perception",
        executable="recorder",
        target="amr_perception.nodes.recorder:RecorderNode",
        name="recorder",
        group="cameras",
        params={"folder": options.record, "frames": options.camera_frames},
        when=EVERYWHERE,
    )


def _ops(options: RunOptions) -> list[NodeSpec]:
    simulated = frozenset({"sim", "gazebo"})
    demand = NodeSpec(
        package="amr_bringup",
        executable="demand",
        target="amr_bringup.nodes.demand:DemandNode",
        name="demand",
        group="ops",
        params={
            "site": options.site,
            "seed": options.seed,
            "orders": options.orders,
            "orders_per_hour": options.orders_per_hour,
        },
        when=simulated,
    )
    report = NodeSpec(
        package="amr_bringup",
        executable="report",
        target="amr_bringup.nodes.report:ReportNode",
        name="report",
        group="ops",
        params={
            "orders": options.orders,
            "report_file": options.report_file,
            "time_limit": options.time_limit,
        },
        when=simulated,
    )
    return [demand, report]
