"""The site server: fleet manager with its dashboard, and the order arrivals of a trial run."""

from amr_bringup.launch_support import description


def generate_launch_description():
    """Return what ros2 launch starts."""
    return description(["amr_fleet", "amr_bringup"], "sim")
