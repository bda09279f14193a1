"""Trials of the navigation without ROS: the real engines of robots in the real simulator, in one process."""
