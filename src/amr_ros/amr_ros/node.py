"""The base class of all nodes of the stack."""

from __future__ import annotations

from typing import Any

import rclpy
from builtin_interfaces.msg import Time
from rclpy.context import Context
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile

from amr_ros import sharing
from amr_ros.convert import to_stamp
from amr_ros.guarded import GuardedNode
from amr_ros.ticker import Ticker


class AmrNode(GuardedNode):
    """A node that works in ticks. Its constructor only reads parameters and wires topics."""

    def __init__(self, name: str, *, ticker: Ticker, **node_kwargs: Any) -> None:
        node_kwargs.setdefault("enable_rosout", False)
        node_kwargs.setdefault("start_parameter_services", False)
        super().__init__(name, **node_kwargs)
        self.ticker = ticker
        self.companions: list[Node] = []
        self._apart: list[Node] = []
        self._node_kwargs = {k: v for k, v in node_kwargs.items() if k not in ("namespace", "parameter_overrides")}
        self._node_kwargs["cli_args"] = _without_own_name(node_kwargs.get("cli_args"))

    def companion(self, name: str, sub_namespace: str = "") -> Node:
        """Return a light node beside this one, for servers that clients expect under a node name of their own.

        The host spins and destroys it with this node. Call only in the constructor.
        """
        namespace = "/".join(part for part in (self.get_namespace().rstrip("/"), sub_namespace) if part)
        quiet = [Parameter("start_type_description_service", value=False)]
        node = GuardedNode(name, namespace=namespace or "/", parameter_overrides=quiet, **self._node_kwargs)
        self.companions.append(node)
        return node

    def apart(self, name: str) -> Node:
        """Return a node in a participant of its own, for pictures and other large messages that this one sends.

        Fast DDS keeps what a participant sends in one piece of shared memory. Small messages that killed readers never
        took lie there between others for good: together there is room enough, in one place none for a picture, and
        nobody on this computer sees one again. Among pictures alone old ones make room for new ones. Nobody spins it:
        it only sends. It goes with this node.
        """
        context = Context()
        rclpy.init(context=context, domain_id=self.context.get_domain_id())
        quiet = [Parameter("start_type_description_service", value=False)]
        own = {k: v for k, v in self._node_kwargs.items() if k != "context"}
        node = Node(name, context=context, namespace=self.get_namespace(), parameter_overrides=quiet, **own)
        self._apart.append(node)
        return node

    def share(self, kind: Any, topic: str, callback: sharing.Callback, profile: QoSProfile) -> None:
        """Listen as with create_subscription, through one subscription with the other nodes of this process."""
        sharing.share(self.ticker, self, kind, topic, self.guarded(topic, callback), profile)

    def destroy_node(self) -> None:
        """Remove the node; what it has shared goes on for the others."""
        sharing.leave(self.ticker, self)
        for node in self._apart:
            node.destroy_node()
            rclpy.try_shutdown(context=node.context)
        self._apart.clear()
        super().destroy_node()

    @property
    def now(self) -> float:
        """ROS time in seconds."""
        return self.ticker.now

    def stamp(self) -> Time:
        """Return the ROS time as a message."""
        return to_stamp(self.ticker.now)


def _without_own_name(arguments: list[str] | None) -> list[str] | None:
    """Return command line arguments without those that name one node: they would rename its companions, too."""
    if not arguments:
        return arguments
    kept: list[str] = []
    for argument in arguments:
        if argument.startswith(("__node:=", "__name:=", "__ns:=")) and kept and kept[-1] in ("-r", "--remap"):
            kept.pop()
        else:
            kept.append(argument)
    return kept
