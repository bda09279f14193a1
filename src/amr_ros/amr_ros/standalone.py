"""Runs one node as a process of its own: what `ros2 run` and launch files start."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from amr_ros.host import ProcessHost
from amr_ros.stopping import stop_on_signals


def run_node(cls: Callable[..., Any], name: str, *, follows_clock: bool = True) -> None:
    """Spin cls as node `name` until told to stop; --ros-args of the command line reach the node.

    follows_clock: time is /clock (simulation). `use_sim_time:=false` on the command line selects wall time.
    """
    stop = stop_on_signals()
    arguments = sys.argv[1:]
    sim_time = follows_clock and "use_sim_time:=false" not in arguments
    with ProcessHost(participant=f"{name}_{id(arguments):x}", sim_time=sim_time, stop=stop) as host:
        node = cls(
            name, ticker=host.ticker, context=host.context, cli_args=arguments or None, use_global_arguments=False
        )
        host.adopt(node)
        host.spin()
