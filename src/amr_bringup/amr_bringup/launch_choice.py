"""What each launch file starts, as node descriptions chosen from the one stack by the values of its arguments."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path

from amr_bringup import interop
from amr_bringup import launch_arguments as arg
from amr_bringup.enrol import SITE
from amr_bringup.gazebo import moved, start_check, truth
from amr_bringup.launch_arguments import Values
from amr_bringup.run_options import (
    Navigation,
    RunOptions,
    checked_drop,
    checked_escalation,
    checked_language_model,
    checked_neighbours,
    checked_oidc,
    checked_settings,
    checked_syslog,
    checked_webhooks,
)
from amr_bringup.spec import EVERYWHERE, FILE, NodeSpec, Scalar
from amr_bringup.stack import FOXGLOVE_GROUP, fleet_robots, robot_stack, stack
from amr_bringup.start_check import joints_of_site
from amr_core.errors import AmrError
from amr_core.site import FleetRobot, Site, load_site
from amr_core.site.ready import ready_site
from amr_fleet.store.where import file_of, is_postgresql

SIM = (arg.SITE, arg.ROBOTS, arg.SEED, arg.RTF, arg.DEPTH, arg.SIM_NAVIGATION, arg.NAV2_PARAMS)
SERVER = (
    *(arg.SITE, arg.ROBOTS, arg.MODE, arg.SEED, arg.PORT, arg.DATABASE, arg.SETTINGS, arg.WEBHOOKS, arg.DROP_FOLDER),
    arg.ESCALATION,
    *(arg.SYSLOG, arg.NEIGHBOURS, arg.OIDC),
    *(arg.READY_FILE, arg.FIRST_PASSWORD, arg.ORDERS, arg.PER_HOUR, arg.REPORT, arg.CAMERAS, arg.CAMERA_FRAMES),
    *(arg.DASHBOARD_HOST, arg.DASHBOARD_NAMES, arg.SECURE_COOKIES, arg.PROXY, arg.LANGUAGE_MODEL),
    *(arg.DASHBOARD_CERTIFICATE, arg.DASHBOARD_KEY),
    *(arg.UPLINK, arg.BROKER, arg.CA, arg.CERTIFICATE, arg.KEY, arg.SENT_FOLDER, arg.ENROLMENT, arg.DOORS),
    *(arg.ADDRESSES, arg.MAP_IDS, arg.API_PROCESS, arg.STANDBY, arg.EVIDENCE),
)
GAZEBO = (arg.SITE, arg.ROBOTS, arg.NAVIGATION, arg.NAV2_PARAMS, arg.GUI)
ROBOT = (
    *(arg.SITE, arg.ROBOT, arg.NAVIGATION, arg.NAV2_PARAMS, arg.INITIAL_POSE, arg.STATE_DIR, arg.DRIVERS),
    *(arg.BASE, arg.BASE_POSE, arg.UPLINK, arg.BROKER, arg.CA, arg.CERTIFICATE, arg.KEY, arg.VDA_VERSION),
    arg.SERVER,
)
RVIZ = (arg.SITE, arg.ROBOT, arg.MODE)
_SERVER_GROUPS = ("fleet", "ops")


def simulator(values: Values) -> list[NodeSpec]:
    """Return the embedded simulator with every robot's navigation (or Nav2), perception and agent.

    The fleet is another launch: it joins the lock-step when it comes, and nobody waits for it before.
    """
    options = RunOptions(
        site=values.text(arg.SITE),
        robots=values.integer(arg.ROBOTS),
        seed=values.integer(arg.SEED),
        rtf=values.number(arg.RTF),
        depth=values.flag(arg.DEPTH.name),
        navigation=_navigation(values, arg.SIM_NAVIGATION),
        nav2_params=values.text(arg.NAV2_PARAMS),
        lockstep=values.flag("composition"),  # without it nodes are processes of their own and pace themselves
    )
    specs = [spec for spec in stack(ready_site(options.site), options) if spec.group not in _SERVER_GROUPS]
    return [replace(spec, params=_joined_later(spec.params)) for spec in specs]


def _joined_later(params: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    """Return a node's parameters with the groups of the other launch as who joins, not who is waited for."""
    waited_for = params.get("participants")
    if not isinstance(waited_for, list):
        return params
    later = [str(name) for name in waited_for if name in _SERVER_GROUPS]
    return {**params, "participants": [str(name) for name in waited_for if name not in later], "joining": later}


def site_server(values: Values) -> list[NodeSpec]:
    """Return the fleet manager with its dashboard, the cameras of the site and, with simulated robots, orders."""
    per_hour = values.number(arg.PER_HOUR)
    options = RunOptions(
        site=values.text(arg.SITE),
        robots=values.integer(arg.ROBOTS),
        seed=values.integer(arg.SEED),
        port=values.integer(arg.PORT),
        database=values.text(arg.DATABASE),
        evidence=_evidence(values),
        settings=checked_settings(values.text(arg.SETTINGS)),
        webhooks=checked_webhooks(values.text(arg.WEBHOOKS)),
        drop_folder=checked_drop(values.text(arg.DROP_FOLDER)),
        escalation=checked_escalation(values.text(arg.ESCALATION)),
        syslog=checked_syslog(values.text(arg.SYSLOG)),
        neighbours=checked_neighbours(values.text(arg.NEIGHBOURS)),
        oidc=checked_oidc(values.text(arg.OIDC)),
        ready_file=values.text(arg.READY_FILE),
        first_password=values.text(arg.FIRST_PASSWORD),
        dashboard_host=values.text(arg.DASHBOARD_HOST),
        dashboard_names=tuple(filter(None, values.text(arg.DASHBOARD_NAMES).split(","))),
        secure_cookies=values.flag(arg.SECURE_COOKIES.name),
        dashboard_certificate=values.text(arg.DASHBOARD_CERTIFICATE),
        dashboard_key=values.text(arg.DASHBOARD_KEY),
        proxy=values.text(arg.PROXY),
        api_process=values.text(arg.API_PROCESS),
        language_model=checked_language_model(values.text(arg.LANGUAGE_MODEL)),
        orders=values.integer(arg.ORDERS),
        orders_per_hour=per_hour,
        report_file=values.text(arg.REPORT),
        enrolment=values.text(arg.ENROLMENT),
        standby=values.flag(arg.STANDBY.name),
        broker=values.text(arg.BROKER),
        cameras=values.flag(arg.CAMERAS.name),
        camera_frames=values.flag(arg.CAMERA_FRAMES.name),
        navigation="embedded",  # says nothing here: the robots' nodes are left out
    )
    unwanted = set() if per_hour > 0 else {"demand"}
    site = ready_site(options.site)
    specs = stack(site, options, values.mode)
    specs = [
        spec
        for spec in specs
        if (spec.group in ("fleet", "ops", "cameras", FOXGLOVE_GROUP) or spec.executable == "label_reader")
        and spec.name not in unwanted
    ]
    if over_mqtt(values, values.mode):
        others, map_ids = _listed(values, arg.ADDRESSES), _listed(values, arg.MAP_IDS)
        listed = interop.known_outside(site, fleet_robots(site, options.robots), others, map_ids)
        specs.append(interop.server_uplink(listed, options.site, _sent_folder(values), _uplink(values), map_ids))
    else:
        _only_over_mqtt(values)
    if values.text(arg.DOORS):
        specs.append(_door_adapter(values, site))
    return specs


def _listed(values: Values, argument: arg.Argument) -> list[str]:
    return [text for part in values.text(argument).split(",") if (text := part.strip())]


def _only_over_mqtt(values: Values) -> None:
    """Refuse names of the outside where nobody would hear them; raises run.bad_option."""
    for argument in (arg.ADDRESSES, arg.MAP_IDS):
        if given := values.text(argument):
            reason = "robots are spoken to over ROS here: only with uplink:=mqtt"
            raise AmrError("run.bad_option", option=argument.name, value=given[:64], reason=reason)


def _door_adapter(values: Values, site: Site) -> NodeSpec:
    """Return the adapter of real doors; raises run.bad_option, parameter.invalid or door.no_pymodbus."""
    if values.mode != "real":
        reason = "simulated doors speak for themselves: only with mode:=real"
        raise AmrError("run.bad_option", option="doors", value=values.text(arg.DOORS)[:64], reason=reason)
    return interop.door_adapter(site, values.text(arg.SITE), values.text(arg.DOORS))


def over_mqtt(values: Values, mode: str) -> bool:
    """Return whether server and robots speak over MQTT: then each computer keeps its ROS graph to itself."""
    said = values.text(arg.UPLINK)
    return said == "mqtt" or (said == "auto" and mode == "real")


def _uplink(values: Values, version: str = "") -> interop.Uplink:
    """Return how this computer reaches the broker, or raise run.bad_option: TLS needs all three files, or none."""
    broker = interop.mqtt_address(1, values.text(arg.BROKER))
    files = {a.name: values.text(a) for a in (arg.CA, arg.CERTIFICATE, arg.KEY)}
    given = [name for name, path in files.items() if path]
    if given and len(given) < len(files):
        missing = next(name for name in files if name not in given)
        raise AmrError("run.bad_option", option=missing, value="", reason=f"{', '.join(given)} alone is no way in")
    for name, path in files.items():
        if path and not Path(path).is_file():
            raise AmrError("run.bad_option", option=name, value=path, reason="there is no such file")
    return interop.Uplink(broker=broker, version=version or interop.VERSIONS[-1], **files)


def _evidence(values: Values) -> str:
    """Return where key and marks are, "" = beside the journal's file; never in the database that they are to prove."""
    apart = str(Path(_state_dir("")) / "evidence") if is_postgresql(values.text(arg.DATABASE)) else ""
    return values.text(arg.EVIDENCE) or apart


def _sent_folder(values: Values) -> str:
    """Return where the gateway keeps what it sent: it must not lose that when it is started again."""
    given, database = values.text(arg.SENT_FOLDER), values.text(arg.DATABASE)
    if given:
        return given
    file = file_of(database)
    beside = Path(_state_dir("")) if file is None else file.absolute().parent
    return str(beside / "vda5050")


def gazebo(values: Values) -> list[NodeSpec]:
    """Return Gazebo with robots in it, their bridges, Nav2 or the embedded navigation, perception and agents."""
    options = RunOptions(
        site=values.text(arg.SITE),
        robots=values.integer(arg.ROBOTS),
        navigation=_navigation(values),
        nav2_params=values.text(arg.NAV2_PARAMS),
    )
    site = ready_site(options.site)
    specs = [spec for spec in stack(site, options, "gazebo") if spec.group not in ("fleet", "ops")]
    robots = [robot.name for robot in fleet_robots(site, options.robots)]
    check = start_check(robots, joints_of_site(site))
    return [*specs, *moved(site, options.site, robots), truth(options.site, robots), check]


def robot(values: Values) -> list[NodeSpec]:
    """Return what runs on one real robot besides its drivers."""
    options = RunOptions(
        site=values.text(arg.SITE),
        robots=1,
        navigation=_navigation(values),
        nav2_params=values.text(arg.NAV2_PARAMS),
        initial_pose=values.text(arg.INITIAL_POSE),
        state_dir=_state_dir(values.text(arg.STATE_DIR)),
    )
    site = ready_site(options.site)
    me = fleet_member(site, values.text(arg.ROBOT))
    bay = next(bay for bay in site.parking if bay.id == me.parking)
    simulated, stands = values.text(arg.BASE) == "simulated", values.text(arg.BASE_POSE)
    if simulated and not stands and options.initial_pose == "bay":
        # The simulator puts it there: unlike a real robot it is known to stand in its bay.
        options = replace(options, initial_pose=f"{bay.x},{bay.y},{bay.theta}")
    specs = robot_stack(site, options, me, bay, "real")
    specs = of_agent(specs, {"watchdog": True, **site_commands(values.text(arg.SERVER), options.site)})
    if simulated:
        if values.text(arg.DRIVERS):
            raise AmrError("run.bad_option", option="base", value="simulated", reason="it has no drivers")
        specs.insert(0, simulated_base(options.site, me.name, stands, options.navigation))
    if over_mqtt(values, "real"):
        return interop.robot_uplink(specs, me, options.site, _uplink(values, values.text(arg.VDA_VERSION)))
    return specs


def of_agent(specs: list[NodeSpec], params: Mapping[str, Scalar]) -> list[NodeSpec]:
    """Return the specs with more parameters for the agent."""
    return [replace(one, params={**one.params, **params}) if one.executable == "agent" else one for one in specs]


def site_commands(server: str, site: str) -> dict[str, Scalar]:
    """Return the agent's parameters for taking other site files from a server; raises run.bad_option."""
    if not server:
        return {}
    folder = Path(site).absolute()
    if not server.startswith(("https://", "http://")):
        raise AmrError("run.bad_option", option="server", value=server[:64], reason="give https://NAME")
    if not folder.is_dir() or folder.name != SITE:
        reason = f"site:= is not the folder {SITE} that `amr robot enrol` wrote"
        raise AmrError("run.bad_option", option="server", value=server[:64], reason=reason)
    amr = [sys.executable, "-c", "from amr_bringup.cli import main; main()", "robot", "site", "update"]
    where = ["--folder", str(folder.parent)]
    return {"site_update": [*amr, server, *where], "site_back": [*amr, "--back", *where]}


def simulated_base(site: str, robot: str, pose: str, navigation: Navigation) -> NodeSpec:
    """Return the embedded simulator as the base of one robot, on wall time. pose: "x,y,theta" or "" for its bay."""
    stands: dict[str, Scalar] = {}
    if pose:
        try:
            numbers = [float(part) for part in pose.split(",")]
        except ValueError:
            numbers = []
        if len(numbers) != 3 or not all(map(math.isfinite, numbers)):
            raise AmrError("run.bad_option", option="base_pose", value=pose[:64], reason="give x,y,theta in m and rad")
        stands = {"pose": numbers}
    return NodeSpec(
        package="amr_sim", executable="simulator", target="amr_sim.nodes.simulator:SimulatorNode", name="base",
        namespace=f"/{robot}", group="base", when=frozenset({"real"}),
        params={"site": site, "robot": robot, **stands, **({"odom_tf": True} if navigation == "nav2" else {})},
    )  # fmt: skip


def _state_dir(given: str) -> str:
    """Return the folder for what a robot remembers: the one given, systemd's, or ROS's."""
    systemd = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    return given or systemd or os.environ.get("ROS_HOME") or str(Path("~/.ros").expanduser())


def rviz(values: Values) -> list[NodeSpec]:
    """Return RViz with the configuration of one robot."""
    name = fleet_member(load_site(values.text(arg.SITE)), values.text(arg.ROBOT)).name
    config = resources.files("amr_bringup").joinpath("rviz", "robot.rviz").read_text(encoding="utf-8")
    return [
        NodeSpec(
            package="rviz2",
            executable="rviz2",
            name="rviz",
            namespace=f"/{name}",
            arguments=("-d", f"{FILE}robot.rviz"),
            files={"robot.rviz": config.replace("<robot>", name)},
            params={"use_sim_time": values.mode != "real"},
            remaps={"/tf": "tf", "/tf_static": "tf_static"},
            when=EVERYWHERE,
            once=True,
        )
    ]


def fleet_member(site: Site, name: str) -> FleetRobot:
    """Return the robot of the site's fleet called name, or raise robot.not_found."""
    for member in site.fleet:
        if member.name == name:
            return member
    raise AmrError("robot.not_found", robot=name)


def _navigation(values: Values, argument: arg.Argument = arg.NAVIGATION) -> Navigation:
    return "embedded" if values.text(argument) == "embedded" else "nav2"
