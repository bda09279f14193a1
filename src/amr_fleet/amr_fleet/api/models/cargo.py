"""Loads with their chain of custody."""

from __future__ import annotations

from amr_fleet.api.models.base import Answer, Label, RequestBody
from amr_fleet.api.models.orders import Cargo
from amr_fleet.api.models.words import Match, ReadingKind
from amr_fleet.ports import CargoView


class HoldCargoBody(RequestBody):
    """Body of POST /cargo/{id}/hold and /release: the customs document."""

    document: Label = ""


class CustodyLeg(Answer):
    """One time that a robot had a load; dropped 0 = still on board, or taken off by hand."""

    order_id: str
    robot: str
    from_place: str
    picked: float
    to_place: str
    dropped: float


class Reading(Answer):
    """What a camera read on a load. valid: its check digit is right; match: is it the load that was ordered?"""

    t: float
    order_id: str
    kind: ReadingKind
    value: str
    valid: bool
    match: Match
    size_type: str
    source: str


class Load(Cargo):
    """One load: what it is, in which place or on which robot, since when."""

    load_id: str
    place: str
    robot: str
    since: float
    legs: list[CustodyLeg]
    readings: list[Reading]

    @classmethod
    def of(cls, view: CargoView) -> Load:
        """Return a load as the API tells it."""
        legs = [CustodyLeg.model_validate(leg) for leg in view.legs]
        readings = [Reading.model_validate(reading) for reading in view.readings]
        where = {"place": view.place, "robot": view.robot, "since": view.since}
        return cls.model_validate(
            {**vars(view.cargo), **where, "load_id": view.load_id, "legs": legs, "readings": readings}
        )


class Loads(Answer):
    """Loads, newest first."""

    cargo: list[Load]
