"""Container numbers on real pictures: single ones, and all pictures of a passage through the product's vote."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from amr_lab.perception_bench.real.spoiled import Picture
from amr_lab.perception_bench.real.vote import looks
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, missing
from amr_perception.containers.iso6346 import valid_number
from amr_perception.containers.reader import ContainerReader
from amr_perception.containers.vote import ContainerVote

CONTAINERS_VARIABLE = "AMR_REAL_CONTAINERS"  # a folder with truth.tsv (file, number, column) and its pictures
_FRAMES = 5  # of each camera, as the label reader takes
_BEFORE = {"": "32 of 37 (.865), 1 wrong", "vertical": "20 of 43 (.465)", "yard": "24 of 30 (.80)"}
_GOALS = {"": (0.95, 1.0), "vertical": (0.65, 0.9)}  # right share of single pictures, of passages
_YARD, _YARD_SHARE = "yard", 0.8  # in place of a column: no gate, and no passage
_KEPT = {"2009241555062080810.jpg": "MSKU4135329", "2009251540223080810.jpg": "DFSU4382559"}
Labelled = list[tuple[Picture, str, str]]


def containers(folder: Path, step: int) -> list[FigureRow]:
    """Return how many numbers are read on single pictures, and how many passages; needs AMR_REAL_CONTAINERS."""
    chosen = os.environ.get(CONTAINERS_VARIABLE, "")
    if not chosen or not (Path(chosen) / "truth.tsv").is_file():
        why = f"set {CONTAINERS_VARIABLE} to a folder with truth.tsv (file, number, column) and its pictures"
        goal: Goal = {"right_share": (">=", 0.95), "wrong": ("<=", 0)}
        return [missing("container numbers at a gate", why, goal), *_kept(folder / "containers")]
    every, reader = _labelled(Path(chosen))[::step], ContainerReader()
    labelled = [one for one in every if one[2] != _YARD]
    rows = [_single(reader, labelled, column) for column in _GOALS]
    return [*rows, *_passages(reader, labelled), _yards(reader, every), *_kept(folder / "containers")]


def _yards(reader: ContainerReader, labelled: Labelled) -> FigureRow:
    if not any(column == _YARD for _, _, column in labelled):
        goal: Goal = {"right_share": (">=", _YARD_SHARE), "wrong": ("<=", 0)}
        why = f"no line of truth.tsv says {_YARD} in its third column"
        return missing("container numbers, yards and streets", why, goal)
    return _single(reader, labelled, _YARD)


def _labelled(folder: Path) -> Labelled:
    with (folder / "truth.tsv").open(newline="") as file:
        lines = [line for line in csv.reader(file, delimiter="\t") if len(line) >= 3]
    found = []
    for path, number, column, *_ in lines:
        picture = cv2.imread(str(folder / path), cv2.IMREAD_GRAYSCALE)
        if picture is not None and valid_number(number):  # some labels do not pass their own check digit
            found.append((np.asarray(picture, dtype=np.uint8), number, column))
    return found


def _single(reader: ContainerReader, labelled: Labelled, column: str) -> FigureRow:
    counts, taken = Counter[str](), list[float]()
    for picture, number, _ in (one for one in labelled if one[2] == column):
        found: list[str] = []
        taken.append(cpu_ms(lambda p=picture, f=found: f.append(_number(reader, p))))  # type: ignore[misc]
        counts["right" if found[0] == number else "wrong" if found[0] else "unread"] += 1
    name = "yards and streets" if column == _YARD else f"{column or 'horizontal'}, single pictures"
    least = _YARD_SHARE if column == _YARD else _GOALS[column][0]
    return _row(f"container numbers, {name}", counts, taken, least, _BEFORE[column])


def _passages(reader: ContainerReader, labelled: Labelled) -> list[FigureRow]:
    """All pictures of one number are one passage, each a camera of its own that gives five frames.

    One with a line of text in any view counts as horizontal, as its vote has it.
    """
    passages: dict[str, list[tuple[Picture, str]]] = {}
    for picture, number, where in labelled:
        passages.setdefault(number, []).append((picture, where))
    counts = {column: Counter[str]() for column in _GOALS}
    taken: dict[str, list[float]] = {column: [] for column in _GOALS}
    for number, views in passages.items():
        column = min(where for _, where in views)
        found: list[str] = []
        pictures = [picture for picture, _ in views]
        taken[column].append(cpu_ms(lambda p=pictures, f=found: f.append(_passage(reader, p))))  # type: ignore[misc]
        counts[column].update(["right" if found[0] == number else "wrong" if found[0] else "unread"])
        counts[column]["cameras"] += len(views)
    return [
        _row(f"container numbers, {column or 'horizontal'}, by passage", counts[column], taken[column], goal)
        for column, (_, goal) in _GOALS.items()
    ]


def _row(name: str, counts: Counter[str], taken: list[float], least: float, before: str = "") -> FigureRow:
    seen = {key: counts[key] for key in ("right", "wrong", "unread")}
    cameras = {"cameras": counts["cameras"]} if counts["cameras"] else {}
    share = round(seen["right"] / max(1, sum(seen.values())), 3)
    goal: Goal = {"right_share": (">=", least), "wrong": ("<=", 0)}
    return FigureRow(name, "real", {**seen, **cameras, "right_share": share, "ms": median(taken)}, goal, before)


def _passage(reader: ContainerReader, pictures: Iterable[Picture]) -> str:
    """Return what the label reader would say of cameras that look at one container at the same time."""
    rng, vote = np.random.default_rng(0), ContainerVote()
    views = [_frames(picture, rng) for picture in pictures]
    for frame in range(_FRAMES):
        for camera, frames in enumerate(views):
            if not vote.decided:
                vote.add(reader.read(frames[frame], closer=vote.closer(str(camera))), str(camera))
    return vote.result().number


def _frames(picture: Picture, rng: np.random.Generator) -> list[Picture]:
    return [picture, *looks(picture, rng), *looks(picture, rng)][:_FRAMES]


def _number(reader: ContainerReader, grey: Picture) -> str:
    found = reader.read(grey) or reader.read(grey, closer=True)
    return found.number if found is not None else ""


def _kept(folder: Path) -> list[FigureRow]:
    """Return the row of the pictures that may be kept: their numbers stand in containers.tsv beside the archive."""
    name = "container numbers, pictures that may be kept"
    goal: Goal = {"right": (">=", len(_KEPT)), "wrong": ("<=", 0)}
    known = [path for path in sorted(folder.rglob("*.jpg")) if path.name in _KEPT]
    if not known:
        return [missing(name, f"no {' or '.join(_KEPT)} below {folder.name}", goal)]
    reader, right, wrong = ContainerReader(), 0, 0
    for path in known:
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        number = _number(reader, np.asarray(picture, dtype=np.uint8))
        right, wrong = right + (number == _KEPT[path.name]), wrong + (number not in ("", _KEPT[path.name]))
    metrics = {"pictures": len(known), "right": right, "wrong": wrong}
    return [FigureRow(name, "real", metrics, goal)]
