"""Loads: who carries which, and the rules of taking and giving at stations (HandleLoad)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from amr_core.geometry import Pose2D
from amr_core.robots import STANDING, RobotType
from amr_core.site import Site
from amr_sim.battery import stands_at

REACH = 0.15  # m from a station within which a load can be taken
REACH_ANGLE = math.radians(6.0)  # rad, likewise


class LoadCode(IntEnum):
    """Error codes of amr_interfaces/action/HandleLoad."""

    NONE = 0
    NOT_AT_STATION = 1
    NO_LOAD_HERE = 2
    ALREADY_LOADED = 3
    NOT_LOADED = 4
    STATION_FULL = 5
    UNKNOWN = 99


class Operation(IntEnum):
    """Operations of amr_interfaces/action/HandleLoad."""

    PICK = 0
    DROP = 1


@dataclass
class Handling:
    """One operation under way: progress runs from 0 to 1; code is set when it has ended."""

    robot: int
    operation: Operation
    load_id: str
    seconds: float
    progress: float = 0.0
    code: LoadCode | None = None


class LoadBook:
    """The loads on board and where each known load is.

    A load nobody has handled yet may be at any place: people put it there. A place is what orders name; its stations
    share its loads. places: where each load is that a robot has put down.
    """

    def __init__(self, site: Site, types: Sequence[RobotType]) -> None:
        self._stations = [(place.id, station.pose) for place in site.places for station in place.stations]
        self._types = types
        self.places: dict[str, str] = {}
        self._active: dict[int, Handling] = {}
        self.on_board = [""] * len(types)
        self.picked = 0
        self.dropped = 0

    def start(self, robot: int, operation: int, load_id: str, pose: Pose2D, v: float) -> Handling:
        """Begin an operation; the returned handling has its code set at once when it is refused."""
        try:
            handling = Handling(robot, Operation(operation), load_id, self._types[robot].load_seconds)
        except ValueError:
            return Handling(robot, Operation.PICK, load_id, 0.0, code=LoadCode.UNKNOWN)
        if robot in self._active or not load_id:
            handling.code = LoadCode.UNKNOWN
            return handling
        code = self._check(handling, pose, v)
        if code is LoadCode.NONE:
            self._active[robot] = handling
        else:
            handling.code = code
        return handling

    def cancel(self, robot: int) -> None:
        """Give up what the robot is handling; nothing has moved."""
        self._active.pop(robot, None)

    def busy(self, robot: int) -> bool:
        """Return whether the robot is handling a load: its drive is locked then."""
        return robot in self._active

    def step(self, dt: float, poses: Sequence[Pose2D]) -> list[Handling]:
        """Advance all operations by dt and return those that end."""
        ended = []
        for handling in list(self._active.values()):
            handling.progress = min(1.0, handling.progress + dt / handling.seconds)
            if handling.progress >= 1.0 - 1e-9:
                del self._active[handling.robot]
                handling.code = self._check(handling, poses[handling.robot], 0.0)
                if handling.code is LoadCode.NONE:
                    self._move(handling, poses[handling.robot])
                ended.append(handling)
        return ended

    def place_at(self, pose: Pose2D) -> str | None:
        """Return the id of the place whose station a robot at pose has docked to."""
        return next((p for p, station in self._stations if stands_at(pose, station, REACH, REACH_ANGLE)), None)

    def _check(self, handling: Handling, pose: Pose2D, v: float) -> LoadCode:
        place = self.place_at(pose)
        on_board = self.on_board[handling.robot]
        if place is None or abs(v) >= STANDING:
            return LoadCode.NOT_AT_STATION
        if handling.operation is Operation.DROP:
            return LoadCode.NONE if on_board == handling.load_id else LoadCode.NOT_LOADED
        if on_board:
            return LoadCode.ALREADY_LOADED
        if handling.load_id in self.on_board or self.places.get(handling.load_id, place) != place:
            return LoadCode.NO_LOAD_HERE
        return LoadCode.NONE

    def _move(self, handling: Handling, pose: Pose2D) -> None:
        if handling.operation is Operation.PICK:
            self.on_board[handling.robot] = handling.load_id
            self.places.pop(handling.load_id, None)
            self.picked += 1
            return
        self.on_board[handling.robot] = ""
        self.places[handling.load_id] = self.place_at(pose) or ""
        self.dropped += 1
