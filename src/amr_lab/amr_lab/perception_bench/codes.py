"""Pallet labels and container numbers in synthetic pictures."""

from __future__ import annotations

import math

import cv2
import numpy as np
import zxingcpp

from amr_core.geometry import FloatArray
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median
from amr_perception.codes.gs1 import check_digit
from amr_perception.codes.reader import CodeVote, read_codes
from amr_perception.containers import iso6346
from amr_perception.containers.assemble import Candidate
from amr_perception.containers.reader import ContainerReader
from amr_perception.containers.vote import ContainerVote
from amr_sim.camera import Image

_SIZE = (1280, 720)
_FOCAL = 920.0  # px at 1280 wide: 70 degrees from left to right, as a usual camera
_OWNERS = ("MSCU", "TEMU", "HLXU", "CMAU", "TGHU", "GESU", "SUDU", "OOLU")
_TYPES = ("22G1", "45G1", "42G1", "22R1", "L5G1")
_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX)


def sscc(rng: np.random.Generator) -> str:
    """Return a random SSCC with its check digit."""
    digits = "".join(map(str, rng.integers(0, 10, 17)))
    return digits + str(check_digit(digits))


def label(text: str, symbology: str, module: int = 4) -> Image:
    """Return the picture of a code with module px a module and a quiet zone."""
    formats = {"Code128": zxingcpp.Code128, "QRCode": zxingcpp.QRCode, "DataMatrix": zxingcpp.DataMatrix}
    code = zxingcpp.create_barcode(text, formats[symbology])
    small = np.asarray(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=True))
    if symbology == "Code128":
        small = np.repeat(small[:1], 50, axis=0)
    return np.asarray(np.kron(small, np.ones((module, module), np.uint8)), dtype=np.uint8)


def on_wall(flat: Image, module_px: float, module: int, rng: np.random.Generator, tilt: float = 0.5) -> Image:
    """Return a 1280 x 720 picture of a flat thing turned by up to tilt (rad), module px wide modules, as cameras do."""
    yaw, pitch, roll = rng.uniform(-tilt, tilt), rng.uniform(-0.2, 0.2), rng.uniform(-0.1, 0.1)
    turn = cv2.Rodrigues(np.array((0, 0, roll)))[0] @ cv2.Rodrigues(np.array((pitch, 0, 0)))[0]
    turn = turn @ cv2.Rodrigues(np.array((0, yaw, 0)))[0]
    size = np.array(flat.shape[::-1], float) / module
    distance = _FOCAL / (module_px / math.cos(yaw))
    corners = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]) * np.array((size[0] / 2, size[1] / 2, 1))
    placed: FloatArray = corners @ turn.T + np.array((rng.uniform(-20, 20), rng.uniform(-10, 10), distance))
    pixels = _FOCAL * placed[:, :2] / placed[:, 2:] + np.array(_SIZE) / 2
    n = np.array(flat.shape[::-1], np.float32)
    source = np.array([(0, 0), (n[0], 0), (n[0], n[1]), (0, n[1])], np.float32) - 0.5
    over = 2
    warp = cv2.getPerspectiveTransform(source, (over * (pixels + 0.5) - 0.5).astype(np.float32))
    large = np.full((_SIZE[1] * over, _SIZE[0] * over), 130, np.uint8)
    cv2.warpPerspective(flat, warp, large.shape[::-1], dst=large, flags=cv2.INTER_AREA,
                        borderMode=cv2.BORDER_TRANSPARENT)  # fmt: skip
    small = cv2.GaussianBlur(cv2.resize(large, _SIZE, interpolation=cv2.INTER_AREA), (0, 0), 0.6)
    noisy = np.clip(small.astype(np.float32) * 0.85 + 15 + rng.normal(0, 3, small.shape), 0, 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", noisy, (cv2.IMWRITE_JPEG_QUALITY, 85))[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def _labels(symbology: str, module_px: float, trials: int) -> dict[str, float]:
    rng = np.random.default_rng(len(symbology) * 100 + int(10 * module_px))
    read = valid = wrong = 0
    taken = []
    for _ in range(trials):
        text = "00" + sscc(rng)
        shown = text if symbology == "Code128" else f"(00){text[2:]}"
        flat = label(shown, symbology)
        vote = CodeVote()
        for _ in range(2):
            picture = on_wall(flat, module_px, 4, rng)
            taken.append(cpu_ms(lambda p=picture, v=vote: v.add(read_codes(p, retry=True))))  # type: ignore[misc]
        readings = vote.result()
        read += any(r.text == shown for r in readings)
        valid += any(r.sscc == text[2:] for r in readings)
        wrong += any(r.text != shown for r in readings)
    return {
        "read_share": round(read / trials, 4),
        "sscc_valid_share": round(valid / trials, 4),
        "wrong": wrong,
        "frames": 2 * trials,
        "ms": median(taken),
    }


def container_number(rng: np.random.Generator) -> str:
    """Return a random container number with its check digit."""
    first = str(rng.choice(_OWNERS)) + "".join(map(str, rng.integers(0, 10, 6)))
    return first + str(iso6346.check_digit(first))


def container_panel(number: str, size_type: str, rng: np.random.Generator, lines: int = 1) -> Image:
    """Return the picture of a corrugated panel with a number (check digit in a box) and the size-type below it."""
    light = bool(rng.random() < 0.5)
    ground, ink = (60, 225) if light else (185, 30)
    waves = ground + 14.0 * np.sin(np.arange(1100) / rng.uniform(9, 16))
    panel = np.repeat(waves.astype(np.uint8)[None, :], 420, axis=0)
    font, scale = _FONTS[int(rng.integers(len(_FONTS)))], 2.2
    parts = [number[:4], number[4:10]]
    x, y = 60, 120
    for part in parts:
        cv2.putText(panel, part, (x, y), font, scale, ink, 6, cv2.LINE_AA)
        width = cv2.getTextSize(part, font, scale, 6)[0][0]
        if lines == 2 and part is parts[0]:
            y += 100
        else:
            x += width + 40
    cv2.putText(panel, number[10], (x + 12, y), font, scale, ink, 6, cv2.LINE_AA)
    width = cv2.getTextSize(number[10], font, scale, 6)[0][0]
    cv2.rectangle(panel, (x, y - 66), (x + width + 24, y + 18), ink, 4)
    cv2.putText(panel, size_type, (60, y + 110), font, scale, ink, 6, cv2.LINE_AA)
    for _ in range(int(rng.integers(0, 8))):  # rust
        spot = (int(rng.integers(1100)), int(rng.integers(420)))
        cv2.circle(panel, spot, int(rng.integers(2, 9)), int(rng.uniform(70, 130)), -1)
    return panel


def _containers(trials: int) -> dict[str, float]:
    rng = np.random.default_rng(9)
    reader = ContainerReader()
    passes = max(2, trials // 6)
    right = wrong = types = single = frames = 0
    taken = []
    for k in range(passes):
        number, size_type = container_number(rng), str(rng.choice(_TYPES))
        panel = container_panel(number, size_type, rng, lines=1 + k % 2)
        vote = ContainerVote()
        for _ in range(5):
            picture = on_wall(panel, rng.uniform(0.55, 0.9), 1, rng, tilt=0.45)
            found: list[Candidate | None] = []
            taken.append(cpu_ms(lambda p=picture, f=found: f.append(reader.read(p))))  # type: ignore[misc]
            vote.add(found[0])
            frames += 1
            single += found[0] is not None and found[0].number == number
            if vote.decided:
                break
        result = vote.result()
        right += result.number == number
        wrong += bool(result.number) and result.number != number
        types += result.number == number and result.size_type == size_type
    return {
        "passes": passes,
        "right_share": round(right / passes, 4),
        "single_frame_share": round(single / frames, 4),
        "size_type_share": round(types / passes, 4),
        "wrong": wrong,
        "ms": median(taken),
    }


def rows(trials: int) -> list[FigureRow]:
    """Return the rows of labels and containers; trials: labels per figure, six for one container."""
    goal: Goal = {
        "read_share": (">=", 0.99),
        "sscc_valid_share": (">=", 0.99),
        "wrong": ("<=", 0.0),
        "ms": ("<=", 15.0),
    }
    result = [
        FigureRow(f"SSCC in {name}, 2.5 px a module, two frames agree", "synthetic", _labels(name, 2.5, trials), goal)
        for name in ("Code128", "QRCode", "DataMatrix")
    ]
    containers: Goal = {"right_share": (">=", 0.95), "wrong": ("<=", 0.0), "ms": ("<=", 500.0)}
    note = "horizontal numbers in one or two lines; columns are measured on real pictures only"
    result.append(FigureRow("ISO 6346 number, vote over 5 frames", "synthetic", _containers(trials), containers, note))
    return result
