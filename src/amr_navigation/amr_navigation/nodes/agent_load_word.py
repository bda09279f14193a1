"""What the robot's base says is on board, as long as it is that base which says so.

The word is latched and comes on change only. So who had it from a base that has ended would take it for the word of
the next one, until that has something to tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rclpy.node import Node
from std_msgs.msg import String

from amr_navigation.nodes.agent_server import ServerWatch
from amr_ros import qos

_TOPIC: Final = "load_state"


class OnBoardWord:
    """Listens to `load_state`, and anew once who said it has gone and another one is there."""

    def __init__(self, node: Node, keep: Callable[[Any], None], forget: Callable[[], None]) -> None:
        """keep: takes a word; forget: is called when those of before count no more."""
        self._node, self._keep, self._forget = node, keep, forget
        self._listener = self._listen()
        self._speaker: ServerWatch | None = None

    @property
    def ready(self) -> bool:
        """True when somebody may speak."""
        return bool(self.servers)

    @property
    def servers(self) -> frozenset[bytes]:
        """Those who may speak, by ids that no other process has."""
        return frozenset(bytes(p.endpoint_gid) for p in self._node.get_publishers_info_by_topic(_TOPIC))

    def poll(self, listened: float) -> None:
        """Look who is there; listened: seconds in which this agent could hear them."""
        if self._speaker is None:
            self._speaker = ServerWatch(self, listened)
        elif self._speaker.replaced(listened):
            self.renew()

    def renew(self) -> None:
        """Forget what was said, and hear what those who are there have to say: they keep it for who comes late."""
        self._forget()
        self._node.destroy_subscription(self._listener)
        self._listener, self._speaker = self._listen(), None

    def _listen(self) -> Any:
        return self._node.create_subscription(String, _TOPIC, self._keep, qos.LATCHED)
