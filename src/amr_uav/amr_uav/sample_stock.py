"""Stock for demonstrations and tests: what the book says, what stands on the racks, and how they differ. Seeded."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from amr_core import check_digits
from amr_uav.count import DifferenceKind
from amr_uav.site import FlightSite

UNREADABLE = "?"
"""Instead of a number: a label that nobody can read."""
_PREFIX = "389345670"


@dataclass(frozen=True)
class Stock:
    """book: load -> place; racks: cell -> load, UNREADABLE; cells that are not in it are empty.

    planted: the differences, by their kind and load, an unreadable one by its cell.
    """

    book: dict[str, str]
    racks: dict[str, str]
    planted: frozenset[tuple[DifferenceKind, str]] = field(default=frozenset())


def sscc(number: int) -> str:
    """Return the SSCC of a running number: 18 digits with the check digit."""
    digits = f"{_PREFIX}{number:08d}"
    return digits + check_digits.gs1(digits)


def sample(site: FlightSite, seed: int = 1, *, full: float = 0.6, each: int = 1) -> Stock:
    """Return stock on all racks of a site, a share `full` of the cells, and `each` differences of every kind.

    All differences are in the first two places; a misplaced load stands in one of them and is booked to the next place.
    """
    rng = random.Random(seed)
    places = list(dict.fromkeys(row.place for row in site.rows))
    book: dict[str, str] = {}
    racks: dict[str, str] = {}
    number = 0
    for row in site.rows:
        for cell in row.cells():
            if rng.random() < full:
                number += 1
                racks[cell] = sscc(number)
                book[sscc(number)] = row.place
    near = [cell for cell in sorted(racks) if book[racks[cell]] in places[:2]]
    taken = rng.sample(near, 4 * each)
    planted: set[tuple[DifferenceKind, str]] = set()
    for i in range(each):
        moved, gone, strange, torn = taken[4 * i : 4 * i + 4]
        planted |= {("missing", racks[gone]), ("not_in_book", racks[strange]), ("unreadable", torn)}
        here = places.index(book[racks[moved]])
        if len(places) > 1:
            planted.add(("misplaced", racks[moved]))
            book[racks[moved]] = places[(here + 1) % len(places)]
        del racks[gone]
        del book[racks[strange]]
        del book[racks[torn]]
        racks[torn] = UNREADABLE
    return Stock(book, racks, frozenset(planted))
