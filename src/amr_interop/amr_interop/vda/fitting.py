"""Does a robot's factsheet fit the type that the site gives it? Traffic keeps the space of the type free, not more.

What reaches out of the reserved space, or what the robot requires and never gets, keeps orders away. What only takes of
the margin around the type, or makes it slower or weaker, is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from amr_core.roadmap.conflicts import MARGIN
from amr_core.robots import RobotType
from amr_core.vda5050 import ErrorLevel, RobotError
from amr_interop.vda.messages import Factsheet, LoadSet
from amr_interop.vda.required import unmet

_LENGTH_M: Final = 0.001
_SHARE: Final = 0.01
_WORK: Final = ("pick", "drop")


def misfits(sheet: Factsheet, kind: RobotType | None) -> tuple[RobotError, ...]:
    """Return what is wrong between a factsheet and a type. FATAL: the robot gets no orders. kind None: not known."""
    found = [RobotError("vda.factsheet_requires", "FATAL", {"parameter": name}) for name in unmet(sheet)]
    if kind is not None:
        found += [*_sizes(sheet, kind), *_loads(sheet, kind), *_weaker(sheet, kind), *_cannot(sheet)]
    return tuple(found)


def _sizes(sheet: Factsheet, kind: RobotType) -> Iterator[RobotError]:
    """Yield outlines that are larger than the type's, loaded or not, or that are none.

    A length or width without a curve is taken as centred: there is a margin at each end of it.
    """
    front, rear = max(kind.front, kind.load_front), max(kind.rear, kind.load_rear)
    half = max(kind.half_width, kind.load_half_width)
    for name, told, most in (("length", sheet.length, front + rear), ("width", sheet.width, 2.0 * half)):
        yield from _larger(f"physicalParameters.{name}", told, kind, most)
    for name, told, most in zip(
        ("front", "rear", "half width"), sheet.outline or (), (front, rear, half), strict=False
    ):
        yield from _larger(f"envelopes2d, {name}", max(0.0, told), kind, most, MARGIN)


def _loads(sheet: Factsheet, kind: RobotType) -> Iterator[RobotError]:
    """Yield loads that reach further out than the type with its load, and a kind that is carried here and not named."""
    ours = [load for load in sheet.loads if load.load_type == sheet.load_type]
    if sheet.loads and not ours:
        names = ", ".join(sorted({load.load_type for load in sheet.loads}))
        yield _differs("loadSets.loadType", names[:80], kind, sheet.load_type)
    for load in ours or sheet.loads:
        yield from _load(load, kind)


def _load(load: LoadSet, kind: RobotType) -> Iterator[RobotError]:
    length = max(kind.front, kind.load_front) + max(kind.rear, kind.load_rear)
    width = 2.0 * max(kind.half_width, kind.load_half_width)
    for name, told, most in (("length", load.length, length), ("width", load.width, width)):
        yield from _larger(f"loadSets.{load.load_type}.{name}"[:80], told, kind, most)
    if 0.0 < load.max_weight < kind.max_payload * (1.0 - _SHARE):
        yield _differs(f"loadSets.{load.load_type}.maxWeight"[:80], load.max_weight, kind, kind.max_payload)


def _weaker(sheet: Factsheet, kind: RobotType) -> Iterator[RobotError]:
    rows = (
        ("maxLoadMass", sheet.max_load, kind.max_payload),
        ("speedMax", sheet.max_speed, kind.max_speed),
        ("accelerationMax", sheet.acceleration, kind.acceleration),
        ("decelerationMax", sheet.deceleration, kind.deceleration),
    )
    for name, told, ours in rows:
        if told < 0.0 or 0.0 < told < ours * (1.0 - _SHARE):
            yield _differs(name, told, kind, ours)
    limited = sheet.takes("maxSpeed") or sheet.takes("maximumSpeed")
    if sheet.max_speed > kind.max_speed * (1.0 + _SHARE) and not limited:
        yield _differs("speedMax", sheet.max_speed, kind, kind.max_speed)  # nothing we send would hold it back


def _cannot(sheet: Factsheet) -> Iterator[RobotError]:
    for action in _WORK:
        if not sheet.does(action):
            yield RobotError("vda.factsheet_ability", "WARNING", {"action": action})


def _larger(name: str, told: float, kind: RobotType, most: float, margin: float = 2.0 * MARGIN) -> Iterator[RobotError]:
    """Yield what is wrong with a size (m) that may be at most so large: FATAL beyond what is kept free around it."""
    if told < 0.0 or told > most + margin + _LENGTH_M:
        yield _error("vda.factsheet_unfit", "FATAL", name, round(told, 3), kind, round(most + margin, 3))
    elif told > most + _LENGTH_M:
        yield _error("vda.factsheet_margin", "WARNING", name, round(told, 3), kind, round(most, 3))


def _differs(name: str, told: float | str, kind: RobotType, expected: float | str) -> RobotError:
    return _error("vda.factsheet_differs", "WARNING", name, told, kind, expected)


def _error(
    code: str, level: ErrorLevel, name: str, told: float | str, kind: RobotType, expected: float | str
) -> RobotError:
    return RobotError(code, level, {"field": name, "told": told, "type": kind.name, "expected": expected})
