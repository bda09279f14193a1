"""How far apart two simulators are on a drive, and the table of docs/real.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, distance, relative, wrap_angle
from amr_lab.sim_peer.drives import WheelDrive
from amr_lab.sim_peer.embedded import WheelTrack

AT_REST = 0.003
"""m, and rad, to the last pose: from then on the robot rests."""


@dataclass(frozen=True)
class DriveGap:
    """Gazebo less embedded on one drive: m, degrees, s; lidars m.

    way, turned: of the truth. ahead, aside, heading: of the last pose, in the embedded one's frame. later: at rest.
    odom: error of the wheels' odometry (m) over the drive, Gazebo's and the embedded one's. median, worst, far: of
    the beams' medians: median and 95 % of |difference|, share off by more than 0.2 m. noise: 1 sigma, both.
    """

    drive: WheelDrive
    way: float
    turned: float
    ahead: float
    aside: float
    heading: float
    later: float
    odom: tuple[float, float]
    median: float
    worst: float
    far: float
    noise: tuple[float, float]


def compare(drive: WheelDrive, gazebo: WheelTrack, ours: WheelTrack) -> DriveGap:
    """Return how far Gazebo's drive is from ours. Both start at the same pose."""
    off = relative(ours.end, gazebo.end)
    theirs, mine = _medians(gazebo.ranges), _medians(ours.ranges)
    both = np.isfinite(theirs) & np.isfinite(mine)
    gap = np.abs(theirs[both] - mine[both])
    return DriveGap(
        drive=drive,
        way=_way(gazebo) - _way(ours),
        turned=math.degrees(_turned(gazebo) - _turned(ours)),
        ahead=off.x,
        aside=off.y,
        heading=math.degrees(off.theta),
        later=_rest(gazebo) - _rest(ours),
        odom=(_odom_error(gazebo), _odom_error(ours)),
        median=float(np.median(gap)),
        worst=float(np.quantile(gap, 0.95)),
        far=float((gap > 0.2).mean()),
        noise=(_noise(gazebo.ranges), _noise(ours.ranges)),
    )


def _medians(ranges: FloatArray) -> FloatArray:
    return np.asarray(np.median(ranges, axis=0)).ravel()


def _noise(ranges: FloatArray) -> float:
    """Return the median over the beams of a beam's standard deviation."""
    finite = np.isfinite(ranges).all(axis=0)
    return float(np.median(np.std(ranges[:, finite], axis=0)))


def _way(track: WheelTrack) -> float:
    return sum(math.hypot(b[1] - a[1], b[2] - a[2]) for a, b in pairwise(track.truth))


def _turned(track: WheelTrack) -> float:
    return sum(wrap_angle(b[3] - a[3]) for a, b in pairwise(track.truth))


def _rest(track: WheelTrack) -> float:
    """Return when the robot was within AT_REST of its last pose for good."""
    _, x, y, theta = track.truth[-1]
    moving = [
        t
        for t, *at in track.truth
        if math.hypot(at[0] - x, at[1] - y) > AT_REST or abs(wrap_angle(at[2] - theta)) > AT_REST
    ]
    return moving[-1] if moving else 0.0


def _odom_error(track: WheelTrack) -> float:
    """Return how far (m) odometry's last pose is from the true one, both seen from the first."""

    def moved(rows: Sequence[tuple[float, float, float, float]]) -> Pose2D:
        return relative(Pose2D(*rows[0][1:]), Pose2D(*rows[-1][1:]))

    return distance(moved(track.truth), moved(track.odom))


def table(rows: Sequence[DriveGap], about: str) -> str:
    """Return what docs/real.md shows."""
    head = "| drive | robot | way | turned | ahead, aside | heading | at rest later | odometry off: Gazebo, embedded | beams: median, 95 %, > 0.2 m |"  # fmt: skip # noqa: E501
    lines = [about, "", head, "|" + "---|" * 9]
    lines += [_row(row) for row in rows]
    lines += ["", *(_summary(kind, [row for row in rows if row.drive.kind == kind]) for kind in _kinds(rows))]
    noise = [float(np.median([row.noise[side] for row in rows])) for side in (0, 1)]
    lines.append(f"- Noise of a beam that stands (1 sigma): {noise[0] * 100:.1f} cm in Gazebo, {noise[1] * 100:.1f} cm")
    return "\n".join(lines)


def _kinds(rows: Sequence[DriveGap]) -> list[str]:
    return list(dict.fromkeys(row.drive.kind for row in rows))


def _row(row: DriveGap) -> str:
    return (
        f"| {row.drive.name} | {row.drive.robot} | {row.way:+.3f} m | {row.turned:+.1f}° | "
        f"{row.ahead:+.3f}, {row.aside:+.3f} m | {row.heading:+.1f}° | {row.later:+.2f} s | "
        f"{row.odom[0]:.3f}, {row.odom[1]:.3f} m | {row.median * 100:.1f}, {row.worst * 100:.1f} cm, {row.far:.1%} |"
    )


def _summary(kind: str, rows: Sequence[DriveGap]) -> str:
    off = [math.hypot(row.ahead, row.aside) for row in rows]
    heading, later = [abs(row.heading) for row in rows], [abs(row.later) for row in rows]
    return (
        f"- {kind}, {len(rows)} drives: last pose {np.median(off) * 100:.1f} cm apart in the median, at most "
        f"{max(off) * 100:.1f} cm and {max(heading):.1f}°; at rest at most {max(later):.2f} s apart"
    )
