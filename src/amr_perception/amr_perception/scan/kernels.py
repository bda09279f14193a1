"""Numba kernel of the scan: project, drop what the map explains, cut into segments."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Float = npt.NDArray[np.float64]


@njit(cache=True, nogil=True, fastmath=True)
def segments(
    ranges: npt.NDArray[np.float32],
    directions: Float,
    sensor: Float,
    near_far: Float,
    table: npt.NDArray[np.uint8],
    grid: Float,
    gap: float,
    out: Float,
) -> int:
    """Write segments into out and return their number.

    ranges: N metres. directions: N x 2 unit vectors of the beams in the map frame. sensor: x, y in the map frame.
    near_far: shortest and longest range used. table: distance table (uint8). grid: origin x, y, cell size, distance (in
    table units) up to which a point belongs to the map. gap: distance of neighbours (m) that parts segments. out: rows
    of (sum x, sum y, points, min x, min y, max x, max y).
    """
    count = 0
    rows, columns = table.shape
    last_x = last_y = 1e18
    last_i = -10
    for i in range(ranges.shape[0]):
        r = ranges[i]
        if not (near_far[0] <= r <= near_far[1]):
            continue
        x = sensor[0] + r * directions[i, 0]
        y = sensor[1] + r * directions[i, 1]
        column = int(np.floor((x - grid[0]) / grid[2]))
        row = int(np.floor((y - grid[1]) / grid[2]))
        if not (0 <= row < rows and 0 <= column < columns) or table[row, column] <= grid[3]:
            continue
        joined = i - last_i <= 2 and (x - last_x) ** 2 + (y - last_y) ** 2 <= gap * gap
        last_x, last_y, last_i = x, y, i
        if joined:
            k = count - 1
            out[k, 0] += x
            out[k, 1] += y
            out[k, 2] += 1.0
            out[k, 3] = min(out[k, 3], x)
            out[k, 4] = min(out[k, 4], y)
            out[k, 5] = max(out[k, 5], x)
            out[k, 6] = max(out[k, 6], y)
            continue
        if count == out.shape[0]:
            return count
        out[count, 0] = x
        out[count, 1] = y
        out[count, 2] = 1.0
        out[count, 3] = x
        out[count, 4] = y
        out[count, 5] = x
        out[count, 6] = y
        count += 1
    return count


@njit(cache=True, nogil=True)
def merge(parts: Float, near: float, tracks: Float, slack: float, owner: npt.NDArray[np.int64]) -> int:
    """Give each segment a group: that of the nearest predicted track, else one shared with close segments.

    parts: S x 7 as in segments(). tracks: T x 3 of x, y, radius. near: distance (m) of boxes that belong together.
    slack: how far (m) outside a track's radius a segment may lie. owner: S, filled with the group: t < T for a track,
    T + k for new things. Returns the number of new groups.
    """
    n, t = parts.shape[0], tracks.shape[0]
    for i in range(n):
        owner[i] = -1
        x, y = parts[i, 0] / parts[i, 2], parts[i, 1] / parts[i, 2]
        best = 1e18
        for k in range(t):
            d = np.hypot(x - tracks[k, 0], y - tracks[k, 1]) - tracks[k, 2] - slack
            if d <= 0.0 and d < best:
                best = d
                owner[i] = k
    groups = 0
    stack = np.empty(n, np.int64)
    for i in range(n):
        if owner[i] >= 0:
            continue
        owner[i] = t + groups
        stack[0] = i
        depth = 1
        while depth > 0:
            depth -= 1
            a = stack[depth]
            for b in range(n):
                if owner[b] >= 0:
                    continue
                dx = max(parts[a, 3] - parts[b, 5], parts[b, 3] - parts[a, 5], 0.0)
                dy = max(parts[a, 4] - parts[b, 6], parts[b, 4] - parts[a, 6], 0.0)
                if dx * dx + dy * dy <= near * near:
                    owner[b] = t + groups
                    stack[depth] = b
                    depth += 1
        groups += 1
    return groups


@njit(cache=True, nogil=True)
def _are_legs(a: Float, b: Float, thin: float, least: float, most: float) -> bool:
    if np.hypot(a[5] - a[3], a[6] - a[4]) > thin or np.hypot(b[5] - b[3], b[6] - b[4]) > thin:
        return False
    return bool(least <= np.hypot(a[0] / a[2] - b[0] / b[2], a[1] / a[2] - b[1] / b[2]) <= most)


@njit(cache=True, nogil=True)
def pool(parts: Float, owner: npt.NDArray[np.int64], groups: int, thin: float, least: float, most: float) -> Float:
    """Return the groups as rows like those of segments(); a group without segments has 0 points.

    An eighth column is 1 for a pair of legs: two segments with boxes of at most thin (m) across, least to most m apart.
    """
    out = np.zeros((groups, 8))
    out[:, 3:5] = 1e18
    out[:, 5:7] = -1e18
    members = np.zeros(groups, np.int64)
    first = np.zeros(groups, np.int64)
    for i in range(parts.shape[0]):
        g = owner[i]
        members[g] += 1
        if members[g] == 1:
            first[g] = i
        out[g, 7] = members[g] == 2 and _are_legs(parts[first[g]], parts[i], thin, least, most)
        for c in range(3):
            out[g, c] += parts[i, c]
        for c in range(3, 5):
            out[g, c] = min(out[g, c], parts[i, c])
        for c in range(5, 7):
            out[g, c] = max(out[g, c], parts[i, c])
    return out


@njit(cache=True, nogil=True)
def centred(pooled: Float, sensor_x: float, sensor_y: float, unseen: float) -> Float:
    """Return rows (x, y, size, points, legs) of what pool returned: where the middle of each thing is (m), how large.

    Points crowd on the near side of large things: there the middle of the box is the better centre. Of a small thing
    sensor_x, sensor_y sees the near side only: its centre lies unseen m further away.
    """
    out = np.empty((pooled.shape[0], 5))
    for g in range(pooled.shape[0]):
        sx, sy, n = pooled[g, 0], pooled[g, 1], pooled[g, 2]
        x0, y0, x1, y1 = pooled[g, 3], pooled[g, 4], pooled[g, 5], pooled[g, 6]
        size = np.hypot(x1 - x0, y1 - y0)
        if size > 0.5 or n < 1.0:
            x, y = (x0 + x1) / 2.0, (y0 + y1) / 2.0
        else:
            x, y = sx / n, sy / n
            dx, dy = x - sensor_x, y - sensor_y
            away = np.hypot(dx, dy)
            if away > 0.1:
                x, y = x + unseen * dx / away, y + unseen * dy / away
        out[g, 0], out[g, 1], out[g, 2], out[g, 3], out[g, 4] = x, y, size, n, pooled[g, 7]
    return out
