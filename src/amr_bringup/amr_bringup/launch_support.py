"""Turns the node descriptions into launch_ros actions; the launch files are three lines around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amr_bringup.spec import NodeSpec
from amr_bringup.stack import Mode, RunOptions, stack
from amr_core.site import load_site


def choose(specs: Sequence[NodeSpec], packages: Sequence[str]) -> list[NodeSpec]:
    """Return the specs of these packages, in order."""
    return [spec for spec in specs if spec.package in packages]


def node_arguments(spec: NodeSpec) -> dict[str, Any]:
    """Return the keyword arguments of launch_ros.actions.Node for a spec."""
    return {
        "package": spec.package,
        "executable": spec.executable,
        "name": spec.name,
        "namespace": spec.namespace,
        "parameters": [dict(spec.params)],
        "remappings": list(spec.remaps.items()),
        "output": "screen",
    }


def description(packages: Sequence[str], mode: Mode) -> Any:
    """Return a LaunchDescription with documented arguments that starts the nodes of these packages."""
    from launch import LaunchContext, LaunchDescription
    from launch.actions import DeclareLaunchArgument, OpaqueFunction
    from launch.substitutions import LaunchConfiguration
    from launch_ros.actions import Node

    def nodes(context: LaunchContext) -> list[Any]:
        def value(name: str) -> str:
            return str(LaunchConfiguration(name).perform(context))

        options = RunOptions(
            site=value("site"),
            robots=int(value("robots")),
            rtf=float(value("rtf")),
            port=int(value("port")),
            lockstep=False,  # each node is a process of its own and paces itself by /clock
        )
        specs = choose(stack(load_site(options.site), options, mode), packages)
        return [Node(**node_arguments(spec)) for spec in specs]

    return LaunchDescription(
        [
            DeclareLaunchArgument("site", default_value="cai_cui", description="Name or folder of the site."),
            DeclareLaunchArgument("robots", default_value="4", description="How many robots of the site's fleet."),
            DeclareLaunchArgument(
                "rtf", default_value="1.0", description="Real-time factor of the simulator, 0 = max."
            ),
            DeclareLaunchArgument(
                "port", default_value="8080", description="Loopback port of the dashboard, 0 = none."
            ),
            OpaqueFunction(function=nodes),
        ]
    )
