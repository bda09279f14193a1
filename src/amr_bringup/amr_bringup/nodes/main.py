"""Entry points of `ros2 run amr_bringup` and of launch files."""

from __future__ import annotations

from amr_ros.standalone import run_node


def demand() -> None:
    """Run DemandNode as a process of its own."""
    from amr_bringup.nodes.demand import DemandNode

    run_node(DemandNode, "demand")


def report() -> None:
    """Run ReportNode as a process of its own."""
    from amr_bringup.nodes.report import ReportNode

    run_node(ReportNode, "report")
