"""The preflight gate: every condition that is not met, by its code. Unknown is not met."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from amr_core.errors import AmrError, Fact
from amr_uav.model import Checklist, FlightLimits, FlightPermit, FlightPlan, Telemetry, Volume

LINK_S: Final = 3.0
"""s without telemetry after which the link counts as lost."""
SIGHT_S: Final = 3.0
"""s after which what was seen of people counts as unknown."""
CHECKED_S: Final = 1800.0
"""s that a pilot's checklist holds."""
UNDER_M: Final = 1.0
"""m from a volume within which the middle of a robot counts as below it: at its largest it reaches in."""
# m; chosen: half of a pad and what indoor positioning is off; farther it may stand beside it among people
_ON_PAD: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class FlightSurroundings:
    """What is known around an aircraft at now (s). people: x, y (m); sighted: when people were last looked for.

    robots: names with x, y of ground robots; taken: ids of flights that have the air; zones: of cameras that see people
    or nothing in the volume; doors: that lead into it and are not closed; checked: when the checklist was filled in.
    """

    now: float
    telemetry: Telemetry | None = None
    permit: FlightPermit | None = None
    checklist: Checklist | None = None
    checked: float = -1e9
    people: Sequence[tuple[float, float]] = ()
    sighted: float = -1e9
    robots: Sequence[tuple[str, float, float]] = ()
    zones: Sequence[str] = ()
    doors: Sequence[str] = ()
    taken: Sequence[str] = ()
    fire: bool = False


@dataclass(frozen=True)
class GateRefusal:
    """A condition that is not met."""

    code: str
    facts: dict[str, Fact]

    def error(self) -> AmrError:
        """Return it as an error."""
        return AmrError(self.code, **self.facts)


def refusals(
    plan: FlightPlan, limits: FlightLimits, pad: tuple[float, float], seen: FlightSurroundings
) -> list[GateRefusal]:
    """Return everything that speaks against a take-off now; pad: where the aircraft starts and lands (m)."""
    found = [
        *_of_permit(plan, seen), *_of_pilot(limits, seen), *_of_aircraft(plan, limits, pad, seen),
        *_of_space(plan, limits, pad, seen),
    ]  # fmt: skip
    return [GateRefusal(code, facts) for code, facts in found]


Found = Iterator[tuple[str, dict[str, Fact]]]


def _of_permit(plan: FlightPlan, seen: FlightSurroundings) -> Found:
    permit = seen.permit
    if permit is None or not permit.number:
        yield "flight.no_permit", {}
        return
    if not permit.registration:
        yield "flight.not_registered", {}
    if permit.until < seen.now + plan.seconds:
        yield "flight.permit_expired", {"number": permit.number}
    if plan.volume.z1 > permit.ceiling or (permit.polygon and not plan.volume.within(permit.polygon, permit.ceiling)):
        yield "flight.permit_area", {"number": permit.number}
    if seen.fire:
        yield "flight.fire", {}


def _of_pilot(limits: FlightLimits, seen: FlightSurroundings) -> Found:
    checks = seen.checklist
    if checks is None or seen.now - seen.checked > CHECKED_S:
        yield "flight.not_checked", {}
        return
    # Decree 288/2025: flown by a pre-set programme from a central controller = instrument licence.
    if not checks.pilot or checks.licence != "instrument":
        yield "flight.no_pilot", {}
    if not checks.present:
        yield "flight.pilot_away", {}
    if not math.isfinite(checks.wind) or checks.wind > limits.max_wind:
        yield "flight.wind", {"wind": round(checks.wind, 1), "limit": limits.max_wind}
    if checks.rain:
        yield "flight.rain", {}
    if checks.light is None or not math.isfinite(checks.light):
        yield "flight.light_unknown", {}
    elif checks.light < limits.min_light:
        yield "flight.light", {"light": round(checks.light), "limit": round(limits.min_light)}
    if not checks.cleared:
        yield "flight.not_cleared", {}


def _of_aircraft(plan: FlightPlan, limits: FlightLimits, pad: tuple[float, float], seen: FlightSurroundings) -> Found:
    told = seen.telemetry
    if told is None or seen.now - told.t > LINK_S:
        yield "flight.no_link", {}
        return
    if not told.position_ok:
        yield "flight.no_position", {}
    if told.flying:
        yield "flight.not_landed", {}
    elif told.position_ok and not on_pad(told, pad):
        yield "flight.off_pad", {}
    if told.wind is not None and told.wind > limits.max_wind:  # one that does not say it: what the pilot measured
        yield "flight.wind", {"wind": round(told.wind, 1), "limit": limits.max_wind}
    needed = plan.energy + limits.spare
    if told.soc < needed:
        yield "flight.battery", {"percent": round(100 * told.soc), "needed": math.ceil(100 * needed)}


def _of_space(plan: FlightPlan, limits: FlightLimits, pad: tuple[float, float], seen: FlightSurroundings) -> Found:
    for flight in seen.taken:
        yield "flight.volume_taken", {"flight": flight}
    if seen.now - seen.sighted > SIGHT_S:
        yield "flight.people_unknown", {}
    near = people_near(plan.volume, limits, seen.people)
    if near:
        yield "flight.people", {"count": near}
    for zone in seen.zones:
        yield "flight.people_zone", {"zone": zone}
    for door in seen.doors:
        yield "flight.door_open", {"door": door}
    close = [*(("", x, y) for x, y in seen.people), *seen.robots]
    if any(math.hypot(x - pad[0], y - pad[1]) < 2.0 * limits.margin for _name, x, y in close):
        yield "flight.home_taken", {}
    for name in robots_under(plan.volume, seen.robots):
        yield "flight.robot_under", {"robot": name}


def on_pad(told: Telemetry, pad: tuple[float, float]) -> bool:
    """Return whether an aircraft, as far as it knows where it is, is on its pad (m)."""
    return told.position_ok and math.hypot(told.x - pad[0], told.y - pad[1]) <= _ON_PAD


def people_near(volume: Volume, limits: FlightLimits, people: Sequence[tuple[float, float]]) -> int:
    """Return how many people are nearer to a volume than they may be."""
    return sum(volume.holds(x, y, volume.z0, limits.people) for x, y in people)


def robots_under(volume: Volume, robots: Sequence[tuple[str, float, float]]) -> list[str]:
    """Return the ground robots that are below a volume, or so near that they may reach in."""
    return [name for name, x, y in robots if volume.holds(x, y, volume.z0, UNDER_M)]
