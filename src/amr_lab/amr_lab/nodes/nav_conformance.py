"""The cases of conformance, asked of whoever navigates a robot in the lab: `python -m amr_lab.nodes.nav_conformance`.

Black boxes: names, types, QoS, statuses, error codes, feedback, preemption, cancelling, lifecycle. Each answer is one
line of text. Arguments: the robot, and the file (JSON, case -> answer) to write.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point
from lifecycle_msgs.srv import GetState
from nav2_msgs import action as act
from nav2_msgs import srv
from nav_msgs.msg import Path as NavPath

from amr_lab.nodes.nav_client import LIMIT, Goal, NavClient, path, stamped

Answer = tuple[str, str]
SEEN_AFTER = 3.0
"""s of simulated time."""
RATES = (1, 2, 5, 10, 20, 50, 100, 200)
"""Hz."""
PLANNER = "GridBased"
STACK, FAR = (7.013, 6.007), (-40.0, 0.0)
"""m; the first is no whole number of cells from a bay: an OMPL with its assertions ends the planner then (nav2.md)."""
ACTIONS = (
    *("navigate_to_pose", "navigate_through_poses", "follow_waypoints", "compute_path_to_pose", "follow_path"),
    *("compute_path_through_poses", "smooth_path", "spin", "backup", "drive_on_heading", "wait", "assisted_teleop"),
    *("dock_robot", "undock_robot", "compute_route", "compute_and_track_route"),
)
SERVICES = (
    *("is_path_valid", "map_server/load_map", "map_server/map", "set_initial_pose", "request_nomotion_update"),
    *("reinitialize_global_localization", "collision_monitor/toggle", "docking_server/reload_database"),
    *("route_server/set_route_graph", "route_server/DynamicEdgesScorer/adjust_edges"),
    *("route_server/ReroutingService/reroute", "lifecycle_manager_navigation/manage_nodes"),
    *("lifecycle_manager_navigation/is_active", "lifecycle_manager_localization/manage_nodes"),
    *(f"{kind}_costmap/get_costmap" for kind in ("local", "global")),
    *(f"{kind}_costmap/clear_entirely_{kind}_costmap" for kind in ("local", "global")),
    *(f"{kind}_costmap/clear_around_{kind}_costmap" for kind in ("local", "global")),
    *(f"{kind}_costmap/clear_except_{kind}_costmap" for kind in ("local", "global")),
)
VERBS: dict[str, tuple[Any, str]] = {
    "plan": (act.ComputePathToPose, "compute_path_to_pose"),
    "plan through": (act.ComputePathThroughPoses, "compute_path_through_poses"),
    "follow": (act.FollowPath, "follow_path"),
    "smooth": (act.SmoothPath, "smooth_path"),
    "back up": (act.BackUp, "backup"),
    "drive on heading": (act.DriveOnHeading, "drive_on_heading"),
    "dock": (act.DockRobot, "dock_robot"),
    "undock": (act.UndockRobot, "undock_robot"),
    "route": (act.ComputeRoute, "compute_route"),
    "waypoints": (act.FollowWaypoints, "follow_waypoints"),
    "navigate": (act.NavigateToPose, "navigate_to_pose"),
    "navigate through": (act.NavigateThroughPoses, "navigate_through_poses"),
}
TOPICS = (
    *("map", "amcl_pose", "particle_cloud", "plan", "cmd_vel", "cmd_vel_nav", "cmd_vel_smoothed", "speed_limit"),
    *("collision_monitor_state", "keepout_filter_mask", "keepout_costmap_filter_info", "speed_filter_mask"),
    "speed_costmap_filter_info",
    *(
        f"{kind}_costmap/{what}"
        for kind in ("local", "global")
        for what in ("costmap", "costmap_raw", "costmap_updates", "published_footprint")
    ),
)
NODES = (
    *("amcl", "map_server", "bt_navigator", "planner_server", "controller_server", "smoother_server", "route_server"),
    *("behavior_server", "waypoint_follower", "velocity_smoother", "collision_monitor", "docking_server"),
)


def interfaces(nav: NavClient) -> Iterator[Answer]:
    """Yield names, types, hashes and QoS of what is served."""
    for name in ACTIONS:
        yield f"action {name}", _endpoint(nav, f"{name}/_action/feedback", qos=True)
        yield f"action {name}, status", _endpoint(nav, f"{name}/_action/status", qos=True)
    found = dict(nav.node.get_service_names_and_types())
    for name in SERVICES:
        kinds = ", ".join(found.get(f"/{nav.robot}/{name}", ["none"]))
        yield f"service {name}", f"{kinds} {_ends(nav, name)}".strip()
    for name in TOPICS:
        yield f"topic {name}", _endpoint(nav, name, qos=True)


def _endpoint(nav: NavClient, name: str, *, qos: bool) -> str:
    infos = nav.node.get_publishers_info_by_topic(f"/{nav.robot}/{name}")
    if not infos:
        return "none"
    said = set()
    for info in infos:
        kind = info.topic_type.removesuffix("_FeedbackMessage")
        said.add(f"{kind} {str(info.topic_type_hash)[-8:]}" + _qos(info, qos))
    return ", ".join(sorted(said))


def _ends(nav: NavClient, name: str) -> str:
    """Return the hashes of a service's request and response, and its QoS: of both ends, as DDS names them."""
    asked = nav.node.get_subscriptions_info_by_topic(f"rq/{nav.robot}/{name}Request", no_mangle=True)
    answered = nav.node.get_publishers_info_by_topic(f"rr/{nav.robot}/{name}Reply", no_mangle=True)
    said = (sorted({f"{str(i.topic_type_hash)[-8:]}{_qos(i, True)}" for i in ends}) for ends in (asked, answered))
    return " / ".join(", ".join(end) for end in said if end)


def _qos(info: Any, wanted: bool) -> str:
    profile = info.qos_profile
    return f" {profile.reliability.name} {profile.durability.name}".lower() if wanted else ""


def codes(nav: NavClient) -> Iterator[Answer]:
    """Yield how each way to ask for the impossible ends."""
    for verb, what, fields in _impossible():
        kind, name = VERBS[verb]
        yield f"{verb}, {what}", nav.run(kind, name, kind.Goal(**fields))


def _impossible() -> list[tuple[str, str, dict[str, Any]]]:
    """Return verb, what is asked and the goal's fields; two possible ones among them."""
    here, beside = stamped(10, 4), path([(10, 4), (11, 4)])
    stack, far, elsewhere = stamped(*STACK), stamped(*FAR), stamped(1, 1, frame="elsewhere")
    planned = {"planner_id": PLANNER}
    checked = {"controller_id": "FollowPath", "goal_checker_id": "general_goal_checker"}
    sideways = {"target": Point(x=0.3, y=0.2), "speed": 0.1, "time_allowance": Duration(sec=5)}
    unknown_type = {"use_dock_id": False, "dock_type": "nothing", "dock_pose": stamped(6, 1.6)}
    return [
        ("plan", "possible", {"goal": here, **planned}),
        ("plan", "no planner named", {"goal": here}),
        ("plan", "unknown planner", {"goal": here, "planner_id": "nothing"}),
        ("plan", "unknown frame", {"goal": elsewhere, **planned}),
        ("plan", "start off the map", {"goal": here, "start": far, "use_start": True, **planned}),
        ("plan", "goal off the map", {"goal": far, **planned}),
        ("plan", "start in a stack", {"goal": here, "start": stack, "use_start": True, **planned}),
        ("plan", "goal in a stack", {"goal": stack, **planned}),
        ("plan through", "possible", {"goals": [here, stamped(4, 6)], **planned}),
        ("plan through", "no goals", planned),
        ("plan through", "goal off the map", {"goals": [here, far], **planned}),
        ("plan through", "unknown planner", {"goals": [here], "planner_id": "nothing"}),
        ("follow", "unknown controller", {"path": beside, "controller_id": "nothing"}),
        ("follow", "unknown goal checker", {"path": beside, **checked, "goal_checker_id": "nothing"}),
        ("follow", "empty path", {"path": NavPath(), **checked}),
        ("smooth", "unknown smoother", {"path": beside, "smoother_id": "nothing"}),
        ("smooth", "one pose", {"path": path([(10, 4)])}),
        ("back up", "sideways", sideways),
        ("drive on heading", "sideways", sideways),
        ("drive on heading", "backwards", {**sideways, "target": Point(x=0.3), "speed": -0.1}),
        ("dock", "unknown dock", {"use_dock_id": True, "dock_id": "nowhere"}),
        ("dock", "unknown type", unknown_type),
        ("undock", "unknown type", {"dock_type": "nothing"}),
        ("route", "unknown node", {"use_start": True, "start_id": 0, "goal_id": 60000}),
        ("route", "unknown frame", {"use_poses": True, "goal": elsewhere}),
        ("waypoints", "none", {}),
        ("navigate through", "no goals", {}),
        ("navigate", "a tree that is not there", {"pose": here, "behavior_tree": "/nowhere.xml"}),
    ]


def _way(kind: Any, x: float, y: float, speed: float) -> Any:
    return kind.Goal(target=Point(x=x, y=y), speed=speed, time_allowance=Duration(sec=20))


def services(nav: NavClient) -> Iterator[Answer]:
    """Yield what services answer."""
    answer = nav.call(srv.IsPathValid, "is_path_valid", srv.IsPathValid.Request(path=path([(10, 4), (11, 4)])))
    yield "is_path_valid, free", str(answer.is_valid)
    answer = nav.call(srv.IsPathValid, "is_path_valid", srv.IsPathValid.Request(path=path([(4, 6), (7, 6), (10, 6)])))
    yield "is_path_valid, through a stack", str(answer.is_valid)
    for kind in ("local", "global"):
        name = f"{kind}_costmap/get_costmap"
        answer = nav.call(srv.GetCostmap, name, srv.GetCostmap.Request())
        grid = answer.map
        yield f"{name}, size", f"{grid.metadata.size_x} x {grid.metadata.size_y} of {grid.metadata.resolution:.2f} m"
        name = f"{kind}_costmap/clear_entirely_{kind}_costmap"
        nav.call(srv.ClearEntireCostmap, name, srv.ClearEntireCostmap.Request())
        yield name, "answers"
    request = srv.LoadMap.Request(map_url="/nowhere/map.yaml")
    yield "map_server/load_map, no file", f"result {nav.call(srv.LoadMap, 'map_server/load_map', request).result}"


def drives(nav: NavClient) -> Iterator[Answer]:
    """Yield how goals end that move the robot, from its bay on."""
    to = act.NavigateToPose
    first = nav.send(to, "navigate_to_pose", to.Goal(pose=stamped(10, 8, math.pi)))
    yield "navigate out of the bay", first.end()
    near = math.dist(nav.pose[:2], (10, 8)) < 0.35
    yield "navigate, arrived within 0.35 m", str(near)
    yield "navigate, feedback", _rate(first)
    going = nav.send(to, "navigate_to_pose", to.Goal(pose=stamped(4, 8, math.pi)))
    yield "navigate, drives", str(nav.moving())
    yield "navigate, cancelled", going.cancel()
    old = nav.send(to, "navigate_to_pose", to.Goal(pose=stamped(4, 8, math.pi)))
    nav.moving()
    new = nav.send(to, "navigate_to_pose", to.Goal(pose=stamped(5, 8, math.pi)))
    yield "navigate, preempted", old.end()
    yield "navigate, that preempted it", new.end()
    yield "navigate off the map", nav.run(to, "navigate_to_pose", to.Goal(pose=stamped(*FAR)))
    yield from _behaviours(nav)
    yield from _several(nav)
    yield from _lanes(nav)
    yield from _docks(nav)


def _behaviours(nav: NavClient) -> Iterator[Answer]:
    spin, wait = act.Spin, act.Wait
    allowed = Duration(sec=30)
    turned = nav.send(spin, "spin", spin.Goal(target_yaw=0.8, time_allowance=allowed))
    yield "spin", turned.end()
    yield "spin, feedback", _about(turned)
    yield "spin, no time", nav.run(spin, "spin", spin.Goal(target_yaw=6.0, time_allowance=Duration(sec=1)))
    turning = nav.send(spin, "spin", spin.Goal(target_yaw=6.0, time_allowance=allowed))
    nav.moving()
    yield "spin, cancelled", turning.cancel()
    yield "back up", nav.run(act.BackUp, "backup", _way(act.BackUp, 0.2, 0.0, 0.1))
    yield "drive on heading", nav.run(act.DriveOnHeading, "drive_on_heading", _way(act.DriveOnHeading, 0.2, 0.0, 0.1))
    yield "wait", nav.run(wait, "wait", wait.Goal(time=Duration(sec=1)))
    waiting = nav.send(wait, "wait", wait.Goal(time=Duration(sec=60)))
    nav.until(lambda: len(waiting.feedback) > 2, 20.0)
    yield "wait, cancelled", waiting.cancel()
    one = act.AssistedTeleop.Goal(time_allowance=Duration(sec=1))
    yield "assisted teleop, time over", nav.run(act.AssistedTeleop, "assisted_teleop", one)


def _several(nav: NavClient) -> Iterator[Answer]:
    kind = act.FollowWaypoints
    goal = nav.send(kind, "follow_waypoints", kind.Goal(poses=[stamped(*FAR), stamped(9.5, 8)]))
    yield "waypoints, one off the map", f"{goal.end()}, missed {_missed(goal)}"
    through = act.NavigateThroughPoses
    poses = [stamped(11, 8), stamped(13, 8)]
    yield "navigate through two", nav.run(through, "navigate_through_poses", through.Goal(poses=poses))


def _lanes(nav: NavClient) -> Iterator[Answer]:
    """What the agent asks for: a way along a lane, given up on the way and driven to its end; a route."""
    follow = act.FollowPath
    way = path([(13.0 + 0.1 * step, 8.0) for step in range(31)])
    asked = follow.Goal(path=way, controller_id="FollowPath", goal_checker_id="general_goal_checker")
    going = nav.send(follow, "follow_path", asked)
    yield "follow, drives", str(nav.moving())
    yield "follow, cancelled", going.cancel()
    again = nav.send(follow, "follow_path", asked)
    yield "follow", again.end()
    yield "follow, arrived within 0.35 m", str(math.dist(nav.pose[:2], (16, 8)) < 0.35)
    yield "follow, feedback", _about(again)
    kind = act.ComputeRoute
    route = nav.send(kind, "compute_route", kind.Goal(start_id=12, goal_id=3, use_start=True))
    ended = route.end()
    nodes = [str(node.nodeid) for node in route.result.route.nodes] if route.result is not None else []
    yield "route, possible", f"{ended}, nodes {', '.join(nodes)}"


def _docks(nav: NavClient) -> Iterator[Answer]:
    dock, undock = act.DockRobot, act.UndockRobot
    for what, name in (("station", "D1_2"), ("charger", "CH1")):
        goal = nav.send(dock, "dock_robot", dock.Goal(use_dock_id=True, dock_id=name, navigate_to_staging_pose=True))
        yield f"dock at a {what}", f"{goal.end()}, {getattr(goal.result, 'num_retries', 0)} retries"
        yield f"dock at a {what}, states", ", ".join(map(str, sorted({f.state for _, f in goal.feedback})))
        yield f"dock at a {what}, feedback", _about(goal)
        yield f"undock from a {what}", nav.run(undock, "undock_robot", undock.Goal())


def _missed(goal: Goal) -> str:
    missed = getattr(goal.result, "missed_waypoints", [])
    return ", ".join(f"{m.index} for {m.error_code}" for m in missed) or "none"


def _rate(goal: Goal) -> str:
    times = [at for at, _ in goal.feedback]
    if len(times) < 3 or times[-1] <= times[0]:
        return "none"
    return f"{(len(times) - 1) / (times[-1] - times[0]):.0f} Hz"


def _about(goal: Goal) -> str:
    """Return the rate of a goal's feedback, to the nearest of RATES: the machine may be busy."""
    times = [at for at, _ in goal.feedback]
    if len(times) < 3 or times[-1] <= times[0]:
        return "none"
    rate = (len(times) - 1) / (times[-1] - times[0])
    return f"about {min(RATES, key=lambda known: abs(math.log(rate / known)))} Hz"


def lifecycle(nav: NavClient) -> Iterator[Answer]:
    """Yield what pausing and going on does."""
    command = srv.ManageLifecycleNodes.Request
    manage = "lifecycle_manager_navigation/manage_nodes"
    yield "every server is active", _states(nav)
    answer = nav.call(srv.ManageLifecycleNodes, manage, command(command=command.PAUSE))
    yield "PAUSE", str(answer.success)
    yield "states after PAUSE", _states(nav)
    goal = act.ComputePathToPose.Goal(goal=stamped(10, 4), planner_id=PLANNER)
    yield "plan while paused", nav.run(act.ComputePathToPose, "compute_path_to_pose", goal)
    answer = nav.call(srv.ManageLifecycleNodes, manage, command(command=command.RESUME))
    yield "RESUME", str(answer.success)
    yield "states after RESUME", _states(nav)
    yield "plan after RESUME", nav.run(act.ComputePathToPose, "compute_path_to_pose", goal)


def _states(nav: NavClient) -> str:
    found: dict[str, list[str]] = {}
    for node in NODES:
        label = nav.call(GetState, f"{node}/get_state", GetState.Request()).current_state.label
        found.setdefault(label, []).append(node)
    if len(found) == 1:
        return next(iter(found))
    return "; ".join(f"{label}: {', '.join(nodes)}" for label, nodes in sorted(found.items()))


GROUPS: tuple[Callable[[NavClient], Iterator[Answer]], ...] = (interfaces, codes, services, drives, lifecycle)


def ready(nav: NavClient) -> None:
    """Wait until every server is active and the robot has seen its surroundings. Raises TimeoutError."""
    end = time.monotonic() + LIMIT
    while _states(nav) != "active":
        if time.monotonic() > end:
            raise TimeoutError(f"not all servers are active: {_states(nav)}")
        nav.until(lambda: False, 1.0)
    if not nav.until(lambda: nav.now > SEEN_AFTER, LIMIT):
        raise TimeoutError("no ground truth: does the simulator run?")


def ask(nav: NavClient) -> dict[str, str]:
    """Return the answer to each case; a case that could not be asked says so and the rest of its group is left out."""
    answers: dict[str, str] = {}
    ready(nav)
    for group in GROUPS:
        try:
            for case, answer in group(nav):
                answers[case] = answer
                sys.stderr.write(f"{case}: {answer}\n")
        except TimeoutError as error:
            answers[f"{group.__name__}, to their end"] = str(error)
    if nav.truth is not None:
        answers["collisions"] = str(nav.truth.collisions)
    return answers


def main() -> None:
    """Ask, and write the answers."""
    robot, file = sys.argv[1:]
    nav = NavClient(robot)
    try:
        Path(file).write_text(json.dumps(ask(nav), indent=1), encoding="utf-8")
    finally:
        nav.close()


if __name__ == "__main__":
    main()
