"""Supervision in the air: what is wrong now, what the aircraft is told, and what the operator is shown.

The autopilot has failsafes of its own for link, fence, battery and position; it does what is safe without us. Here is
what only the fleet can know (permit, people, fire, wind limit), and the name for what the autopilot did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from amr_core.errors import Fact
from amr_uav.gate import LINK_S, SIGHT_S, FlightSurroundings, people_near
from amr_uav.model import FlightLimits, FlightPlan, Telemetry

FlightOrder = Literal["", "hold", "return", "land"]
HOLD_S: Final = 20.0
"""s that an aircraft hovers while a person is below its flight, before it comes home."""

AUTOPILOT: Final = {
    "link": "alarm.flight_link", "fence": "alarm.flight_fence", "battery": "alarm.flight_battery",
    "position": "alarm.flight_position",
}  # fmt: skip


@dataclass(frozen=True)
class FlightFinding:
    """Something that is wrong in the air: the alarm that shows it and what the aircraft is told."""

    code: str
    order: FlightOrder
    facts: dict[str, Fact]


def findings(
    plan: FlightPlan, limits: FlightLimits, seen: FlightSurroundings, home_s: float, people_since: float | None
) -> list[FlightFinding]:
    """Return all that is wrong with a flight in the air, the gravest order first.

    home_s: s that the way home takes; people_since: since when somebody is below or nobody looks, None = neither.
    """
    told = seen.telemetry
    if told is None or seen.now - told.t > LINK_S:
        # Whether it hears us nobody knows: an autopilot that does not comes home by itself, one that does is told to,
        # since nobody supervises it.
        return [FlightFinding("alarm.flight_link", "return", {})]
    found = [*_of_aircraft(plan, limits, told, home_s), *_of_rules(plan, limits, seen, told, people_since)]
    rank = {"land": 0, "return": 1, "hold": 2, "": 3}
    return sorted(found, key=lambda one: rank[one.order])


def _of_aircraft(plan: FlightPlan, limits: FlightLimits, told: Telemetry, home_s: float) -> list[FlightFinding]:
    found = []
    if told.failsafe in AUTOPILOT:
        found.append(FlightFinding(AUTOPILOT[told.failsafe], "", {}))
    if not told.position_ok and told.failsafe != "position":
        found.append(FlightFinding("alarm.flight_position", "land", {}))
    elif told.position_ok and not plan.volume.holds(told.x, told.y, told.z, 0.5) and told.failsafe != "fence":
        found.append(FlightFinding("alarm.flight_fence", "land", {}))
    needed = home_s / limits.endurance + limits.reserve
    if told.soc < needed and told.failsafe != "battery":
        facts: dict[str, Fact] = {"percent": round(100 * told.soc)}
        found.append(FlightFinding("alarm.flight_battery", "return", facts))
    if told.wind is not None and told.wind > limits.max_wind:
        found.append(FlightFinding("alarm.flight_wind", "return", {"wind": round(told.wind, 1)}))
    return found


def _of_rules(
    plan: FlightPlan, limits: FlightLimits, seen: FlightSurroundings, told: Telemetry, people_since: float | None
) -> list[FlightFinding]:
    found = []
    if seen.permit is None or seen.permit.until <= seen.now:
        found.append(FlightFinding("alarm.flight_permit", "return", {}))
    if seen.fire:
        found.append(FlightFinding("alarm.flight_fire", "return", {}))
    if people_below(plan, limits, seen):
        long = people_since is not None and seen.now - people_since > HOLD_S
        # Coming home over the racks is the way out; on it nobody stops in the air.
        order: FlightOrder = "return" if long else "hold" if told.mode in ("MISSION", "HOLD") else ""
        found.append(FlightFinding("alarm.flight_people", order, {}))
    return found


def people_below(plan: FlightPlan, limits: FlightLimits, seen: FlightSurroundings) -> bool:
    """Return whether somebody is where the aircraft flies, or may come: seen, a camera's word, a door, nobody looks."""
    blind = seen.now - seen.sighted > SIGHT_S
    return bool(people_near(plan.volume, limits, seen.people) or seen.zones or seen.doors or blind)
