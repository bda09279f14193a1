"""Ground truth in Gazebo: contacts of true poses, loads that make robots larger, ways, poses that are rubbish."""

from __future__ import annotations

import math

import pytest

from amr_core.geometry import Pose2D, compose
from amr_core.robots import robot_type
from amr_core.site import load_site
from amr_core.site.build import world_path
from amr_sim.gazebo_truth import GazeboTruth
from amr_sim.world import load_world


@pytest.fixture
def truth() -> GazeboTruth:
    kinds = [robot_type("lift_amr"), robot_type("fork_robot")]
    return GazeboTruth(load_world(world_path("lab")), ["amr_01", "amr_02"], kinds, load_site("lab"))


def test_robots_that_touch_are_counted_once(truth: GazeboTruth) -> None:
    truth.check(0.0)
    assert truth.monitor.episodes == 0, "nobody was heard of"
    truth.set_pose(0, Pose2D(8.0, 4.0, 0.0))
    truth.set_pose(1, Pose2D(10.0, 4.0, 0.0))
    truth.check(0.1)
    assert (truth.monitor.episodes, truth.min_separation) == (0, 0.5)
    for step in range(5):
        truth.set_pose(0, Pose2D(9.0, 4.0, 0.0))
        truth.check(0.2 + step / 10)
    assert truth.monitor.episodes == 1
    assert truth.monitor.log[0].first == "amr_01"


def test_a_robot_in_a_wall_is_a_collision(truth: GazeboTruth) -> None:
    truth.set_pose(0, Pose2D(0.3, 6.0, 0.0))
    truth.check(0.1)
    assert truth.monitor.episodes == 1


def test_ways_and_loads_are_counted_and_rubbish_is_not(truth: GazeboTruth) -> None:
    for x in (4.0, 4.2, 4.4):
        truth.set_pose(0, Pose2D(x, 4.0, 0.0))
    truth.set_pose(0, Pose2D(math.nan, 4.0, 0.0))
    truth.set_pose(0, Pose2D(9.0, 4.0, 0.0))  # put there by hand
    assert truth.driven == pytest.approx(0.4)
    for load in ("", "L1", "L1", ""):
        truth.set_load(0, load)
    assert (truth.taken, truth.given) == (1, 1)


def test_the_worst_docking_is_told_of_loads_that_changed_hands(truth: GazeboTruth) -> None:
    station = load_site("lab").places[0].stations[0].pose
    truth.set_load(0, "L1")  # nobody knows where it stood
    assert (truth.dockings.offset, truth.dockings.angle) == (-1.0, -1.0)
    truth.set_pose(0, compose(station, Pose2D(0.03, 0.04, -0.02)))
    assert truth.dockings.offset == -1.0, "it only came by"
    truth.set_load(0, "")
    truth.set_pose(0, compose(station, Pose2D(0.01, 0.0, 0.01)))
    truth.set_load(0, "L2")
    assert truth.dockings.offset == pytest.approx(0.05)
    assert truth.dockings.angle == pytest.approx(0.02)


def test_estimates_are_compared_with_the_truth(truth: GazeboTruth) -> None:
    truth.set_pose(0, Pose2D(4.0, 4.0, 0.0))
    truth.check(10.0)
    assert truth.estimates.p95 == -1.0
    truth.estimates.observe(0, 10.0, 4.03, 4.0)
    truth.estimates.observe(1, 10.0, 4.03, 4.0)  # a robot that was never heard of
    assert truth.estimates.p95 == pytest.approx(0.03, abs=0.002)


def test_a_robot_below_a_leaf_that_is_not_open_is_a_collision() -> None:
    site = load_site("cai_cui")
    south = next(door for door in site.doors if door.id == "fire_door_south")
    truth = GazeboTruth(load_world(world_path("cai_cui")), ["amr_01"], [robot_type("lift_amr")], site)
    truth.set_pose(0, Pose2D(south.x, 11.2, 0.0))
    truth.set_leaf(south.id, 3.5)
    truth.check(0.1)
    assert truth.monitor.episodes == 0
    truth.set_leaf(south.id, float("nan"))
    truth.check(0.2)
    assert truth.monitor.episodes == 0, "what is no number says nothing"
    truth.set_leaf(south.id, 3.0)
    truth.check(0.3)
    assert truth.monitor.episodes == 1
    assert truth.monitor.log[0].second == f"door_{south.id}"


def test_a_robot_that_touches_a_person_is_a_collision_with_that_person(truth: GazeboTruth) -> None:
    truth.set_pose(0, Pose2D(10.0, 8.0, math.pi / 2))
    truth.movers.hear("person_01", Pose2D(10.0, 9.4, 0.0))
    truth.check(0.1)
    assert truth.monitor.episodes == 0
    truth.movers.hear("person_01", Pose2D(10.0, 8.8, 0.0))
    truth.check(0.2)
    assert (truth.monitor.episodes, truth.monitor.log[0].second) == (1, "person_01")


def test_a_person_who_is_put_elsewhere_touches_nobody_on_the_way(truth: GazeboTruth) -> None:
    truth.set_pose(0, Pose2D(10.0, 8.0, math.pi / 2))
    for k, y in enumerate((1.0, 5.5, 8.5, 11.0)):
        truth.movers.hear("person_01", Pose2D(10.0, y, 0.0))
        truth.check(0.1 * (k + 1))
    assert truth.monitor.episodes == 0
    assert truth.movers.all() == [], "nobody knows yet whether it stays there"
    truth.movers.hear("person_01", Pose2D(10.0, 11.0, 0.0))
    assert [(m.name, m.kind, m.y) for m in truth.movers.all()] == [("person_01", "person", 11.0)]
