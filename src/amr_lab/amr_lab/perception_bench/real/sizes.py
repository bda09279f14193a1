"""Recall of people by how large they are in the picture and by light, on collections beside the folder of pictures."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_lab.perception_bench.people import average_precision
from amr_lab.perception_bench.real.spoiled import BLIND, HARMLESS, Spoil
from amr_lab.perception_bench.rows import FigureRow, cpu_ms, median, missing
from amr_perception.people.boxes import Detector, PictureBox, overlap

PEOPLE_VARIABLE = "AMR_REAL_PEOPLE"  # a folder with COCO in YOLO's layout and PennFudanPed below it
_SIZES = {"all": 0.0, "10": 0.10, "25": 0.25}  # share of the picture's height
_SAME = 0.5  # overlap over union from which a box has found a person, as in COCO's AP50
_PENN = re.compile(r"\((\d+), (\d+)\) - \((\d+), (\d+)\)\s*$", re.M)
_COCO, _PENN_FUDAN, _NIGHT = "COCO sample, all kinds", "Penn-Fudan street, upright", "a street by night"
_GLOBS = {_COCO: "images/*/*.jpg", _PENN_FUDAN: "PNGImages/*.png", _NIGHT: "night/images/*.*"}
_NEEDS = {
    _COCO: f"set {PEOPLE_VARIABLE} to a folder with images/*/*.jpg and labels/*/*.txt (YOLO, class 0: person)",
    _PENN_FUDAN: f"set {PEOPLE_VARIABLE} to a folder with PNGImages/*.png and Annotation/*.txt",
    _NIGHT: "no pictures: night/images/* with night/labels/*.txt (YOLO, class 0: person)",
}
_BEFORE = {
    ("NanoDet", _COCO): "R .58, .80 and .84 of those >= 10 and 25 % high, AP .61; grey, as the node was, .52, .73, .81",
    ("NanoDet", _PENN_FUDAN): "R .88, AP .92 of those >= 25 % high; grey, as the node was, .86",
    ("NanoDet", _NIGHT): "0 of 6",
    ("SSD", _COCO): "R .10, .14 and .16 of those >= 10 and 25 % high; grey, as the node was, .07, .11, .13",
    ("SSD", _PENN_FUDAN): "R .45, AP .87 of those >= 25 % high; grey, as the node was, .09; OpenCV HOG .51",
}
Labels = Callable[[Path, int, int], list[PictureBox]]
AS_IT_IS = "as it is"
_BEFORE_BY_LIGHT = {
    "half size": ".81", "JPEG quality 15": ".81", "glare": ".76", "dark x 0.10": ".62", "dark x 0.03 + noise": ".01",
    "black": ".00", "defocus width/100": ".18", "defocus width/40": ".02", "covered, even grey": ".00",
    "mud on 60 %": ".54", "mud on 90 %": ".07",
}  # fmt: skip
LIGHTS: dict[str, Spoil] = {**HARMLESS, **BLIND}
"""What the lens watch lets pass, and what it tells: how little a detector finds then is why it must."""


def sizes(folder: Path, step: int) -> list[FigureRow]:
    """Return a row for each model and collection: COCO and Penn-Fudan need AMR_REAL_PEOPLE, the night its pictures.

    NanoDet's come by light, too: the labelled pictures, made dimmer, smaller, glaring or more compressed.
    """
    from amr_perception.people.nanodet import NanoDet
    from amr_perception.people.ssd import Ssd

    chosen, rows = os.environ.get(PEOPLE_VARIABLE, ""), list[FigureRow]()
    roots = {_COCO: chosen, _PENN_FUDAN: chosen, _NIGHT: str(folder)}
    found = {k: sorted(Path(roots[k]).rglob(g))[::step] if roots[k] else [] for k, g in _GLOBS.items()}
    models: dict[str, Callable[[], Detector]] = {"NanoDet": NanoDet, "SSD": Ssd}
    for model, make in models.items():
        try:
            detector = make()
        except AmrError as error:
            rows.append(missing(f"people by size, {model}", str(error), {}))
            continue
        rows += [_row(model, name, paths, detector.detect) for name, paths in found.items() if paths]
        if model == "NanoDet":
            rows += [
                _row(model, name, found[name], detector.detect, light)
                for name in (_COCO, _PENN_FUDAN) if found[name]
                for light in LIGHTS if light != AS_IT_IS
            ]  # fmt: skip
    return [
        *rows,
        *(missing(f"people by size, {name}", _NEEDS[name], {}) for name, paths in found.items() if not paths),
    ]


def _row(
    model: str,
    name: str,
    paths: list[Path],
    detect: Callable[[np.typing.NDArray[np.uint8]], list[PictureBox]],
    light: str = AS_IT_IS,
) -> FigureRow:
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
        picture = LIGHTS[light](picture, np.random.default_rng(k))
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
    before = _BEFORE.get((model, name), "")
    if light != AS_IT_IS:
        by_light = _BEFORE_BY_LIGHT.get(light, "")
        before = f"R {by_light} of those >= 25 % high, on 49 pictures of other sets, too" if by_light else ""
    name = name if light == AS_IT_IS else f"{name}, {light}"
    return FigureRow(f"people by size, {model}, {name}", "real", metrics, {}, f"before: {before}" if before else "")


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
