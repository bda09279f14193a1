"""The site server: fleet manager with its dashboard and, with simulated robots, the orders of a trial run."""

from amr_bringup import launch_choice
from amr_bringup.launch_support import description


def generate_launch_description():
    """Return what ros2 launch starts."""
    return description(launch_choice.site_server, None, launch_choice.SERVER)
