"""Recall of people by how large they are in the picture, on collections that are no part of the folder of pictures."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_lab.perception_bench.people import average_precision
from amr_lab.perception_bench.rows import FigureRow, cpu_ms, median, missing
from amr_perception.people.boxes import PictureBox, overlap

PEOPLE_VARIABLE = "AMR_REAL_PEOPLE"  # a folder with coco128_yolo and PennFudanPed below it
_SIZES = {"all": 0.0, "10": 0.10, "25": 0.25}  # share of the picture's height
_SAME = 0.5
_PENN = re.compile(r"\((\d+), (\d+)\) - \((\d+), (\d+)\)\s*$", re.M)
_SETS: dict[str, tuple[str, str]] = {
    "COCO sample, all kinds": ("images/*/*.jpg", "R .58, .80 and .84 of those >= 10 and 25 % high; grey .52, .73, .81"),
    "Penn-Fudan street, upright": ("PNGImages/*.png", "R .88 of those >= 25 % high; grey .86"),
}
Labels = Callable[[Path, int, int], list[PictureBox]]


def sizes(step: int) -> list[FigureRow]:
    """Return a row for each collection; needs AMR_REAL_PEOPLE and the model."""
    from amr_perception.people.nanodet import NanoDet

    chosen = os.environ.get(PEOPLE_VARIABLE, "")
    found = {name: sorted(Path(chosen).rglob(glob))[::step] if chosen else [] for name, (glob, _) in _SETS.items()}
    if not any(found.values()):
        return [missing("people by size, NanoDet", f"set {PEOPLE_VARIABLE} to a folder with COCO or Penn-Fudan", {})]
    try:
        detector = NanoDet()
    except AmrError as error:
        return [missing("people by size, NanoDet", str(error), {})]
    return [_row(name, paths, detector.detect) for name, paths in found.items() if paths]


def _row(name: str, paths: list[Path], detect: Callable[[np.typing.NDArray[np.uint8]], list[PictureBox]]) -> FigureRow:
    found, truth, taken = dict[int, list[PictureBox]](), dict[int, list[PictureBox]](), list[float]()
    hits: dict[str, list[bool]] = {size: [] for size in _SIZES}
    boxes = right = 0
    for k, path in enumerate(paths):
        read = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if read is None:
            continue
        picture, out = np.asarray(read, dtype=np.uint8), list[PictureBox]()
        height, width = picture.shape[:2]
        truth[k] = people_of(path, width, height)
        if not truth[k]:
            del truth[k]
            continue
        taken.append(cpu_ms(lambda p=picture, o=out: o.extend(detect(p))))  # type: ignore[misc]
        found[k] = [box for box in out if box.kind == "person"]
        matched = _matched(found[k], truth[k])
        boxes, right = boxes + len(found[k]), right + len(matched)
        for index, box in enumerate(truth[k]):
            for size, least in _SIZES.items():
                if box.y1 - box.y0 >= least * height:
                    hits[size].append(index in matched)
    metrics: dict[str, float | int | str | None] = {"pictures": len(truth), "people": len(hits["all"])}
    for size, hit in hits.items():
        metrics[f"recall_{size}"] = round(sum(hit) / max(1, len(hit)), 3)
    metrics |= {"people_25": len(hits["25"]), "precision": round(right / max(1, boxes), 3)}
    metrics |= {"ap50": round(average_precision(found, truth), 3) if truth else 0.0, "ms": median(taken)}
    return FigureRow(f"people by size, NanoDet, {name}", "real", metrics, {}, _SETS[name][1])


def people_of(path: Path, width: int, height: int) -> list[PictureBox]:
    """Return the labelled people (px) of a picture of a YOLO collection, or of Penn-Fudan."""
    if path.parent.name == "PNGImages":
        label = path.parent.parent / "Annotation" / f"{path.stem}.txt"
        text = label.read_text(errors="replace") if label.is_file() else ""
        return [PictureBox("person", 1.0, *(float(v) for v in numbers)) for numbers in _PENN.findall(text)]
    label = Path(str(path).replace("/images/", "/labels/")).with_suffix(".txt")
    made = []
    for line in label.read_text().splitlines() if label.is_file() else ():
        kind, x, y, w, h = (float(v) for v in line.split()[:5])
        if kind == 0.0:
            corners = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
            made.append(PictureBox("person", 1.0, *corners))
    return made


def _matched(found: list[PictureBox], truth: list[PictureBox]) -> set[int]:
    """Return which of the true boxes were found, the surest boxes first."""
    left = set(range(len(truth)))
    for box in sorted(found, key=lambda b: -b.score):
        best = max(left, key=lambda k: overlap(box, truth[k]), default=None)
        if best is not None and overlap(box, truth[best]) >= _SAME:
            left.remove(best)
    return set(range(len(truth))) - left
