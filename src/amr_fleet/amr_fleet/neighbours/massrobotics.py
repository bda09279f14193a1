"""Robots in the words of MassRobotics' AMR Interoperability Standard: who each is, and how it is.

Written from the standard's text (main of 2023 and the names of 1.0); its schema has no licence and is not in here. A
load that is taken or given has no state of its own in it: such a robot is navigating.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from amr_core.robots import ROBOT_TYPES, RobotType
from amr_fleet.neighbours.levels import Levels
from amr_fleet.neighbours.settings import MassRobotics, StateNames
from amr_fleet.ports import FleetSnapshot, RobotView
from amr_fleet.replay.mcap_file import quaternion

AHEAD_S: Final = 10.0  # the standard's short-term path: some 10 s or 10 points
_MOST_PLACES: Final = 10
_Step = tuple[float, tuple[float, float], float]
"""When (s from now), where (m) and with which heading (rad)."""
_SLOWEST: Final = 0.2  # m/s of what is predicted
_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:amr-interop")
_PEOPLE: Final = frozenset(
    ("wait.paused", "wait.unload", "wait.e_stop", "wait.release", "wait.error", "wait.alarm", "wait.load_on_board",
     "wait.trial", "wait.fire", "wait.site_version", "wait.safety_overdue")
)  # fmt: skip
_OUTSIDE: Final = frozenset(
    ("wait.person", "wait.vehicle", "wait.obstacle", "wait.door", "wait.conveyor", "wait.standing")
)


class AmrReports:
    """The messages of a fleet. robots: name -> type."""

    def __init__(
        self, settings: MassRobotics, site: str, robots: Mapping[str, str], levels: Levels | None = None
    ) -> None:
        self._levels = levels or Levels()
        self._maker, self._robots = settings.manufacturer, dict(robots)
        self._serials = {name: settings.serials.get(name, name) for name in robots}
        self.datum = settings.datum or str(uuid5(_NAMESPACE, f"map of {site}"))
        self._datums = {
            level: settings.datums.get(level) or str(uuid5(_NAMESPACE, f"map of {site}, level {level}"))
            for level in self._levels.ids
        }
        self.uuids = {name: str(self._uuid(serial)) for name, serial in self._serials.items()}

    def _uuid(self, serial: str) -> UUID:
        return uuid5(_NAMESPACE, f"{self._maker}/{serial}")

    def identities(self, at: float) -> list[dict[str, Any]]:
        """Return who each robot is. at: Unix seconds."""
        return [self._identity(name, ROBOT_TYPES.get(kind), at) for name, kind in self._robots.items()]

    def _identity(self, name: str, kind: RobotType | None, at: float) -> dict[str, Any]:
        front, rear, half_width = (0.0, 0.0, 0.0) if kind is None else kind.reach(loaded=True)
        report: dict[str, Any] = {
            "uuid": self.uuids[name], "timestamp": utc(at), "manufacturerName": self._maker,
            "robotModel": self._robots[name], "robotSerialNumber": self._serials[name],
            "baseRobotEnvelope": {"x": 2.0 * max(front, rear), "y": 2.0 * half_width},
        }  # fmt: skip
        return report if kind is None else {**report, "maxSpeed": kind.max_speed}

    def statuses(self, snapshot: FleetSnapshot, at: float, names: StateNames = "current") -> list[dict[str, Any]]:
        """Return how each robot is; one whose place is no number is left out. at: Unix seconds."""
        return [
            self._status(robot, at, names)
            for robot in snapshot.robots
            if robot.name in self.uuids and all(map(math.isfinite, (robot.x, robot.y, robot.theta)))
        ]

    def _status(self, robot: RobotView, at: float, names: StateNames) -> dict[str, Any]:
        level, x, y = self._levels.place(robot.x, robot.y)
        datum = self._datums.get(level, self.datum)
        report: dict[str, Any] = {
            "uuid": self.uuids[robot.name], "timestamp": utc(at), "operationalState": state_of(robot, names),
            "location": {"x": x, "y": y, "angle": quaternion(robot.theta), "planarDatum": datum},
        }  # fmt: skip
        if robot.online:
            if math.isfinite(robot.v):
                report["velocity"] = {"linear": robot.v}
            if math.isfinite(robot.soc):
                report["batteryPercentage"] = min(100.0, max(0.0, 100.0 * robot.soc))
            report["loadPercentageStillAvailable"] = 0.0 if robot.loaded else 100.0
        if codes := sorted({reason.code for reason, _ in robot.errors}):
            report["errorCodes"] = codes
        if way := self._on(level, _ahead(robot)):
            report["destinations"] = [_place(*way[-1], at)]
            if near := [point for point in way if point[0] <= AHEAD_S]:
                report["path"] = [_place(*point, at) for point in near[:_MOST_PLACES]]
        return report

    def _on(self, level: str, way: list[_Step]) -> list[_Step]:
        """Return a way in the frame of the level where it begins, as far as it stays there: a report has one frame."""
        found = []
        for t, xy, yaw in way:
            where, x, y = self._levels.place(*xy)
            if where != level:
                break
            found.append((t, (x, y), yaw))
        return found


def state_of(robot: RobotView, names: StateNames = "current") -> str:
    """Return the standard's word for what a robot does."""
    state = _state(robot)
    return "waiting" if names == "1.0" and state.startswith("waiting") else state


def _state(robot: RobotView) -> str:
    if robot.status == "OFFLINE":
        return "offline"
    if robot.status == "ERROR" or robot.e_stop:
        return "disabled"
    if robot.status == "PAUSED":
        return "waitingHumanEvent"
    if robot.charging:
        return "charging"
    if robot.waiting is not None:
        code = robot.waiting.code
        return "waitingHumanEvent" if code in _PEOPLE else f"waiting{'Ex' if code in _OUTSIDE else 'In'}ternalEvent"
    return "idle" if robot.status == "IDLE" else "navigating"


def _ahead(robot: RobotView) -> list[_Step]:
    """Return when (s from now), where and with which heading a robot reaches the points of the way released to it.

    At half the speed of its type, or as fast as it is: the fleet promises nobody more.
    """
    kind = ROBOT_TYPES.get(robot.type)
    now = abs(robot.v) if math.isfinite(robot.v) else 0.0
    speed = max(now, 0.5 * kind.max_speed if kind is not None else _SLOWEST)
    way, t = [], 0.0
    for a, b in pairwise(robot.base):
        if not all(map(math.isfinite, (*a, *b))):
            break
        if far := math.dist(a, b):
            t += far / speed
            way.append((t, b, math.atan2(b[1] - a[1], b[0] - a[0])))
    return way


def _place(t: float, xy: tuple[float, float], yaw: float, at: float) -> dict[str, Any]:
    return {"timestamp": utc(at + t), "x": xy[0], "y": xy[1], "angle": quaternion(yaw)}


def utc(at: float) -> str:
    """Return a time (Unix s) as RFC 3339, in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
