"""What Nav2's servers do besides driving, without ROS: lifecycle, costs, smoothing, route graph, waypoints, teleop."""
