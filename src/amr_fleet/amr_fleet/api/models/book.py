"""Cut-off groups, templates and recurring orders."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from amr_fleet.api.models.base import WEEK_S, Answer, RequestBody
from amr_fleet.api.models.orders import FromNow, KeptOrder, OrderBody
from amr_fleet.api.models.words import CutoffKind


class CutoffBody(RequestBody):
    """Body of PUT /cutoffs/{name}."""

    kind: CutoffKind
    in_s: Annotated[float, Field(strict=True, gt=0, le=4 * WEEK_S, allow_inf_nan=False)]


class ScheduleBody(RequestBody):
    """Body of PUT /schedules/{name}: the order, its first start from now, how often, how long each may take (s)."""

    order: OrderBody
    first_in_s: FromNow = 0.0
    every_s: Annotated[float, Field(strict=True, ge=60, le=4 * WEEK_S, allow_inf_nan=False)]
    due_in_s: FromNow = 0.0


class Cutoff(Answer):
    """A truck or barge that leaves at a fleet second."""

    name: str
    kind: CutoffKind
    at: float


class Template(Answer):
    """An order to be filled in or sent again."""

    name: str
    order: Annotated[KeptOrder, Field(validation_alias="request")]


class Schedule(Template):
    """An order that comes again every so many s. due_in: its deadline after its start, 0 = none."""

    every: float
    next_at: float
    due_in: float


class Book(Answer):
    """What the office keeps beside the orders."""

    cutoffs: list[Cutoff]
    templates: list[Template]
    schedules: list[Schedule]
