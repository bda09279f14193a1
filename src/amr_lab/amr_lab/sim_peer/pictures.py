"""How far apart the camera pictures of two simulators are at one pose, by what perception takes from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from amr_core.geometry import FloatArray, Pose2D, compose, wrap_angle
from amr_core.robots import CameraSpec
from amr_lab.sim_peer.drives import WheelDrive
from amr_perception.lens.watch import LensWatch
from amr_perception.markers.detector import Marker, MarkerDetector
from amr_perception.people.boxes import ColourImage
from amr_sim.camera import PlacedMarker

OWN: Final = "own"
"""The robot's own camera; another eye is the id of a fixed camera of the site."""
NEAR_PX: Final = 2
"""An edge is found again when the other picture has one as near as this."""
_CANNY: Final = (30, 90)


@dataclass(frozen=True, eq=False)
class SimPicture:
    """A mono8 picture: through which eye, when in the drive, where the robot stood (map), 3 x 3 camera matrix."""

    eye: str
    when: str
    at: Pose2D
    picture: ColourImage
    matrix: FloatArray


@dataclass(frozen=True)
class PictureGap:
    """Gazebo's picture against the embedded one from the same pose; pairs: Gazebo's, the embedded one's.

    tags: read by the dock detector's own reader. corners, shift: of tags that both read, rms distance and mean way
    (right, down) in px; larger: share by which Gazebo's are larger. distance (m), bearing (degrees): of the nearest
    of them, off the truth. light, spread: mean and standard deviation (grey levels). sharpness, lens: what the lens
    watch says. again: share of the embedded picture's edges that Gazebo's has, too, and the other way round.
    """

    drive: WheelDrive
    eye: str
    when: str
    tags: tuple[tuple[int, ...], tuple[int, ...]]
    light: tuple[float, float]
    spread: tuple[float, float]
    sharpness: tuple[float, float]
    lens: tuple[str, str]
    again: tuple[float, float]
    corners: float = math.nan
    shift: tuple[float, float] = (math.nan, math.nan)
    larger: float = math.nan
    distance: tuple[float, float] = (math.nan, math.nan)
    bearing: tuple[float, float] = (math.nan, math.nan)


@dataclass
class _Look:
    """What perception takes from one picture."""

    seen: SimPicture
    tags: dict[int, Marker] = field(init=False)

    def __post_init__(self) -> None:
        found = MarkerDetector().detect(self.seen.picture, self.seen.matrix, np.zeros(5))
        self.tags = {marker.tag: marker for marker in found if marker.refined}
        self.lens = LensWatch(fixed=self.seen.eye != OWN).look(self.seen.picture)
        self.light, self.spread = float(self.seen.picture.mean()), float(self.seen.picture.std())
        self.edges = cv2.Canny(cv2.GaussianBlur(self.seen.picture, (5, 5), 1.2), *_CANNY) > 0


def compare_pictures(
    drive: WheelDrive, gazebo: SimPicture, ours: SimPicture, boards: Sequence[PlacedMarker], spec: CameraSpec
) -> PictureGap:
    """Return how far Gazebo's picture is from ours. boards: where the tags are; spec: the robot's own camera."""
    a, b = _Look(gazebo), _Look(ours)
    gap = PictureGap(
        drive=drive,
        eye=gazebo.eye,
        when=gazebo.when,
        tags=(tuple(sorted(a.tags)), tuple(sorted(b.tags))),
        light=(a.light, b.light),
        spread=(a.spread, b.spread),
        sharpness=(a.lens.sharpness, b.lens.sharpness),
        lens=(a.lens.reason, b.lens.reason),
        again=(_again(b.edges, a.edges), _again(a.edges, b.edges)),
    )
    both = sorted(a.tags.keys() & b.tags.keys(), key=lambda tag: -b.tags[tag].area)
    return _with_tags(gap, a, b, both, boards, spec) if both else gap


def _with_tags(
    gap: PictureGap, a: _Look, b: _Look, both: Sequence[int], boards: Sequence[PlacedMarker], spec: CameraSpec
) -> PictureGap:
    apart = np.concatenate([a.tags[tag].corners - b.tags[tag].corners for tag in both])
    board = next(board for board in boards if board.tag == both[0])
    off = [_off(look.tags[both[0]], look.seen.at, board, spec) for look in (a, b)]
    right, down = apart.mean(axis=0).tolist()
    return PictureGap(
        **{
            **vars(gap),
            "corners": float(np.sqrt(np.square(apart).sum(axis=1).mean())),
            "shift": (right, down),
            "larger": math.sqrt(a.tags[both[0]].area / b.tags[both[0]].area) - 1.0,
            "distance": (off[0][0], off[1][0]),
            "bearing": (off[0][1], off[1][1]),
        }
    )


def _off(marker: Marker, at: Pose2D, board: PlacedMarker, spec: CameraSpec) -> tuple[float, float]:
    """Return by how much a tag is seen too far away (m) and too far to the left (degrees)."""
    x, _, ahead = marker.pose.tvec.tolist()
    eye = compose(at, Pose2D(spec.x, 0.0, 0.0))
    dx, dy = board.pose.x - eye.x, board.pose.y - eye.y
    bearing = wrap_angle(math.atan2(-x, ahead) - (math.atan2(dy, dx) - eye.theta))
    return math.hypot(x, ahead) - math.hypot(dx, dy), math.degrees(bearing)


def _again(edges: FloatArray, other: FloatArray) -> float:
    """Return the share of edge pixels that the other picture has within NEAR_PX; NaN without any."""
    if not edges.any():
        return math.nan
    near = cv2.dilate(other.astype(np.uint8), np.ones((2 * NEAR_PX + 1,) * 2, np.uint8)) > 0
    return float(near[edges].mean())


def picture_table(rows: Sequence[PictureGap], about: str) -> str:
    """Return what docs/real.md shows of pictures."""
    head = "| picture | robot | tags: Gazebo, embedded | corners apart; right, down; larger | distance off | bearing off | light, spread: Gazebo; embedded | sharpness | edges again: embedded's, Gazebo's |"  # fmt: skip # noqa: E501
    lines = [about, "", head, "|" + "---|" * 9, *map(_row, rows), "", *_tag_summary(rows)]
    return "\n".join([*lines, *(_summary(eye, [row for row in rows if row.eye == eye]) for eye in _eyes(rows))])


def _eyes(rows: Sequence[PictureGap]) -> list[str]:
    return list(dict.fromkeys(row.eye for row in rows))


def _row(row: PictureGap) -> str:
    eye = "" if row.eye == OWN else f", camera {row.eye}"
    tags = "; ".join(", ".join(map(str, read)) or "none" for read in row.tags)
    if math.isnan(row.corners):
        seen = "| | |"
    else:
        (right, down), (d0, d1), (b0, b1) = row.shift, row.distance, row.bearing
        seen = (
            f"{row.corners:.2f} px; {right:+.2f}, {down:+.2f}; {row.larger:+.1%} | "
            f"{d0 * 1000:+.1f}, {d1 * 1000:+.1f} mm | {b0:+.2f}, {b1:+.2f}° |"
        )
    (m0, m1), (s0, s1) = row.light, row.spread
    watch = ", ".join(f"{sharp:.2f}{_quoted(lens)}" for sharp, lens in zip(row.sharpness, row.lens, strict=True))
    return (
        f"| {row.drive.name}, {row.when}{eye} | {row.drive.robot} | {tags} | {seen} "
        f"{m0:.0f}, {s0:.0f}; {m1:.0f}, {s1:.0f} | {watch} | {_share(row.again[0])}, {_share(row.again[1])} |"
    )


def _quoted(lens: str) -> str:
    return f" ({lens})" if lens else ""


def _share(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.0%}"


def _tag_summary(rows: Sequence[PictureGap]) -> list[str]:
    read = [row for row in rows if not math.isnan(row.corners)]
    if not read:
        return []
    corners, off = [row.corners for row in read], [abs(row.distance[0] - row.distance[1]) * 1000 for row in read]
    turned = [abs(row.bearing[0] - row.bearing[1]) for row in read]
    aside, down = ([abs(row.shift[axis]) for row in read] for axis in (0, 1))
    alone = sum(row.tags[0] != row.tags[1] for row in rows)
    return [
        f"- tags, {len(read)} pictures with one that both read, {alone} in which one reads a tag that the other does "
        f"not: corners {np.median(corners):.2f} px apart in the median, at most {max(corners):.2f} (sideways "
        f"{max(aside):.2f}, up or down {max(down):.2f}); size at most {max(abs(row.larger) for row in read):.1%}; "
        f"distance {np.median(off):.1f} mm, at most {max(off):.1f}; bearing {np.median(turned):.2f}°, at most "
        f"{max(turned):.2f}°"
    ]


def _summary(eye: str, rows: Sequence[PictureGap]) -> str:
    whose = "the robots' own cameras" if eye == OWN else f"camera {eye}"
    light = [row.light[0] - row.light[1] for row in rows]
    sharp = [[row.sharpness[side] for row in rows] for side in (0, 1)]
    blind = [sum(bool(row.lens[side]) for row in rows) for side in (0, 1)]
    again = [float(np.nanmedian([row.again[side] for row in rows])) for side in (0, 1)]
    return (
        f"- {whose}, {len(rows)} pictures: Gazebo's mean brightness {np.median(light):+.0f} grey levels from ours in "
        f"the median (worst {max(light, key=abs):+.0f}); sharpness {_range(sharp[0])} there, {_range(sharp[1])} here; "
        f"called blind {blind[0]} and {blind[1]} times; it has {again[0]:.0%} of our edges, we have {again[1]:.0%} of "
        "its (median)"
    )


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"
