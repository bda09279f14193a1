"""Camera messages to arrays, with every check that keeps a bad driver from stopping the node."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from amr_core.errors import AmrError

_MOST_PX = 4096
_AHEAD_S, _OLDEST_S = 0.5, 2.0
_CHANNELS = {"mono8": 1, "8UC1": 1, "bgr8": 3, "rgb8": 3}


def _invalid(topic: str, reason: str) -> AmrError:
    return AmrError("message.invalid", topic=topic, reason=reason)


def check_stamp(stamp: float, now: float, last: float, topic: str = "camera/image_raw") -> float:
    """Return the stamp (s) of a picture. Raises message.invalid when the clock jumped: before the last, or ahead."""
    if stamp > now + _AHEAD_S:
        raise _invalid(topic, f"stamp {stamp - now:.1f} s ahead of the clock")
    if now - stamp > _OLDEST_S:
        raise _invalid(topic, f"stamp {now - stamp:.1f} s old")
    if stamp < last <= now:
        raise _invalid(topic, f"stamp {last - stamp:.1f} s before that of the last picture")
    return stamp


def image_to_array(message: Any) -> npt.NDArray[np.uint8]:
    """Return a sensor_msgs/Image as mono8 (height, width). Raises message.invalid."""
    topic = "camera/image_raw"
    channels = _CHANNELS.get(message.encoding)
    if channels is None:
        raise _invalid(topic, f"encoding {message.encoding!r}")
    height, width, step = message.height, message.width, message.step
    if not (16 <= height <= _MOST_PX and 16 <= width <= _MOST_PX):
        raise _invalid(topic, f"size {width} x {height}")
    if step < width * channels or len(message.data) != step * height:
        raise _invalid(topic, f"{len(message.data)} bytes, step {step}, size {width} x {height}")
    rows = np.frombuffer(message.data, dtype=np.uint8).reshape(height, step)[:, : width * channels]
    if channels == 1:
        return rows
    code = cv2.COLOR_BGR2GRAY if message.encoding == "bgr8" else cv2.COLOR_RGB2GRAY
    return np.asarray(cv2.cvtColor(rows.reshape(height, width, 3), code), dtype=np.uint8)


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
