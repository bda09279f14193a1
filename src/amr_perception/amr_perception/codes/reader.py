"""Reads Code 128, QR and DataMatrix with zxing-cpp; a reading counts only when pictures agree."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

from amr_perception.codes.gs1 import sscc_in

Image = npt.NDArray[np.uint8]

# More formats would bring wrong texts: with these three none was ever wrong.
_FORMATS = {"Code128": zxingcpp.Code128, "QRCode": zxingcpp.QRCode, "DataMatrix": zxingcpp.DataMatrix}
_ALL = list(_FORMATS.values())
_NAMES = {value: name for name, value in _FORMATS.items()}
_LARGEST_RETRY_PX = 1_000_000
LEAST_READS = 2


@dataclass(frozen=True)
class ReadCode:
    """One code in one picture. corners: 4 x 2 px, clockwise."""

    text: str
    symbology: str
    gs1: bool
    corners: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CodeReading:
    """A code that enough pictures agree on. sscc: its 18 digits when valid, else ""."""

    text: str
    symbology: str
    sscc: str
    gs1_valid: bool
    reads: int


def read_codes(image: Image, *, retry: bool = True) -> list[ReadCode]:
    """Return the codes in a mono8 picture; one without any is tried again at twice the size, a very large one at half,
    and turned by 45 degrees.

    zxing looks at smaller copies, too: a code close to the camera fills hundreds of pixels and is read best there.
    """
    found = _read(image, 1.0)
    if found or not retry:
        return found
    scale = 2.0 if image.size <= _LARGEST_RETRY_PX else 0.5
    method = cv2.INTER_CUBIC if scale > 1.0 else cv2.INTER_AREA
    return _read(cv2.resize(image, None, fx=scale, fy=scale, interpolation=method), scale) or _read_askew(image)


def _read_askew(image: Image) -> list[ReadCode]:
    """Return the codes in a picture turned by 45 degrees: zxing looks for bars along rows and columns only."""
    height, width = image.shape
    side = math.ceil((width + height) * math.sqrt(0.5))
    turn = cv2.getRotationMatrix2D(((width - 1) / 2.0, (height - 1) / 2.0), 45.0, 1.0)
    turn[:, 2] += ((side - width) / 2.0, (side - height) / 2.0)
    turned = cv2.warpAffine(image, turn, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    back = cv2.invertAffineTransform(turn)
    codes = []
    for code in _read(np.asarray(turned, dtype=np.uint8), 1.0):
        places = np.array(code.corners, dtype=np.float64) @ back[:, :2].T + back[:, 2]
        codes.append(replace(code, corners=tuple((round(x), round(y)) for x, y in places.tolist())))
    return codes


def _read(image: Image, scale: float) -> list[ReadCode]:
    results = zxingcpp.read_barcodes(
        np.ascontiguousarray(image), formats=_ALL, try_rotate=True, try_invert=False, try_downscale=True
    )
    return [_code(result, scale) for result in results if result.valid]


def _code(result: zxingcpp.Barcode, scale: float) -> ReadCode:
    place = result.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    is_gs1 = result.content_type == zxingcpp.ContentType.GS1
    return ReadCode(
        result.text,
        _NAMES.get(result.format, str(result.format)),
        is_gs1,
        tuple((round(p.x / scale), round(p.y / scale)) for p in corners),
    )


class CodeVote:
    """Collects the codes of several pictures of the same thing."""

    def __init__(self, least: int = LEAST_READS) -> None:
        self._least = least
        self._reads: Counter[tuple[str, str, bool]] = Counter()
        self.frames = 0

    def add(self, codes: list[ReadCode]) -> None:
        """Take in the codes of one picture."""
        self.frames += 1
        self._reads.update({(code.symbology, code.text, code.gs1) for code in codes})

    def result(self) -> list[CodeReading]:
        """Return the readings that at least two pictures agree on, most often read first.

        A code that claims an SSCC with a wrong check digit stays in, marked as not valid: somebody must look at it.
        """
        readings = []
        for (symbology, text, gs1), reads in self._reads.most_common():
            if reads < self._least:
                continue
            sscc = sscc_in(text, gs1=gs1)
            valid = sscc is not None and sscc.valid
            readings.append(CodeReading(text, symbology, sscc.digits if sscc and valid else "", valid, reads))
        return readings
