"""Does a robot's factsheet fit the type that the site gives it? Traffic keeps the space of the type free, not more.

What reaches out of the reserved space, or what the robot requires and never gets, keeps orders away. What only takes of
the margin around the type, or makes it slower or weaker, is told.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from amr_core.roadmap.conflicts import MARGIN
from amr_core.robots import RobotType
from amr_core.vda5050 import LOADS_FIELD, ErrorLevel, RobotError
from amr_interop.vda.messages import Extent, Factsheet
from amr_interop.vda.required import unmet

_LENGTH_M: Final = 0.001  # chosen: rounding in a factsheet; it is no misfit, and a real one is larger
_SHARE: Final = 0.01  # share of speed, acceleration, weight: so much is rounding in a factsheet
_TOLD: Final = 3
"""So many things that cannot be read are told; one tells enough."""
_WORK: Final = ("pick", "drop")


def misfits(sheet: Factsheet, kind: RobotType | None, carried: Collection[str] = ()) -> tuple[RobotError, ...]:
    """Return what is wrong between a factsheet and a type. FATAL: the robot gets no orders. kind None: not known.

    carried: load types that the site lets this type carry; none: the site names no load types.
    """
    found = [RobotError("vda.factsheet_requires", "FATAL", {"parameter": name}) for name in unmet(sheet)]
    found += [unread(reason) for reason in sheet.unread[:_TOLD]]
    if kind is not None:
        found += [*_sizes(sheet, kind), *_loads(sheet, kind, carried), *_weaker(sheet, kind), *_cannot(sheet)]
    return tuple(found)


def unread(reason: str) -> RobotError:
    """Return the error about what could not be read; its limits are not known, and nobody can hold it to them."""
    return RobotError("vda.factsheet_unread", "WARNING", {"reason": reason})


def _sizes(sheet: Factsheet, kind: RobotType) -> Iterator[RobotError]:
    """Yield outlines that are larger than the type's, loaded or not, or that are none.

    A length or width without a curve is taken as centred: there is a margin at each end of it.
    """
    yield from _centred("physicalParameters", sheet.length, sheet.width, kind, corners=sheet.outline is None)
    if sheet.outline is not None:
        yield from _reaching("envelopes2d", sheet.outline, kind)


def _loads(sheet: Factsheet, kind: RobotType, carried: Collection[str]) -> Iterator[RobotError]:
    """Yield loads that reach further out than the type with its load, and kinds that are carried here and not named.

    A load without a boundingBoxReference counts as centred on the robot.
    """
    wanted = sorted(carried) or [sheet.load_type]
    named = {load.load_type for load in sheet.loads}
    ours = [load for load in sheet.loads if load.load_type in (*wanted, sheet.load_type)]
    for one in wanted if sheet.loads else []:
        if one not in named:
            yield _differs(LOADS_FIELD, ", ".join(sorted(named))[:80], kind, one)
    for load in ours or sheet.loads:
        name = f"loadSets.{load.load_type}"[:60]
        if load.extent is None:
            yield from _centred(name, load.length, load.width, kind)
        else:
            yield from _reaching(name, load.extent, kind)
        if 0.0 < load.max_weight < kind.max_payload * (1.0 - _SHARE):
            yield _differs(f"{name}.maxWeight", load.max_weight, kind, kind.max_payload)


def _centred(name: str, length: float, width: float, kind: RobotType, *, corners: bool = True) -> Iterator[RobotError]:
    """Yield what is wrong with a box (m) around the robot's centre. corners: they are where the box has them."""
    front, rear, half = kind.reach(loaded=True)
    rows = ((f"{name}.length", length, front + rear), (f"{name}.width", width, 2.0 * half))
    found = [error for key, told, most in rows for error in _larger(key, told, kind, most)]
    yield from found
    if corners and not _fatal(found):
        yield from _swept(name, math.hypot(length, width) / 2.0, kind)


def _reaching(name: str, extent: Extent, kind: RobotType) -> Iterator[RobotError]:
    """Yield what is wrong with something whose place on the robot is known."""
    told = extent.front, extent.rear, extent.half_width
    rows = zip(("front", "rear", "half width"), told, kind.reach(loaded=True), strict=True)
    found = [e for key, far, most in rows for e in _larger(f"{name}, {key}", max(0.0, far), kind, most, MARGIN)]
    yield from found
    if not _fatal(found):
        yield from _swept(name, extent.radius, kind)


def _swept(name: str, radius: float, kind: RobotType) -> Iterator[RobotError]:
    """Yield corners (m from the centre) outside the disc that is kept free where the type may turn."""
    most = kind.circumscribed_radius() + MARGIN
    if radius > most + _LENGTH_M:
        yield _error("vda.factsheet_unfit", "FATAL", f"{name}, radius", round(radius, 3), kind, round(most, 3))


def _fatal(found: Iterable[RobotError]) -> bool:
    return any(error.level == "FATAL" for error in found)


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
