"""Drivers of a robot that stands where it was switched on: what a base must publish, without a simulator."""

from __future__ import annotations

import sys
from typing import Any

import rclpy
from geometry_msgs.msg import TransformStamped
from nav_msgs.msg import Odometry
from rclpy.node import Node
from sensor_msgs.msg import BatteryState, LaserScan
from tf2_msgs.msg import TFMessage


class StandingBase(Node):
    """Odometry with its transform, both lidars (nothing in reach) and the battery."""

    def __init__(self, robot: str) -> None:
        super().__init__("standing_base", namespace=robot)
        self._odom = self.create_publisher(Odometry, "odom", 10)
        self._tf = self.create_publisher(TFMessage, "tf", 10)
        self._battery = self.create_publisher(BatteryState, "battery_state", 10)
        self._scans = {name: self.create_publisher(LaserScan, f"scan_{name}", 10) for name in ("front", "rear")}
        self.create_timer(0.05, self._move_not)
        self.create_timer(0.1, self._see_nothing)
        self.create_timer(1.0, lambda: self._battery.publish(BatteryState(percentage=0.8, present=True)))

    def _move_not(self) -> None:
        stamp: Any = self.get_clock().now().to_msg()
        odometry = Odometry(child_frame_id="base_link")
        odometry.header.frame_id, odometry.header.stamp = "odom", stamp
        odometry.pose.pose.orientation.w = 1.0
        frame = TransformStamped(header=odometry.header, child_frame_id="base_link")
        frame.transform.rotation.w = 1.0
        self._odom.publish(odometry)
        self._tf.publish(TFMessage(transforms=[frame]))

    def _see_nothing(self) -> None:
        for name, publisher in self._scans.items():
            scan = LaserScan(angle_min=-2.3, angle_max=2.3, angle_increment=4.6 / 270, range_min=0.05, range_max=12.0)
            scan.header.frame_id, scan.header.stamp = f"lidar_{name}", self.get_clock().now().to_msg()
            scan.ranges = [float("inf")] * 271
            publisher.publish(scan)


def main() -> None:
    rclpy.init()
    try:
        rclpy.spin(StandingBase(sys.argv[1]))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
