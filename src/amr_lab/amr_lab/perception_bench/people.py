"""People in a real clip: OpenCV's vtest.avi (PETS09-S2L1), against the boxes of a reference detector."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, missing
from amr_perception.people.boxes import Detector, PictureBox, overlap
from amr_perception.people.nanodet import NanoDet
from amr_perception.people.ssd import Ssd

CLIP_VARIABLE, REFERENCE_VARIABLE = "AMR_VTEST", "AMR_VTEST_REFERENCE"
_CLIP = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
_EVERY = 10
_NAME = "people in OpenCV's vtest clip (PETS09-S2L1)"
_GOAL: Goal = {"ap50": (">=", 0.90), "ms": ("<=", 100.0)}
_SSD_GOAL: Goal = {"ap50": (">=", 0.87), "ms": ("<=", 100.0)}  # what the reference measured for this model
_DETECTORS: tuple[tuple[str, Callable[[], Detector], Goal], ...] = (
    ("NanoDet", lambda: NanoDet(score=0.05), _GOAL),
    ("SSD", lambda: Ssd(score=0.05), _SSD_GOAL),
)


def average_precision(found: dict[int, list[PictureBox]], truth: dict[int, list[PictureBox]]) -> float:
    """Return the area under precision over recall at an overlap of 0.5 (all-point interpolation)."""
    total = sum(len(boxes) for boxes in truth.values())
    ranked = sorted(((box.score, frame, box) for frame, boxes in found.items() for box in boxes), key=lambda r: -r[0])
    taken: set[tuple[int, int]] = set()
    hits = []
    for _, frame, box in ranked:
        scores = [(overlap(box, other), k) for k, other in enumerate(truth[frame]) if (frame, k) not in taken]
        best = max(scores, default=(0.0, -1))
        hits.append(best[0] >= 0.5)
        if hits[-1]:
            taken.add((frame, best[1]))
    right = np.cumsum(hits)
    precision = right / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(envelope * np.diff(right / total, prepend=0.0)))


def reference(path: Path, least: float = 0.9) -> dict[int, list[PictureBox]]:
    """Return frame -> boxes of a MOT challenge file: frame, id, left, top, width, height, score."""
    boxes: dict[int, list[PictureBox]] = defaultdict(list)
    for line in path.read_text().splitlines():
        frame, _, left, top, width, height, score = (float(v) for v in line.split(",")[:7])
        if score >= least:
            boxes[int(frame)].append(PictureBox("person", score, left, top, left + width, top + height))
    return boxes


def measure(detector: Detector, clip: Path, truth: dict[int, list[PictureBox]], limit: int) -> dict[str, float]:
    """Return AP50, boxes and CPU ms of a detector on every tenth frame."""
    video = cv2.VideoCapture(str(clip))
    found: dict[int, list[PictureBox]] = {}
    taken = []
    index = 0
    while len(found) < limit:
        good, picture = video.read()
        if not good:
            break
        index += 1
        if index % _EVERY == 1:
            out: list[list[PictureBox]] = []
            taken.append(cpu_ms(lambda p=picture, o=out: o.append(detector.detect(p))))  # type: ignore[misc]
            found[index] = [box for box in out[0] if box.kind == "person"]
    seen = {frame: truth.get(frame, []) for frame in found}
    return {
        "ap50": round(average_precision(found, seen), 4),
        "reference_boxes": sum(len(b) for b in seen.values()),
        "frames": len(found),
        "ms": median(taken),
    }


def rows(trials: int) -> list[FigureRow]:
    """Return the row of the clip; without clip, reference or model it says so."""
    clip = Path(os.environ.get(CLIP_VARIABLE, str(_CLIP)))
    boxes = os.environ.get(REFERENCE_VARIABLE, "")
    if not clip.is_file():
        return [missing(_NAME, f"{clip} is not there: apt-get install opencv-doc, or set {CLIP_VARIABLE}", _GOAL)]
    if not boxes or not Path(boxes).is_file():
        return [missing(_NAME, f"set {REFERENCE_VARIABLE} to a MOT file of reference boxes", _GOAL)]
    truth, frames = reference(Path(boxes)), max(20, 2 * trials)
    return [_row(f"{_NAME}, {name}", build, clip, truth, frames, goal) for name, build, goal in _DETECTORS]


def _row(
    name: str, build: Callable[[], Detector], clip: Path, truth: dict[int, list[PictureBox]], frames: int, goal: Goal
) -> FigureRow:
    try:
        detector = build()
    except AmrError as error:
        return missing(name, str(error), goal)
    note = "reference: Faster R-CNN boxes of score 0.9 and more, not hand labels; no forklift class exists in it"
    return FigureRow(name, "real", measure(detector, clip, truth, frames), goal, note)
