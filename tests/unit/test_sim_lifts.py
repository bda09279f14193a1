"""Lifts as bodies of the simulated site: what they carry, where a landing door hangs, and who is judged meanwhile."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from amr_core.geometry import Pose2D
from amr_core.site import load_site
from amr_sim.engine import SimEngine, fleet_robots
from amr_sim.floor_state import note, take_up
from amr_sim.nodes.simulator import site_world
from amr_sim.truth import LocalizationLog

SITE = load_site("two_floor")
GROUND, UPPER = (stop.pose for stop in SITE.lifts[0].stops)
DT = 0.05


def engine() -> SimEngine:
    return SimEngine(SITE, site_world("two_floor", SITE), fleet_robots(SITE, 2), 1)


def ride(sim: SimEngine, level: str, seconds: float) -> None:
    for _ in range(round(seconds / DT)):
        sim.lifts.all["lift_1"].tell(sim.time, level, "s")
        sim.step(DT)


def test_a_ride_carries_who_stands_in_the_cabin_and_nobody_else() -> None:
    sim = engine()
    sim.teleport(0, Pose2D(GROUND.x + 0.1, GROUND.y - 0.05, 0.2))
    other = sim.pose(1)
    odometry = sim.bases.odometry[0, :3].copy()
    ride(sim, "upper", 4.0)
    assert sim.pose(0).y < 12.0
    ride(sim, "upper", 12.0)
    x, y, theta = sim.pose(0)
    assert (x, y, theta) == pytest.approx((UPPER.x + 0.1, UPPER.y - 0.05, 0.2), abs=1e-6)
    assert sim.pose(1) == other
    assert sim.bases.odometry[0, :3] == pytest.approx(odometry)
    assert sim.lifts.all["lift_1"].open_at("upper")
    assert sim.collisions.episodes == 0


def test_landing_doors_stand_in_the_way_and_are_seen_where_no_cabin_is() -> None:
    sim = engine()
    assert {name for name, _ in sim.lifts.bodies()} == {"lift_lift_1_ground", "lift_lift_1_upper"}
    sim.teleport(0, Pose2D(14.0, 22.0, 0.0))
    shut = sim.scan()[0].min()
    ride(sim, "upper", 16.0)
    assert {name for name, _ in sim.lifts.bodies()} == {"lift_lift_1_ground"}
    ahead = sim.scan()[0]
    assert np.isfinite(shut)
    assert np.nanmin(ahead) >= shut - 0.05
    sim.teleport(0, Pose2D(15.0, 6.0, 0.0))  # its nose is in the shut door below
    sim.step(DT)
    assert sim.collisions.episodes == 1


def test_a_robot_across_the_sill_keeps_the_door_from_closing() -> None:
    sim = engine()
    sim.teleport(0, Pose2D(14.0, 6.0, 0.0))
    ride(sim, "ground", 5.0)
    sim.teleport(0, Pose2D(15.4, 6.0, 0.0))
    ride(sim, "upper", 20.0)
    lift = sim.lifts.all["lift_1"]
    assert (lift.z, lift.share) == (0.0, 1.0)
    assert sim.collisions.episodes == 0


def test_estimates_in_a_cabin_are_not_judged() -> None:
    sim, log = engine(), LocalizationLog()
    sim.teleport(0, GROUND)
    log.record(9.0, sim.located())
    log.observe(0, 9.0, UPPER.x, UPPER.y)
    assert log.p95 == -1.0
    assert np.isnan(sim.located()[0]).all()
    log.observe(1, 9.0, *sim.pose(1)[:2])
    assert 0.0 < log.p95 < 0.01


def test_a_restarted_simulator_finds_the_lift_where_it_was(tmp_path: Path) -> None:
    sim, file = engine(), tmp_path / "floor.json"
    sim.teleport(0, GROUND)
    ride(sim, "upper", 6.0)
    note(sim, 120, file)
    after = engine()
    take_up(after, file, DT)
    lift, was = after.lifts.all["lift_1"], sim.lifts.all["lift_1"]
    assert 0.0 < lift.z == was.z < 4.5
    assert (lift.session, lift.target, lift.share) == ("s", "upper", was.share)
    assert math.dist(after.pose(0)[:2], sim.pose(0)[:2]) < 1e-6


def test_a_site_with_one_level_has_no_lifts() -> None:
    lab = load_site("lab")
    sim = SimEngine(lab, site_world("lab", lab), fleet_robots(lab, 1), 1)
    assert sim.lifts.all == {}
    assert sim.lifts.bodies() == sim.lifts.seen() == []
    assert np.array_equal(sim.located(), sim.bases.state[:, :2])
