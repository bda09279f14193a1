"""The forty drives that both simulators make in the lab: commands to the wheels, no navigation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from amr_core.geometry import Pose2D, compose

Piece = tuple[float, float, float]
"""A command: m/s, rad/s, and for how many seconds."""
WEST: Final = Pose2D(4.0, 4.0, 0.0)
MIDDLE: Final = Pose2D(10.0, 4.0, 0.0)
CORNER: Final = Pose2D(13.5, 4.0, 0.0)
WET: Final = Pose2D(3.2, 1.2, 0.0)
"""2.3 m before the wet floor of the lab, driving into it."""
STATIONS: Final = {
    "D1_2": Pose2D(8.0, 1.6, -math.pi / 2),
    "A1_1": Pose2D(12.0, 1.6, -math.pi / 2),
    "B1_1": Pose2D(18.4, 5.0, 0.0),
    "X1_1": Pose2D(1.6, 7.0, math.pi),
    "CH1": Pose2D(6.0, 10.4, math.pi / 2),
}
REST: Final = 3.5
"""Seconds of standing commands after the last piece."""
LIFT, FORK, LOADED = "lift", "fork", "lift, loaded"


@dataclass(frozen=True)
class WheelDrive:
    """One drive: which robot, from where (map), commands in turn, then rest. silent: no command at the end."""

    name: str
    kind: str
    robot: str
    start: Pose2D
    pieces: Sequence[Piece]
    silent: bool = False

    @property
    def seconds(self) -> float:
        """How long it is commanded, without the rest."""
        return sum(piece[2] for piece in self.pieces)


def docking(station: str, robot: str) -> WheelDrive:
    """Return the approach of a docking: 1.4 m at 0.25 m/s, slower at the end, to about 0.1 m before the station."""
    start = compose(STATIONS[station], Pose2D(-1.4, 0.0, 0.0))
    pieces = ((0.25, 0.0, 4.4), (0.1, 0.0, 1.5), (0.05, 0.0, 1.0))
    return WheelDrive(f"dock at {station}", "docking", robot, start, pieces)


def _drive(name: str, kind: str, start: Pose2D, *pieces: Piece, robot: str = LIFT, silent: bool = False) -> WheelDrive:
    return WheelDrive(name, kind, robot, start, pieces, silent)


# m/s and s: from crawling to the lift robot's top speed, and backwards
_SPEEDS: Final = ((0.1, 5.0), (0.3, 8.0), (0.6, 8.0), (1.0, 8.0), (1.2, 6.0), (-0.3, 6.0), (-0.6, 5.0))
_STRAIGHT: Final = (
    *(_drive(f"{v:g} m/s for {t:g} s", "straight", WEST if v > 0 else CORNER, (v, 0.0, t)) for v, t in _SPEEDS),
    _drive("0.3, 0.9, 0.3 m/s", "straight", WEST, (0.3, 0.0, 2.0), (0.9, 0.0, 4.0), (0.3, 0.0, 3.0)),
)
_TURNS: Final = (
    *(_drive(f"{w:g} rad/s on the spot", "turn", MIDDLE, (0.0, w, 5.0)) for w in (0.2, 0.5, 0.9, -0.9)),
    _drive("to and fro on the spot", "turn", MIDDLE, (0.0, 0.6, 3.0), (0.0, -0.6, 3.0)),
    _drive("arc of 1 m", "turn", MIDDLE, (0.4, 0.4, 4.0)),
    _drive("arc of 2.5 m", "turn", CORNER, (1.0, 0.4, 3.5)),
    _drive("an S", "turn", WEST, (0.6, 0.2, 2.0), (0.6, -0.2, 2.0)),
)
_STOPS: Final = (
    *(_drive(f"stop from {v:g} m/s", "stop", WEST, (v, 0.0, t)) for v, t in ((0.5, 3.0), (1.0, 4.0), (1.2, 5.0))),
    _drive("commands end at 1 m/s", "stop", WEST, (1.0, 0.0, 4.0), silent=True),
    _drive("0.6 to -0.6 m/s", "stop", WEST, (0.6, 0.0, 4.0), (-0.6, 0.0, 3.0)),
    _drive("stop in a turn", "stop", MIDDLE, (0.5, 0.5, 2.5)),
)
_DOCKING: Final = tuple(docking(station, LIFT) for station in STATIONS)
_FORK: Final = (
    _drive("1.5 m/s for 5 s", "straight", WEST, (1.5, 0.0, 5.0), robot=FORK),
    _drive("0.8 rad/s on the spot", "turn", MIDDLE, (0.0, 0.8, 5.0), robot=FORK),
    _drive("stop from 1 m/s", "stop", WEST, (1.0, 0.0, 4.0), robot=FORK),
    docking("A1_1", FORK),
)
_LOADED: Final = (
    _drive("1 m/s for 8 s", "straight", WEST, (1.0, 0.0, 8.0), robot=LOADED),
    _drive("0.5 rad/s on the spot", "turn", MIDDLE, (0.0, 0.5, 5.0), robot=LOADED),
    _drive("arc of 2.5 m", "turn", CORNER, (1.0, 0.4, 3.5), robot=LOADED),
    _drive("stop from 1.2 m/s", "stop", WEST, (1.2, 0.0, 5.0), robot=LOADED),
    docking("A1_1", LOADED),
)
_ON_WET: Final = (
    _drive("stop from 1 m/s on the wet floor", "wet", WET, (1.0, 0.0, 3.3)),
    _drive("1 m/s from standstill on it", "wet", Pose2D(6.2, 1.2, 0.0), (1.0, 0.0, 2.0)),
    _drive("0.5 rad/s on the spot on it", "wet", Pose2D(7.0, 1.2, 0.0), (0.0, 0.5, 4.0)),
    _drive("stop from 1 m/s on it", "wet", WET, (1.0, 0.0, 3.3), robot=LOADED),
)
DRIVES: Final = (*_STRAIGHT, *_TURNS, *_STOPS, *_DOCKING, *_FORK, *_LOADED, *_ON_WET)
_WITH_VIEW: Final = (
    *("0.5 rad/s on the spot", "0.9 rad/s on the spot", "0.8 rad/s on the spot", "arc of 2.5 m", "an S"),
    "stop in a turn",
)
"""Drives that end before a rack, a wall or tags seen from aside."""
LOAD_KG: Final = 600.0
"""What the loaded robot carries: half of what it may."""


def pictured(drive: WheelDrive) -> tuple[str, ...]:
    """Return when a drive takes pictures: dockings far from their tag and near it. A load changes no picture."""
    if drive.robot == LOADED or not (drive.kind == "docking" or drive.name in _WITH_VIEW):
        return ()
    return ("start", "rest") if drive.kind == "docking" else ("rest",)
