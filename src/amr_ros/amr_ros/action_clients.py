"""A client for every action server of a node, whatever it serves: for what tries them all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rclpy.action import ActionClient, ActionServer, get_action_server_names_and_types_by_node
from rclpy.node import Node


def clients_of(asker: Node, node: Node) -> Iterator[ActionClient]:
    """Yield a client, of the asker, for each action server of a node in this process."""
    kinds = {_type_of(w._action_type): w._action_type for w in node.waitables if isinstance(w, ActionServer)}
    found = get_action_server_names_and_types_by_node(node, node.get_name(), node.get_namespace())
    for name, types in found:
        yield from (ActionClient(asker, kinds[each], name) for each in types if each in kinds)


def _type_of(kind: Any) -> str:
    return f"{kind.__module__.partition('.')[0]}/action/{kind.__name__}"
