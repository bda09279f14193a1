"""Loads as the fleet shows them: what they are, where they were, what was read on them and said of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from amr_fleet import vocabulary as words

HEAVIEST_KG: Final = 100_000


@dataclass(frozen=True, kw_only=True)
class Cargo:
    """What a load is. kind: pallet (its load id is an SSCC), container (ISO 6346 number), lot, or "" for unknown.

    container: the one that a pallet or lot came in; customs_hold: it may not be moved; weight_kg: with its pallet, 0 =
    unknown; load_type: one of the site's, "" = any robot carries it.
    """

    kind: words.CargoKind = field(default="", metadata={"says": "pallet, lot, container"})
    lot: str = field(default="", metadata={"says": "lot"})
    container: str = field(default="", metadata={"says": "container that it came in"})
    customer: str = field(default="", metadata={"says": "whose"})
    customs_hold: bool = field(default=False, metadata={"fact": "hold", "says": "true: customs hold"})
    weight_kg: float = field(default=0.0, metadata={"says": "kg, 0 = unknown"})
    load_type: str = field(default="", metadata={"says": 'one of the site, "" = unknown'})


@dataclass(frozen=True, kw_only=True)
class CustodyLeg:
    """One time that a robot had a load. Times in fleet seconds; dropped 0.0 = still on board or taken off by hand."""

    order_id: str
    robot: str
    from_place: str
    picked: float
    to_place: str = ""
    dropped: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CargoReading:
    """What a sensor read on a load at t (fleet seconds): kind sscc, container or code.

    valid: its check digit is right and pictures agreed; match: yes, no or unknown: is it the load that was ordered?
    """

    t: float
    order_id: str
    kind: words.ReadingKind
    value: str
    valid: bool
    match: words.Match
    size_type: str
    source: str


@dataclass(frozen=True, kw_only=True)
class CargoWord:
    """What a person (user) at a place said of a load, when (fleet s). read: the code on it; photos: their SHA-256."""

    at: float
    order_id: str
    said: words.LoadWord
    place: str
    user: str
    read: str = ""
    text: str = ""
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CargoView:
    """One load: what it is and where, in a place or on a robot, since when (fleet s). legs, readings: oldest first.

    place and robot "": a person took it away, or nobody knows.
    """

    load_id: str
    cargo: Cargo
    place: str
    robot: str
    since: float
    legs: tuple[CustodyLeg, ...]
    readings: tuple[CargoReading, ...] = ()
    said: tuple[CargoWord, ...] = ()
