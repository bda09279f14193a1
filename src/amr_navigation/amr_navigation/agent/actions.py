"""States of the actions of the order and of recent instant actions."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from amr_core.vda5050 import ActionState, ActionStatus, Order, OrderAction, OrderNode

_RECENT = 8
# chosen: a charger checks its contact before it gives current; longer, an order waits for a dead one
_CHARGE_START_S = 60.0
_FULL = 0.95  # share: so full a battery may take no current, and the action is done all the same


class ActionBook:
    """Every action by its id, in the order of the nodes."""

    def __init__(self) -> None:
        self._states: dict[str, ActionState] = {}
        self._instant: deque[ActionState] = deque(maxlen=_RECENT)
        self._charge_since: dict[str, float] = {}

    def reset(self) -> None:
        """Forget the actions of the last order."""
        self._states.clear()
        self._charge_since.clear()

    def add(self, order: Order) -> None:
        """Take note of the actions of an order or update; known ones keep their state."""
        for node in order.nodes:
            for action in node.actions:
                self._states.setdefault(action.action_id, ActionState(action.action_id, action.action_type, "WAITING"))

    def set(self, action_id: str, status: ActionStatus, code: str = "") -> None:
        """Change the state of an action of the order."""
        self._states[action_id] = replace(self._states[action_id], status=status, result_code=code)

    def status(self, action_id: str) -> ActionStatus:
        """Return the state of an action of the order."""
        return self._states[action_id].status

    def open(self, node: OrderNode) -> list[OrderAction]:
        """Return what a node's actions still ask for before the robot may go on."""
        return [a for a in node.actions if a.action_type != "startCharging" and not self._done(a.action_id)]

    def fail_open(self, code: str) -> None:
        """End every unfinished action as FAILED."""
        for action_id, state in self._states.items():
            if state.status not in ("FINISHED", "FAILED"):
                self.set(action_id, "FAILED", code)

    @property
    def all_open(self) -> bool:
        """True while any action but charging is unfinished."""
        return any(
            s.action_type != "startCharging" and s.status not in ("FINISHED", "FAILED") for s in self._states.values()
        )

    def charge(self, now: float, node: OrderNode, soc: float, charging: bool) -> None:
        """Follow the charging current at the node where the robot stands."""
        for action in node.actions:
            state = self._states[action.action_id]
            if action.action_type != "startCharging" or state.status in ("FINISHED", "FAILED"):
                continue
            since = self._charge_since.setdefault(action.action_id, now)
            if charging:
                self.set(action.action_id, "RUNNING")
            elif state.status == "RUNNING" or (soc >= _FULL and now - since > 10.0):
                self.set(action.action_id, "FINISHED")
            elif now - since > _CHARGE_START_S:
                self.set(action.action_id, "FAILED", "nav.dock_failed")

    def instant(self, action_id: str, action_type: str, status: ActionStatus, code: str = "") -> None:
        """Add or change an instant action."""
        new = ActionState(action_id, action_type, status, code)
        for i, old in enumerate(self._instant):
            if old.action_id == action_id:
                self._instant[i] = new
                return
        self._instant.append(new)

    def knows_instant(self, action_id: str) -> bool:
        """True for an instant action that came before."""
        return any(a.action_id == action_id for a in self._instant)

    def reports(self) -> tuple[ActionState, ...]:
        """Return all states, the order's first."""
        return (*self._states.values(), *self._instant)

    def _done(self, action_id: str) -> bool:
        return self._states[action_id].status in ("FINISHED", "FAILED")
