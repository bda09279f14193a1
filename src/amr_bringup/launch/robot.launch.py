"""One real robot: its drivers (a launch file of its maker), Nav2, perception and agent."""

from amr_bringup import launch_choice
from amr_bringup.launch_support import description, drivers


def generate_launch_description():
    """Return what ros2 launch starts."""
    return description(launch_choice.robot, "real", launch_choice.ROBOT, drivers())
