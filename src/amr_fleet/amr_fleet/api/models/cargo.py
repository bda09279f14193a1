"""Loads with their chain of custody."""

from __future__ import annotations

from amr_fleet.api.models.base import Answer, Label, RequestBody
from amr_fleet.api.models.orders import Cargo
from amr_fleet.api.models.words import LoadWord, Match, ReadingKind
from amr_fleet.cargo_views import CargoView


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


class Word(Answer):
    """What a person (user) at a place said of a load. read: the code on it; photos: GET /photos/{photo}."""

    at: float
    order_id: str
    said: LoadWord
    place: str
    user: str
    read: str
    text: str
    photos: list[str]


class Load(Cargo):
    """One load: what it is, in which place or on which robot, since when; both "": a person took it away."""

    load_id: str
    place: str
    robot: str
    since: float
    legs: list[CustodyLeg]
    readings: list[Reading]
    said: list[Word]

    @classmethod
    def of(cls, view: CargoView) -> Load:
        """Return a load as the API tells it."""
        legs = [CustodyLeg.model_validate(leg) for leg in view.legs]
        readings = [Reading.model_validate(reading) for reading in view.readings]
        said = [Word.model_validate(word) for word in view.said]
        where = {"place": view.place, "robot": view.robot, "since": view.since}
        return cls.model_validate(
            {**vars(view.cargo), **where, "load_id": view.load_id, "legs": legs, "readings": readings, "said": said}
        )


class Loads(Answer):
    """Loads, newest first."""

    cargo: list[Load]
