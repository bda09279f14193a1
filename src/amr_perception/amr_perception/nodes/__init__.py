"""ROS nodes of this package."""
