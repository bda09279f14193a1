"""Reads text on containers with RapidOCR (PP-OCR models from its wheel) and puts the number together."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from rapidocr import RapidOCR

from amr_perception.containers.assemble import Candidate, Text, assemble

Image = npt.NDArray[np.uint8]
DETECTION_SIDE = 736
_PARAMETERS = {
    "Global.log_level": "error",
    "Global.use_cls": False,
    "Det.limit_side_len": DETECTION_SIDE,
    "Det.limit_type": "max",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


class ContainerReader:
    """Holds the models (about 300 MB of memory): build it when the first container is to be read."""

    def __init__(self) -> None:
        self._engine = RapidOCR(params=_PARAMETERS)

    def read(self, image: Image) -> Candidate | None:
        """Return the container number in a mono8 or bgr8 picture whose check digit is right, or None."""
        colour = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
        texts = self._texts(colour)
        found = assemble(texts)
        if found is not None:
            return found
        # The check digit stands in a box, which reads like a sign of its own: read the strip after the serial again.
        extra = [piece for text in texts if (piece := self._boxed_digit(colour, text)) is not None]
        return assemble([*texts, *extra]) if extra else None

    def _texts(self, colour: Image) -> list[Text]:
        output = self._engine(colour, use_det=True, use_cls=False, use_rec=True)
        if output.boxes is None or output.txts is None:
            return []
        texts = []
        for box, text, score in zip(output.boxes, output.txts, output.scores, strict=True):
            low, high = np.min(box, axis=0), np.max(box, axis=0)
            texts.append(Text(text, float(score), (float(low[0]), float(low[1]), float(high[0]), float(high[1]))))
        return texts

    def _boxed_digit(self, colour: Image, serial: Text) -> Text | None:
        """Return the digit in the box to the right of a serial number of six digits, or None."""
        digits = sum(c.isdigit() for c in serial.clean)
        if digits < 6 or digits > 7:
            return None
        _, y0, x1, y1 = serial.box
        height = y1 - y0
        # When the frame was read as a seventh sign it lies inside the box of the text.
        left = x1 - 1.1 * height if digits == 7 else x1 - 0.1 * height
        crop = colour[_span(y0 + 0.05 * height, y1 - 0.05 * height, 0), _span(left, x1 + 1.4 * height, 0)]
        if min(crop.shape[:2]) < 8:
            return None
        inner = _without_frame(crop)
        output = self._engine(inner, use_det=False, use_cls=False, use_rec=True)
        if not output.txts or len(output.txts[0].strip()) != 1 or not output.txts[0].strip().isdigit():
            return None
        score = float(output.scores[0])
        return Text(output.txts[0].strip(), score, (x1, y0, x1 + height, y1)) if score > 0.6 else None


def _span(first: float, last: float, least: int) -> slice:
    return slice(max(least, round(first)), max(least, round(last)))


def _without_frame(crop: Image) -> Image:
    """Return the inside of the largest rectangle in a crop, or the crop."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    _, binary = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if float(np.mean(binary)) > 127:
        binary = cv2.bitwise_not(binary)
    outlines, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    frames = [cv2.boundingRect(o) for o in outlines]
    frames = [f for f in frames if f[3] > 0.5 * crop.shape[0] and 0.5 < f[2] / f[3] < 1.4]
    if not frames:
        return crop
    x, y, width, height = max(frames, key=lambda f: f[2] * f[3])
    cut = max(1, round(0.14 * height))
    inner = crop[y + cut : y + height - cut, x + cut : x + width - cut]
    if min(inner.shape[:2]) < 6:
        return crop
    edge = np.median(inner.reshape(-1, 3), axis=0)
    room = round(0.4 * inner.shape[0])
    return np.asarray(
        cv2.copyMakeBorder(inner, room, room, room, room, cv2.BORDER_CONSTANT, value=edge.tolist()), dtype=np.uint8
    )
