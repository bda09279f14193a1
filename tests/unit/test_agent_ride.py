"""In a lift the agent takes the other level's map when the ride is granted, and drives out on that level."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from amr_core.geometry import Pose2D
from amr_core.roadmap import Manoeuvre
from amr_core.vda5050 import Order
from amr_navigation.agent import model as m
from amr_navigation.agent.engine import AgentEngine
from tests.unit.agent_rig import Rig, make_order

# Up a lane into a cabin, the same cabin on another level's place on the sheet, turned by a quarter, and out of it.
POINTS = [(0.0, 0.0), (4.0, 0.0), (4.0, 20.0), (4.0, 16.0)]
KINDS: list[Manoeuvre] = ["park", "ride", "unpark"]
QUARTER = math.pi / 2


def order(base: int, update: int = 0) -> Order:
    made = make_order(base, total=4, update=update, points=POINTS, kinds=KINDS)
    thetas = (None, 0.0, QUARTER, None)
    return replace(made, nodes=tuple(replace(n, theta=t) for n, t in zip(made.nodes, thetas, strict=True)))


def rig() -> Rig:
    found = Rig()
    found.send(m.OrderReceived(order(1)))
    found.run(8.0)
    assert (found.state.last_node_id, found.state.driving) == ("n1", False)
    return found


def poses(found: Rig) -> list[Pose2D]:
    return [c.pose for c in found.commands if isinstance(c, m.SetInitialPose)]


def test_it_waits_in_the_cabin_until_the_ride_is_granted() -> None:
    found = rig()
    found.run(60.0)
    assert poses(found) == []
    assert found.state.last_node_id == "n1"


def test_it_takes_the_pose_that_it_has_in_the_cabin_over_to_the_other_level() -> None:
    found = rig()
    found.pose = Pose2D(4.1, 0.05, 0.02)
    found.send(m.OrderReceived(order(2, 1)))
    found.run(1.0)
    (told,) = poses(found)
    assert told == pytest.approx((4.0 - 0.05, 20.0 + 0.1, QUARTER + 0.02))
    assert found.state.last_node_id == "n1"  # not there before the localisation says so
    found.pose = told
    found.send(m.Localization(1.0))
    found.run(1.5)
    assert found.state.last_node_id == "n2"
    assert found.state.base == ()
    found.send(m.OrderReceived(order(3, 2)))
    found.run(8.0)
    assert found.state.last_node_id == "n3"
    assert found.follows[-1].reverse
    assert poses(found) == [told]


def test_a_load_that_comes_as_the_ride_begins_still_changes_the_footprint() -> None:
    found = rig()
    out = found.send(m.OrderReceived(order(2, 1)), m.LoadState("L1"))
    assert m.SetFootprint(True) in out
    assert [c for c in out if isinstance(c, m.SetInitialPose)]


def test_a_localisation_that_did_not_hear_is_told_again() -> None:
    found = rig()
    found.send(m.OrderReceived(order(2, 1)))
    found.run(4.0)
    assert len(poses(found)) == 1
    found.run(8.0)
    assert len(poses(found)) == 3
    assert len(set(poses(found))) == 1


def test_it_does_not_go_on_while_its_place_on_the_other_level_is_not_sure() -> None:
    found = rig()
    found.send(m.OrderReceived(order(2, 1)))
    found.run(0.5)
    found.send(m.Localization(0.1))
    found.pose = Pose2D(4.0, 20.0, QUARTER)
    found.run(5.0)
    assert found.state.last_node_id == "n1"
    found.send(m.Localization(0.9))
    found.run(1.5)
    assert found.state.last_node_id == "n2"


def test_nothing_counts_on_the_new_level_before_the_localisation_spoke_again() -> None:
    """AMCL takes a pose over at once, before any scan was compared with the new map."""
    found = rig()
    found.speaks.discard(m.Localization)
    found.send(m.OrderReceived(order(2, 1)))
    found.run(0.5)
    assert not found.state.localized
    found.pose = Pose2D(4.0, 20.0, QUARTER)
    found.run(5.0)
    assert found.state.last_node_id == "n1"
    found.send(m.PoseSpread(0.2))
    found.run(2.5)
    assert found.state.last_node_id == "n1", "this one has a score"
    found.send(m.Localization(0.9))
    found.run(1.5)
    assert found.state.last_node_id == "n2"


def test_what_the_localisation_said_of_the_level_before_does_not_count_on_the_new_one() -> None:
    found = rig()
    found.send(m.OrderReceived(order(2, 1)))
    found.run(0.5)
    found.pose = Pose2D(4.0, 20.0, QUARTER)  # the pose comes before the first scan that could prove it
    found.send(m.Localization(1.0))
    found.run(0.2)
    assert found.state.localized
    assert found.state.last_node_id == "n1"
    found.send(m.Localization(0.1))
    found.run(5.0)
    assert found.state.last_node_id == "n1"


def test_a_restarted_agent_that_is_on_the_other_level_already_changes_nothing() -> None:
    found = rig()
    found.pose = Pose2D(4.0, 20.0, QUARTER)
    found.engine = AgentEngine("r1", found.engine._type)
    found.send(m.Localization(1.0), m.Battery(0.8, False), m.LoadState(""))
    again = make_order(2, first=1, total=4, order_id="m2", points=POINTS, kinds=KINDS)
    again = replace(again, nodes=tuple(replace(n, theta=QUARTER) for n in again.nodes))
    found.engine._last_node = "n1"
    found.send(m.OrderReceived(again))
    found.run(0.5)
    assert poses(found) == []
    assert found.state.last_node_id == "n2"


def test_a_pause_in_the_cabin_holds_the_ride() -> None:
    found = rig()
    found.engine._paused = True
    found.send(m.OrderReceived(order(2, 1)))
    found.run(5.0)
    assert poses(found) == []
    found.engine._paused = False
    found.run(0.5)
    assert len(poses(found)) == 1
