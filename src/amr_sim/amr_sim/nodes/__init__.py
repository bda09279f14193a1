"""The ROS side of the simulator: the only package here that imports rclpy."""
