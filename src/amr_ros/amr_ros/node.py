"""The base class of all nodes of the stack."""

from __future__ import annotations

from typing import Any

from builtin_interfaces.msg import Time
from rclpy.node import Node

from amr_ros.convert import to_stamp
from amr_ros.ticker import Ticker


class AmrNode(Node):
    """A node that works in ticks. Its constructor only reads parameters and wires topics."""

    def __init__(self, name: str, *, ticker: Ticker, **node_kwargs: Any) -> None:
        node_kwargs.setdefault("enable_rosout", False)
        node_kwargs.setdefault("start_parameter_services", False)
        super().__init__(name, **node_kwargs)
        self.ticker = ticker

    @property
    def now(self) -> float:
        """ROS time in seconds."""
        return self.ticker.now

    def stamp(self) -> Time:
        """Return the ROS time as a message."""
        return to_stamp(self.ticker.now)
