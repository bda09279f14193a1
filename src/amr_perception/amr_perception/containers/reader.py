"""Reads text on containers with RapidOCR (PP-OCR models from its wheel) and puts the number together."""

from __future__ import annotations

import re
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
from rapidocr import RapidOCR

from amr_perception.containers.assemble import Candidate, Text, assemble
from amr_perception.containers.boxed import framed_sign, without_frame
from amr_perception.containers.missed import completed

Image = npt.NDArray[np.uint8]
DETECTION_SIDE, CLOSER_SIDE = 736, 1600
_PARAMETERS = {
    "Global.log_level": "error",
    "Global.use_cls": False,
    "Det.limit_type": "max",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}
_LEAST_SCORE, _SURE_SCORE = 0.6, 0.9  # of 1: a digit in its box, and one where the box is looked for; chosen
_FIRST_TEN = re.compile(r"^(?:[A-Z0-9]{4})?[0-9OQDILSGBZ]{6}$")


class ContainerReader:
    """Holds the models (about 300 MB of memory): build it when the first container is to be read."""

    def __init__(self) -> None:
        self._engines: dict[int, RapidOCR] = {}

    def read(self, image: Image, *, closer: bool = False) -> Candidate | None:
        """Return the container number in a mono8 or bgr8 picture whose check digit is right, or None.

        closer: look for text at 1600 px instead of 736, at three times the CPU: for a vote that is still open.
        """
        colour = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
        return self.put_together(colour, self.texts(colour, CLOSER_SIDE if closer else DETECTION_SIDE))

    def put_together(self, colour: Image, texts: list[Text]) -> Candidate | None:
        """Return the number that these texts of a bgr8 picture spell, with a second look at what is hard to find.

        That is a boxed check digit, the part of a column above the digits that were found, and digits beside letters.
        """
        found = self._with_boxed_digit(colour, texts)
        if found is not None:
            return found
        for more in completed(colour, texts, self._line):
            found = self._with_boxed_digit(colour, more)
            if found is not None:
                return found
        return None

    def _with_boxed_digit(self, colour: Image, texts: list[Text]) -> Candidate | None:
        found = assemble(texts)
        if found is not None:
            return found
        # The check digit stands in a box, which reads like a sign of its own: read it alone.
        for text in texts:
            for mended in self._boxed_digit(colour, text):
                found = assemble([*(t for t in texts if t is not text), *mended])
                if found is not None:
                    return found
        return None

    def texts(self, colour: Image, side: int = DETECTION_SIDE) -> list[Text]:
        """Return the pieces of text in a bgr8 picture that is looked at with this largest side (px)."""
        output = self._engine(side)(colour, use_det=True, use_cls=False, use_rec=True)
        if output.boxes is None or output.txts is None:
            return []
        texts = []
        for box, text, score in zip(output.boxes, output.txts, output.scores, strict=True):
            low, high = np.min(box, axis=0), np.max(box, axis=0)
            texts.append(Text(text, float(score), (float(low[0]), float(low[1]), float(high[0]), float(high[1]))))
        return texts

    def _engine(self, side: int) -> RapidOCR:
        if side not in self._engines:
            self._engines[side] = RapidOCR(params={**_PARAMETERS, "Det.limit_side_len": side})
        return self._engines[side]

    def _boxed_digit(self, colour: Image, serial: Text) -> Iterator[list[Text]]:
        """Yield a serial number of six digits with the digit read from the box behind it, or below a column."""
        plain = serial.text.strip().upper()
        clean = serial.clean
        # What was read where the box stands: nothing, a sign that is no digit, or a letter.
        framed = len(clean) in (7, 11) and not clean[-1].isdigit()
        first = clean[:-1] if framed else clean
        if not _FIRST_TEN.match(first):
            return
        inside = framed or not plain[-1].isalnum() or unusual(plain[-1])
        for crop in _boxes(colour, serial, len(first) + int(inside), inside=inside):
            digit = self._one_digit(without_frame(crop), _LEAST_SCORE)
            if digit is not None:
                yield [Text(first, serial.score, serial.box), _behind(serial, digit)]
        if framed:
            return
        # What was found may reach around the box of which no sign was read. The frame must be seen: else the last
        # digit before it would be taken for the one in it.
        for crop in _boxes(colour, serial, len(first) + 1, inside=True):
            sign = framed_sign(crop)
            digit = self._one_digit(sign, _SURE_SCORE) if sign is not None else None
            if digit is not None:
                yield [Text(first, serial.score, serial.box), _behind(serial, digit)]

    def _line(self, crop: Image) -> tuple[str, float]:
        """Return what one line of text says, and its score (0..1)."""
        output = self._engine(DETECTION_SIDE)(crop, use_det=False, use_cls=False, use_rec=True)
        return (output.txts[0].strip(), float(output.scores[0])) if output.txts else ("", 0.0)

    def _one_digit(self, crop: Image, least_score: float) -> tuple[str, float] | None:
        if min(crop.shape[:2]) < 8:
            return None
        read, score = self._line(crop)
        return (read, score) if len(read) == 1 and read in "0123456789" and score > least_score else None


def _behind(serial: Text, digit: tuple[str, float]) -> Text:
    """Return a digit that was read on its own as the one below a column or to the right of a line."""
    x0, y0, x1, y1 = serial.box
    width, height = x1 - x0, y1 - y0
    return Text(*digit, (x0, y1, x1, y1 + width) if serial.column else (x1, y0, x1 + height, y1))


def unusual(sign: str) -> bool:
    """Return whether a sign is neither a Latin letter nor a digit: the frame of a box reads like a Chinese one."""
    return not ("0" <= sign <= "9" or "A" <= sign <= "Z")


def _boxes(colour: Image, serial: Text, signs: int, *, inside: bool) -> Iterator[Image]:
    """Yield where the boxed digit may stand: to the right of a line, below a column."""
    x0, y0, x1, y1 = serial.box
    width, height = x1 - x0, y1 - y0
    if serial.column:
        pitch = height / max(1, signs)
        for top, bottom in ((y1 - 1.15 * pitch, y1 + 0.25 * pitch),) if inside else (
            (y1 - 0.1 * pitch, y1 + 1.5 * pitch),
            (y1 + 0.1 * pitch, y1 + 2.0 * pitch),
        ):  # fmt: skip
            yield colour[_span(top, bottom, 0), _span(x0 - 0.1 * width, x1 + 0.1 * width, 0)]
        return
    left = x1 - 1.1 * height if inside else x1 - 0.1 * height
    yield colour[_span(y0 + 0.05 * height, y1 - 0.05 * height, 0), _span(left, x1 + 1.4 * height, 0)]
    yield colour[_span(y0 - 0.1 * height, y1 + 0.1 * height, 0), _span(x1 + 0.05 * height, x1 + 1.1 * height, 0)]


def _span(first: float, last: float, least: int) -> slice:
    return slice(max(least, round(first)), max(least, round(last)))
