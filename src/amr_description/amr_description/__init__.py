"""The robots as URDF (RViz, Nav2, robot_state_publisher) and SDF (Gazebo Harmonic), from one typed description."""
