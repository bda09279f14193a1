"""A person's client of one robot's real Nav2: run by a test in the environment of the real programs.

Prints one line of JSON. Arguments: robot, what to do, and its arguments:
active [START GOAL]     until every server is active; then the route between two nodes of the graph
drive X Y YAW [WITHIN]  NavigateToPose (map frame, m and rad), at most so many seconds
first X Y YAW           the same, sent as soon as the action is there, again each 0.2 s until it is accepted
dock SITE [BERTH...]    DockRobot with its staging drive and UndockRobot, at all stations and chargers or at these
opens PERSON AT_X AT_Y X Y YAW   drive, sent as soon as a person has come to stand at a place (m)
masks                   what the lab's keepout and speed filters do to plans, costmaps and limits
stand X Y YAW BOX_X BOX_Y PERSON   after that drive: how fast it was in a speed zone on the way, masks in costmaps and
                        plans, a box that only the depth camera sees in both costmaps, and how the collision monitor
                        stops 0.6 m/s towards a person who stands ahead
"""

from __future__ import annotations

import itertools
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import rclpy
from action_msgs.msg import GoalStatus
from geometry_msgs.msg import Twist
from lifecycle_msgs.srv import GetState
from nav2_msgs.action import ComputePathToPose, ComputeRoute, DockRobot, NavigateToPose, UndockRobot
from nav2_msgs.msg import CollisionMonitorState, CostmapFilterInfo, SpeedLimit
from nav_msgs.msg import OccupancyGrid, Odometry
from rclpy.action import ActionClient
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from tf2_msgs.msg import TFMessage

from amr_core.geometry import Pose2D, compose, distance, relative, wrap_angle
from amr_core.site import load_site
from amr_interfaces.msg import GroundTruth
from amr_lab.nodes.nav_client import stamped
from amr_ros.convert import pose_from_msg

BRAKES = 30
"""Odometry messages, 20 a simulated second, from a speed limit on until it must hold."""
STILL, ROLLS_OUT = 0.002, 15.0
"""m/s below which a robot stands; s that it may take to."""

SERVERS = (
    *("map_server", "amcl", "keepout_filter_mask_server", "keepout_filter_info_server", "speed_filter_mask_server"),
    *("speed_filter_info_server", "controller_server", "smoother_server", "planner_server", "route_server"),
    *("behavior_server", "velocity_smoother", "collision_monitor", "bt_navigator", "waypoint_follower"),
    *("docking_server", "local_costmap/local_costmap", "global_costmap/global_costmap"),
)
ACTIVE_WITHIN, ACCEPTED_WITHIN, DONE_WITHIN = 200.0, 90.0, 240.0

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
Figures = dict[str, Any]
TURNS = 0.5  # rad/s towards a person, slower than the base can: it has 2 m for a tenth of a radian


class Nav2:
    """Actions of one robot, one after another, and what ground truth says of it."""

    def __init__(self, robot: str, *, at_once: bool = False) -> None:
        """Wait until every server is active and knows where the robot is; at_once: do not."""
        self.robot = robot
        self.node = rclpy.create_node("nav2_client", namespace=robot)
        self.truth: Any = None
        self.heard = 0
        self.result: Any = None
        for topic in ("/sim/ground_truth", "sim/ground_truth"):  # of a hall; of one robot's own simulated base
            self.node.create_subscription(GroundTruth, topic, self._on_truth, 10)
        self.active_after = 0.0 if at_once else self.wait_active()
        if not at_once:
            self.wait_pose()

    def _on_truth(self, message: Any) -> None:
        self.truth = message
        self.heard += 1

    @property
    def body(self) -> Any:
        """The robot by ground truth."""
        return next(body for body in self.truth.bodies if body.name == self.robot)

    @property
    def pose(self) -> Pose2D:
        """Where the robot truly is."""
        self.wait_for(lambda: self.truth is not None, 10.0)
        return Pose2D(self.body.x, self.body.y, self.body.theta)

    def rest(self) -> Pose2D:
        """Return where the robot stands once it has rolled out: some actions of Nav2 end before that."""
        heard = self.heard
        self.wait_for(lambda: self.heard > heard and abs(self.body.v) < STILL, ROLLS_OUT)
        return self.pose

    def listen(self, kind: Any, topic: str, *, latched: bool = True) -> list[Any]:
        """Return a list that the messages of a topic are appended to."""
        messages: list[Any] = []
        self.node.create_subscription(kind, topic, messages.append, LATCHED if latched else 10)
        return messages

    def wait_for(self, predicate: Callable[[], bool], seconds: float) -> bool:
        """Handle messages until predicate() holds; tell whether it ever did."""
        end = time.monotonic() + seconds
        while not predicate() and time.monotonic() < end:
            rclpy.spin_once(self.node, timeout_sec=0.1)
        return predicate()

    def wait_active(self) -> float:
        """Wait until every server says that it is active; return the seconds, or end with the names of the others."""
        start, left = time.monotonic(), list(SERVERS)
        clients = {name: self.node.create_client(GetState, f"{name}/get_state") for name in left}
        while left and time.monotonic() - start < ACTIVE_WITHIN:
            for name in list(left):
                if clients[name].service_is_ready():
                    future = clients[name].call_async(GetState.Request())
                    rclpy.spin_until_future_complete(self.node, future, timeout_sec=2.0)
                    if future.done() and future.result().current_state.label == "active":
                        left.remove(name)
            time.sleep(0.5)
        if left:
            sys.exit(f"not active after {ACTIVE_WITHIN} s: {', '.join(left)}")
        return round(time.monotonic() - start, 1)

    def wait_pose(self) -> None:
        """Wait until odometry is as new as the first place on the map: AMCL dates that one ahead.

        Before, the docking server ends every goal at once with 999, "extrapolation into the past".
        """
        placed, moved = [], [0.0]

        def note(message: Any) -> None:
            for frame in message.transforms:
                stamp = frame.header.stamp.sec + frame.header.stamp.nanosec * 1e-9
                if frame.header.frame_id == "map":
                    placed.append(stamp)
                elif frame.header.frame_id == "odom":
                    moved[0] = max(moved[0], stamp)

        self.node.create_subscription(TFMessage, "tf", note, 100)
        if not self.wait_for(lambda: bool(placed) and moved[0] > min(placed), 30.0):
            sys.exit(f"no pose on the map: map to odom {placed[:1]}, odometry {moved}")

    def act(
        self,
        kind: Any,
        name: str,
        goal: Any,
        feedback: Callable[[Any], None] = lambda _: None,
        *,
        within: float = DONE_WITHIN,
        pause: float = 1.0,
    ) -> Figures:
        """Send a goal, again after a pause (s) when rejected, and wait for its end: status, code, seconds, tries."""
        client = ActionClient(self.node, kind, name)
        if not client.wait_for_server(ACTIVE_WITHIN):
            sys.exit(f"no {name}")
        start, handle, tries = time.monotonic(), None, 0
        while handle is None:
            tries += 1
            answer = client.send_goal_async(goal, feedback_callback=lambda message: feedback(message.feedback))
            rclpy.spin_until_future_complete(self.node, answer, timeout_sec=10.0)
            if answer.done() and answer.result().accepted:
                handle = answer.result()
            elif time.monotonic() - start > ACCEPTED_WITHIN:
                sys.exit(f"{name}: rejected {tries} times within {ACCEPTED_WITHIN} s")
            else:
                time.sleep(pause)
        result = handle.get_result_async()
        rclpy.spin_until_future_complete(self.node, result, timeout_sec=within)
        seconds = round(time.monotonic() - start, 1)
        if not result.done():
            return {"status": GoalStatus.STATUS_EXECUTING, "code": 0, "seconds": seconds, "tries": tries}
        outcome = result.result()
        self.result = outcome.result
        return {"status": outcome.status, "code": outcome.result.error_code, "seconds": seconds, "tries": tries}


def drive(nav2: Nav2, x: str, y: str, yaw: str, within: str = str(DONE_WITHIN), pause: float = 1.0) -> Figures:
    """NavigateToPose; off is metres from the goal by ground truth, xs how far west and east it was on its way (m).

    speed: m/s, when it has had the time to roll out.
    """
    recoveries, xs = [0], []

    def note(feedback: Any) -> None:
        recoveries.append(feedback.number_of_recoveries)
        xs.append(nav2.body.x if nav2.truth is not None else feedback.current_pose.pose.position.x)

    goal = NavigateToPose.Goal(pose=stamped(float(x), float(y), float(yaw)))
    figures = nav2.act(NavigateToPose, "navigate_to_pose", goal, note, within=float(within), pause=pause)
    at = nav2.pose
    off = round(math.hypot(at.x - float(x), at.y - float(y)), 3)
    seen = {"recoveries": max(recoveries), "xs": [round(value, 1) for value in (min(xs), max(xs))] if xs else []}
    nav2.rest()
    return {**figures, "off": off, **seen, "speed": round(abs(nav2.body.v), 3)}


def first(nav2: Nav2, x: str, y: str, yaw: str) -> Figures:
    """The first goal of a robot that has just been started."""
    return drive(nav2, x, y, yaw, pause=0.2)


def opens(nav2: Nav2, person: str, at_x: str, at_y: str, x: str, y: str, yaw: str) -> Figures:
    """A drive whose way a person shuts for a known time, which begins with it."""

    def stands() -> bool:
        body = next((body for body in nav2.truth.bodies if body.name == person), None) if nav2.truth else None
        return body is not None and math.hypot(body.x - float(at_x), body.y - float(at_y)) < 0.01

    if not (nav2.wait_for(lambda: not stands(), 300.0) and nav2.wait_for(stands, 300.0)):
        sys.exit(f"{person} does not come to {at_x}, {at_y}")
    return drive(nav2, x, y, yaw)


def dock(nav2: Nav2, site: str, *wanted: str) -> Figures:
    """Dock and undock; off (m) and turn (degrees) are from the station's pose by ground truth, once the robot stands.

    before: how far (m) it was when DockRobot ended, and speed (m/s) how fast: just before the pose it still rolls.
    """
    here = load_site(site)
    berths = {berth.id: berth for berth in (*(s for place in here.places for s in place.stations), *here.chargers)}
    visits = []
    for name in wanted or berths:
        goal = DockRobot.Goal(use_dock_id=True, dock_id=name, navigate_to_staging_pose=True)
        docked = nav2.act(DockRobot, "dock_robot", goal)
        station, rolls, ended = berths[name], nav2.body.v, nav2.pose
        at = nav2.rest()
        off = {
            "before": round(math.hypot(ended.x - station.x, ended.y - station.y), 4),
            "speed": round(rolls, 2),
            "retries": nav2.result.num_retries,
            "off": round(math.hypot(at.x - station.x, at.y - station.y), 4),
            "turn": round(math.degrees(abs(wrap_angle(at.theta - station.theta))), 2),
        }
        left = nav2.act(UndockRobot, "undock_robot", UndockRobot.Goal(dock_type=""))
        visits.append({"station": name, **docked, **off, "left": left})
    return {"visits": visits}


def masks(nav2: Nav2) -> Figures:
    """What the lab's filters say and do: the cabinet that nobody drives through, the apron of 0.5 m/s."""
    figures = keepout(nav2)
    first = drive(nav2, "7", "4.6", "0")
    limits = nav2.listen(SpeedLimit, "speed_limit", latched=False)
    speeds: list[tuple[int, float]] = []
    nav2.node.create_subscription(Twist, "cmd_vel", lambda m: speeds.append((len(limits), abs(m.linear.x))), 10)
    nav2.wait_for(lambda: False, 1.0)
    # Not up to the dock door: from there only UndockRobot leads back, the planner's paths have no reverse.
    figures["drives"] = [first, drive(nav2, "7", "2.6", "0"), drive(nav2, "10.5", "4", "0")]
    nav2.wait_for(lambda: len(limits) >= 2, 10.0)
    figures["limits"] = [[m.percentage, round(m.speed_limit, 2)] for m in limits]
    figures["limited"] = max([speed for count, speed in speeds if count == 1][25:], default=math.nan)
    return figures


def keepout(nav2: Nav2) -> Figures:
    """The keepout mask in the filter's info, in the global costmap and in plans."""
    infos = nav2.listen(CostmapFilterInfo, "keepout_costmap_filter_info")
    seen = nav2.listen(OccupancyGrid, "keepout_filter_mask")
    costs = nav2.listen(OccupancyGrid, "global_costmap/costmap")
    if not nav2.wait_for(lambda: bool(infos and seen and costs), 60.0):
        counts = {"info": len(infos), "mask": len(seen), "costmap": len(costs)}
        sys.exit(f"keepout: not all was heard within 60 s, messages of each: {counts}")
    figures: Figures = {"heard": True, "type": infos[0].type, "mask_topic": infos[0].filter_mask_topic}
    mask = np.asarray(seen[0].data).reshape(seen[0].info.height, seen[0].info.width)
    rows, columns = np.nonzero(mask == 100)
    origin, pitch = seen[0].info.origin.position, seen[0].info.resolution
    at = [(origin.x + (c + 0.5) * pitch, origin.y + (r + 0.5) * pitch) for r, c in zip(rows, columns, strict=True)]
    figures["forbidden"] = len(at)
    figures["lethal"] = sum(value(costs[-1], x, y) == 100 for x, y in at)
    within = ComputePathToPose.Goal(goal=stamped(18.8, 11.0), planner_id="GridBased")
    beside = ComputePathToPose.Goal(goal=stamped(17.2, 10.8, math.pi / 2), planner_id="GridBased")
    figures["within"] = nav2.act(ComputePathToPose, "compute_path_to_pose", within)
    figures["beside"] = nav2.act(ComputePathToPose, "compute_path_to_pose", beside)
    path = nav2.result.path.poses
    figures["beside"]["masked"] = sum(value(seen[0], p.pose.position.x, p.pose.position.y) == 100 for p in path)
    return figures


def stand(nav2: Nav2, *numbers: str) -> Figures:
    """What a robot that has driven to a place sees and does there."""
    x, y, yaw, box_x, box_y = map(float, numbers[:5])
    limits = nav2.listen(SpeedLimit, "speed_limit", latched=False)
    speeds: list[tuple[int, float]] = []
    wheels = nav2.node.create_subscription(
        Odometry, "odom", lambda m: speeds.append((len(limits), abs(m.twist.twist.linear.x))), qos_profile_sensor_data
    )
    figures: Figures = {"drive": drive(nav2, str(x), str(y), str(yaw)), "zone": limited(limits, speeds)}
    nav2.node.destroy_subscription(wheels)
    figures["keepout"] = keepout(nav2)
    costs = nav2.listen(OccupancyGrid, "global_costmap/costmap")
    figures["depth"] = nav2.wait_for(lambda: bool(costs) and value(costs[-1], box_x, box_y) == 100, 60.0)
    figures["depth_local"] = seen_nearby(nav2, Pose2D(box_x, box_y, 0.0))
    figures["monitor"] = towards(nav2, numbers[5])
    return figures


def seen_nearby(nav2: Nav2, box: Pose2D) -> bool:
    """Tell whether a box (middle, map frame) is in the local costmap, which lies in odom, of a robot that stands."""
    # Not latched: Nav2 publishes while somebody listens, and what is kept may be of where the robot was long ago.
    costs: list[Any] = []
    wheels: list[Any] = []
    heard = [
        nav2.node.create_subscription(OccupancyGrid, "local_costmap/costmap", costs.append, 10),
        nav2.node.create_subscription(Odometry, "odom", wheels.append, qos_profile_sensor_data),
    ]

    def there() -> bool:
        if not (costs and wheels):
            return False
        at = compose(pose_from_msg(wheels[-1].pose.pose), relative(nav2.pose, box))
        return value(costs[-1], at.x, at.y) == 100

    seen = nav2.wait_for(there, 60.0)
    for subscription in heard:
        nav2.node.destroy_subscription(subscription)
    return seen


def limited(limits: Sequence[Any], speeds: Sequence[tuple[int, float]]) -> Figures:
    """Return the limits (m/s) that were said and the fastest that the wheels turned, by then and under the first one.

    speeds: how many limits had been said, and m/s, 20 times a simulated second. BRAKES of them are left out: a limit
    comes at the edge of a zone, where a robot begins to brake.
    """
    under = [speed for count, speed in speeds if count == 1][BRAKES:]
    before = [speed for count, speed in speeds if count == 0]
    fastest = {"within": max(under, default=math.nan), "before": max(before, default=math.nan)}
    told = [[float(m.percentage), round(m.speed_limit, 2)] for m in limits]
    return {**{name: round(speed, 3) for name, speed in fastest.items()}, "measured": len(under), "limits": told}


def towards(nav2: Nav2, person: str) -> Figures:
    """Steer at 0.6 m/s towards a person until the robot has stopped: its way, the gap that was left, who stopped it.

    A goal is reached with 0.15 rad to spare, and a robot that is not steered then drives past the person's side.
    """
    states = nav2.listen(CollisionMonitorState, "collision_monitor_state", latched=False)
    commands = nav2.node.create_publisher(Twist, "cmd_vel_nav", 10)
    wheels: list[float] = []
    nav2.node.create_subscription(Twist, "cmd_vel", lambda m: wheels.append(m.linear.x), 10)
    start = nav2.pose

    def steer() -> None:
        to = next(body for body in nav2.truth.bodies if body.name == person)
        off = wrap_angle(math.atan2(to.y - nav2.body.y, to.x - nav2.body.x) - nav2.body.theta)
        wish = Twist()
        wish.linear.x, wish.angular.z = 0.6, max(-TURNS, min(TURNS, off))
        commands.publish(wish)

    timer = nav2.node.create_timer(0.05, steer)
    moved = nav2.wait_for(lambda: distance(start, nav2.pose) > 0.3, 60.0)
    stopped = nav2.wait_for(lambda: max(wheels[-10:], default=1.0) == 0.0, 60.0)
    nav2.node.destroy_timer(timer)
    at, body = nav2.pose, next(body for body in nav2.truth.bodies if body.name == person)
    ahead = (body.x - at.x) * math.cos(at.theta) + (body.y - at.y) * math.sin(at.theta)
    actions = sorted({state.action_type for state in states})
    return {
        **{"moved": moved, "stopped": stopped, "fastest": round(max(wheels, default=0.0), 2), "actions": actions},
        **{"way": round(distance(start, at), 2), "ahead": round(ahead, 2)},
    }


def value(grid: Any, x: float, y: float) -> int:
    """Return what a grid says at a place (m, map frame)."""
    column = int((x - grid.info.origin.position.x) / grid.info.resolution)
    row = int((y - grid.info.origin.position.y) / grid.info.resolution)
    return int(grid.data[row * grid.info.width + column])


def active(nav2: Nav2, *ends: str) -> Figures:
    """The client has waited for that; the route server's way between two nodes: their ids, its length in m."""
    if not ends:
        return {}
    goal = ComputeRoute.Goal(start_id=int(ends[0]), goal_id=int(ends[1]), use_start=True, use_poses=False)
    figures = nav2.act(ComputeRoute, "compute_route", goal)
    at = [pose.pose.position for pose in nav2.result.path.poses]
    length = sum(math.hypot(b.x - a.x, b.y - a.y) for a, b in itertools.pairwise(at))
    return {"route": {**figures, "nodes": [node.nodeid for node in nav2.result.route.nodes], "length": length}}


COMMANDS: dict[str, Callable[..., Figures]] = {f.__name__: f for f in (active, drive, first, opens, dock, masks, stand)}


def main() -> None:
    robot, command, *arguments = sys.argv[1:]
    rclpy.init()
    nav2 = Nav2(robot, at_once=command == "first")
    figures = {"active_after": nav2.active_after, **COMMANDS[command](nav2, *arguments)}
    if nav2.truth is not None:
        figures["collisions"] = nav2.truth.collisions
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
