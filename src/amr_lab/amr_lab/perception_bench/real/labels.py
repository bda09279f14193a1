"""Logistics labels: an SSCC in Code 128, QR or DataMatrix, stuck into a real photograph and spoiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_lab.perception_bench.codes import label, sscc
from amr_lab.perception_bench.real.spoiled import Picture
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median
from amr_perception.codes.reader import CodeVote, read_codes

SYMBOLOGIES = ("Code128", "QRCode", "DataMatrix")
_SIZE, _MODULE = (1280, 960), 4
_LOOKS = 3
Spoiling = Callable[[Picture, np.random.Generator], Picture]


def _torn(flat: Picture, rng: np.random.Generator) -> Picture:
    """A corner of the label, up to a sixth of each side, is gone."""
    out = flat.copy()
    height, width = out.shape
    x, y = int(rng.uniform(0.08, 0.17) * width), int(rng.uniform(0.08, 0.17) * height)
    corner = np.array([(0, 0), (x, 0), (0, y)], np.int32)
    if rng.random() < 0.5:
        corner = np.array([(width - 1, height - 1), (width - 1 - x, height - 1), (width - 1, height - 1 - y)], np.int32)
    return np.asarray(cv2.fillPoly(out, [corner], (120,)), dtype=np.uint8)


def _wet(flat: Picture, rng: np.random.Generator) -> Picture:
    """Drops blur parts of it, and the print has run."""
    height, width = flat.shape
    blurred = cv2.GaussianBlur(flat, (0, 0), 0.7 * _MODULE)
    drops = np.zeros(flat.shape, np.float32)
    for _ in range(int(rng.integers(4, 9))):
        place = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(drops, place, int(rng.uniform(1.0, 3.0) * _MODULE), 1.0, -1)
    soft = cv2.GaussianBlur(drops, (0, 0), 2.0)
    run = cv2.GaussianBlur(flat, (0, 0), 0.35 * _MODULE).astype(np.float32)
    return np.asarray(np.clip(run * (1 - soft) + blurred * soft - 15.0, 0, 255), dtype=np.uint8)


def _film(flat: Picture, rng: np.random.Generator) -> Picture:
    """Behind wrapping film: folds shine, and everything is paler."""
    height, width = flat.shape
    y, x = np.mgrid[:height, :width]
    out = flat.astype(np.float32) * 0.6 + 70.0
    for _ in range(int(rng.integers(2, 5))):
        angle, offset = rng.uniform(0.0, np.pi), rng.uniform(-0.4, 0.4) * width
        away = (x - width / 2) * np.cos(angle) + (y - height / 2) * np.sin(angle) - offset
        out += rng.uniform(40.0, 110.0) * np.exp(-np.square(away / (rng.uniform(0.6, 1.6) * _MODULE)))
    return np.asarray(np.clip(out, 0, 255), dtype=np.uint8)


def _same(flat: Picture, _rng: np.random.Generator) -> Picture:
    return flat


CASES: dict[str, tuple[Spoiling, float]] = {
    "as printed": (_same, 0.2), "askew": (_same, 0.8), "torn": (_torn, 0.3), "wet": (_wet, 0.3),
    "behind film": (_film, 0.3),
}  # fmt: skip

_LEAST: dict[tuple[str, str], float] = {
    **{(kind, case): 0.75 for kind in SYMBOLOGIES for case in ("as printed", "askew")},
    ("Code128", "torn"): 0.75, ("QRCode", "torn"): 0.75, ("Code128", "wet"): 0.75, ("Code128", "behind film"): 0.6,
}  # fmt: skip
"""Least share that two pictures of three must read: measured .88 to 1.0, less one label of the four of a short run.

What matrix codes lose wet, torn and behind film is no bar: docs/perception.md says not to rely on them there.
"""


def stuck(flat: Picture, photograph: Picture, module_px: float, tilt: float, rng: np.random.Generator) -> Picture:
    """Return a photograph with a label on it, module_px a module, turned by up to tilt (rad) and 20 degrees on it."""
    yaw, pitch, roll = rng.uniform(-tilt, tilt), rng.uniform(-0.5 * tilt, 0.5 * tilt), rng.uniform(-0.35, 0.35)
    turn = cv2.Rodrigues(np.array((0.0, 0.0, roll)))[0] @ cv2.Rodrigues(np.array((pitch, 0.0, 0.0)))[0]
    turn = turn @ cv2.Rodrigues(np.array((0.0, yaw, 0.0)))[0]
    focal, half = 1200.0, np.array(flat.shape[::-1], float) / _MODULE / 2.0
    corners = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]) * np.array((half[0], half[1], 1.0))
    placed = corners @ turn.T + np.array((0.0, 0.0, focal / module_px))
    pixels = focal * placed[:, :2] / placed[:, 2:] + np.array(_SIZE) / 2 + rng.uniform(-40, 40, 2)
    height, width = flat.shape
    source = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    warp = cv2.getPerspectiveTransform(source, (2 * pixels).astype(np.float32))
    large = cv2.resize(photograph, (2 * _SIZE[0], 2 * _SIZE[1]), interpolation=cv2.INTER_LINEAR)
    light = float(np.clip(photograph.mean() / 140.0, 0.5, 1.2))
    lit = np.clip(flat.astype(np.float32) * light, 0, 255).astype(np.uint8)
    cv2.warpPerspective(
        lit, warp, large.shape[::-1], dst=large, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT
    )
    small = cv2.GaussianBlur(cv2.resize(large, _SIZE, interpolation=cv2.INTER_AREA), (0, 0), 0.6)
    noisy = np.clip(small.astype(np.float32) + rng.normal(0.0, 4.0, small.shape), 0, 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", noisy, (cv2.IMWRITE_JPEG_QUALITY, 80))[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def labels(folder: Path, step: int) -> list[FigureRow]:
    """Return how many labels are read, by kind and by what was done to them: single pictures, and two of three."""
    paths = sorted(p for p in (folder / "people").rglob("*.jpg"))[:: 8 * step]
    read = (cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in paths)
    photographs = [np.asarray(picture, dtype=np.uint8) for picture in read if picture is not None]
    if not photographs:
        raise AmrError("run.bad_option", option="--real", value=str(folder), reason="no pictures below people")
    return [_row(kind, case, photographs) for kind in SYMBOLOGIES for case in CASES]


def _row(kind: str, case: str, photographs: list[Picture]) -> FigureRow:
    spoil, tilt = CASES[case]
    rng = np.random.default_rng((len(kind), len(case)))
    single = voted = wrong = 0
    taken = list[float]()
    for photograph in photographs:
        text = "00" + sscc(rng)
        shown = text if kind == "Code128" else f"(00){text[2:]}"
        flat, vote = spoil(label(shown, kind, _MODULE), rng), CodeVote()
        for look in range(_LOOKS):
            picture = stuck(flat, photograph, 3.0, tilt, rng)
            taken.append(cpu_ms(lambda p=picture, v=vote: v.add(read_codes(p))))  # type: ignore[misc]
            single += look == 0 and any(code.text == shown for code in read_codes(picture))
        readings = [reading.text for reading in vote.result()]
        voted += shown in readings
        wrong += sum(reading != shown for reading in readings)
    count = len(photographs)
    metrics = {
        "labels": count, "single_share": round(single / count, 3), "voted_share": round(voted / count, 3),
        "wrong": wrong, "ms": median(taken),
    }  # fmt: skip
    least = _LEAST.get((kind, case))
    goal: Goal = {"wrong": ("<=", 0), **({} if least is None else {"voted_share": (">=", least)})}
    return FigureRow(f"SSCC label on a photograph, {kind}, {case}", "real", metrics, goal, "real pictures, added label")
