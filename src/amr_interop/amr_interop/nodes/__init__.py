"""The gateway between fleet and broker, and the VDA 5050 side of our robots, as ROS nodes."""
