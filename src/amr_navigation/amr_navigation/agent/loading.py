"""Loads: taken and given at a station, one at a time. While the base may be moving one, the robot does not drive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from amr_core.vda5050 import OrderAction, OrderNode
from amr_navigation.agent import model as m
from amr_navigation.agent.actions import ActionBook
from amr_navigation.agent.reporting import Errors
from amr_navigation.agent.sensed import Sensed

OVERDUE_S: Final = 180.0
"""No operation takes so long: from then on it is an error, and the base is asked to give it up."""
# chosen: more often floods the log of a base that hangs, less often leaves it hanging for as long
_ASK_AGAIN_S: Final = 30.0
_NOT_AT_STATION: Final = 1
TOLD_S: Final = 0.5
"""A drop is told so long before the base begins it. Once it has, and this process dies before it has said so, a load
that is gone from the robot was put down or lost, and nobody can say which; of a pick the load on board tells."""


class Loading:
    """The operation under way, this agent's or another one's, and what is known of the load on board."""

    def __init__(
        self,
        new_token: Callable[[], int],
        sensed: Sensed,
        book: ActionBook,
        errors: Errors,
        end_order: Callable[[str], None],
    ) -> None:
        self._new_token, self._end_order = new_token, end_order
        self._sensed, self._book, self._errors = sensed, book, errors
        self._own: tuple[int, OrderAction, float] | None = None
        self._foreign: bool | None = False
        self._foreign_since: float | None = None
        self._heard = False  # the load on board, since the own operation began
        self._told_at = 0.0  # when it was said that a drop is about to begin
        self._asked_at = 0.0

    @property
    def running(self) -> bool:
        """Whether the base works on what this agent asked for."""
        return self._own is not None

    @property
    def foreign(self) -> bool:
        """Whether the base works, or may work, on what somebody else asked for: the agent before this one, mostly."""
        return self._foreign is not False

    @property
    def told(self) -> bool:
        """Whether the base has said what is on board, and whether it works on something."""
        return self._sensed.load_known and self._foreign is not None

    def hear_foreign(self, now: float, running: bool | None) -> None:
        """Take what the base's server says of operations that this agent did not ask for; None = nothing yet."""
        self._foreign = running
        if not running:
            self._foreign_since = None
        elif self._foreign_since is None:
            self._foreign_since = now

    def hear_load(self, load_id: str) -> list[m.AgentCommand]:
        """Take what the base says is on board, "" = nothing."""
        changed = load_id != self._sensed.load_id
        self._sensed.load_id, self._sensed.load_known, self._heard = load_id, True, True
        if self._errors.has("load.unknown"):
            return []  # step() ends that
        return [m.SetFootprint(bool(load_id))] if changed else []

    def forget_load(self) -> None:
        """Take it that nobody has said what is on board: the base that did has ended."""
        self._sensed.load_known = self._heard = False

    def step(self, now: float) -> list[m.AgentCommand]:
        """Ask for the end of an operation that takes too long; tell when it is not known what is on board."""
        out: list[m.AgentCommand] = []
        began = self._foreign_since if self._own is None else self._own[2]
        overdue = began is not None and now - began > OVERDUE_S
        if not overdue:
            self._errors.clear("load.overdue")
        elif not self._errors.has("load.overdue") or now - self._asked_at >= _ASK_AGAIN_S:
            self._errors.set("load.overdue", "FATAL", seconds=int(OVERDUE_S))
            self._asked_at = now
            out.append(m.CancelLoads())
        if overdue or self._foreign:
            out += self.doubt()
        elif self._sensed.load_known and self._errors.has("load.unknown"):
            self._errors.clear("load.unknown")
            out.append(m.SetFootprint(bool(self._sensed.load_id)))
        return out

    def doubt(self) -> list[m.AgentCommand]:
        """Say that nobody knows what is on board."""
        if self._errors.has("load.unknown"):
            return []
        self._errors.set("load.unknown", "WARNING")
        return [m.SetFootprint(True)]  # a load that may be there may stand out

    def work(self, now: float, node: OrderNode) -> tuple[bool, list[m.AgentCommand]]:
        """Do the node's next action; True while there is something to do here."""
        if self._own is not None:
            return True, []
        for action in self._book.open(node):
            if action.action_type not in ("pick", "drop"):
                self._book.set(action.action_id, "FINISHED")
            elif action.action_type == "pick" and self._has(action.parameters["load_id"]):
                self._book.set(action.action_id, "FINISHED")  # taken before the agent restarted
            elif not self._sensed.stands(now):
                return True, []
            elif not self._sensed.at(node.x, node.y):  # whoever sent the order: no load is put down on a lane
                self._fail(action, _NOT_AT_STATION)
                return True, []
            elif action.action_type == "drop" and not self._told_of(now, action):
                return True, []
            else:
                return True, [self._begin(now, action)]
        return False, []

    def on_result(self, result: m.ActionResult) -> bool:
        """Take the result of the own operation; False when it is of something else."""
        if self._own is None or result.token != self._own[0]:
            return False
        action, self._own = self._own[1], None
        if result.outcome == "lost":  # what it says was on board was said by a base that is gone
            self._sensed.load_known &= self._heard
        if result.outcome == "succeeded":
            self._book.set(action.action_id, "FINISHED")
        else:
            self._fail(action, result.code)
        return True

    def _has(self, load_id: str) -> bool:
        return self._sensed.load_known and self._sensed.load_id == load_id

    def _told_of(self, now: float, action: OrderAction) -> bool:
        """Say that a drop is about to begin; return whether that was said long enough ago to be heard."""
        if self._book.status(action.action_id) != "INITIALIZING":
            self._book.set(action.action_id, "INITIALIZING")
            self._told_at = now
        return now - self._told_at >= TOLD_S

    def _begin(self, now: float, action: OrderAction) -> m.HandleLoad:
        token, kind = self._new_token(), action.action_type
        self._own, self._heard = (token, action, now), False
        self._book.set(action.action_id, "RUNNING")
        return m.HandleLoad(token, "pick" if kind == "pick" else "drop", action.parameters["load_id"])

    def _fail(self, action: OrderAction, code: int) -> None:
        self._book.set(action.action_id, "FAILED", "load.failed")
        self._errors.set("load.failed", "FATAL", load_id=action.parameters["load_id"], load_code=code)
        self._end_order("load.failed")
