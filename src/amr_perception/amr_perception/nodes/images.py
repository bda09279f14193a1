"""Camera messages to arrays, with every check that keeps a bad driver from stopping the node.

Names of encodings: sensor_msgs/image_encodings.hpp.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from amr_core.errors import AmrError
from amr_perception.lens.packed import Picture, check_size, decode

# chosen: clocks that drift are off by less; older than 2 s a crossing would be judged by its past
_AHEAD_S, _OLDEST_S = 0.5, 2.0
_TOPIC = "camera/image_raw"


@dataclass(frozen=True)
class _Layout:
    """channels: bytes a pixel in a row; lines: rows of bytes a row of pixels; OpenCV's codes, None for none needed."""

    channels: int
    to_grey: int | None
    to_colour: int | None
    lines: float = 1.0
    even: bool = False


def _bayer(grey: int, colour: int) -> _Layout:
    return _Layout(1, grey, colour, even=True)


_MONO = _Layout(1, None, None)
_UYVY = _Layout(2, cv2.COLOR_YUV2GRAY_UYVY, cv2.COLOR_YUV2BGR_UYVY, even=True)
_YUYV = _Layout(2, cv2.COLOR_YUV2GRAY_YUY2, cv2.COLOR_YUV2BGR_YUY2, even=True)
# ROS names a Bayer pattern by its first row, OpenCV by the second row's second and third pixel.
_LAYOUTS: dict[str, _Layout] = {
    "mono8": _MONO,
    "8uc1": _MONO,
    "bgr8": _Layout(3, cv2.COLOR_BGR2GRAY, None),
    "rgb8": _Layout(3, cv2.COLOR_RGB2GRAY, cv2.COLOR_RGB2BGR),
    "8uc3": _Layout(3, cv2.COLOR_BGR2GRAY, None),
    "bgra8": _Layout(4, cv2.COLOR_BGRA2GRAY, cv2.COLOR_BGRA2BGR),
    "rgba8": _Layout(4, cv2.COLOR_RGBA2GRAY, cv2.COLOR_RGBA2BGR),
    "yuv422": _UYVY,
    "uyvy": _UYVY,
    "yuv422_yuy2": _YUYV,
    "yuyv": _YUYV,
    "nv12": _Layout(1, cv2.COLOR_YUV2GRAY_NV12, cv2.COLOR_YUV2BGR_NV12, lines=1.5, even=True),
    "nv21": _Layout(1, cv2.COLOR_YUV2GRAY_NV21, cv2.COLOR_YUV2BGR_NV21, lines=1.5, even=True),
    "bayer_rggb8": _bayer(cv2.COLOR_BayerBG2GRAY, cv2.COLOR_BayerBG2BGR),
    "bayer_bggr8": _bayer(cv2.COLOR_BayerRG2GRAY, cv2.COLOR_BayerRG2BGR),
    "bayer_gbrg8": _bayer(cv2.COLOR_BayerGR2GRAY, cv2.COLOR_BayerGR2BGR),
    "bayer_grbg8": _bayer(cv2.COLOR_BayerGB2GRAY, cv2.COLOR_BayerGB2BGR),
}


def _invalid(topic: str, reason: str) -> AmrError:
    return AmrError("message.invalid", topic=topic, reason=reason)


def check_stamp(stamp: float, now: float, last: float, topic: str = _TOPIC) -> float:
    """Return the stamp (s) of a picture. Raises message.invalid when the clock jumped: before the last, or ahead."""
    if stamp > now + _AHEAD_S:
        raise _invalid(topic, f"stamp {stamp - now:.1f} s ahead of the clock")
    if now - stamp > _OLDEST_S:
        raise _invalid(topic, f"stamp {now - stamp:.1f} s old")
    if stamp < last <= now:
        raise _invalid(topic, f"stamp {last - stamp:.1f} s before that of the last picture")
    return stamp


def image_to_array(message: Any, *, colour: bool = False, topic: str = _TOPIC) -> Picture:
    """Return a sensor_msgs/Image or CompressedImage as mono8 (height, width). Raises message.invalid.

    colour: return what has colour as bgr8 (height, width, 3): detectors of people are trained on it.
    """
    if not hasattr(message, "encoding"):
        return decode(bytes(message.data), message.format, colour=colour, topic=topic)
    layout = _LAYOUTS.get(message.encoding.lower())
    if layout is None:
        raise _invalid(topic, _unknown(message.encoding))
    rows = _rows(message, layout, topic)
    if layout.to_grey is None:  # it is grey already
        return rows
    shaped = rows if layout.channels == 1 else rows.reshape(rows.shape[0], -1, layout.channels)
    code = layout.to_colour if colour else layout.to_grey
    return np.asarray(shaped if code is None else cv2.cvtColor(shaped, code), dtype=np.uint8)


def _rows(message: Any, layout: _Layout, topic: str) -> Picture:
    """Return the bytes of a picture, a row a line, without padding."""
    height, width, step = message.height, message.width, message.step
    check_size(width, height, topic)
    if layout.even and (width % 2 or (layout.lines != 1.0 and height % 2)):
        raise _invalid(topic, f"size {width} x {height}: {message.encoding} needs even numbers")
    lines, wide = round(height * layout.lines), width * layout.channels
    if step < wide or len(message.data) != step * lines:
        raise _invalid(topic, f"{len(message.data)} bytes, step {step}, size {width} x {height}, {message.encoding}")
    return np.frombuffer(message.data, dtype=np.uint8).reshape(lines, step)[:, :wide]


def _unknown(encoding: str) -> str:
    if encoding.lower() in ("mono16", "16uc1") or encoding.lower().endswith("16"):
        return f"encoding {encoding!r} has 16 bits: set the driver to 8"
    return f"encoding {encoding!r}; known: {', '.join(_LAYOUTS)}"


def camera_matrix(
    message: Any, width: int = 0, height: int = 0
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the camera matrix (3 x 3) and distortion of a sensor_msgs/CameraInfo. Raises message.invalid.

    width, height: size of the picture it must belong to, 0 = any. A CameraInfo without a size fits every picture.
    """
    topic = "camera/camera_info"
    if width and message.width and (message.width, message.height) != (width, height):
        raise _invalid(topic, f"for {message.width} x {message.height}, the picture has {width} x {height}")
    matrix = np.array(message.k, dtype=np.float64).reshape(3, 3)
    distortion = np.array(message.d, dtype=np.float64) if len(message.d) else np.zeros(5)
    if not (np.all(np.isfinite(matrix)) and np.all(np.isfinite(distortion))):
        raise _invalid(topic, "values that are no numbers")
    if matrix[0, 0] <= 0.0 or matrix[1, 1] <= 0.0 or matrix[2, 2] != 1.0:
        raise _invalid(topic, f"focal lengths {matrix[0, 0]}, {matrix[1, 1]}")
    if len(distortion) not in (4, 5, 8, 12, 14):
        raise _invalid(topic, f"{len(distortion)} distortion coefficients")
    return matrix, distortion
