"""What-if: questions and answers. finish and deadline in fleet seconds, 0 = none."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from amr_fleet.api.models.base import Answer, Name, RequestBody
from amr_fleet.api.models.words import Reason, StuckCode
from amr_fleet.api.models.zones import ZoneBody


class LotsBody(RequestBody):
    """Orders to add."""

    count: Annotated[int, Field(strict=True, ge=1, le=100)]
    pick_place: Name
    drop_place: Name
    priority: Annotated[int, Field(strict=True, ge=0, le=9)] = 9


class WhatIfBody(RequestBody):
    """Body of POST /what-if.

    resting_robots get no new orders and bring what they have; lost_robots are gone with it.
    paused_robots: as if they were paused, against as if they were not: of one that is paused, what that does.
    """

    closed_places: Annotated[list[Name], Field(default_factory=list, max_length=100)]
    lost_robots: Annotated[list[Name], Field(default_factory=list, max_length=500)]
    resting_robots: Annotated[list[Name], Field(default_factory=list, max_length=500)]
    new_lots: Annotated[list[LotsBody], Field(default_factory=list, max_length=20)]
    paused_robots: Annotated[list[Name], Field(default_factory=list, max_length=500)]
    cancelled_orders: Annotated[list[Name], Field(default_factory=list, max_length=100)]
    zones: Annotated[list[ZoneBody], Field(default_factory=list, max_length=10)]


Tenths = Annotated[float, BeforeValidator(lambda value: round(value, 1))]


class OrderOutcome(Answer):
    """How one order ends. finish 0: not seen; stuck: why it cannot go on; root: what holds it then."""

    order_id: str
    pick_place: str
    drop_place: str
    deadline: float
    finish: Tenths
    late: bool
    stuck: StuckCode
    is_new: bool
    root: Reason | None


class Outcome(Answer):
    """How all goes on. left_out: robots in error, offline, out of use or too close to another.

    complete: all was followed to its end; else there was no time for more than simulated_s.
    """

    orders: list[OrderOutcome]
    robots: int
    left_out: list[str]
    finish: Tenths
    late: int
    stuck: int
    simulated_s: Annotated[int, BeforeValidator(round)]
    complete: bool
    cpu_s: Annotated[float, BeforeValidator(lambda value: round(value, 2))]


class Foresight(Answer):
    """How it goes on as it is, and with the changes."""

    now: float
    before: Outcome
    after: Outcome
