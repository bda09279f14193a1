"""The embedded simulator with every robot's navigation (or navigation:=nav2), perception and agent."""

from amr_bringup import launch_choice
from amr_bringup.launch_support import description


def generate_launch_description():
    """Return what ros2 launch starts."""
    return description(launch_choice.simulator, "sim", launch_choice.SIM)
