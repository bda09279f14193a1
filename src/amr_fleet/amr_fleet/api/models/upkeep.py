"""Maintenance work orders of robots."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from amr_fleet.api.models.base import Answer, Label, RequestBody, Seconds
from amr_fleet.api.models.words import UpkeepCounter, UpkeepOutcome, UpkeepRule

YEAR_S = 366 * 86_400.0
LONGEST_TEXT = 1000
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)]
DueIn = Annotated[float, Field(strict=True, ge=0, le=YEAR_S, allow_inf_nan=False)]


class WorkOrderBody(RequestBody):
    """Body of POST /robots/{name}/work-orders: what is to be done, seconds from now until when (0 = no time), by whom.

    safety: what is not done in time may hurt somebody.
    """

    text: Line
    safety: bool = False
    due_in_s: DueIn = 0.0
    owner: Label = ""


class WorkOrderChange(RequestBody):
    """Body of POST /work-orders/{work_id}/change: s from now until when (0 = no time), by whom; null: as it is."""

    due_in_s: DueIn | None = None
    owner: Label | None = None


class WorkOrderClosing(RequestBody):
    """Body of POST /work-orders/{work_id}/close: what was done, or why it need not be done."""

    outcome: Literal["done", "dropped"]
    note: Line


class MaintenanceOrder(Answer):
    """A maintenance work order of a robot. due: until when, 0 = no time; owner: who does it, "" = nobody yet.

    rule: "" = a person (opened_by) opened it and says in `text` what to do; else counter and amount say what came to
    how much. outcome: "" while it is open. safety: not done in time it may hurt somebody.
    """

    work_id: str
    robot: str
    text: str
    rule: UpkeepRule
    counter: UpkeepCounter
    amount: float
    safety: bool
    opened: Seconds
    opened_by: str
    due: Seconds
    owner: str
    closed: Seconds
    closed_by: str
    outcome: UpkeepOutcome
    note: str


class MaintenanceOrders(Answer):
    """Open ones by due time, then the last closed ones, newest first. t: now."""

    t: Seconds
    work_orders: list[MaintenanceOrder]
