"""NanoDet-g (416 x 416, COCO classes) in ONNX Runtime: people and road vehicles. It knows no forklift."""

from __future__ import annotations

import cv2
import numpy as np
import onnxruntime

from amr_core.errors import AmrError
from amr_perception.people.boxes import BoxKind, ColourImage, FloatImage, PictureBox, check_answers, suppress
from amr_perception.people.models import NANODET, ModelFile, model_path

SIDE = 416
_STRIDES = (8, 16, 32)
STRONG, WEAK = 0.35, 0.31  # scores: of a box that counts at once, and of one that must come again (docs/perception.md)
_BINS = 11  # a distance is a distribution over 0..10 strides
_MEAN = np.array((103.53, 116.28, 123.675), np.float32)
_STD = np.array((57.375, 57.12, 58.395), np.float32)
# COCO class -> kind: person; bicycle to truck without aeroplane, train and boat.
_KINDS: dict[int, BoxKind] = {0: "person", 1: "vehicle", 2: "vehicle", 3: "vehicle", 5: "vehicle", 7: "vehicle"}
_COLUMNS = np.array(sorted(_KINDS))


class NanoDet:
    """Finds people and vehicles; score: least of a box; model: another file with the same inputs and outputs.

    Raises model.missing or model.wrong without its file, parameter.invalid for a model that is built otherwise.
    """

    name = "nanodet"

    def __init__(self, score: float = STRONG, model: ModelFile = NANODET) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = str(model_path(model))
        self._session = _session(path, options)
        self._input = self._session.get_inputs()[0].name
        self._outputs = [f"Identity{end}" for end in ("", "_1", "_2", "_3", "_4", "_5")]
        self._score = score
        self._grids = [_grid(stride) for stride in _STRIDES]

    def detect(self, image: ColourImage) -> list[PictureBox]:
        """Return the boxes in a bgr8 (height, width, 3) or mono8 (height, width) picture."""
        colour = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
        scale = SIDE / max(colour.shape[:2])
        size = (round(colour.shape[1] * scale), round(colour.shape[0] * scale))
        canvas = np.zeros((SIDE, SIDE, 3), np.float32)
        canvas[: size[1], : size[0]] = cv2.resize(colour, size, interpolation=cv2.INTER_AREA)
        canvas = (canvas - _MEAN) / _STD
        outputs = self._session.run(self._outputs, {self._input: canvas.transpose(2, 0, 1)[None]})
        check_answers(outputs)
        boxes: list[PictureBox] = []
        for level in range(3):
            boxes += self._decode(level, outputs[level][0], outputs[level + 3][0], scale)
        return suppress(boxes)

    def _decode(self, level: int, classes: FloatImage, distances: FloatImage, scale: float) -> list[PictureBox]:
        wanted = classes[:, _COLUMNS]
        good = np.flatnonzero(wanted.max(axis=1) > self._score)
        raw = distances[good].reshape(-1, 4, _BINS)
        weights = np.exp(raw - raw.max(axis=2, keepdims=True))
        sides = (weights @ np.arange(_BINS)) / weights.sum(axis=2) * _STRIDES[level]
        found = []
        for (x, y), side, index in zip(self._grids[level][good], sides, good, strict=True):
            best = int(wanted[index].argmax())
            left, top, right, bottom = (x - side[0], y - side[1], x + side[2], y + side[3])
            kind = _KINDS[int(_COLUMNS[best])]
            corners = (float(v / scale) for v in (left, top, right, bottom))
            found.append(PictureBox(kind, float(wanted[index, best]), *corners))
        return found


def _session(path: str, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        inputs = [tuple(tensor.shape) for tensor in session.get_inputs()]
        outputs = {tensor.name for tensor in session.get_outputs()}
    except Exception as error:  # ONNX Runtime has a class of its own for each fault, none of them public
        raise _unfit(path, " ".join(str(error).split())[:120]) from error
    wanted = {f"Identity{end}" for end in ("", "_1", "_2", "_3", "_4", "_5")}
    if len(inputs) != 1 or inputs[0][-3:] != (3, SIDE, SIDE) or not wanted <= outputs:
        raise _unfit(path, f"not built like NanoDet-g: inputs {inputs}, outputs {sorted(outputs)[:6]}")
    return session


def _unfit(path: str, reason: str) -> AmrError:
    return AmrError("parameter.invalid", name="model", node="camera", reason=f"{path}: {reason}")


def _grid(stride: int) -> FloatImage:
    rows, columns = np.mgrid[0 : SIDE // stride, 0 : SIDE // stride]
    return np.stack(((columns.ravel() + 0.5) * stride, (rows.ravel() + 0.5) * stride), axis=1).astype(np.float32)
