"""Bar codes and matrix codes in photographs: by kind, by what makes them hard, and where none is wanted."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from amr_lab.perception_bench.real.spoiled import files
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, missing
from amr_perception.codes.reader import read_codes

_WITHOUT = ("falsepositives", "ean", "upc", "code39", "code93", "codabar", "itf", "pdf417", "rss", "maxicode", "aztec")
_KINDS = {"code128": "Code 128", "datamatrix": "DataMatrix", "qrcode": "QR"}
_KIND_BEFORE = {
    "code128": "40 of 41 (zxing-cpp, all tries: 40)",
    "datamatrix": "70 of 71 (zxing-cpp, all tries: 65 with equal text)",
    "qrcode": "136 of 146 (zxing-cpp, all tries: 130 with equal text)",
}
_CATEGORY_BEFORE = {
    "close": "4 of 22 (zxing-cpp, all tries: 22)",
    "monitor": "0 of 12 (zxing-cpp, all tries: 12)",
    "brightness": "34 of 44 (zxing-cpp, all tries: 44)",
    "nominal": "36 of 45 (zxing-cpp, all tries: 45)",
}
"""By category of BoofCV's set, as far as it was measured on two thirds of it."""
# 360 of the 541 codes of the whole set, as a share: a folder may hold a part of it.
_QR_BAR = 360 / 541


def codes(folder: Path, step: int) -> list[FigureRow]:
    """Return how many codes are read in real photographs, and that none is read where none is wanted."""
    wanted: dict[str, list[Path]] = {kind: [] for kind in _KINDS}
    others = list[Path]()
    for path in files(folder / "barcodes"):
        kind = next((k for k in _KINDS if path.parent.name.startswith(k)), "")
        if kind:
            wanted[kind].append(path)
        elif path.parent.name.startswith(_WITHOUT):
            others.append(path)
    by_kind = [_by_kind(kind, paths[::step]) for kind, paths in wanted.items()]
    return [
        _together(by_kind), *by_kind, _without(others[:: 2 * step]), *_qr(folder / "qr", step),
        _js_qr(folder / "jsqr", step),
    ]  # fmt: skip


def _by_kind(kind: str, paths: list[Path]) -> FigureRow:
    taken = list[float]()
    read = sum(bool(_read(path, taken)) for path in paths)
    metrics = {"pictures": len(paths), "read": read, "read_share": _share(read, len(paths)), "ms": median(taken)}
    return FigureRow(f"{_KINDS[kind]} on test photographs of zxing", "real", metrics, {}, _before(_KIND_BEFORE[kind]))


def _together(rows: list[FigureRow]) -> FigureRow:
    pictures, read = (sum(int(str(row.metrics[key])) for row in rows) for key in ("pictures", "read"))
    metrics = {"pictures": pictures, "read_share": _share(read, pictures)}
    goal: Goal = {"read_share": (">=", 0.93)}
    name = "Code 128, DataMatrix, QR on test photographs of zxing"
    return FigureRow(name, "real", metrics, goal, _before("246 of 258"))


def _without(paths: list[Path]) -> FigureRow:
    taken = list[float]()
    wrong = sum(len(_read(path, taken)) for path in paths)
    metrics = {"pictures": len(paths), "wrong": wrong, "ms": median(taken)}
    return FigureRow("pictures without a wanted code", "real", metrics, {"wrong": ("<=", 0)}, _before("0 of 855"))


def _read(path: Path, taken: list[float]) -> list[str]:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        return []
    found: list[str] = []
    grey = np.asarray(picture, dtype=np.uint8)
    taken.append(cpu_ms(lambda: found.extend(code.text for code in read_codes(grey))))
    return found


def _qr(folder: Path, step: int) -> list[FigureRow]:
    """Return the row of all categories but "lots", which OpenCV alone takes 16 s for, and one for each."""
    by_category: dict[str, list[Path]] = {}
    for path in [p for p in files(folder) if "lots" not in p.parts][::step]:
        by_category.setdefault(path.parent.name, []).append(path)
    rows, all_codes, all_read, all_taken = list[FigureRow](), 0, 0, list[float]()
    for category, paths in by_category.items():
        total, read, taken = 0, 0, list[float]()
        for path in paths:
            count = _marked(path.with_suffix(".txt"))
            total, read = total + count, read + min(count, len(_read(path, taken)))
        metrics = {"codes": total, "read": read, "read_share": _share(read, total), "ms": median(taken)}
        note = _before(_CATEGORY_BEFORE[category]) if category in _CATEGORY_BEFORE else ""
        rows.append(FigureRow(f"QR photographs of phones (BoofCV set), {category}", "real", metrics, {}, note))
        all_codes, all_read, all_taken = all_codes + total, all_read + read, all_taken + taken
    name = "QR photographs of phones (BoofCV set)"
    goal: Goal = {"read_share": (">=", _QR_BAR)}
    metrics = {"codes": all_codes, "read": all_read, "read_share": _share(all_read, all_codes), "ms": median(all_taken)}
    note = _before("290 of 541 (zxing-cpp, all tries: 366; OpenCV: 190)")
    return [FigureRow(name, "real", metrics, goal, note), *rows]


def _marked(path: Path) -> int:
    """Return how many codes are marked, by four corners each, in a label file."""
    if not path.is_file():
        return 0
    lines = (line.strip() for line in path.read_text().splitlines())
    numbers = [n for line in lines if line and line[0] in "0123456789.-" for n in line.split()]
    return len(numbers) // 8


def _js_qr(folder: Path, step: int) -> FigureRow:
    """Return the row of jsQR's photographs: each lies in a folder with an output.json that says what it holds."""
    name = "QR on test photographs of jsQR"
    goal: Goal = {"read_share": (">=", 0.99)}
    paths = [path for path in files(folder) if _has_code(path.with_name("output.json"))][::step]
    if not paths:
        return missing(name, f"no pictures: {folder.name}/<case>/input.png with output.json (cozmo/jsQR)", goal)
    taken = list[float]()
    read = sum(bool(_read(path, taken)) for path in paths)
    metrics = {"pictures": len(paths), "read": read, "read_share": _share(read, len(paths)), "ms": median(taken)}
    return FigureRow(name, "real", metrics, goal, _before("139 of 140 (OpenCV: 80)"))


def _has_code(path: Path) -> bool:
    return path.is_file() and path.read_text(errors="replace").strip() not in ("", "null")


def _share(part: int, whole: int) -> float:
    return round(part / max(1, whole), 3)


def _before(text: str) -> str:
    return f"before: {text}"
