"""Instant actions of a robot but cancelOrder: which it knows, and how far they are."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Final

from amr_core import vda5050 as vda
from amr_core.numbers import is_number
from amr_core.robot_report import REPORT, SITE_UPDATE
from amr_core.vda5050 import ActionState, ActionStatus
from amr_interop.vda.floors import Floors
from amr_interop.vda.messages import MAP_ACTIONS, WireAction
from amr_interop.vda.versions import V2_0, Spelling

ERRANDS: Final = {REPORT: "what", SITE_UPDATE: "back"}
"""Our own instant actions with their parameter: what a person asks of the robot's computer (docs/vda5050.md)."""
INSTANT: Final = ("startPause", "stopPause", "cancelOrder", "stateRequest", "factsheetRequest", *ERRANDS)
"""Beside these the version's name for a new pose, initPosition or initializePosition; in 3.0 clearInstantActions."""
MAP_VERSION: Final = "1"
"""Of the one map of a robot that does not say which site files it has: they come by enrolment, not over MQTT."""
FULL: Final = 100
"""So many states of instant actions are too many (3.0, 7.8: INSTANT_ACTION_STATES_FULL); the oldest ended ones go."""


class Instants:
    """States of the instant actions of one robot, oldest first."""

    def __init__(self, robot: str, floors: Floors, spelling: Spelling) -> None:
        self._robot = robot
        self._floors, self.map_version = floors, MAP_VERSION
        self._spelling = spelling
        self._states: dict[str, ActionState] = {}
        self._gone: deque[str] = deque(maxlen=FULL)
        self._places: dict[str, str] = {}

    def knows(self, action_id: str) -> bool:
        """Return whether an action came before: one that is sent again is not done again."""
        return action_id in self._states or action_id in self._gone

    def add(self, action_id: str, action_type: str, status: ActionStatus, code: str = "") -> None:
        """Take a state over; of ended actions the newest are kept."""
        self._states[action_id] = ActionState(action_id, action_type, status, code)
        ended = [key for key, state in self._states.items() if state.ended]
        for key in ended[: max(0, len(ended) - FULL)]:
            self._gone.append(key)
            del self._states[key]

    @property
    def full(self) -> bool:
        """Somebody should send clearInstantActions."""
        return len(self._states) >= FULL

    def clear(self, keep: str = "") -> None:
        """Forget what has ended: a new order came (2.x), or the action keep, clearInstantActions (3.0)."""
        for key in [key for key, state in self._states.items() if state.ended and key != keep]:
            self._gone.append(key)
            del self._states[key]

    def end(self, action_type: str, status: ActionStatus) -> None:
        """End all actions of a type that are still under way."""
        for key, state in self._states.items():
            if state.action_type == action_type and not state.ended:
                self._states[key] = replace(state, status=status)

    def states(self) -> tuple[ActionState, ...]:
        """Return all states."""
        return tuple(self._states.values())

    def take(self, action: WireAction, *, busy: bool) -> tuple[list[vda.InstantAction], str]:
        """Return what the agent must do, and what is wrong with the action ("": nothing). busy: it has an order."""
        kind = action.action_type
        if kind == "clearInstantActions" and self._spelling.major == 3:
            self.clear()
            self.add(action.action_id, kind, "FINISHED")
            return [], ""
        if kind in ("stateRequest", "factsheetRequest"):
            self.add(action.action_id, kind, "FINISHED")
            return [], ""
        if kind in ("startPause", "stopPause"):
            self.end("stopPause" if kind == "startPause" else "startPause", "FAILED")  # it was overtaken
            self.add(action.action_id, kind, "RUNNING")
            return [vda.InstantAction(self._robot, kind, action.action_id)], ""
        if kind in ERRANDS:
            self.add(action.action_id, kind, "RUNNING")
            said = action.text(ERRANDS[kind])[:16]
            parameters = {ERRANDS[kind]: said} if said else {}
            return [vda.InstantAction(self._robot, kind, action.action_id, parameters)], ""
        if kind == self._spelling.reset_pose:
            problem = "an order is under way" if busy else self._pose_problem(action)
            if not problem:
                self._places[action.action_id] = action.text("lastNodeId")
                self.add(action.action_id, kind, "RUNNING")
                pose = {name: str(value) for name, value in self._pose(action).items()}
                return [vda.InstantAction(self._robot, "initPosition", action.action_id, pose)], ""
        elif kind == "enableMap" and self._names_map(action):
            self.add(action.action_id, kind, "FINISHED")  # it is
            return [], ""
        else:
            problem = self._map_problem(action) or f"{kind} is not known as an instant action"
        self.add(action.action_id, kind, "FAILED", problem)
        return [], problem

    def error(self, action: WireAction) -> tuple[str, list[tuple[str, str]]]:
        """Return what an action that failed is reported as, and the references (3.0, table 9)."""
        references = [("actionId", action.action_id)]
        if action.action_type == "downloadMap" and self._names_map(action):
            return "DUPLICATE_MAP", [
                *references, ("mapId", action.text("mapId")), ("mapVersion", self.map_version),
            ]  # fmt: skip
        return "INVALID_INSTANT_ACTION", references

    def _names_map(self, action: WireAction) -> bool:
        """Return whether an action is about a map that this robot has; 2.0 knows no actions about maps."""
        known = action.text("mapId") in self._floors.ids and action.text("mapVersion") == self.map_version
        return self._spelling is not V2_0 and known

    def _map_problem(self, action: WireAction) -> str:
        if action.action_type not in MAP_ACTIONS or self._spelling is V2_0:
            return ""
        if not self._names_map(action):
            return "its map comes with the files of the site, not over MQTT"
        return {"downloadMap": "it has this version", "deleteMap": "the map is in use"}.get(action.action_type, "")

    def _pose_problem(self, action: WireAction) -> str:
        for name in ("x", "y", "theta"):
            if not is_number(action.parameters.get(name)):
                return f"{name} is not a number"
        floor = self._floors.named(action.text("mapId"))
        if floor is None:
            return f"map {action.text('mapId')!r} is not known"
        place = floor.sheet(float(action.text("x")), float(action.text("y")))
        return f"that place lies outside of map {floor.map_id}" if floor.off(*place) > 0.0 else ""

    def _pose(self, action: WireAction) -> dict[str, float]:
        """Return the pose of an action without a problem, on the sheet."""
        told = {name: float(action.text(name)) for name in ("x", "y", "theta")}
        floor = self._floors.named(action.text("mapId"))
        x, y = (told["x"], told["y"]) if floor is None else floor.sheet(told["x"], told["y"])
        return told | {"x": x, "y": y}

    def follow(self, robot: vda.RobotState) -> str | None:
        """Take over how far the agent is; return the lastNodeId of a new pose that was taken just now.

        A pause has begun when the robot stands. How far a cancelOrder is, its order says (`end`).
        """
        reported = {a.action_id: a for a in robot.actions}
        place = None
        for key, state in self._states.items():
            if state.ended or state.action_type == "cancelOrder":
                continue
            told = reported.get(key)
            if state.action_type == "startPause":
                done = robot.paused and not robot.driving
            elif state.action_type == "stopPause":
                done = told is not None and told.ended and not robot.paused
            else:
                done = told is not None and told.status == "FINISHED"
            if done:
                self._states[key] = replace(state, status="FINISHED")
                place = self._places.pop(key, place)
            elif told is not None and told.status == "FAILED":
                self._states[key] = replace(state, status="FAILED", result_code=told.result_code)
        return place
