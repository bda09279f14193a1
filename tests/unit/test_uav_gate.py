"""The preflight gate, condition by condition, and the supervision in the air."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import amr_fleet
from amr_core.errors import ERRORS
from amr_uav import gate
from amr_uav.gate import CHECKED_S, LINK_S, SIGHT_S, FlightSurroundings, people_near, refusals, robots_under
from amr_uav.guard import HOLD_S, findings, people_below
from amr_uav.model import FlightPermit, Telemetry
from amr_uav.plan import inventory_plan, seconds_home
from tests.unit.flight_rig import FLYING, LIMITS, PILOT

WEB = Path(amr_fleet.__file__).parent.parent / "web" / "src"
PLAN = inventory_plan(FLYING, ["B1"])
PERMIT = FlightPermit(number="1", issuer="CTC", registration="VN-1", until=5000.0, ceiling=9.0)
X, Y = FLYING.pad
STANDS = Telemetry(t=100.0, vehicle="uav_01", x=X, y=Y, soc=1.0)
GOOD = FlightSurroundings(
    now=100.0, telemetry=STANDS, permit=PERMIT, checklist=PILOT, checked=90.0, people=(), sighted=99.0,
    robots=[("amr_01", 5.0, 5.0)],
)  # fmt: skip
FLIES = replace(STANDS, mode="MISSION", x=64.7, y=26.0, z=4.0, soc=0.8)
AIR = replace(GOOD, telemetry=FLIES)


def codes(seen: FlightSurroundings) -> list[str]:
    return [one.code for one in refusals(PLAN, LIMITS, FLYING.pad, seen)]


def test_nothing_speaks_against_it_when_all_is_well() -> None:
    assert codes(GOOD) == []


CASES: list[tuple[dict[str, Any], str]] = [
    ({"permit": None}, "flight.no_permit"),
    ({"permit": replace(PERMIT, number="")}, "flight.no_permit"),
    ({"permit": replace(PERMIT, until=100.0 + PLAN.seconds - 1.0)}, "flight.permit_expired"),
    ({"permit": replace(PERMIT, ceiling=PLAN.volume.z1 - 0.1)}, "flight.permit_area"),
    ({"permit": replace(PERMIT, polygon=((0, 0), (1, 0), (1, 1)))}, "flight.permit_area"),
    ({"permit": replace(PERMIT, registration="")}, "flight.not_registered"),
    ({"fire": True}, "flight.fire"),
    ({"checklist": None}, "flight.not_checked"),
    ({"checked": 100.0 - CHECKED_S - 1.0}, "flight.not_checked"),
    ({"checklist": replace(PILOT, pilot="")}, "flight.no_pilot"),
    ({"checklist": replace(PILOT, licence="visual")}, "flight.no_pilot"),
    ({"checklist": replace(PILOT, wind=LIMITS.max_wind + 0.1)}, "flight.wind"),
    ({"checklist": replace(PILOT, wind=math.nan)}, "flight.wind"),
    ({"checklist": replace(PILOT, rain=True)}, "flight.rain"),
    ({"checklist": replace(PILOT, light=LIMITS.min_light - 1.0)}, "flight.light"),
    ({"checklist": replace(PILOT, light=None)}, "flight.light_unknown"),
    ({"checklist": replace(PILOT, light=math.nan)}, "flight.light_unknown"),
    ({"checklist": replace(PILOT, present=False)}, "flight.pilot_away"),
    ({"checklist": replace(PILOT, cleared=False)}, "flight.not_cleared"),
    ({"telemetry": None}, "flight.no_link"),
    ({"telemetry": replace(STANDS, t=100.0 - LINK_S - 0.1)}, "flight.no_link"),
    ({"telemetry": replace(STANDS, position_ok=False)}, "flight.no_position"),
    ({"telemetry": replace(STANDS, mode="HOLD")}, "flight.not_landed"),
    ({"telemetry": replace(STANDS, x=X + 2.0)}, "flight.off_pad"),
    ({"telemetry": replace(STANDS, wind=LIMITS.max_wind + 0.1)}, "flight.wind"),
    ({"telemetry": replace(STANDS, soc=PLAN.energy + LIMITS.spare - 0.01)}, "flight.battery"),
    ({"taken": ["F000009"]}, "flight.volume_taken"),
    ({"sighted": 100.0 - SIGHT_S - 0.1}, "flight.people_unknown"),
    ({"people": [(64.7, 26.0)]}, "flight.people"),
    ({"people": [(64.7, 36.7 + LIMITS.people - 0.5)]}, "flight.people"),
    ({"zones": ["camera:C1:1"]}, "flight.people_zone"),
    ({"doors": ["fire_door_south"]}, "flight.door_open"),
    ({"robots": [("amr_02", X, Y + 1.5)]}, "flight.home_taken"),
    ({"robots": [("amr_02", 64.7, 20.0)]}, "flight.robot_under"),
]


@pytest.mark.parametrize(("change", "code"), CASES)
def test_each_condition_that_is_not_met_is_named(change: dict[str, Any], code: str) -> None:
    assert code in codes(replace(GOOD, **change))
    assert code in ERRORS


def texts(language: str) -> dict[str, str]:
    """The dashboard's sentences of codes."""
    file = (WEB / "shared" / "i18n" / f"flight_codes_{language}.ts").read_text(encoding="utf-8")
    return {code: json.loads(text) for code, text in re.findall(r'^  "([\w.]+)": (".*"),$', file, re.MULTILINE)}


def test_a_pilot_reads_every_refusal_in_vietnamese_with_its_figures_beside_its_condition() -> None:
    """A gate that says "flight.home_taken", or {wind} for a figure, says nothing to the person on the floor."""
    vi, en = texts("vi"), texts("en")
    groups = (WEB / "features" / "flights" / "gate.ts").read_text(encoding="utf-8")
    seen = set()
    for change, _code in CASES:
        for one in refusals(PLAN, LIMITS, FLYING.pad, replace(GOOD, **change)):
            seen.add(one.code)
            said = vi[one.code].format(**one.facts)
            assert said != en[one.code].format(**one.facts)
            assert re.search(r"[À-ỹ]", said), said
            assert all(str(value) in said for value in one.facts.values()), (said, one.facts)
            assert f'"{one.code}"' in groups, "the page knows which condition it belongs to"
    assert seen == {code for _change, code in CASES}


def test_every_code_of_the_gate_has_a_case_here() -> None:
    source = Path(gate.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r'yield "(flight\.\w+)"', source)) == {code for _change, code in CASES}


def test_a_battery_that_is_just_enough_is_enough_and_people_far_away_do_no_harm() -> None:
    assert codes(replace(GOOD, telemetry=replace(STANDS, soc=PLAN.energy + LIMITS.spare + 0.001))) == []
    assert codes(replace(GOOD, people=[(64.7, 36.8 + LIMITS.people + 0.5)])) == []
    assert people_near(PLAN.volume, LIMITS, [(64.7, 26.0), (5.0, 5.0)]) == 1
    assert robots_under(PLAN.volume, [("a", 64.7, 26.0), ("b", 5.0, 5.0)]) == ["a"]


def test_an_aircraft_that_does_not_say_its_wind_is_judged_by_what_the_pilot_measured() -> None:
    silent = replace(GOOD, telemetry=replace(STANDS, wind=None))
    assert codes(silent) == []
    assert codes(replace(silent, checklist=replace(PILOT, wind=LIMITS.max_wind + 0.1))) == ["flight.wind"]
    assert codes(replace(silent, checklist=None)) == ["flight.not_checked"], "nobody knows the wind"
    assert told(replace(AIR, telemetry=replace(FLIES, wind=None))) == []
    assert STANDS.fault() == replace(STANDS, wind=None).fault() == ""


def told(seen: FlightSurroundings, people_since: float | None = None) -> list[tuple[str, str]]:
    assert seen.telemetry is not None
    home = seconds_home(FLYING, seen.telemetry.x, seen.telemetry.y, seen.telemetry.z)
    return [(f.code, f.order) for f in findings(PLAN, LIMITS, seen, home, people_since)]


def test_in_the_air_nothing_is_said_while_all_is_well() -> None:
    assert told(AIR) == []
    assert not people_below(PLAN, LIMITS, AIR)


@pytest.mark.parametrize(
    ("change", "code", "order"),
    [
        ({"telemetry": None}, "alarm.flight_link", "return"),
        ({"telemetry": replace(FLIES, t=100.0 - LINK_S - 0.1)}, "alarm.flight_link", "return"),
        ({"telemetry": replace(FLIES, position_ok=False)}, "alarm.flight_position", "land"),
        ({"telemetry": replace(FLIES, x=66.9 + 5.0)}, "alarm.flight_fence", "land"),
        ({"telemetry": replace(FLIES, z=8.5)}, "alarm.flight_fence", "land"),
        ({"telemetry": replace(FLIES, soc=LIMITS.reserve)}, "alarm.flight_battery", "return"),
        ({"telemetry": replace(FLIES, wind=LIMITS.max_wind + 1.0)}, "alarm.flight_wind", "return"),
        ({"telemetry": replace(FLIES, mode="RETURN", failsafe="link")}, "alarm.flight_link", ""),
        ({"telemetry": replace(FLIES, mode="LAND", failsafe="fence", x=80.0)}, "alarm.flight_fence", ""),
        ({"permit": replace(PERMIT, until=99.0)}, "alarm.flight_permit", "return"),
        ({"permit": None}, "alarm.flight_permit", "return"),
        ({"fire": True}, "alarm.flight_fire", "return"),
        ({"people": [(64.7, 26.0)]}, "alarm.flight_people", "hold"),
        ({"zones": ["camera:C1:1"]}, "alarm.flight_people", "hold"),
        ({"doors": ["fire_door_south"]}, "alarm.flight_people", "hold"),
        ({"sighted": 100.0 - SIGHT_S - 0.1}, "alarm.flight_people", "hold"),
        ({"telemetry": replace(FLIES, mode="RETURN"), "people": [(64.7, 26.0)]}, "alarm.flight_people", ""),
    ],
)
def test_each_thing_that_goes_wrong_has_an_alarm_and_an_order(change: dict[str, Any], code: str, order: str) -> None:
    seen = replace(AIR, **change)
    home = 10.0 if seen.telemetry is None else None
    if home is not None:
        assert [(f.code, f.order) for f in findings(PLAN, LIMITS, seen, home, None)] == [(code, order)]
    else:
        assert told(seen) == [(code, order)]


def test_a_person_who_stays_sends_it_home_and_the_gravest_comes_first() -> None:
    below = replace(AIR, people=[(64.7, 26.0)])
    assert told(below, 100.0 - HOLD_S + 1.0) == [("alarm.flight_people", "hold")]
    assert told(below, 100.0 - HOLD_S - 1.0) == [("alarm.flight_people", "return")]
    worse = replace(below, fire=True, telemetry=replace(FLIES, z=8.5))
    assert [order for _code, order in told(worse)] == ["land", "return", "hold"]
