"""RViz with everything that one robot shows: map, costmaps, scans, paths, people it sees, its camera."""

from amr_bringup import launch_choice
from amr_bringup.launch_support import description


def generate_launch_description():
    """Return what ros2 launch starts."""
    return description(launch_choice.rviz, None, launch_choice.RVIZ)
