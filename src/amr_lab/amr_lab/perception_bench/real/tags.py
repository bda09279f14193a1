"""AprilTags in photographs, and how far their normals are off where a depth picture knows them."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from amr_core.geometry import FloatArray
from amr_lab.perception_bench.real.spoiled import Picture, files
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, missing, p95
from amr_perception.markers.detector import Marker, MarkerDetector

DEPTH_VARIABLE = "AMR_REAL_TAG_DEPTH"  # folders with rgb_frame*.png and depth_frame*.png (16 bits, mm) of one camera
_TAG_M = 0.048  # chosen: only normals are judged, which no size changes
KINECT = np.array([(529.29, 0.0, 466.96), (0.0, 531.28, 273.26), (0.0, 0.0, 1.0)])
"""Camera matrix that stands in the sources of pengjujin/apriltags_rgbd, whose pictures these are."""
_SIDES = (15.0, 26.0)  # px, as docs/perception.md reports them: below SMALL_PX, where normals are hard to tell
_LEAST = 40  # pixels with depth on a tag
_FLAT = np.zeros(5)
_SOME_MATRIX = np.array([(900.0, 0.0, 640.0), (0.0, 900.0, 480.0), (0.0, 0.0, 1.0)])
_TRUTH = "tags.tsv"
_BANDS = {
    "to_12": (0.0, 12.0), "12_to_16": (12.0, 16.0), "16_to_20": (16.0, 20.0), "20_to_30": (20.0, 30.0),
    "30_to_60": (30.0, 60.0), "from_60": (60.0, math.inf),
}  # fmt: skip


def tags(folder: Path, step: int) -> list[FigureRow]:
    """Return how many tags are found, and how honest the spread of their normals is; needs AMR_REAL_TAG_DEPTH."""
    return [_found(folder, step), _normals(step), *_by_side(folder / "tags", step)]


def _found(folder: Path, step: int) -> FigureRow:
    taken, found, pictures, empty = list[float](), 0, 0, 0
    detector = MarkerDetector()
    for path in files(folder / "tags")[::step]:
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            continue
        grey, seen = np.asarray(picture, dtype=np.uint8), list[int]()
        detector.reset()
        taken.append(cpu_ms(lambda g=grey, s=seen: s.extend(m.tag for m in detector.detect(g, _SOME_MATRIX, _FLAT))))  # type: ignore[misc]
        found, pictures, empty = found + len(seen), pictures + 1, empty + (not seen)
    metrics = {
        "pictures": pictures, "tags": found, "tags_a_picture": round(found / max(1, pictures), 2),
        "with_a_tag_share": round(1.0 - empty / max(1, pictures), 3), "ms": median(taken),
    }  # fmt: skip
    # Measured 4.6 and .87 on the whole set, in which some pictures show tags of other families only.
    goal: Goal = {"tags_a_picture": (">=", 4.4), "with_a_tag_share": (">=", 0.85)}
    return FigureRow("tags 36h11 in photographs", "real", metrics, goal)


def _by_side(folder: Path, step: int) -> list[FigureRow]:
    """Return how many of the tags that another detector found are found, by their side in the picture."""
    name, truth = "tags 36h11 in photographs, by side", folder / _TRUTH
    goal: Goal = {"found_share": (">=", 0.86), "wrong_ids": ("<=", 0)}
    if not truth.is_file():
        why = f"no labels: tags/{_TRUTH} (file, tag, x, y, side in px) by another detector"
        return [missing(name, why, goal)]
    with truth.open(newline="") as file:
        lines = [line for line in csv.reader(file, delimiter="\t") if len(line) >= 5]
    known: dict[str, list[tuple[int, float, float, float]]] = {}
    for line in lines:
        known.setdefault(line[0], []).append((int(line[1]), float(line[2]), float(line[3]), float(line[4])))
    hits: dict[str, list[bool]] = {band: [] for band in _BANDS}
    wrong, detector = 0, MarkerDetector()
    for name_of in sorted(known)[::step]:
        picture = cv2.imread(str(folder / name_of), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            continue
        detector.reset()
        seen = detector.detect(np.asarray(picture, dtype=np.uint8), _SOME_MATRIX, _FLAT)
        for tag, x, y, side in known[name_of]:
            here = [m.tag for m in seen if np.hypot(*(m.corners.mean(axis=0) - (x, y))) < 0.5 * side]
            band = next(b for b, (low, high) in _BANDS.items() if low <= side < high)
            hits[band].append(tag in here)
            wrong += any(other != tag for other in here)
    total = sum(len(band) for band in hits.values())
    metrics: dict[str, float | int | str | None] = {"tags": total, "wrong_ids": wrong}
    metrics["found_share"] = round(sum(sum(band) for band in hits.values()) / max(1, total), 3)
    for band, hit in hits.items():
        metrics[f"found_{band}"] = f"{sum(hit)} of {len(hit)}"
    before = "before: .86; by side .41, .66, .87, .96, .97, .98"
    return [FigureRow(name, "real", metrics, goal, before)]


def _normals(step: int) -> FigureRow:
    name = "normals of tags of 15 to 26 px, against a depth camera"
    goal: Goal = {"sigma_deg_median": ("<=", 15), "beyond_2_sigma": ("<=", 0.05)}
    chosen = os.environ.get(DEPTH_VARIABLE, "")
    pairs = list(_pairs(Path(chosen)))[::step] if chosen else []
    if not pairs:
        return missing(name, f"set {DEPTH_VARIABLE} to folders with rgb_frame*.png and depth_frame*.png", goal)
    off, sigma = list[float](), list[float]()
    for grey, depth in pairs:
        for marker in MarkerDetector(_TAG_M).detect(grey, KINECT, _FLAT):
            side = float(np.hypot(*(marker.corners - np.roll(marker.corners, 1, axis=0)).T).mean())
            truth = _normal(marker.corners, depth)
            if truth is not None and _SIDES[0] <= side <= _SIDES[1]:
                error, spread = normal_error(marker, truth)
                off.append(error)
                sigma.append(spread)
    beyond = sum(error > 2.0 * spread for error, spread in zip(off, sigma, strict=True))
    metrics = {
        "tags": len(off), "deg_median": median(off), "deg_p95": p95(off), "sigma_deg_median": median(sigma),
        "beyond_2_sigma": round(beyond / max(1, len(off)), 3),
    }  # fmt: skip
    return FigureRow(name, "real", metrics, goal, "before: sigma 42 degrees")


def _pairs(folder: Path) -> Iterator[tuple[Picture, FloatArray]]:
    """Return grey pictures with their depth (m), each once: some stand in two folders."""
    seen = set[bytes]()
    for path in sorted(folder.rglob("rgb_frame*.png")):
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        depth = cv2.imread(str(path.with_name(path.name.replace("rgb", "depth"))), cv2.IMREAD_UNCHANGED)
        if grey is None or depth is None or grey.shape != depth.shape or grey.tobytes() in seen:
            continue
        seen.add(grey.tobytes())
        yield np.asarray(grey, dtype=np.uint8), np.asarray(depth, dtype=np.float64) / 1000.0


def _normal(corners: FloatArray, depth: FloatArray) -> FloatArray | None:
    """Return the unit normal, towards the camera, of what depth (m) shows within corners (px); None for too little."""
    mask = cv2.fillConvexPoly(np.zeros(depth.shape, np.uint8), np.round(corners).astype(np.int32), (1,))
    v, u = np.nonzero((mask > 0) & (depth > 0.3))
    if len(u) < _LEAST:
        return None
    z = depth[v, u]
    points = np.column_stack(((u - KINECT[0, 2]) / KINECT[0, 0] * z, (v - KINECT[1, 2]) / KINECT[1, 1] * z, z))
    points = points[np.abs(z - np.median(z)) < 0.05]
    if len(points) < _LEAST:
        return None
    normal = np.linalg.svd(points - points.mean(axis=0))[2][2]
    return np.asarray(normal if normal[2] < 0.0 else -normal, dtype=np.float64)


def normal_error(marker: Marker, truth: FloatArray) -> tuple[float, float]:
    """Return by how much (degrees) a tag's normal is off, and its sigma where it is widest across the normal."""
    normal = marker.pose.rotation[:, 2]
    normal = normal if normal[2] < 0.0 else -normal
    across = np.eye(3) - np.outer(normal, normal)
    spread = float(np.linalg.eigvalsh(across @ marker.pose.covariance[3:, 3:] @ across)[-1])
    angle = math.acos(float(np.clip(normal @ truth, -1.0, 1.0)))
    return math.degrees(angle), math.degrees(math.sqrt(max(0.0, spread)))
