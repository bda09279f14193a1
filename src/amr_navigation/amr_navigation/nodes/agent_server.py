"""Whether an action's server still runs what it was asked for, and whether it runs what somebody else asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, Protocol

from action_msgs.msg import GoalStatus, GoalStatusArray
from rclpy.node import Node

from amr_ros import qos
from amr_ros.actions import ActionCall, ActionPort

_LOST_AFTER_S: Final = 2.0
"""A server away for so long has forgotten its goal: no result will come. Discovery alone blinks for less."""
_LOOK_EVERY_S: Final = 0.5  # chosen: four looks before a server counts as lost; each costs a call into the middleware
_HEARD_S: Final = 1.0
"""s in which a server that was found says what it works on: that is kept for who comes late."""
_SERVERS_S: Final = 5.0
"""s after which a server that was not found works on nothing."""
_RESULT_S: Final = 5.0
"""s after the end of a goal, by its status, in which its result comes, or it was lost on its way."""
_ACCEPTED_S: Final = 10.0
"""s after which a goal that was neither accepted nor listed is called off, again and again."""
_RUNNING: Final = (GoalStatus.STATUS_ACCEPTED, GoalStatus.STATUS_EXECUTING, GoalStatus.STATUS_CANCELING)
_STEP_S: Final = 0.5  # five ticks of the agent: in a longer gap it stood still itself, and could have heard nothing


class Listened:
    """Counts the seconds in which an agent could hear servers: discovery and answers do not hurry with a simulator.

    They are those of the wall, without what lasts between two steps of an agent that was held up itself.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._then = clock, clock()
        self.seconds = 0.0

    def step(self) -> None:
        """Count what has passed since the last step."""
        now = self._clock()
        self.seconds += min(now - self._then, _STEP_S)
        self._then = now


class Endpoints(Protocol):
    """Who is there to serve or to speak."""

    @property
    def ready(self) -> bool:
        """True when one is there."""

    @property
    def servers(self) -> frozenset[bytes]:
        """Those that are there, by ids that no other process has."""


class ServerWatch:
    """Tells when the server that a goal was sent to has gone, also when another one took its place meanwhile.

    then: who was there before, should nobody be seen now: who comes next is another one.
    """

    def __init__(self, port: Endpoints, now: float, then: frozenset[bytes] = frozenset()) -> None:
        self._port, self._then = port, port.servers or then
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
        self._seen: frozenset[bytes] = frozenset()  # the servers that were there last
        self._looked = -math.inf
        self._own = b""
        self.own_listed = self.own_ended = False  # by what the server says of the goal that this node waits for
        self.own_status = GoalStatus.STATUS_UNKNOWN  # the last that it said of that goal: it forgets those that ended
        self._since: float | None = None
        self._ready_since: float | None = None
        self._settled = False
        node.create_subscription(GoalStatusArray, f"{port.name}/_action/status", self._on_status, qos.LATCHED)

    def mine(self, goal_id: bytes) -> None:
        """Note the goal that this node waits for, b"" = none."""
        self._own, self.own_listed, self.own_ended = goal_id, False, False
        self.own_status = GoalStatus.STATUS_UNKNOWN
        self._look()

    def poll(self, now: float) -> bool | None:
        """Return whether one runs; None as long as it is not known."""
        if now - self._looked >= _LOOK_EVERY_S and self._port.ready:
            self._looked = now
            self._look()
        if not self._running:
            self._server = None
        elif self._server is None:
            self._server = ServerWatch(self._port, now, self._seen)
        elif self._server.replaced(now):
            self._running.clear()
            self._settled, self._since, self._ready_since = False, None, None  # the new one has not spoken yet
        if self._running - {self._own}:
            return True
        self._settled = self._settled or self._settles(now)
        return False if self._settled else None

    def _look(self) -> None:
        self._seen = self._port.servers or self._seen

    def _settles(self, now: float) -> bool:
        self._since = now if self._since is None else self._since
        if not self._port.ready:
            self._ready_since = None
        elif self._ready_since is None:
            self._ready_since = now
        said = self._ready_since is not None and now - self._ready_since >= _HEARD_S
        return said or now - self._since >= _SERVERS_S

    def _on_status(self, message: Any) -> None:
        said = {bytes(s.goal_info.goal_id.uuid): s.status for s in message.status_list}
        self._running = {goal for goal, status in said.items() if status in _RUNNING}
        self.own_listed |= self._own in said
        self.own_status = said.get(self._own, self.own_status)
        self.own_ended = self.own_listed and self._own not in self._running
        self._server, self._settled = None, True  # whoever said it is there now
        self._look()


class AnswerWatch:
    """Tells when no result will come though the server lives: one of its answers, or the goal, was lost on its way."""

    def __init__(self, port: ActionPort, call: ActionCall, said: OthersGoals, now: float) -> None:
        self._port, self._call, self._said = port, call, said
        self._asked = now
        self._ended: float | None = None
        self._given_up = False
        self._given_up_at: float | None = None

    def lost(self, now: float) -> bool:
        """Return whether the goal has ended without a result, or was called off before anything was heard of it."""
        if not self._said.own_ended:
            self._ended = None
            return not (self._call.accepted or self._said.own_listed) and self._called_off(now)
        self._ended = now if self._ended is None else self._ended
        return now - self._ended >= _RESULT_S

    def _called_off(self, now: float) -> bool:
        if not self._given_up:
            if now - self._asked >= _ACCEPTED_S and self._port.ready:
                self._asked = now
                self._port.cancel_all(self._answered)
            return False
        self._given_up_at = now if self._given_up_at is None else self._given_up_at
        return now - self._given_up_at >= _HEARD_S  # what it said of the goal meanwhile comes late

    def _answered(self) -> None:
        self._given_up = True
