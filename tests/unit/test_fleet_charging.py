"""Charging looks ahead: before a peak robots charge, in a peak they leave their charger earlier."""

from __future__ import annotations

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import CreateOrder


def shift(soc: float) -> Rehearsal:
    site = load_site("cai_cui")
    run = Rehearsal(build_roadmap(site), units_of(site, 4), seed=1, how=Behaviour(stop_rate=0.0), dt=0.5)
    for robot in run.robots.values():
        robot.soc = soc
    return run


def charging(run: Rehearsal) -> int:
    return sum(m.kind == "charge" for m in run.engine.world.state.missions.values())


def order(number: int, earliest: float = 0.0) -> Ask:
    return Ask(number, CreateOrder(order=OrderRequest(pick_place="D01", drop_place="A1W", earliest=earliest)))


@pytest.mark.parametrize(("booked", "expected"), [(12, True), (2, False)])
def test_robots_charge_before_a_peak_that_is_booked(booked: int, expected: bool) -> None:
    run = shift(0.8)
    run.step([order(k, earliest=1800.0) for k in range(booked)])
    run.run(lambda r: False, 20.0)
    assert (charging(run) > 0) == expected


@pytest.mark.parametrize(("waiting", "expected"), [(12, True), (1, False)])
def test_a_robot_leaves_its_charger_half_full_only_in_a_peak(waiting: int, expected: bool) -> None:
    run = shift(0.65)
    assert run.run(lambda r: all(x.node.startswith("CH") for x in r.robots.values()), 600.0)
    for robot in run.robots.values():
        robot.soc = 0.5
    run.run(lambda r: False, 2.0)
    run.step([order(k) for k in range(waiting)])
    run.run(lambda r: False, 5.0)
    assert any(o.robot for o in run.engine.world.state.orders.values()) == expected


def test_two_robots_never_go_to_one_charger() -> None:
    run = shift(0.25)
    run.run(lambda r: charging(r) == 4, 60.0)
    goals = [m.goal for m in run.engine.world.state.missions.values() if m.kind == "charge"]
    assert len(goals) == len(set(goals)) == 4
