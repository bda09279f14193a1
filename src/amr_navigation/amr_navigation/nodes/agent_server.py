"""Whether an action's server still runs what it was asked for, and whether it runs what somebody else asked for."""

from __future__ import annotations

from typing import Any, Final

from action_msgs.msg import GoalStatus, GoalStatusArray
from rclpy.node import Node

from amr_ros import qos
from amr_ros.actions import ActionPort

_LOST_AFTER_S: Final = 2.0
"""A server away for so long has forgotten its goal: no result will come. Discovery alone blinks for less."""
_LOOK_EVERY_S: Final = 0.5
_HEARD_S: Final = 1.0
"""s in which a server that was found says what it works on: that is kept for who comes late."""
_SERVERS_S: Final = 5.0
"""s after which a server that was not found works on nothing."""
_RUNNING: Final = (GoalStatus.STATUS_ACCEPTED, GoalStatus.STATUS_EXECUTING, GoalStatus.STATUS_CANCELING)


class ServerWatch:
    """Tells when the server that a goal was sent to has gone, also when another one took its place meanwhile."""

    def __init__(self, port: ActionPort, now: float) -> None:
        self._port, self._then = port, port.servers
        self._seen = self._looked = now
        self._other = False

    def gone(self, now: float) -> bool:
        """Return whether it was not there for two seconds."""
        if now - self._looked >= _LOOK_EVERY_S:
            self._looked = now
            ready, servers = self._port.ready, self._port.servers
            self._then = self._then or servers
            self._other = ready and bool(servers - self._then)
            if ready and (not self._then or self._then & servers):
                self._seen = now
        return now - self._seen > _LOST_AFTER_S

    def replaced(self, now: float) -> bool:
        """Return whether it has gone and another one is there: what only disappeared may have stopped half-way."""
        return self.gone(now) and self._other


class OthersGoals:
    """Listens to a server's word on its goals: one that this node did not send may move the same thing."""

    def __init__(self, node: Node, port: ActionPort) -> None:
        self._port = port
        self._running: set[bytes] = set()
        self._server: ServerWatch | None = None
        self._own = b""
        self._since: float | None = None
        self._ready_since: float | None = None
        self._settled = False
        node.create_subscription(GoalStatusArray, f"{port.name}/_action/status", self._on_status, qos.LATCHED)

    def mine(self, goal_id: bytes) -> None:
        """Note the goal that this node waits for, b"" = none."""
        self._own = goal_id

    def poll(self, now: float) -> bool | None:
        """Return whether one runs; None as long as it is not known."""
        if not self._running:
            self._server = None
        elif self._server is None:
            self._server = ServerWatch(self._port, now)
        elif self._server.replaced(now):
            self._running.clear()
            self._settled, self._since, self._ready_since = False, None, None  # the new one has not spoken yet
        if self._running - {self._own}:
            return True
        self._settled = self._settled or self._settles(now)
        return False if self._settled else None

    def _settles(self, now: float) -> bool:
        self._since = now if self._since is None else self._since
        if not self._port.ready:
            self._ready_since = None
        elif self._ready_since is None:
            self._ready_since = now
        said = self._ready_since is not None and now - self._ready_since >= _HEARD_S
        return said or now - self._since >= _SERVERS_S

    def _on_status(self, message: Any) -> None:
        self._running = {bytes(s.goal_info.goal_id.uuid) for s in message.status_list if s.status in _RUNNING}
        self._server, self._settled = None, True  # whoever said it is there now
