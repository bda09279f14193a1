"""Entry points of `ros2 run amr_perception` and of launch files."""

from __future__ import annotations

from amr_ros.standalone import run_node


def perception() -> None:
    """Run PerceptionNode as a process of its own."""
    from amr_perception.nodes.perception import PerceptionNode

    run_node(PerceptionNode, "perception")
