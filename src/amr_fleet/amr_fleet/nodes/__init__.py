"""ROS adapters of the fleet."""
