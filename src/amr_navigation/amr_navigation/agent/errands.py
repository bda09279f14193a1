"""What people ask of a robot's computer beside its work: its last log, a picture, other site files. One at a time."""

from __future__ import annotations

from typing import Final

from amr_core.robot_report import KINDS, REPORT, SITE_UPDATE
from amr_core.vda5050 import InstantAction
from amr_navigation.agent import model as m
from amr_navigation.agent.actions import ActionBook

ERRANDS: Final = (REPORT, SITE_UPDATE)
_BACK: Final = {"true": True, "false": False}


class Errands:
    """States go into the book of actions, where the fleet reads them."""

    def __init__(self, book: ActionBook) -> None:
        self._book = book
        self._running: InstantAction | None = None

    def take(self, action: InstantAction, *, stands: bool) -> list[m.AgentCommand]:
        """Begin one, or say in the book why not. stands: without an order and still, as for other site files."""
        command: m.AgentCommand | None = None
        code = "message.invalid"
        back = _BACK.get(action.parameters.get("back", "false"))
        if self._running is not None:
            code = "robot.errand_busy"
        elif action.action_type == REPORT:
            what = next((kind for kind in KINDS if kind == action.parameters.get("what")), None)
            command = None if what is None else m.MakeReport(what)
        elif back is not None and not stands:
            code = "robot.moving"
        elif back is not None:
            command = m.UpdateSite(back)
        if command is None:
            self._book.instant(action.action_id, action.action_type, "FAILED", code)
            return []
        self._running = action
        self._book.instant(action.action_id, action.action_type, "RUNNING")
        return [command]

    def done(self, code: str) -> None:
        """The one that is under way has ended. code: why it failed, "" = it did not."""
        running, self._running = self._running, None
        if running is not None:
            self._book.instant(running.action_id, running.action_type, "FAILED" if code else "FINISHED", code)
