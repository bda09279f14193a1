"""The count: what was read on the racks beside what the book says is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

# label: a number was read; unreadable: there is a label and nobody can read it; unknown: nobody looked.
CellState = Literal["label", "empty", "unreadable", "unknown"]
DifferenceKind = Literal["misplaced", "missing", "not_in_book", "unreadable"]


@dataclass(frozen=True)
class CellReading:
    """What a cell holds: the SSCC with state label, else ""."""

    cell: str
    state: CellState
    sscc: str = ""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Book and racks disagree. found, booked: places, "" = none; cell: where it was seen.

    sure: False for a missing load while some cells of its place were not read.
    """

    kind: DifferenceKind
    load_id: str = ""
    found: str = ""
    booked: str = ""
    cell: str = ""
    sure: bool = True


def differences(
    readings: Mapping[str, CellReading], place_of: Mapping[str, str], book: Mapping[str, str], counted: Collection[str]
) -> list[Difference]:
    """Return all differences, in the order of the cells, then of the book.

    readings: by cell, those that nobody looked at may be absent; place_of: cell -> place; book: load -> place,
    "" = not in a place (on a robot); counted: places that were counted.
    """
    found: list[Difference] = []
    seen: set[str] = set()
    doubtful: set[str] = set()
    for cell, place in place_of.items():
        reading = readings.get(cell, CellReading(cell, "unknown"))
        if reading.state in ("unreadable", "unknown"):
            doubtful.add(place)
        if reading.state == "unreadable":
            found.append(Difference(kind="unreadable", found=place, cell=cell))
        if reading.state != "label" or reading.sscc in seen:
            continue
        seen.add(reading.sscc)
        booked = book.get(reading.sscc)
        if booked is None:
            found.append(Difference(kind="not_in_book", load_id=reading.sscc, found=place, cell=cell))
        elif booked != place:
            found.append(Difference(kind="misplaced", load_id=reading.sscc, found=place, booked=booked, cell=cell))
    for load_id, place in book.items():
        if place in counted and load_id not in seen:
            found.append(Difference(kind="missing", load_id=load_id, booked=place, sure=place not in doubtful))
    return found
