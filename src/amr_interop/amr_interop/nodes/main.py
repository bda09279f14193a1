"""Entry points of `ros2 run amr_interop` and of launch files."""

from __future__ import annotations

from amr_ros.standalone import run_node


def gateway() -> None:
    """Run GatewayNode as a process of its own."""
    from amr_interop.nodes.gateway import GatewayNode

    run_node(GatewayNode, "gateway")


def vda_robot() -> None:
    """Run VdaRobotNode as a process of its own."""
    from amr_interop.nodes.vda_robot import VdaRobotNode

    run_node(VdaRobotNode, "vda_robot")


def door_adapter() -> None:
    """Run DoorAdapterNode as a process of its own."""
    from amr_interop.nodes.door_adapter import DoorAdapterNode

    run_node(DoorAdapterNode, "door_adapter")


def demo_broker() -> None:
    """Run DemoBrokerNode as a process of its own."""
    from amr_interop.nodes.demo_broker import DemoBrokerNode

    run_node(DemoBrokerNode, "demo_broker")


def mavlink() -> None:
    """Run MavlinkNode as a process of its own."""
    from amr_interop.nodes.mavlink import MavlinkNode

    run_node(MavlinkNode, "mavlink")
