"""Watch a robot and send it somewhere, from a ROS process of your own.

    ROS_DOMAIN_ID=<as printed by make demo> ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST \
        .venv/bin/python docs/examples/send_goal.py amr_01 12.0 41.3 3.14

The program is plain rclpy: nothing in it knows whether Nav2 or the embedded navigation answers. Pause the robot in the
dashboard first (or choose one that is parked): a robot on a transport order is the fleet's.
"""

import math
import sys

import rclpy
from action_msgs.msg import GoalStatus
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from nav2_msgs.action import NavigateToPose
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile


class Reader(Node):
    """Prints where the robot is and drives it to one pose."""

    def __init__(self, robot: str) -> None:
        super().__init__("reader", enable_rosout=False)
        self.position: tuple[float, float] | None = None
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.create_subscription(PoseWithCovarianceStamped, f"/{robot}/amcl_pose", self._on_pose, latched)
        self.client = ActionClient(self, NavigateToPose, f"/{robot}/navigate_to_pose")

    def _on_pose(self, message: PoseWithCovarianceStamped) -> None:
        self.position = (message.pose.pose.position.x, message.pose.pose.position.y)

    def on_feedback(self, message: NavigateToPose.Impl.FeedbackMessage) -> None:
        """Print how far it still is."""
        print(f"{message.feedback.distance_remaining:6.2f} m to go", flush=True)


def main() -> int:
    """Drive; exit code 0 when the robot has arrived."""
    robot, x, y, yaw = sys.argv[1], *map(float, sys.argv[2:5])
    rclpy.init()
    node = Reader(robot)
    if not node.client.wait_for_server(timeout_sec=10.0):
        print(f"nobody serves /{robot}/navigate_to_pose in this ROS domain")
        return 1
    while node.position is None:
        rclpy.spin_once(node, timeout_sec=1.0)
    print(f"{robot} is at ({node.position[0]:.2f}, {node.position[1]:.2f})")
    topics = [name for name, _ in node.get_topic_names_and_types() if name.startswith(f"/{robot}/")]
    print(f"{len(topics)} topics, for example {', '.join(sorted(topics)[:5])}")
    goal = NavigateToPose.Goal(pose=PoseStamped())
    goal.pose.header.frame_id = "map"
    goal.pose.pose.position.x, goal.pose.pose.position.y = x, y
    goal.pose.pose.orientation.z, goal.pose.pose.orientation.w = math.sin(yaw / 2), math.cos(yaw / 2)
    sending = node.client.send_goal_async(goal, feedback_callback=node.on_feedback)
    rclpy.spin_until_future_complete(node, sending)
    handle = sending.result()
    if handle is None or not handle.accepted:
        print("the goal was not accepted")
        return 1
    result = handle.get_result_async()
    rclpy.spin_until_future_complete(node, result)
    answer = result.result()
    arrived = answer is not None and answer.status == GoalStatus.STATUS_SUCCEEDED
    print("arrived" if arrived else f"failed: {answer}")
    rclpy.shutdown()
    return 0 if arrived else 1


if __name__ == "__main__":
    sys.exit(main())
