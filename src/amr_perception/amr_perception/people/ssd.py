"""SSD-MobileNetV2 (300 x 300, classes of Open Images) in OpenCV: a second opinion, less sure of small people."""

from __future__ import annotations

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray
from amr_perception.people.boxes import BoxKind, ColourImage, FloatImage, PictureBox, check_answers, suppress
from amr_perception.people.models import SSD, model_path

SIDE = 300
_GRIDS = (19, 10, 5, 3, 2, 1)  # cells a side of each level
_SMALLEST, _LARGEST = 0.2, 0.95  # share of the picture that the anchors of the first and the last level cover
_RATIOS = (1.0, 2.0, 0.5, 3.0, 1.0 / 3.0)  # width to height of the anchors, as the model was trained
_CENTRE, _EXTENT = 10.0, 5.0  # by which the model scales its answers
_BOXES, _CLASSES = "raw_outputs/box_encodings", "raw_outputs/class_predictions"
# Row of the package's label map -> kind: Person; Bicycle, Vehicle, Car.
_KINDS: dict[int, BoxKind] = {4: "person", 1: "vehicle", 18: "vehicle", 23: "vehicle"}
_COLUMNS = np.array(sorted(_KINDS))
# What TensorFlow Lite answers for _known_picture(): another version of OpenCV may order the boxes differently.
_KNOWN = {474: (0.7723, 0.3090, -2.1782, -3.8973), 1500: (-0.0998, -0.5258, 0.3761, -1.2938)}


class Ssd:
    """Finds people and vehicles; score: least of a box. Raises model.missing or model.wrong without its file."""

    name = "ssd"

    def __init__(self, score: float = 0.4) -> None:
        cv2.setNumThreads(1)
        path = str(model_path(SSD))
        # OpenCV 5's new engine keeps one of the two outputs only.
        engine = [cv2.dnn.ENGINE_CLASSIC] if hasattr(cv2.dnn, "ENGINE_CLASSIC") else []
        try:
            self._net = cv2.dnn.readNetFromTFLite(path, *engine)
            right = np.allclose(self._run(_known_picture())[0][list(_KNOWN)], list(_KNOWN.values()), atol=0.02)
        except cv2.error:
            right = False
        if not right:
            raise AmrError("model.wrong", model=SSD.name, sha256=f"as read by OpenCV {cv2.__version__}", expected="5.0")
        self._score = score
        self._anchors = anchors()

    def detect(self, image: ColourImage) -> list[PictureBox]:
        """Return the boxes in a bgr8 (height, width, 3) or mono8 (height, width) picture."""
        colour = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB if image.ndim == 2 else cv2.COLOR_BGR2RGB)
        height, width = colour.shape[:2]
        # The whole picture is squeezed into a square, as the model was trained.
        small = cv2.resize(colour, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        raw, answers = self._run(small / 127.5 - 1.0)
        check_answers((raw, answers))
        return self._decode(raw, answers, width, height)

    def _run(self, picture: FloatImage) -> tuple[FloatArray, FloatArray]:
        """Return box offsets (N x 4) and class answers (N x 24) of a square picture with values from -1 to 1."""
        self._net.setInput(picture.transpose(2, 0, 1)[None])
        raw, answers = self._net.forward([_BOXES, _CLASSES])
        count = answers.shape[-2]
        return _in_order(raw.reshape(count, 4)), answers.reshape(count, -1)

    def _decode(self, raw: FloatArray, answers: FloatArray, width: int, height: int) -> list[PictureBox]:
        wanted = 1.0 / (1.0 + np.exp(-answers[:, _COLUMNS]))
        good = np.flatnonzero(wanted.max(axis=1) > self._score)
        y, x, tall, wide = self._anchors[good].T
        middle_y, middle_x = raw[good, 0] / _CENTRE * tall + y, raw[good, 1] / _CENTRE * wide + x
        half_y, half_x = np.exp(raw[good, 2] / _EXTENT) * tall / 2.0, np.exp(raw[good, 3] / _EXTENT) * wide / 2.0
        found = []
        for k, index in enumerate(good):
            best = int(wanted[index].argmax())
            corners = (
                float(np.clip(middle_x[k] - half_x[k], 0.0, 1.0)) * width,
                float(np.clip(middle_y[k] - half_y[k], 0.0, 1.0)) * height,
                float(np.clip(middle_x[k] + half_x[k], 0.0, 1.0)) * width,
                float(np.clip(middle_y[k] + half_y[k], 0.0, 1.0)) * height,
            )
            found.append(PictureBox(_KINDS[int(_COLUMNS[best])], float(wanted[index, best]), *corners))
        return suppress(found)


def _in_order(raw: FloatArray) -> FloatArray:
    """Return offsets by anchor: OpenCV leaves each level's boxes in planes, channel first."""
    planes, begin, levels = raw.T, 0, []
    for level, cells in enumerate(_GRIDS):
        shapes = _shapes(level)
        count = cells * cells * shapes
        part = planes[:, begin : begin + count].reshape(shapes, 4, cells * cells)
        levels.append(part.transpose(2, 0, 1).reshape(count, 4))
        begin += count
    return np.concatenate(levels)


def _known_picture() -> FloatImage:
    picture = np.zeros((SIDE, SIDE, 3), np.float32)
    picture[100:200, 120:180] = 0.8
    return picture


def _shapes(level: int) -> int:
    return 3 if level == 0 else 1 + len(_RATIOS)


def anchors() -> FloatArray:
    """Return the anchors (N x 4: centre y, x, height, width as shares of the picture) in the order of the answers."""
    steps = len(_GRIDS) - 1
    scales = [_SMALLEST + (_LARGEST - _SMALLEST) * k / steps for k in range(len(_GRIDS))] + [1.0]
    rows = []
    for level, cells in enumerate(_GRIDS):
        scale, between = scales[level], float(np.sqrt(scales[level] * scales[level + 1]))
        if level == 0:
            shapes = [(0.1, 0.1), *((scale / np.sqrt(r), scale * np.sqrt(r)) for r in (2.0, 0.5))]
        else:
            shapes = [(scale / np.sqrt(r), scale * np.sqrt(r)) for r in _RATIOS] + [(between, between)]
        centres = [((row + 0.5) / cells, (column + 0.5) / cells) for row in range(cells) for column in range(cells)]
        rows += [(*centre, *shape) for centre in centres for shape in shapes]
    return np.array(rows)
