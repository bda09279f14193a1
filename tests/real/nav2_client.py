"""Drives a robot over real Nav2: run by a test in the environment of the real programs, prints one line of JSON.

Arguments: robot, x, y, yaw (map frame, m and rad).
"""

from __future__ import annotations

import json
import math
import sys
import time
from typing import Any

import rclpy
from action_msgs.msg import GoalStatus
from geometry_msgs.msg import PoseStamped
from lifecycle_msgs.srv import GetState
from nav2_msgs.action import NavigateToPose
from rclpy.action import ActionClient

from amr_interfaces.msg import GroundTruth

SERVERS = (
    *("map_server", "amcl", "keepout_filter_mask_server", "keepout_filter_info_server", "speed_filter_mask_server"),
    *("speed_filter_info_server", "controller_server", "smoother_server", "planner_server", "route_server"),
    *("behavior_server", "velocity_smoother", "collision_monitor", "bt_navigator", "waypoint_follower"),
    *("docking_server", "local_costmap/local_costmap", "global_costmap/global_costmap"),
)
ACTIVE_WITHIN, ACCEPTED_WITHIN, DRIVEN_WITHIN = 100.0, 40.0, 240.0


def main() -> None:
    robot, x, y, yaw = sys.argv[1], *map(float, sys.argv[2:5])
    rclpy.init()
    node = rclpy.create_node("nav2_client", namespace=robot)
    truth: list[Any] = []
    node.create_subscription(
        GroundTruth, "/sim/ground_truth", lambda message: truth.__setitem__(slice(None), [message]), 10
    )
    figures: dict[str, Any] = {"active_after": wait_active(node)}
    pose = PoseStamped()
    pose.header.frame_id = "map"
    pose.pose.position.x, pose.pose.position.y = x, y
    pose.pose.orientation.z, pose.pose.orientation.w = math.sin(yaw / 2), math.cos(yaw / 2)
    client = ActionClient(node, NavigateToPose, "navigate_to_pose")
    if not client.wait_for_server(20.0):
        sys.exit("no navigate_to_pose")
    start = time.monotonic()
    last: list[Any] = []
    goal, figures["tries"] = None, 0
    while goal is None:
        figures["tries"] += 1
        goal = accepted(node, client, pose, last)
        if goal is None and time.monotonic() - start > ACCEPTED_WITHIN:
            sys.exit(f"the goal was rejected {figures['tries']} times within {ACCEPTED_WITHIN} s")
    result = goal.get_result_async()
    rclpy.spin_until_future_complete(node, result, timeout_sec=DRIVEN_WITHIN)
    status = result.result().status if result.done() else GoalStatus.STATUS_EXECUTING
    rclpy.spin_once(node, timeout_sec=1.0)
    figures |= {"succeeded": status == GoalStatus.STATUS_SUCCEEDED, "status": status}
    figures["seconds"] = round(time.monotonic() - start, 1)
    if last:
        at = last[0].current_pose.pose.position
        figures |= {"off": round(math.hypot(at.x - x, at.y - y), 3), "recoveries": last[0].number_of_recoveries}
    figures["collisions"] = truth[0].collisions if truth and hasattr(truth[0], "collisions") else None
    sys.stdout.write(json.dumps(figures) + "\n")


def accepted(node: Any, client: Any, pose: PoseStamped, last: list[Any]) -> Any:
    """Send the goal; return its handle, or None a second after it was rejected: Nav2 is between two lives."""
    answer = client.send_goal_async(
        NavigateToPose.Goal(pose=pose), feedback_callback=lambda f: last.__setitem__(slice(None), [f.feedback])
    )
    rclpy.spin_until_future_complete(node, answer, timeout_sec=10.0)
    if answer.done() and answer.result().accepted:
        return answer.result()
    time.sleep(1.0)
    return None


def wait_active(node: Any) -> float:
    """Wait until every server says that it is active; return the seconds, or end with the names of the others."""
    start, left = time.monotonic(), list(SERVERS)
    clients = {name: node.create_client(GetState, f"{name}/get_state") for name in left}
    while left and time.monotonic() - start < ACTIVE_WITHIN:
        for name in list(left):
            if clients[name].service_is_ready():
                future = clients[name].call_async(GetState.Request())
                rclpy.spin_until_future_complete(node, future, timeout_sec=2.0)
                if future.done() and future.result().current_state.label == "active":
                    left.remove(name)
        time.sleep(0.5)
    if left:
        sys.exit(f"not active after {ACTIVE_WITHIN} s: {', '.join(left)}")
    return round(time.monotonic() - start, 1)


if __name__ == "__main__":
    main()
