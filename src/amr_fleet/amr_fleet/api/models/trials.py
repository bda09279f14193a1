"""Controlled trials. t, since: fleet seconds; begin, end, now: Unix seconds, as permits are of the world outside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints, WithJsonSchema
from typing_extensions import TypeAliasType

from amr_fleet import vocabulary
from amr_fleet.api.models.base import Answer, Label, Measured, RequestBody, Tenths
from amr_fleet.api.models.words import Problem
from amr_fleet.domain.trial_simulation import Simulation, WhyAway, refused_orders
from amr_fleet.ports import OrderView
from amr_fleet.sandbox.book import Trial as Kept
from amr_fleet.sandbox.book import TrialBook
from amr_fleet.sandbox.permit import Permit
from amr_fleet.sandbox.record import Areas, Name
from amr_fleet.sandbox.sketch import Sketch
from amr_fleet.sandbox.statistics import verdict
from amr_fleet.sandbox.windows import next_begin, span_at
from amr_fleet.trial_requests import NoteKind

TrialState = TypeAliasType("TrialState", vocabulary.TrialState)
BreachRule = TypeAliasType("BreachRule", vocabulary.BreachRule)
TrialBar = TypeAliasType("TrialBar", vocabulary.TrialBar)
_OPEN: dict[str, Any] = {"type": "object", "additionalProperties": True}
Json = Annotated[dict[str, Any], WithJsonSchema(_OPEN)]


class TrialBody(RequestBody):
    """A record as docs/sandbox.md describes it."""

    record: Json


class TrialSketchBody(RequestBody):
    """An envelope as it is drawn, polygons in m of the map; serials: the robots that take part, [] = all.

    max_load_kg: 0 = no limit was said.
    """

    areas: Areas
    forbidden: Areas = ()
    serials: Annotated[tuple[Name, ...], Field(max_length=1000)] = ()
    max_load_kg: Annotated[float, Field(strict=True, ge=0.0, le=1e5, allow_inf_nan=False)] = 0.0

    def sketch(self) -> Sketch:
        """Return it as the fleet knows it."""
        return Sketch(self.areas, self.forbidden, self.serials, self.max_load_kg or math.inf)


class TrialMoveBody(RequestBody):
    """A step to another state; hard: robots stop at once."""

    to: TrialState
    reason: Annotated[str, StringConstraints(max_length=500)] = ""
    hard: bool = False


class TrialNoteBody(RequestBody):
    """What is noted of a trial; watched takes no row."""

    kind: NoteKind
    row: Annotated[Json, Field(default_factory=dict)]


class TrialVersion(Answer):
    """A version of the record."""

    number: int
    sha256: str
    t: float
    user: str


class TrialStep(Answer):
    """From one state to another; second: who confirmed."""

    before: TrialState
    state: TrialState
    t: float
    user: str
    role: Label
    second: str
    reason: str


class TrialWish(Answer):
    """A step that a second person has to confirm."""

    to: TrialState
    user: str
    t: float
    reason: str


class TrialBreach(Answer):
    """What was seen outside the envelope: value against limit, where (m)."""

    rule: BreachRule
    robot: str
    x: Measured
    y: Measured
    value: Measured
    limit: Measured
    t: float


class CardVerdict(Answer):
    """A test card, and what it shows: bound is the lower one-sided Clopper-Pearson bound of the share of passes."""

    card: Json
    state: str
    n: int
    passed: int
    failed: int
    broken_off: int
    bound: Measured


class Trial(Answer):
    """One trial with all that was noted of it."""

    trial_id: str
    state: TrialState
    version: int
    record: Json
    versions: list[TrialVersion]
    transitions: list[TrialStep]
    asked: TrialWish | None
    breach: TrialBreach | None
    breaches: list[TrialBreach]
    suspended_by: str
    incidents: list[Json]
    conditions: list[Json]
    proofs: list[Json]
    cards: list[CardVerdict]

    @classmethod
    def of(cls, trial: Kept) -> Trial:
        """Return a trial as the API shows it."""
        judged = [{"card": dict(c), **vars(verdict(c))} for c in trial.cards.values()]
        same = (
            "trial_id",
            "state",
            "version",
            "versions",
            "transitions",
            "asked",
            "breach",
            "breaches",
            "suspended_by",
        )
        return cls.model_validate(
            {
                **{name: getattr(trial, name) for name in same},
                "record": trial.record.model_dump(mode="json"),
                "incidents": [dict(row) for row in trial.incidents.values()],
                "conditions": [dict(row) for row in trial.conditions[-500:]],
                "proofs": [dict(row) for row in trial.proofs.values()],
                "cards": judged,
            }
        )


class TrialNow(Answer):
    """What is allowed at this moment. trial "": none is in force; bar: why nothing starts; until 0: no end known.

    next_begin: when robots may drive next (Unix s, 0 = never or unknown); moving: robots that drive now.
    """

    required: bool
    trial: str
    bar: TrialBar
    now: float
    until: float
    next_begin: float
    moving: int
    most_moving: int

    @classmethod
    def of(cls, book: TrialBook, permit: Permit, *, now: float, required: bool, moving: int) -> TrialNow:
        """now: Unix seconds."""
        trial = book.in_force()
        envelope = trial.record.envelope if trial is not None else None
        span = span_at(envelope, now) if envelope is not None else None
        following = next_begin(envelope, now) if envelope is not None else 0.0
        return cls(
            required=required, trial=permit.trial, bar=permit.bar, now=now, until=span[1] if span else 0.0,
            next_begin=following if following < 1e12 else 0.0, moving=moving, most_moving=permit.most_moving,
        )  # fmt: skip


class Trials(Answer):
    """All trials that the asker may see, oldest first, and what is allowed now."""

    now: TrialNow
    trials: Annotated[list[Trial], Field(max_length=1000)]


class TrialReview(Answer):
    """What is wrong with a record, what it lacks before it may be submitted, and which stations nobody would reach."""

    findings: list[Problem]
    missing: list[str]
    out_of_reach: list[str]
    stations: int
    sha256: str


class StationAway(Answer):
    """A station out of reach, or a charger (place ""): outside, no_way to it, or no_return home from it."""

    station: str
    place: str
    why: WhyAway


class TrialWay(Answer):
    """From a place to another: seconds of travel without the permit and with it, null = none from home to home.

    strands: a robot would get to the drop and not home from there.
    """

    pick_place: str
    drop_place: str
    before: Tenths
    after: Tenths
    strands: bool


class RefusedOrder(Answer):
    """An open order that nobody could carry out."""

    order_id: str
    pick_place: str
    drop_place: str


_MOST_WAYS = 500
_MOST_ORDERS = 200


class TrialSimulation(Answer):
    """What an envelope would refuse: of so many stations, open orders and ways between places.

    places: none of their stations is in reach; robots: parked outside, so that the trial cannot start; longer: ways
    that take more than a tenth longer; closed: pieces of lanes that nobody may enter, as x, y, x, y (m, map frame).
    """

    stations: int
    out_of_reach: list[StationAway]
    places: list[str]
    robots: list[str]
    orders_open: int
    orders_refused: int
    orders: Annotated[list[RefusedOrder], Field(max_length=_MOST_ORDERS)]
    ways: int
    ways_refused: int
    ways_longer: int
    ways_stranding: int
    refused: Annotated[list[TrialWay], Field(max_length=_MOST_WAYS)]
    longer: Annotated[list[TrialWay], Field(max_length=_MOST_WAYS)]
    closed: list[tuple[float, float, float, float]]

    @classmethod
    def of(cls, found: Simulation, orders: Sequence[OrderView], sketch: Sketch) -> TrialSimulation:
        """orders: those that are open now; sketch: of which it was found."""
        refused = refused_orders(found, orders, sketch.serials, sketch.most_load)
        return cls.model_validate(
            {
                **vars(found),
                "orders_open": len(orders), "orders_refused": len(refused), "orders": refused[:_MOST_ORDERS],
                "ways_refused": len(found.refused), "ways_longer": len(found.longer),
                "ways_stranding": sum(way.strands for way in found.refused),
                "refused": found.refused[:_MOST_WAYS], "longer": found.longer[:_MOST_WAYS],
            }
        )  # fmt: skip
