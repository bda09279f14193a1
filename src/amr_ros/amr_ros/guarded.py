"""A node that no message ends: what a callback cannot use is counted, said, and forgotten.

Whoever reaches the ROS domain can send anything. A callback that raises would end the whole process, and with it the
robot's navigation or the fleet; a decoder that forgot one case must cost one message only.
"""

from __future__ import annotations

import inspect
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.action import ActionClient, ActionServer
from rclpy.node import Node
from rclpy.publisher import Publisher

from amr_core.json_texts import writable

_LONGEST = 300  # characters of an error in logs


class GuardedNode(Node):
    """malformed: messages, requests and goals that a callback failed on, by topic, service or action."""

    def __init__(self, *arguments: Any, **kwargs: Any) -> None:
        self.malformed: Counter[str] = Counter()
        self._diagnostics: Publisher | None = None
        super().__init__(*arguments, **kwargs)

    def destroy_node(self) -> None:
        """Remove the node and all that it has, its actions as well.

        rclpy leaves those: their DDS endpoints, and so the participant, stay as long as the process, and whoever looks
        for a server finds one that never answers.
        """
        for each in list(self.waitables):
            if isinstance(each, (ActionServer, ActionClient)):
                each.destroy()
        super().destroy_node()

    def create_subscription(self, msg_type: Any, topic: str, callback: Any, *arguments: Any, **kwargs: Any) -> Any:
        """Subscribe; what callback raises is counted as malformed. One of two arguments gets rclpy's message info."""
        take = self.guarded(topic, callback)
        if _takes_info(callback):
            take = self._guarded_with_info(topic, callback)
        return super().create_subscription(msg_type, topic, take, *arguments, **kwargs)

    def create_service(self, srv_type: Any, srv_name: str, callback: Any, *arguments: Any, **kwargs: Any) -> Any:
        """Serve; a request that callback fails on is answered: not accepted, code message.invalid."""

        def serve(request: Any, response: Any) -> Any:
            try:
                return callback(request, response)
            except Exception as error:
                self.refuse(srv_name, error)
                return _refusal(srv_type.Response())

        return super().create_service(srv_type, srv_name, serve, *arguments, **kwargs)

    def guarded(self, topic: str, callback: Callable[[Any], Any]) -> Callable[[Any], None]:
        """Return callback, but with what it raises counted as malformed."""

        def take(message: Any) -> None:
            try:
                callback(message)
            except Exception as error:
                self.refuse(topic, error)

        return take

    def _guarded_with_info(self, topic: str, callback: Callable[[Any, Any], Any]) -> Any:
        def take(message: Any, info: Any) -> None:
            self.guarded(topic, lambda one: callback(one, info))(message)

        return take

    def refuse(self, topic: str, error: Exception) -> None:
        """Count a message that cannot be used; say so with the 1st, 2nd, 4th, 8th: one talker fills no log."""
        self.malformed[topic] += 1
        count = self.malformed[topic]
        if count & (count - 1):
            return
        reason = writable(f"{type(error).__name__}: {error}"[:_LONGEST])  # neither a log nor a topic takes the rest
        where = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ is not None else None
        line = f" at {where.name}:{where.lineno}" if where is not None else ""
        self.get_logger().warning(f"{topic}: a message cannot be used ({count} so far): {reason}{line}")
        if self._diagnostics is None:
            self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        values = [KeyValue(key="malformed", value=str(count)), KeyValue(key="topic", value=topic)]
        status = DiagnosticStatus(
            level=DiagnosticStatus.WARN, name=f"{self.get_fully_qualified_name()}: malformed messages",
            message=reason, values=values,
        )  # fmt: skip
        self._diagnostics.publish(DiagnosticArray(status=[status]))


def refusing(node: Node, topic: str) -> Callable[[Exception], None]:
    """Return what takes an error that a message of a topic or action has caused: counted; raised by a plain node."""

    def refuse(error: Exception) -> None:
        if not isinstance(node, GuardedNode):
            raise error
        node.refuse(topic, error)

    return refuse


def _takes_info(callback: Callable[..., Any]) -> bool:
    """Return whether a callback wants the message info, as rclpy finds out: it cannot be called with one argument."""
    try:
        inspect.signature(callback).bind(object())
    except TypeError:
        return True
    except ValueError:  # it has none, as some that are built in
        return False
    return False


def _refusal(response: Any) -> Any:
    for name, value in (("accepted", False), ("success", False), ("code", "message.invalid")):
        if hasattr(response, name):
            setattr(response, name, value)
    return response
