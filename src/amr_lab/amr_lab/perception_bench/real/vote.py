"""What weak boxes bring that must come in two pictures of three, on people beside forklifts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_lab.perception_bench.real.spoiled import Picture
from amr_lab.perception_bench.rows import FigureRow, Goal, missing
from amr_perception.people.boxes import PictureBox
from amr_perception.people.vote import WeakVote

_LOOKS, _SIDE = 3, 960
Labels = Callable[[Path, int, int], list[PictureBox]]
Matched = Callable[[list[PictureBox], list[PictureBox]], Counter[str]]


def looks(picture: Picture, rng: np.random.Generator) -> list[Picture]:
    """Return a picture as a camera would give it three times: shifted by up to 3 px, other light, noise."""
    height, width = picture.shape[:2]
    out = []
    for _ in range(_LOOKS):
        scale = rng.uniform(0.99, 1.01)
        move = np.array([(scale, 0.0, rng.uniform(-3, 3)), (0.0, scale, rng.uniform(-3, 3))], dtype=np.float32)
        moved = cv2.warpAffine(picture, move, (width, height), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        noisy = moved * rng.uniform(0.95, 1.05) + rng.normal(0.0, 3.0, picture.shape)
        out.append(np.clip(noisy, 0, 255).astype(np.uint8))
    return out


def voted(images: list[Path], labels: Labels, matched: Matched) -> list[FigureRow]:
    """Return recall and false boxes (by labels) of the third look, without and with weak boxes that came again."""
    from amr_perception.people.nanodet import STRONG, WEAK, NanoDet

    name = "people beside forklifts, NanoDet, weak boxes in two of three pictures"
    goal: Goal = {"false_ratio": ("<=", 1.3)}
    try:
        detector = NanoDet(WEAK)
    except AmrError as error:
        return [missing(name, str(error), goal)]
    rng, counts = np.random.default_rng(0), {"strong": Counter[str](), "voted": Counter[str]()}
    for path in images:
        read = cv2.imread(str(path))
        if read is None:
            continue
        scale = min(1.0, _SIDE / max(read.shape[:2]))
        small = cv2.resize(read, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        picture, vote, kept = np.asarray(small, dtype=np.uint8), WeakVote(STRONG), list[PictureBox]()
        for look in looks(picture, rng):
            kept = [box for box in vote.counted(detector.detect(look)) if box.kind == "person"]
        truth = labels(path, picture.shape[1], picture.shape[0])
        counts["voted"].update(matched(kept, truth))
        counts["strong"].update(matched([box for box in kept if box.score >= STRONG], truth))
    recall = {k: c["right"] / max(1, c["right"] + c["missed"]) for k, c in counts.items()}
    metrics = {
        "recall_strong": round(recall["strong"], 3), "recall_voted": round(recall["voted"], 3),
        "false_strong": counts["strong"]["false"], "false_voted": counts["voted"]["false"],
        "false_ratio": round(counts["voted"]["false"] / max(1, counts["strong"]["false"]), 3),
    }  # fmt: skip
    return [FigureRow(name, "real", metrics, goal, "false by the labels: many of them are people whom nobody labelled")]
