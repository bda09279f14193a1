"""People that a detector sees where there are none, and people by night."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_lab.perception_bench.real.containers import CONTAINERS_VARIABLE
from amr_lab.perception_bench.real.spoiled import Picture, files
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, missing
from amr_perception.people.boxes import Detector

_MOST_SHARE = 0.02  # of pictures, with a box where nobody stands
_SETS = {
    "codes and tags": ("barcodes", "tags"),
    "containers": ("containers",),
    "warehouses": ("nobody",),
}
_BEFORE = {
    "containers": "before: 2 of 162 (a red lorry door, a road-works sign), three more boxes were people",
    "warehouses": "before: 0 of 39; 12 of 146 of one dim scene, always the same sack pile",
}


def nobody(folder: Path, step: int) -> list[FigureRow]:
    """Return how many pictures of codes, tags, containers and warehouses show a person to NanoDet."""
    from amr_perception.people.nanodet import NanoDet

    try:
        detector = NanoDet()
    except AmrError as error:
        return [missing("pictures without people, NanoDet", str(error), {})]
    rows = []
    for name, parts in _SETS.items():
        paths = [path for part in parts for path in files(folder / part)]
        if name == "containers" and os.environ.get(CONTAINERS_VARIABLE):
            paths += files(Path(os.environ[CONTAINERS_VARIABLE]))
        # Codes and tags are many and much alike: every third is enough.
        rows.append(_row(name, paths[:: step * (3 if name == "codes and tags" else 1)], detector))
    return rows


def _row(name: str, paths: list[Path], detector: Detector) -> FigureRow:
    capability = f"pictures of {name} without people, NanoDet"
    goal: Goal = {"with_person_share": ("<=", _MOST_SHARE)}
    if not paths:
        return missing(capability, "no pictures: nobody/ with pictures of halls and racks without people", goal)
    taken, hits, pictures = list[float](), list[str](), 0
    for path in paths:
        read = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if read is None:
            continue
        picture: Picture = np.asarray(read, dtype=np.uint8)
        seen = list[float]()
        look = partial(_persons, detector, picture, seen)
        taken.append(cpu_ms(look))
        pictures += 1
        if seen:
            hits.append(f"{path.name} {max(seen):.2f}")
    metrics = {
        "pictures": pictures, "with_person": len(hits),
        "with_person_share": round(len(hits) / max(1, pictures), 4), "ms": median(taken),
    }  # fmt: skip
    seen_in = f"look at them, no label says who stands there: {', '.join(hits[:6])}" if hits else ""
    return FigureRow(capability, "real", metrics, goal, "; ".join(t for t in (_BEFORE.get(name, ""), seen_in) if t))


def _persons(detector: Detector, picture: Picture, into: list[float]) -> None:
    into += [box.score for box in detector.detect(picture) if box.kind == "person"]
