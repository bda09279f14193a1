"""One subscription for all nodes of a process that listen to the same topic: taking a message is what costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile

from amr_ros.ticker import Ticker

Callback = Callable[[Any], None]


class SharedTopic:
    """A topic's subscription, owned by the first node that asked, and everybody's callbacks in that order.

    Nobody may change the message. The first node's QoS is used. A latched message reaches those who come later, too.
    """

    def __init__(self, kind: Any, topic: str, profile: QoSProfile) -> None:
        self._kind, self._topic, self._profile = kind, topic, profile
        self._latched = profile.durability is DurabilityPolicy.TRANSIENT_LOCAL
        self._last: Any = None
        self._listeners: list[tuple[Node, Callback]] = []
        self._owner: Node | None = None

    def join(self, node: Node, callback: Callback) -> None:
        """Add a listener."""
        self._listeners.append((node, callback))
        if self._owner is None:
            self._own(node)
        elif self._last is not None:
            callback(self._last)

    def leave(self, node: Node) -> bool:
        """Forget a node that is about to be destroyed; return whether nobody listens any more."""
        self._listeners = [pair for pair in self._listeners if pair[0] is not node]
        if self._owner is node:
            self._owner = None
            if self._listeners:
                self._own(self._listeners[0][0])
        return not self._listeners

    def _own(self, node: Node) -> None:
        self._owner = node
        node.create_subscription(self._kind, self._topic, self._hand_out, self._profile)

    def _hand_out(self, message: Any) -> None:
        if self._latched:
            self._last = message
        for _, callback in self._listeners:
            callback(message)


_SHARED: WeakKeyDictionary[Ticker, dict[tuple[Any, str], SharedTopic]] = WeakKeyDictionary()


def share(ticker: Ticker, node: Node, kind: Any, topic: str, callback: Callback, profile: QoSProfile) -> None:
    """Listen to a topic together with the other nodes that use this ticker: those of the same process."""
    name = node.resolve_topic_name(topic)
    topics = _SHARED.setdefault(ticker, {})
    shared = topics.get((kind, name)) or topics.setdefault((kind, name), SharedTopic(kind, name, profile))
    shared.join(node, callback)


def leave(ticker: Ticker, node: Node) -> None:
    """Take a node out of everything that it shares."""
    topics = _SHARED.get(ticker, {})
    for key in [key for key, shared in topics.items() if shared.leave(node)]:
        del topics[key]
