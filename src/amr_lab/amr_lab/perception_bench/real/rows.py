"""Rows of real pictures: blind lenses, people, codes, containers, tags. Figures and files: docs/perception.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_lab.perception_bench.people import average_precision
from amr_lab.perception_bench.real.boards import boards
from amr_lab.perception_bench.real.codes import codes
from amr_lab.perception_bench.real.containers import containers
from amr_lab.perception_bench.real.damage import damage
from amr_lab.perception_bench.real.depth_pictures import depth_pictures
from amr_lab.perception_bench.real.labels import labels
from amr_lab.perception_bench.real.legs import legs
from amr_lab.perception_bench.real.nobody import nobody
from amr_lab.perception_bench.real.pallets import pallets
from amr_lab.perception_bench.real.sizes import sizes
from amr_lab.perception_bench.real.spoiled import BLIND, HARMLESS, Picture, Spoil, files, grain
from amr_lab.perception_bench.real.tags import tags
from amr_lab.perception_bench.real.trial import trial
from amr_lab.perception_bench.real.video import vtest
from amr_lab.perception_bench.real.vote import voted
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, missing
from amr_perception.lens.watch import LensWatch
from amr_perception.people.boxes import Detector, PictureBox, overlap

_LEAST_SIDE, _WIDTH = 240, 640  # px: what a fixed camera gives


def _colour(paths: list[Path]) -> Iterator[Picture]:
    for path in paths:
        picture = cv2.imread(str(path))
        if picture is not None and min(picture.shape[:2]) >= _LEAST_SIDE:
            scale = min(1.0, _WIDTH / picture.shape[1])
            small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            yield np.asarray(small, dtype=np.uint8)


def lens(folder: Path, step: int) -> list[FigureRow]:
    """Return what the lens watch says of real pictures, each spoiled in every way after it was learnt clear."""
    pictures = list(_colour(files(folder / "people")[::step]))
    rows, taken = [], list[float]()
    for name, spoil in {**HARMLESS, **BLIND}.items():
        harmless = name in HARMLESS
        verdicts = [_verdict(picture, spoil, taken) for picture in pictures]
        told, white = sum(bool(said) for said, _ in verdicts), sum(asked for _, asked in verdicts)
        goal: Goal = {"told": ("<=", 0)} if harmless else {"told_share": (">=", 1.0)}
        share = told / max(1, len(pictures))
        metrics = {
            "pictures": len(pictures), "told": told, "told_share": round(share, 3), "white_at_first": white,
            "ms": median(taken),
        }  # fmt: skip
        rows.append(FigureRow(f"lens watch, {name}", "real", metrics, goal, "before: 0 told with NanoDet or SSD"))
    return rows


def _verdict(picture: Picture, spoil: Spoil, taken: list[float]) -> tuple[str, bool]:
    """Return the verdict, and whether the clear picture was dazzled before anybody said that its scene is white."""
    rng = np.random.default_rng(picture.size)
    watch, white = LensWatch(dazzled_at_first=True), False
    for _ in range(2):
        if watch.look(grain(picture, 1.0, rng)).reason == "dazzled":
            white = True
            watch.learn_anew()  # as an engineer does who looks at it (/cameras/<id>/learn_view)
            watch.look(grain(picture, 1.0, rng))
    said = [""]
    bad = spoil(picture, rng)
    taken.append(cpu_ms(lambda: said.append(watch.look(bad).reason)))
    return said[-1], white


def people(folder: Path, step: int) -> list[FigureRow]:
    """Return recall and precision of people with forklifts, through the path of the camera node (colour)."""
    from amr_perception.people.nanodet import NanoDet

    name, goal = "people beside forklifts, NanoDet", dict[str, tuple[str, float]]()
    images = sorted((folder / "people").rglob("forklift_data/images/*/*.jpg"))[::step]
    try:
        detectors: dict[str, Detector] = {"colour": NanoDet(), "grey": NanoDet()}
    except AmrError as error:
        return [missing(name, str(error), {})]
    rows, before = [], {"colour": "R .52, P .63, AP .60", "grey": "R .47, P .72, AP .51: what the node did"}
    for kind, detector in detectors.items():
        counts, found, truth, taken = (
            Counter[str](),
            dict[int, list[PictureBox]](),
            dict[int, list[PictureBox]](),
            list[float](),
        )
        for k, path in enumerate(images):
            picture = cv2.imread(str(path), cv2.IMREAD_COLOR if kind == "colour" else cv2.IMREAD_GRAYSCALE)
            if picture is None:
                continue
            shown = np.asarray(picture, dtype=np.uint8)
            out: list[PictureBox] = []
            taken.append(cpu_ms(lambda d=detector, s=shown, o=out: o.extend(d.detect(s))))  # type: ignore[misc]
            found[k] = [box for box in out if box.kind == "person"]
            truth[k] = _labels(path, shown.shape[1], shown.shape[0])
            counts.update(_matched(found[k], truth[k]))
        recall = counts["right"] / max(1, counts["right"] + counts["missed"])
        precision = counts["right"] / max(1, counts["right"] + counts["false"])
        metrics = {
            "people": counts["right"] + counts["missed"], "recall": round(recall, 3), "precision": round(precision, 3),
            "ap50": round(average_precision(found, truth), 3) if any(truth.values()) else 0.0, "ms": median(taken),
        }  # fmt: skip
        rows.append(FigureRow(f"{name}, {kind}", "real", metrics, goal, before[kind]))  # type: ignore[arg-type]
    return [*rows, *voted(images, _labels, _matched), *sizes(folder, step), *nobody(folder, step)]


def _labels(path: Path, width: int, height: int) -> list[PictureBox]:
    label = Path(str(path).replace("/images/", "/labels/")).with_suffix(".txt")
    boxes = []
    for line in label.read_text().splitlines() if label.is_file() else ():
        kind, x, y, w, h = (float(v) for v in line.split()[:5])
        if kind == 1.0:  # 0: forklift
            corners = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
            boxes.append(PictureBox("person", 1.0, *corners))
    return boxes


def _matched(found: list[PictureBox], truth: list[PictureBox]) -> Counter[str]:
    left, counts = list(truth), Counter[str]()
    for box in sorted(found, key=lambda b: -b.score):
        best = max(left, key=lambda t: overlap(box, t), default=None)
        if best is not None and overlap(box, best) >= 0.5:
            left.remove(best)
            counts["right"] += 1
        else:
            counts["false"] += 1
    counts["missed"] += len(left)
    return counts


Part = Callable[[Path, int], list[FigureRow]]
PARTS: dict[str, Part] = {
    "lens": lens, "people": people, "codes": codes, "containers": containers, "tags": tags, "vtest": vtest,
    "labels": labels, "pallets": pallets, "legs": legs, "boards": boards,
    "trial": trial, "damage": damage, "depth": depth_pictures,
}  # fmt: skip
_PACKED = "real.tar.xz"


def measure_real(
    folder: Path, step: int = 1, only: str = "", more: Mapping[str, Part] | None = None
) -> list[FigureRow]:
    """Return all rows, or those of one part, on every step-th picture of a folder. Raises run.bad_option.

    more: further parts by name.
    """
    parts = {**PARTS, **(more or {})}
    if not (folder / "people").is_dir():
        packed = f": unpack {_PACKED} first, and name the folder it went to" if (folder / _PACKED).is_file() else ""
        raise AmrError("run.bad_option", option="--real", value=str(folder), reason=f"no folder people in it{packed}")
    if only and only not in parts:
        raise AmrError("run.bad_option", option="--only", value=only, reason=f"one of {', '.join(parts)}")
    return [row for name, part in parts.items() if only in ("", name) for row in part(folder, step)]
