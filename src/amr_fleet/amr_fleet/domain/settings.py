"""The numbers that steer the fleet: what each does, its unit and range. A port's engineer sets them in a YAML file.

`amr run --settings FILE` (also `amr demo` and `amr study`; fleet node and launch file have an argument `settings`)
reads it once, at the start. `docs/fleet-settings.md` has the table of all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.config import JsonDict

from amr_core.errors import AmrError
from amr_core.settings_file import read_yaml
from amr_fleet.domain.base import BaseLimits
from amr_fleet.vocabulary import OverdueSafety

PolicyName = Literal["batch", "nearest", "auction"]
"""batch: this engine. The others are baselines for studies: see `baseline`."""
POLICIES: tuple[str, ...] = get_args(PolicyName)
_LARGEST_FILE = 100_000  # bytes: all numbers with their comments need some kB


def _number(default: float, unit: str, low: float, high: float, effect: str) -> Any:
    """Return a field with a unit and a range, both ends included."""
    extra: JsonDict = {"unit": unit, "low": low, "high": high}
    return Field(default, ge=low, le=high, allow_inf_nan=False, description=effect, json_schema_extra=extra)


def _count(default: int, low: int, high: int, effect: str) -> Any:
    return Field(
        default, ge=low, le=high, description=effect, json_schema_extra={"unit": "", "low": low, "high": high}
    )  # fmt: skip


class FleetSettings(BaseModel):
    """All of them; frozen. Times in s, lengths in m, states of charge 0..1."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    policy: PolicyName = Field(
        "batch", description="How orders are given out and routes kept; nearest and auction are baselines for studies."
    )
    base_length: float = _number(
        9.0, "m", 1.0, 100.0, "How far ahead lanes are released at most. Longer: fewer stops, more waiting for others."
    )
    base_edges: int = _count(2, 1, 20, "How many edges are released at least, where traffic allows it.")
    base_longest: float = _number(
        15.0, "m", 2.0, 200.0, "Never more than this is released ahead of a robot, unless one edge alone is longer."
    )
    base_seconds: float = _number(
        45.0, "s", 5.0, 600.0, "The same as undisturbed travel time: how long a robot drives on if nobody reaches it."
    )
    assign_period: float = _number(1.0, "s", 0.1, 60.0, "Between two decisions about orders, chargers and detours.")
    offline_after: float = _number(
        5.0, "s", 1.5, 120.0, "Silence after which a robot is offline and a wall; robots report once a second."
    )
    requeue_after: float = _number(
        30.0, "s", 2.0, 3600.0, "So long silent, or lost or in error without its order: that goes on if it has no load."
    )
    reconcile_timeout: float = _number(
        10.0, "s", 0.0, 300.0, "How long a started fleet waits for robots that were online before it decides."
    )
    resend_after: float = _number(2.0, "s", 0.5, 60.0, "When a message that was not answered is sent again.")
    refused_first: float = _number(
        5.0, "s", 1.0, 600.0, "Pause after a robot refused an order; it doubles with each refusal in a row."
    )
    refused_most: float = _number(
        120.0,
        "s",
        1.0,
        3600.0,
        "The longest such pause: after it at most, a robot that takes orders again gets one.",
    )
    deaf_after: float = _number(
        20.0, "s", 2.0, 600.0, "How long a standing robot may ignore updates before its mission is given up."
    )
    detours: bool = Field(True, description="Whether robots are led around others that stopped on their way.")
    reroute_after: float = _number(15.0, "s", 1.0, 600.0, "Waiting for one robot after which another way is tried.")
    reroute_factor: float = _number(2.0, "", 1.0, 20.0, "How much longer (times) that other way may be.")
    deadlock_after: float = _number(
        30.0, "s", 5.0, 3600.0, "How long robots wait for each other in a circle before it counts as a deadlock."
    )
    soc_charge: float = _number(0.30, "0..1", 0.05, 0.95, "Below it a robot without an order goes to charge.")
    soc_refuse: float = _number(0.15, "0..1", 0.0, 0.95, "Below it a robot takes no order.")
    soc_reserve: float = _number(0.10, "0..1", 0.0, 0.95, "What must be left after an order and the way to a charger.")
    soc_opportunity: float = _number(0.70, "0..1", 0.0, 1.0, "Below it an idle robot uses a free charger.")
    soc_leave: float = _number(0.60, "0..1", 0.0, 1.0, "From it a charging robot takes an order.")
    soc_leave_in_peak: float = _number(0.45, "0..1", 0.0, 1.0, "The same while more orders wait than robots work.")
    soc_before_peak: float = _number(0.85, "0..1", 0.0, 1.0, "Below it an idle robot charges when a peak is near.")
    peak_horizon: float = _number(2700.0, "s", 0.0, 86400.0, "How far ahead booked orders are counted for a peak.")
    peak_orders: float = _number(1.0, "", 0.1, 100.0, "Orders a working robot from which it is a peak.")
    soc_full: float = _number(0.90, "0..1", 0.05, 1.0, "From it a charging robot without work goes home.")
    idle_before_charge: float = _number(60.0, "s", 0.0, 86400.0, "Idleness after which a free charger is used.")
    linger: float = _number(
        120.0, "s", 0.0, 86400.0, "How long a robot may stay where it delivered, if nobody needs it."
    )
    max_attempts: int = _count(3, 1, 20, "How often a load action is tried before the order fails.")
    retry_after: float = _number(5.0, "s", 0.0, 600.0, "So long until what failed is tried again.")
    give_up_after: float = _number(60.0, "s", 5.0, 3600.0, "A robot in error for so long is called off to try anew.")
    charger_rest: float = _number(
        600.0, "s", 0.0, 86400.0, "How long a robot leaves a charger alone that gave nothing."
    )
    aging: float = _number(0.5, "s a s", 0.0, 100.0, "What each second of waiting is worth, in seconds of driving.")
    priority_bonus: float = _number(60.0, "s", 0.0, 86400.0, "What one step of priority is worth.")
    deadline_horizon: float = _number(
        600.0, "s", 0.0, 86400.0, "From so long before its deadline an order gains a second of worth each second."
    )
    drop_queue: int = _count(1, 0, 50, "Orders under way to a drop place beyond its stations.")
    batch: int = _count(120, 1, 2000, "Orders in one assignment; more cost time (the matrix is robots times orders).")
    forecast_period: float = _number(5.0, "s", 0.5, 600.0, "Between two forecasts of all deliveries.")
    reassign_period: float = _number(3.0, "s", 0.5, 600.0, "Between two looks for a better robot for an order.")
    service_km: float = _number(
        500.0, "km", 0.0, 100_000.0, "Driven since its last service, a robot gets a work order for one; 0: never."
    )
    service_lifts: int = _count(10_000, 0, 10_000_000, "The same for loads lifted.")
    service_hours: float = _number(500.0, "h", 0.0, 100_000.0, "The same for hours under way with orders.")
    safety_check_days: float = _number(
        30.0, "d", 0.0, 3650.0, "After so long a robot gets a work order for a safety check; 0: never."
    )
    upkeep_due_days: float = _number(7.0, "d", 0.1, 365.0, "How long people have for a work order of a counter.")
    overdue_safety: OverdueSafety = Field(
        "warn", description="What an overdue work order for safety does. rest: until it is done, no new order, too."
    )
    reassign_gain: float = _number(60.0, "s", 0.0, 86400.0, "How much sooner another robot must be at the pick.")

    @property
    def base(self) -> BaseLimits:
        """How far ahead robots may drive by themselves."""
        return BaseLimits(self.base_length, self.base_edges, self.base_longest, self.base_seconds)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Robots that leave a charger below what sends them there would go to and fro."""
        order = (
            ("soc_reserve", "soc_charge"), ("soc_refuse", "soc_charge"), ("soc_charge", "soc_leave_in_peak"),
            ("soc_leave_in_peak", "soc_leave"), ("soc_leave", "soc_full"), ("soc_charge", "soc_opportunity"),
            ("soc_opportunity", "soc_full"), ("soc_before_peak", "soc_full"), ("offline_after", "requeue_after"),
            ("base_length", "base_longest"), ("refused_first", "refused_most"),
        )  # fmt: skip
        for low, high in order:
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"{low} = {getattr(self, low)} is above {high} = {getattr(self, high)}")
        return self


@dataclass(frozen=True)
class Unit:
    """A robot of the fleet: name, type, id of its own parking place."""

    name: str
    type: str
    home: str


def load_settings(path: str) -> FleetSettings:
    """Return the settings of a YAML file, those that it does not name by default; "" = no file.

    Raises parameter.invalid, with the name of the first wrong one, for an unknown name, a wrong type, a value out of
    range and values that contradict each other; also for a file that cannot be read or is no mapping.
    """
    if not path:
        return FleetSettings()
    raw = read_yaml(path, _LARGEST_FILE, "settings")
    if raw is None:
        return FleetSettings()
    if not isinstance(raw, dict):
        raise _invalid("settings", f"{path} must name settings with their values")
    try:
        return FleetSettings.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        reason = "there is no such setting" if first["type"] == "extra_forbidden" else first["msg"]
        raise _invalid(name[:64] or "settings", f"{reason} ({path})") from error


def _invalid(name: str, reason: str) -> AmrError:
    return AmrError("parameter.invalid", name=name, node="fleet", reason=reason)


def markdown() -> str:
    """Return the table of all settings for the docs."""
    rows = ["| setting | default | range | unit | effect |", "|---|---|---|---|---|"]
    for name, field in FleetSettings.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        low, high, unit = extra.get("low"), extra.get("high"), extra.get("unit", "")
        limits = f"{low:g} to {high:g}" if isinstance(low, int | float) and isinstance(high, int | float) else ""
        if not limits:
            words = get_args(field.annotation)
            limits = ", ".join(words) if words else "true, false"
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        rows.append(f"| `{name}` | {default} | {limits} | {unit} | {field.description} |")
    return "\n".join(rows)
