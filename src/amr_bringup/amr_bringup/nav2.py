"""Nav2's servers of one robot as node descriptions, in the order in which its lifecycle managers start them.

The parameter files and behaviour trees belong to amr_navigation/config; this only says what runs, and passes what
depends on the site and the robot: its folder and its namespace.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import amr_navigation
from amr_bringup.spec import EVERYWHERE, NodeSpec
from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.site import Station, load_site, site_dir
from amr_navigation.config.build import check
from amr_navigation.config.check import check_file
from amr_navigation.config.files import file_faults


class Server(NamedTuple):
    """A lifecycle node of Nav2: package, executable and component; remaps of velocity commands."""

    name: str
    package: str
    executable: str
    plugin: str
    remaps: Mapping[str, str] = MappingProxyType({})


TO_SMOOTHER = {"cmd_vel": "cmd_vel_nav"}


def process_remaps(robot: str) -> dict[str, str]:
    """Return the remaps that every node of a process of Nav2 needs, the costmaps inside the servers, too.

    Frames are not prefixed: each robot has its own /<robot>/tf. Both costmaps take the outline of robot and load from
    one topic; it is absolute because a costmap is a node in a namespace of its own, <robot>/local_costmap.
    """
    return {**TF, "footprint": f"/{robot}/footprint"}


LOCALIZATION = (
    Server("map_server", "nav2_map_server", "map_server", "nav2_map_server::MapServer"),
    Server("amcl", "nav2_amcl", "amcl", "nav2_amcl::AmclNode"),
)

MASK = ("nav2_map_server", "map_server", "nav2_map_server::MapServer")
FILTER_INFO = ("nav2_map_server", "costmap_filter_info_server", "nav2_map_server::CostmapFilterInfoServer")
FILTERS = (
    Server("keepout_filter_mask_server", *MASK),
    Server("keepout_filter_info_server", *FILTER_INFO),
    Server("speed_filter_mask_server", *MASK),
    Server("speed_filter_info_server", *FILTER_INFO),
)

# Docking drives through the smoother and the collision monitor, too: Nav2's own bringup lets it bypass them.
NAVIGATION = (
    Server(
        "controller_server", "nav2_controller", "controller_server", "nav2_controller::ControllerServer", TO_SMOOTHER
    ),
    Server("smoother_server", "nav2_smoother", "smoother_server", "nav2_smoother::SmootherServer"),
    Server("planner_server", "nav2_planner", "planner_server", "nav2_planner::PlannerServer"),
    Server("route_server", "nav2_route", "route_server", "nav2_route::RouteServer"),
    Server("behavior_server", "nav2_behaviors", "behavior_server", "behavior_server::BehaviorServer", TO_SMOOTHER),
    Server(
        "velocity_smoother",
        "nav2_velocity_smoother",
        "velocity_smoother",
        "nav2_velocity_smoother::VelocitySmoother",
        TO_SMOOTHER,
    ),
    Server(
        "collision_monitor", "nav2_collision_monitor", "collision_monitor", "nav2_collision_monitor::CollisionMonitor"
    ),
    Server("bt_navigator", "nav2_bt_navigator", "bt_navigator", "nav2_bt_navigator::BtNavigator"),
    Server(
        "waypoint_follower", "nav2_waypoint_follower", "waypoint_follower", "nav2_waypoint_follower::WaypointFollower"
    ),
    Server("docking_server", "opennav_docking", "opennav_docking", "opennav_docking::DockingServer", TO_SMOOTHER),
)

# In this order: the costmaps of the last one wait for the transform and the filters of the others.
MANAGED = {"localization": LOCALIZATION, "costmap_filters": FILTERS, "navigation": NAVIGATION}

TF = {"/tf": "tf", "/tf_static": "tf_static"}

SITE_DIR = "$(var site_dir)"
REBUILD = "mend it, or write it anew: `amr site build {site}` (maps, masks, graph), `amr nav2 build {site}` (docks)"


CHECKOUT = Path(amr_navigation.__file__).resolve().parents[1]
"""The folder of amr_navigation's sources: what it shares lies below config there."""


def params_file(site: str, robot_type: str) -> Path:
    """Return the Nav2 parameters of a robot type on a site, from a checkout or an installation."""
    places = [CHECKOUT, *filter(None, [share("amr_navigation")])]
    files = [place / "config" / load_site(site).id / f"nav2_{robot_type}.yaml" for place in places]
    return next((file for file in files if file.is_file()), files[0])


def share(package: str) -> Path | None:
    """Return the share folder of an installed ROS package, None where it is not known."""
    with suppress(ImportError, LookupError, OSError):
        from ament_index_python.packages import get_package_share_directory

        return Path(get_package_share_directory(package))
    return CHECKOUT if package == "amr_navigation" else None


def start_pose(text: str, bay: Station) -> Pose2D | None:
    """Return where a robot is taken to start: "bay", "none" or "x,y,theta" (m, rad); raises run.bad_option."""
    if text == "none":
        return None
    if text == "bay":
        return Pose2D(bay.x, bay.y, bay.theta)
    try:
        x, y, theta = (float(part) for part in text.split(","))
    except ValueError:
        x = y = theta = math.nan
    if not all(map(math.isfinite, (x, y, theta))):
        reason = "give bay, none or x,y,theta (m, rad)"
        raise AmrError("run.bad_option", option="initial_pose", value=text, reason=reason)
    return Pose2D(x, y, theta)


def nav2(
    robot: str, robot_type: str, site: str, *, sim_time: bool, start: Pose2D | None = None, params: str = ""
) -> list[NodeSpec]:
    """Return Nav2 for one robot; params names another parameter file.

    Raises run.bad_option when there is none or it has a fault, launch.nav2 for a map, mask, tree, graph or dock
    database that Nav2 could not load.

    start: where the robot stands (map). Without it AMCL waits for initialpose, and the costmaps for AMCL.
    """
    file = Path(params) if params else params_file(site, robot_type)
    if not file.is_file():
        raise AmrError("run.bad_option", option="nav2_params", value=str(file), reason="there is no such file")
    if faults := check(file) if params else check_file(file):
        # Nav2 ignores a name that it does not know, and ends in the middle of its start over a wrong type.
        more = f", and {len(faults) - 1} more: `amr nav2 check {file}`" if len(faults) > 1 else ""
        raise AmrError("run.bad_option", option="nav2_params", value=str(file), reason=f"{faults[0]}{more}")
    _check_loaded(robot, site, file)
    specs = []
    for manager, servers in MANAGED.items():
        managing = Server(
            f"lifecycle_manager_{manager}",
            "nav2_lifecycle_manager",
            "lifecycle_manager",
            "nav2_lifecycle_manager::LifecycleManager",
        )
        specs += [_server(robot, server, site, str(file), sim_time) for server in (*servers, managing)]
    if start is not None:
        specs = [_placed(spec, start) if spec.name == "amcl" else spec for spec in specs]
    return [*specs, nav2_check(robot)]


def _check_loaded(robot: str, site: str, file: Path) -> None:
    """Raise launch.nav2 for the first file that Nav2 could not load: its server would say so half a minute later."""
    faults = [f"{path}: {reason}" for path, reason in file_faults(file, {SITE_DIR: str(site_dir(site))}, share)]
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise AmrError("launch.nav2", robot=robot, reason=f"{faults[0]}{more}", cure=REBUILD.format(site=site))


def second_life(spec: NodeSpec) -> NodeSpec:
    """Return a server as it is started again: AMCL is not told the pose of the first start, the robot has driven."""
    if spec.name != "amcl":
        return spec
    return replace(spec, params={k: v for k, v in spec.params.items() if "initial_pose" not in k})


def nav2_check(robot: str, *, tell_pose: bool = False) -> NodeSpec:
    """Return what watches the start of a robot's Nav2 and ends everything when a manager gives up.

    tell_pose: AMCL is new and the robot has driven: it is told where the agent says that it is.
    """
    return NodeSpec(
        package="amr_bringup",
        executable="nav2_check",
        name="nav2_check",
        namespace=f"/{robot}",
        params={
            "robot": robot,
            "managers": [f"lifecycle_manager_{manager}" for manager in MANAGED],
            "tell_pose": tell_pose,
        },
        when=EVERYWHERE,
        group=f"nav2_check_{robot}",
        once=True,
        vital="see its message",
    )


def _placed(amcl: NodeSpec, start: Pose2D) -> NodeSpec:
    pose = {"initial_pose.x": float(start.x), "initial_pose.y": float(start.y), "initial_pose.yaw": float(start.theta)}
    # A process of its own (without composition) would be started again with the pose of the first start.
    vital = "its pose is lost with it; start everything again and say where the robot stands (initial_pose:=x,y,theta)"
    return replace(amcl, params={**amcl.params, "set_initial_pose": True, **pose}, vital=vital)


def _server(robot: str, server: Server, site: str, file: str, sim_time: bool) -> NodeSpec:
    values = {SITE_DIR: str(site_dir(site)), "<robot_namespace>": f"/{robot}"}
    if sim_time:  # the costmaps inside the servers read it from the file only
        values["use_sim_time: false"] = "use_sim_time: true"
    return NodeSpec(
        package=server.package,
        executable=server.executable,
        plugin=server.plugin,
        name=server.name,
        namespace=f"/{robot}",
        params_file=file,
        params_values=values,
        params={"use_sim_time": sim_time},
        remaps={**process_remaps(robot), **server.remaps},
        when=EVERYWHERE,
        group=f"nav2_{robot}",
    )
