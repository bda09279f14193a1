"""The same drives of several navigations: what is measured of each, and the tables of docs/nav2.md."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, distance, transform, wrap_angle
from amr_navigation.costmap.static_map import DistanceGrid

SUCCEEDED: Final = "SUCCEEDED 0"
NOT_DRIVEN: Final = "not driven"
GOALS: Final = (
    Pose2D(10.0, 8.0, math.pi),
    Pose2D(4.0, 6.0, -math.pi / 2),
    Pose2D(10.0, 4.0, 0.0),
    Pose2D(16.0, 6.0, math.pi / 2),
    Pose2D(13.0, 8.0, math.pi),
    Pose2D(10.0, 6.0, -math.pi / 2),
    Pose2D(5.0, 4.0, math.pi),
    Pose2D(16.0, 8.0, math.pi / 2),
)
"""Free places of the lab (map frame, m and rad), one after another, from the lane before the first robot's bay on."""
SPACING: Final = 0.1  # m; chosen: finer than what is left between a robot and a rack
OUT_OF_THE_BAY: Final = 2.4
"""m that a robot backs out of its bay before the first goal."""
MANY: Final = 12
STOOD: Final = 0.1
"""m within which a robot counts as standing."""


@dataclass(frozen=True)
class GoalDrive:
    """One goal: how it ended, simulated seconds, metres, nearest to what the map shows (m), how far off it ended.

    stood: longest time in one place (s); beside: who was nearest when it did not reach its goal ("person_3 at 0.8 m").
    """

    end: str
    seconds: float = 0.0
    length: float = 0.0
    clearance: float = math.inf
    off: float = 0.0
    turned: float = 0.0
    recoveries: int = 0
    cpu: float = 0.0
    stood: float = 0.0
    beside: str = ""


@dataclass(frozen=True)
class Driven:
    """What one navigation did: its drives, and what its computer spent. cpu s, wall and simulated s, memory MB.

    idle_cores: of the robot's computer while it stands. load: of the machine, 1 minute, before and after.
    """

    drives: Sequence[GoalDrive]
    wall: float
    simulated: float
    simulator_cpu: float
    idle_cores: float
    memory: float
    collisions: int
    load: tuple[float, float] = (0.0, 0.0)

    @property
    def reached(self) -> list[GoalDrive]:
        """The drives that ended at their goal."""
        return [drive for drive in self.drives if drive.end == SUCCEEDED]

    @property
    def cores(self) -> float:
        """CPU seconds of the robot's computer a simulated second of driving."""
        return sum(drive.cpu for drive in self.drives) / max(self.simulated, 1e-9)

    def plain(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)

    @staticmethod
    def read(plain: Mapping[str, Any]) -> Driven:
        """Return what plain() gave."""
        drives = [GoalDrive(**drive) for drive in plain["drives"]]
        return Driven(**{**plain, "drives": drives, "load": tuple(plain["load"])})


@dataclass
class TruthTrack:
    """Where a robot truly was: poses of its base_link in the map (m, rad), one after another; times: of each (s)."""

    poses: list[Pose2D] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def length(self) -> float:
        """Metres along the track."""
        return sum(distance(a, b) for a, b in pairwise(self.poses))

    @property
    def stood(self) -> float:
        """Longest time (s) that it stayed within STOOD of where it had come to."""
        longest, since = 0.0, 0
        for index, (pose, now) in enumerate(zip(self.poses, self.times, strict=True)):
            if distance(pose, self.poses[since]) > STOOD:
                since = index
            longest = max(longest, now - self.times[since])
        return longest

    def clearance(self, grid: DistanceGrid, footprint: FloatArray) -> float:
        """Return the least distance (m) of the outline (n x 2 corners, base_link) to what the map shows."""
        outline = outline_of(footprint)
        return min((_nearest(grid, transform(outline, pose)) for pose in self.poses), default=math.inf)


def outline_of(footprint: FloatArray) -> FloatArray:
    """Return points on the edges of a polygon (n x 2, m), at most SPACING apart."""
    points = []
    for start, end in zip(footprint, np.roll(footprint, -1, axis=0), strict=True):
        count = max(1, math.ceil(float(np.hypot(*(end - start))) / SPACING))
        points.append(start + (end - start) * (np.arange(count) / count)[:, None])
    return np.vstack(points)


def _nearest(grid: DistanceGrid, points: FloatArray) -> float:
    rows = np.floor((points[:, 1] - grid.origin_y) / grid.resolution).astype(int)
    columns = np.floor((points[:, 0] - grid.origin_x) / grid.resolution).astype(int)
    height, width = grid.sdf.shape
    return float(grid.sdf[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)].min())


def off_by(pose: Pose2D, goal: Pose2D) -> tuple[float, float]:
    """Return how far (m) and how much turned (degrees) a pose is from a goal."""
    return distance(pose, goal), math.degrees(abs(wrap_angle(pose.theta - goal.theta)))


def nearest_to(pose: Pose2D, others: Mapping[str, Pose2D]) -> str:
    """Return who is nearest to a pose and how far off, "" when there is nobody."""
    if not others:
        return ""
    name = min(others, key=lambda other: distance(pose, others[other]))
    return f"{name} at {distance(pose, others[name]):.1f} m"


def table(sides: Mapping[str, Driven], about: str, goals: Sequence[Pose2D] = GOALS) -> str:
    """Return what docs/nav2.md shows: a row for each navigation, then its seconds and metres goal by goal.

    Of more goals than MANY only those that a side missed have a line.
    """
    head = "| | goals reached | time | way | nearest to the map | off at the goal | recoveries | collisions | CPU a simulated second | standing | memory | simulator |"  # fmt: skip # noqa: E501
    lines = [about, "", head, "|" + "---|" * 12]
    lines += [_row(name, driven) for name, driven in sides.items()]
    each = []
    for index, goal in enumerate(goals):
        found = [
            driven.drives[index] if index < len(driven.drives) else GoalDrive(NOT_DRIVEN) for driven in sides.values()
        ]
        if len(goals) <= MANY or any(drive.end != SUCCEEDED for drive in found):
            cells = " | ".join(map(_cell, found))
            each.append(f"| {goal.x:g}, {goal.y:g}, {goal.theta:.2f} | {cells} |")
    if each:
        lines += ["", "| goal (m, rad) | " + " | ".join(sides) + " |", "|" + "---|" * (len(sides) + 1), *each]
    return "\n".join(lines)


def _row(name: str, driven: Driven) -> str:
    reached = driven.reached
    count = f"{len(reached)} of {len(driven.drives)}"
    if not reached:
        return f"| {name} | {count} | | | | | | {driven.collisions} | | | | |"
    off, turned = max(drive.off for drive in reached), max(drive.turned for drive in reached)
    cells = [
        name,
        count,
        f"{sum(drive.seconds for drive in reached):.0f} s",
        f"{sum(drive.length for drive in reached):.1f} m",
        f"{min(drive.clearance for drive in driven.drives):.2f} m",
        f"{off:.2f} m, {turned:.0f}°",
        str(sum(drive.recoveries for drive in driven.drives)),
        str(driven.collisions),
        f"{driven.cores:.3f} s",
        f"{driven.idle_cores:.3f} cores",
        f"{driven.memory:.0f} MB",
        f"{driven.simulator_cpu / max(driven.simulated, 1e-9):.3f} s",
    ]
    return "| " + " | ".join(cells) + " |"


def _cell(drive: GoalDrive) -> str:
    if drive.end == NOT_DRIVEN:
        return drive.end
    if drive.end != SUCCEEDED:
        beside = f", {drive.beside}" if drive.beside else ""
        return f"{drive.end}, {drive.off:.2f} m off; stood up to {drive.stood:.0f} s{beside}"
    return f"{drive.seconds:.1f} s, {drive.length:.1f} m, {drive.clearance:.2f} m"
