"""Gazebo Harmonic with a site's world and robots, their bridges, navigation, perception and agents."""

from amr_bringup import launch_choice
from amr_bringup.launch_support import description, gazebo_window


def generate_launch_description():
    """Return what ros2 launch starts."""
    return description(launch_choice.gazebo, "gazebo", launch_choice.GAZEBO, gazebo_window())
