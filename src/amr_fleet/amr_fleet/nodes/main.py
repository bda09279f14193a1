"""Entry points of `ros2 run amr_fleet` and of launch files."""

from __future__ import annotations

from amr_ros.standalone import run_node


def fleet() -> None:
    """Run FleetNode as a process of its own."""
    from amr_fleet.nodes.fleet import FleetNode

    run_node(FleetNode, "fleet")


def foxglove() -> None:
    """Run FoxgloveNode as a process of its own."""
    from amr_fleet.nodes.foxglove import FoxgloveNode

    run_node(FoxgloveNode, "foxglove")
