"""Maintenance work orders of robots."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from amr_fleet.api.models.base import Answer, Label, RequestBody, Seconds
from amr_fleet.api.models.words import OverdueSafety, UpkeepCounter, UpkeepOutcome, UpkeepRule
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.fleet_time import DAY_S

YEAR_S = 366 * DAY_S  # with a leap day: a year's check is the longest that a work order waits for
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


class UpkeepLimits(Answer):
    """What opens a work order by itself: of the fleet's settings file where it names one (own), else by default.

    km, lifts, hours: since the last service; safety_days: since the last safety check; 0 = never. due_days: how long
    people have. overdue_safety: warn, or rest = no new order for the robot. A default is no maker's figure.
    """

    km: float
    lifts: int
    hours: float
    safety_days: float
    due_days: float
    overdue_safety: OverdueSafety
    own: bool


_LIMITS = {
    "km": "service_km", "lifts": "service_lifts", "hours": "service_hours", "safety_days": "safety_check_days",
    "due_days": "upkeep_due_days", "overdue_safety": "overdue_safety",
}  # fmt: skip


def limits_of(settings: FleetSettings) -> UpkeepLimits:
    """Return what of the settings opens work orders."""
    given = {name: getattr(settings, setting) for name, setting in _LIMITS.items()}
    counters = {_LIMITS[name] for name in ("km", "lifts", "hours", "safety_days")}
    return UpkeepLimits(**given, own=bool(counters & settings.model_fields_set))


class MaintenanceOrders(Answer):
    """Open ones by due time, then the last closed ones, newest first. t: now. limits: what opens them by itself."""

    t: Seconds
    limits: UpkeepLimits
    work_orders: list[MaintenanceOrder]
