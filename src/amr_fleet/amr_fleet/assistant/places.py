"""Which of the site's places a name means, and who and what is there: a station belongs to a place. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from amr_fleet.assistant.state import Facts, RobotRow

_APART: Final = re.compile(r"[\W_]+")
_ZEROS: Final = re.compile(r"(?<!\d)0+(?=\d)")


@lru_cache(maxsize=1 << 12)
def place_key(name: str) -> str:
    """Return the name of a place as it is compared: D01 is D1, and D01_1 is not D11."""
    return _ZEROS.sub("", _APART.sub("-", name.strip().lower()))


def place_of(name: str, facts: Facts) -> str:
    """Return the place that a station belongs to, any other name as it is."""
    asked = place_key(name)
    return next((place for station, place in facts.place_of.items() if place_key(station) == asked), name)


def names_of(asked: str, facts: Facts) -> frozenset[str]:
    """Return what the places and stations that are asked for are called: one, a station's place, those in a hall."""
    return frozenset(map(place_key, (asked, place_of(asked, facts), *facts.in_hall.get(asked.upper(), ()))))


def is_place(place: str, asked: str, facts: Facts) -> bool:
    """Say whether a place of an order or a load is the one that is asked for, that of the station, or in the hall."""
    return place != "" and place_key(place) in names_of(asked, facts)


def stands_at(row: RobotRow, asked: str) -> bool:
    """Say whether a robot is at a station, place, lane or zone."""
    return place_key(asked) in {place_key(name) for name in (row.where, *row.at) if name}


def is_known(name: str, facts: Facts) -> bool:
    """Say whether anything on the site is called so, or something stands or lies there."""
    words = facts.vocabulary
    known = (*words.places, *words.stations, *words.chargers, *words.parking, *words.aisles, *words.zones, *words.halls)
    there = (*(row.where for row in facts.robots), *(row.where for row in facts.cargo))
    return place_key(name) in {place_key(one) for one in (*known, *words.cameras, *there)}
