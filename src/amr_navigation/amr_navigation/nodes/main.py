"""Entry points of `ros2 run amr_navigation` and of launch files."""

from __future__ import annotations

from amr_ros.standalone import run_node


def agent() -> None:
    """Run AgentNode as a process of its own."""
    from amr_navigation.nodes.agent import AgentNode

    run_node(AgentNode, "agent")
