"""Bar codes and matrix codes in photographs: by kind, by what makes them hard, and where none is wanted."""

from __future__ import annotations

import json
import re
from collections import Counter
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
_TWO = (
    "[外側QRコード]\r\n \r\n*ﾀﾞﾌﾞﾙQR*\r\nhttp://d-qr.net/ex/",
    "[内側QRコード]\r\n\r\n*ダブルQR*\r\nhttp://d-qr.net/ex/",
)
"""Outer and inner code of the one picture that shows two (zxing and jsQR have it): each says one of them."""
_NO_MATTER = re.compile(r"<[A-Z][A-Z0-9]{1,2}>|<U\+[0-9A-F]+>|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2400-\u241f()]")
"""How control characters, and the brackets around GS1's numbers, are written is each reader's own way."""
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


def compare(texts: list[str], wanted: list[str]) -> Counter[str]:
    """Return right: how many of the wanted texts were read, and wrong: how many other texts were."""
    left, counts = [_plain(text) for text in wanted], Counter[str]()
    for text in map(_plain, texts):
        if text in left:
            left.remove(text)
            counts["right"] += 1
        else:
            counts["wrong"] += 1
    return counts


def _plain(text: str) -> str:
    return _NO_MATTER.sub("", text).strip()


def _known(path: Path) -> list[str]:
    """Return the texts of the codes in one of zxing's photographs; none: nobody says what it holds."""
    beside = path.with_suffix(".txt")
    if not beside.is_file():
        return []
    return _codes_of(beside.read_bytes().decode("utf-8", errors="replace"))


def _codes_of(text: str) -> list[str]:
    return list(_TWO) if _plain(text) in map(_plain, _TWO) else [text]


def _by_kind(kind: str, paths: list[Path]) -> FigureRow:
    taken, counts, read = list[float](), Counter[str](), 0
    for path in paths:
        texts, wanted = _read(path, taken), _known(path)
        if wanted:
            counts["compared"] += bool(texts)
            counts += compare(texts, wanted)
        read += bool(texts)
    metrics = {
        "pictures": len(paths), "read": read, "read_share": _share(read, len(paths)),
        "compared": counts["compared"], "wrong": counts["wrong"], "ms": median(taken),
    }  # fmt: skip
    name = f"{_KINDS[kind]} on test photographs of zxing"
    return FigureRow(name, "real", metrics, {"wrong": ("<=", 0)}, _before(_KIND_BEFORE[kind]))


def _together(rows: list[FigureRow]) -> FigureRow:
    keys = ("pictures", "read", "compared", "wrong")
    pictures, read, compared, wrong = (sum(int(str(row.metrics[key])) for row in rows) for key in keys)
    metrics = {"pictures": pictures, "read_share": _share(read, pictures), "compared": compared, "wrong": wrong}
    goal: Goal = {"read_share": (">=", 0.93), "wrong": ("<=", 0)}
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
    """Return the row of all categories but "lots", which OpenCV alone takes 16 s for, and one for each.

    Nobody says what these codes hold, only where they are: a text more than there are codes in a picture is wrong. Of
    a picture without a label file nothing is known, not even that.
    """
    by_category: dict[str, list[Path]] = {}
    labelled = [p for p in files(folder) if "lots" not in p.parts and p.with_suffix(".txt").is_file()]
    for path in labelled[::step]:
        by_category.setdefault(path.parent.name, []).append(path)
    rows, all_counts, all_taken = list[FigureRow](), Counter[str](), list[float]()
    for category, paths in by_category.items():
        counts, taken = Counter[str](), list[float]()
        for path in paths:
            marked, texts = _marked(path.with_suffix(".txt")), len(_read(path, taken))
            counts += Counter(codes=marked, read=min(marked, texts), surplus=max(0, texts - marked))
        metrics = _qr_metrics(counts, taken)
        note = _before(_CATEGORY_BEFORE[category]) if category in _CATEGORY_BEFORE else ""
        rows.append(FigureRow(f"QR photographs of phones (BoofCV set), {category}", "real", metrics, {}, note))
        all_counts, all_taken = all_counts + counts, all_taken + taken
    name = "QR photographs of phones (BoofCV set)"
    goal: Goal = {"read_share": (">=", _QR_BAR), "surplus": ("<=", 0)}
    metrics = _qr_metrics(all_counts, all_taken)
    note = _before("290 of 541 (zxing-cpp, all tries: 366; OpenCV: 190)")
    return [FigureRow(name, "real", metrics, goal, note), *rows]


def _qr_metrics(counts: Counter[str], taken: list[float]) -> dict[str, float | int | str | None]:
    share = _share(counts["read"], counts["codes"])
    seen = {key: counts[key] for key in ("codes", "read", "surplus")}
    return {**seen, "read_share": share, "ms": median(taken)}


def _marked(path: Path) -> int:
    """Return how many codes are marked, by four corners each, in a label file."""
    lines = (line.strip() for line in path.read_text().splitlines())
    numbers = [n for line in lines if line and line[0] in "0123456789.-" for n in line.split()]
    return len(numbers) // 8


def _js_qr(folder: Path, step: int) -> FigureRow:
    """Return the row of jsQR's photographs: each lies in a folder with an output.json that says what it holds."""
    name = "QR on test photographs of jsQR"
    goal: Goal = {"read_share": (">=", 0.99), "wrong": ("<=", 0)}
    said = [(path, _said(path.with_name("output.json"))) for path in files(folder)]
    chosen = [(path, texts) for path, texts in said if texts][::step]
    if not chosen:
        return missing(name, f"no pictures: {folder.name}/<case>/input.png with output.json (cozmo/jsQR)", goal)
    taken, counts = list[float](), Counter[str]()
    for path, texts in chosen:
        read = _read(path, taken)
        here = min((compare(read, _codes_of(text)) for text in texts), key=lambda c: c["wrong"])
        counts += Counter(read=int(here["right"] > 0), wrong=here["wrong"])
    metrics = {
        "pictures": len(chosen), "read": counts["read"], "read_share": _share(counts["read"], len(chosen)),
        "wrong": counts["wrong"], "ms": median(taken),
    }  # fmt: skip
    return FigureRow(name, "real", metrics, goal, _before("139 of 140 (OpenCV: 80)"))


def _said(path: Path) -> list[str]:
    """Return the text of an output.json, as jsQR has it and by its bytes: of Shift-JIS jsQR leaves parts out."""
    try:
        said = json.loads(path.read_text(encoding="utf-8", errors="replace"))
        text, data = str(said["data"]), bytes(said["binaryData"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
    texts = [text] if text else []
    for encoding in ("utf-8", "shift_jis", "latin-1"):
        try:
            texts.append(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    return texts


def _share(part: int, whole: int) -> float:
    return round(part / max(1, whole), 3)


def _before(text: str) -> str:
    return f"before: {text}"
