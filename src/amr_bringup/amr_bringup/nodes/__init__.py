"""ROS nodes of the bringup: order arrivals and the report of a run."""
