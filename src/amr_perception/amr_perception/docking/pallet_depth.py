"""A pallet's pockets in a depth image: the face of the deck, then the pattern of feet and openings below it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from amr_core.geometry import FloatArray, Pose2D
from amr_perception.depth.rays import DepthMount, Points

_BIN_M = 0.005  # a used pixel is 3 to 5 mm at 1 m: finer bins stay empty, coarser round the pockets' edges
_BEHIND_M = 0.015  # further in than what still counts as face: a wider gap would hide the shaded edge of each pocket
_END_M = 0.06  # chosen: the outer edges of a face are rounded, wrapped or overhung, and would turn the line
_SLANT = 0.06  # m along the face in a metre behind it; chosen: from there the flank of a foot hides its pocket's edge
_TRIES, _FEW = 150, 700
_MOST_FACE = 3000


@dataclass(frozen=True)
class PalletType:
    """Front of a pallet: width (m), feet as (left, right) about the middle (m), heights of deck and pockets (m)."""

    name: str
    width: float
    feet: tuple[tuple[float, float], ...]
    deck: tuple[float, float] = (0.105, 0.30)
    pockets: tuple[float, float] = (0.03, 0.09)


EUR = PalletType("eur", 0.8, ((-0.4, -0.3), (-0.0725, 0.0725), (0.3, 0.4)))
T11 = PalletType("t11", 1.1, ((-0.55, -0.45), (-0.065, 0.065), (0.45, 0.55)))
TYPES = {"eur": EUR, "t11": T11}


@dataclass(frozen=True, eq=False)
class PalletPose:
    """pose: middle of the pallet's front on the floor (base_link); x points into the pockets. score: 0..1."""

    kind: str
    pose: Pose2D
    covariance: FloatArray
    score: float


def find_pallet(
    points: Points, kind: PalletType = EUR, *, mount: DepthMount | None = None, seed: int = 0
) -> PalletPose | None:
    """Return the pallet straight ahead in points (rows, columns, 3; base_link; NaN = none), or None.

    mount: where the camera is. The floor is taken to be z = 0: a robot that carries the camera stands on it.
    """
    mount = mount or DepthMount()
    flat: npt.NDArray[Any] = points.reshape(-1, 3)
    # NaN fails every comparison.
    flat = flat[(flat[:, 0] < 4.0) & (np.abs(flat[:, 1]) < 1.5) & (flat[:, 2] < kind.deck[1])]
    flat = np.asarray(flat, dtype=np.float64)
    face = flat[(flat[:, 2] > kind.deck[0]) & (flat[:, 2] < kind.deck[1])]
    rng = np.random.default_rng(seed)
    if len(face) > _MOST_FACE:
        face = face[rng.choice(len(face), _MOST_FACE, replace=False)]
    line = _face_line(face[:, :2], kind.width, rng)
    found = None if line is None else _pockets(flat, line, kind, mount)
    if line is None or found is None:
        return None
    # What is seen of the sides bends the line at its ends: now that the ends are known, the middle alone decides.
    better = _straight(face[:, :2], line, found[0], kind.width)
    again = _pockets(flat, better, kind, mount)
    if again is not None:
        line, found = better, again
    (origin, normal), (shift, score, support) = line, found
    along = np.array((-normal[1], normal[0]))
    middle = origin + shift * along
    theta = math.atan2(normal[1], normal[0])
    distance = float(np.hypot(*middle))
    sigma = 0.002 + 0.001 * distance * distance
    yaw_sigma = sigma / (kind.width / math.sqrt(12.0)) / math.sqrt(max(1.0, support / 20.0))
    covariance = np.diag((sigma**2, (0.6 * sigma + 0.001) ** 2, yaw_sigma**2))
    return PalletPose(kind.name, Pose2D(float(middle[0]), float(middle[1]), theta), covariance, score)


def _pockets(
    flat: FloatArray, line: tuple[FloatArray, FloatArray], kind: PalletType, mount: DepthMount
) -> tuple[float, float, int] | None:
    """Return where along the face (m) the pockets' pattern has its middle, its score and the points used, or None."""
    origin, normal = line
    along = np.array((-normal[1], normal[0]))
    offset = (flat[:, :2] - origin) @ normal
    position = (flat[:, :2] - origin) @ along
    # Narrow near by: the sides of the feet, just behind the face, must not widen them.
    gate = 0.006 + 0.005 * float(origin @ origin)
    solid = position[(np.abs(offset) < gate) & _within(flat[:, 2], kind.pockets)]
    through = _entered(flat, offset, position, line, kind, mount, gate + _BEHIND_M)
    sight = origin - np.array((mount.x, 0.0))
    return _match(kind, solid, through, float(sight @ along) / float(sight @ normal))


def _straight(
    face: FloatArray, line: tuple[FloatArray, FloatArray], middle: float, width: float
) -> tuple[FloatArray, FloatArray]:
    """Return the line through the face without its ends, weighted against outliers."""
    origin, normal = line
    along = np.array((-normal[1], normal[0]))
    place = (face - origin) @ along - middle
    off = (face - origin) @ normal
    keep = (np.abs(place) < width / 2.0 - _END_M) & (np.abs(off) < 0.02 + 0.015 * float(origin @ origin))
    if keep.sum() < 40:
        return line
    place, off = place[keep], off[keep]
    weight = np.ones(len(off))
    slope = level = 0.0
    for _ in range(4):
        slope, level = np.polyfit(place, off, 1, w=np.sqrt(weight))
        rest = np.abs(off - level - slope * place)
        weight = 1.0 / np.maximum(1.0, rest / (1.5 * max(1e-4, float(np.median(rest)))))
    turned = normal - slope * along
    return origin + middle * along + level * normal, turned / float(np.hypot(*turned))


def _face_line(points: FloatArray, width: float, rng: np.random.Generator) -> tuple[FloatArray, FloatArray] | None:
    """Return a point on the front face and its normal away from the robot, or None."""
    if len(points) < 60:
        return None
    best, most = None, 0
    few = points if len(points) <= _FEW else points[rng.choice(len(points), _FEW, replace=False)]
    for _ in range(_TRIES):
        a, b = few[rng.integers(len(few), size=2)]
        length = float(np.hypot(*(b - a)))
        if not 0.15 < length < 1.3 * width:
            continue
        normal = np.array((b[1] - a[1], a[0] - b[0])) / length
        if normal[0] < 0.0:
            normal = -normal
        if normal[0] < 0.8:
            continue
        gate = 0.012 + 0.004 * a[0] * a[0]
        off = (few - a) @ normal
        hits = int(((np.abs(off) < gate) & (np.abs((few - a) @ (-normal[1], normal[0])) < width)).sum())
        if hits > most:
            best, most = (a, normal, gate), hits
    if best is None or most * len(points) < 50 * len(few):
        return None
    a, normal, gate = best
    for _ in range(4):
        keep = np.abs((points - a) @ normal) < gate
        keep &= np.abs((points - a) @ (-normal[1], normal[0])) < 1.2 * width
        chosen = points[keep]
        if len(chosen) < 40:
            return None
        a = np.median(chosen, axis=0)
        slope, level = np.polyfit(chosen[:, 1] - a[1], chosen[:, 0] - a[0], 1)
        normal = np.array((1.0, -slope)) / math.hypot(1.0, slope)
        a = np.array((a[0] + level, a[1]))
    return a, normal


def _within(values: FloatArray, limits: tuple[float, float]) -> npt.NDArray[np.bool_]:
    return np.asarray((values > limits[0]) & (values < limits[1]))


def _entered(
    points: FloatArray,
    offset: FloatArray,
    position: FloatArray,
    line: tuple[FloatArray, FloatArray],
    kind: PalletType,
    mount: DepthMount,
    behind_m: float,
) -> FloatArray:
    """Return where along the face the rays of points behind it went through, at the height of the pockets."""
    origin, normal = line
    eye = np.array((mount.x, 0.0)) - origin
    before = float(eye @ normal)
    behind = offset > behind_m
    share = -before / (offset[behind] - before)
    height = mount.z + share * (points[behind, 2] - mount.z)
    along = float(eye @ np.array((-normal[1], normal[0])))
    place = along + share * (position[behind] - along)
    return np.asarray(place[_within(height, kind.pockets)])


def _match(kind: PalletType, on_face: FloatArray, through: FloatArray, slant: float) -> tuple[float, float, int] | None:
    """Return where along the face the pattern of feet and openings fits best, its score and the points used.

    slant: how far (m) along the face a line of sight gets in a metre behind it.
    """
    half = kind.width / 2.0 + 0.25
    bins = round(2.0 * (half + 0.6) / _BIN_M)
    low = -(half + 0.6)
    solid, open_ = (
        np.histogram(places, bins, (low, low + bins * _BIN_M))[0].astype(float) for places in (on_face, through)
    )
    total = solid + open_
    profile = np.where(total > 0, (solid - open_) / np.maximum(total, 1.0), 0.0)
    template = _template(kind)
    used = np.abs(template)
    score = np.correlate(profile, template, "valid") / used.sum()
    if not len(score):
        return None
    best = int(score.argmax())
    if score[best] < 0.62:
        return None
    patch = profile[best : best + len(template)]
    for sign in (1.0, -1.0):  # both the feet and the openings must be there
        part = template == sign
        if float((sign * patch[part]).mean()) < 0.4:
            return None
    middle = low + (best + len(template) / 2.0) * _BIN_M
    return (
        middle + _refine(kind, profile, low, middle, slant),
        float(score[best]),
        int(total[best : best + len(template)].sum()),
    )


def _template(kind: PalletType) -> FloatArray:
    x = np.arange(-kind.width / 2.0, kind.width / 2.0, _BIN_M) + _BIN_M / 2.0
    template = -np.ones(len(x))
    for left, right in kind.feet:
        template[(x > left) & (x < right)] = 1.0
    return template


def _refine(kind: PalletType, profile: FloatArray, low: float, middle: float, slant: float) -> float:
    """Return a correction (m) from the inner edges of the feet, each found to a fraction of a bin.

    Seen from the side, the flank of a foot hides the edge of the pocket on that side: only the other edges count then.
    """
    centres = low + (np.arange(len(profile)) + 0.5) * _BIN_M
    shifts = []
    edges = [(kind.feet[0][1], -1.0), (kind.feet[1][0], 1.0), (kind.feet[1][1], -1.0), (kind.feet[2][0], 1.0)]
    clear = [(edge, sign) for edge, sign in edges if sign * slant < _SLANT]
    for edge, sign in clear:
        window = np.abs(centres - (middle + edge)) < 0.035
        part = sign * profile[window]
        if len(part) < 6:
            continue
        # Area under a step from -1 to 1 tells where the step is.
        shifts.append(-float(part.sum()) * _BIN_M / 2.0)
    # signed: a positive area on a rising edge means that it lies further left
    signed = [shift for shift in shifts if abs(shift) < 0.03]
    return float(np.median(signed)) if len(signed) >= 2 else 0.0
