"""Settings of all tests."""

import os

# Discovery must not leave the machine, and must be set before the first rclpy context.
os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
