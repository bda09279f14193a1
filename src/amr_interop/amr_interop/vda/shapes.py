"""What a factsheet says of shapes: envelope curves, and where the loads lie. What cannot be read is left out and named.

Bounds and limits that were read stay in force when a shape was not: a robot must not drive without them for that.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

from amr_core.errors import AmrError
from amr_interop.vda.messages import Extent, LoadSet
from amr_interop.vda.reading import Record

_T = TypeVar("_T")


def shapes(record: Record, *, two: bool) -> tuple[Extent | None, tuple[LoadSet, ...], tuple[str, ...]]:
    """Return the extent of all envelope curves, the load sets, and what could not be read of both. two: of 2.x."""
    unread: list[str] = []
    empty = Record(record.topic, "", {})

    def attempt(read: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return read()
        except AmrError as error:
            unread.append(str(error.facts.get("reason", error)))
            return otherwise

    geometry = "agvGeometry" if two else "mobileRobotGeometry"
    outline = attempt(lambda: _outline(record.child(geometry, empty), two=two), None)
    none: list[Record] = []
    rows = attempt(lambda: record.child("loadSpecification", empty).children("loadSets", []), none)
    loads = [attempt(lambda row=row: _load_set(row, two=two), None) for row in rows]  # type: ignore[misc]
    return outline, tuple(load for load in loads if load is not None), tuple(unread)


def _outline(geometry: Record, *, two: bool) -> Extent | None:
    key = "polygonPoints" if two else "vertices"
    points = [p for curve in geometry.children("envelopes2d", []) for p in curve.children(key)]
    return _extent([(p.number("x"), p.number("y")) for p in points]) if points else None


def _load_set(row: Record, *, two: bool) -> LoadSet:
    size, at = row.child("loadDimensions", None), row.child("boundingBoxReference", None)
    length, width = (0.0, 0.0) if size is None else (size.number("length"), size.number("width"))
    weight = row.number("maxWeight" if two else "maximumWeight", 0.0)
    extent = None if at is None else _box(at.number("x"), at.number("y"), at.number("theta", 0.0), length, width)
    return LoadSet(row.text("loadType"), length, width, weight, extent)


def _box(x: float, y: float, theta: float, length: float, width: float) -> Extent:
    """Return the extent of a load whose middle is at x, y (m) of the robot's own frame, turned by theta (rad)."""
    c, s = math.cos(theta), math.sin(theta)
    halves = [(a * length / 2.0, b * width / 2.0) for a in (1, -1) for b in (1, -1)]
    return _extent([(x + u * c - v * s, y + u * s + v * c) for u, v in halves])


def _extent(points: list[tuple[float, float]]) -> Extent:
    x, y = [p[0] for p in points], [p[1] for p in points]
    return Extent(max(x), -min(x), max(max(y), -min(y)), max(math.hypot(*p) for p in points))
