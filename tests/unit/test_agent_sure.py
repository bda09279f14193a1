"""When the agent says where it is: battery first, and only a pose that is sure moves the robot."""

from __future__ import annotations

import pytest

from amr_core.geometry import Pose2D
from amr_core.roadmap import Edge, Roadmap, build_roadmap
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site
from amr_core.vda5050 import NO_SCORE
from amr_navigation.agent import model as m
from amr_navigation.agent.engine import AgentEngine
from tests.unit.agent_rig import Rig, make_order


def test_a_lost_robot_stops() -> None:
    rig = Rig()
    rig.send(m.OrderReceived(make_order(4)))
    rig.run(1.0)
    rig.send(m.Localization(0.0))
    rig.run(3.0)
    assert rig.count(m.CancelMotion) == 1
    assert rig.state.waiting_for == "localisation"
    rig.send(m.Localization(0.9))
    rig.run(15.0)
    assert rig.state.last_node_id == "n4"


def test_first_report_waits_for_the_battery() -> None:
    engine = AgentEngine("r1", LIFT_AMR)

    def reports(now: float, *events: m.AgentEvent) -> list[m.PublishState]:
        return [c for c in engine.step(now, list(events)) if isinstance(c, m.PublishState)]

    assert reports(0.0, m.PoseUpdate(Pose2D(1.0, 2.0, 0.0)), m.LoadState("")) == []
    assert [c.state.soc for c in reports(0.5, m.Battery(0.8, False))] == [0.8]


def test_a_load_of_which_nothing_was_heard_yet_is_not_told_as_put_down() -> None:
    """A robot killed while it put its load down localised before its base spoke: the fleet took the load for down."""
    engine = AgentEngine("r1", LIFT_AMR)

    def told(now: float, *events: m.AgentEvent) -> list[tuple[tuple[str, ...], list[str]]]:
        out = engine.step(now, [m.Battery(0.8, False), m.Localization(1.0), m.FleetBeat(), *events])
        states = [c.state for c in out if isinstance(c, m.PublishState)]
        return [(state.loads, [e.code for e in state.errors]) for state in states]

    assert [told(now) for now in (0.0, 2.0, 4.9)] == [[], [], []]
    assert told(5.0) == [((), ["load.unknown"])], "a base that says nothing of loads keeps nobody from hearing of it"
    assert told(6.0) == [((), ["load.unknown"])]
    assert told(6.1, m.LoadState("L1")) == [(("L1",), [])]
    assert told(7.1, m.LoadState("")) == [((), [])]


@pytest.mark.parametrize("load", ["", "L1"])
def test_a_robot_that_does_not_know_its_load_is_as_large_as_one_that_has_it(load: str) -> None:
    engine = AgentEngine("r1", LIFT_AMR)
    engine.step(0.0, [m.Battery(0.8, False)])
    assert [c.loaded for c in engine.step(5.0, []) if isinstance(c, m.SetFootprint)] == [True]
    assert [c.loaded for c in engine.step(6.0, []) if isinstance(c, m.SetFootprint)] == []
    told = engine.step(7.0, [m.LoadState(load)])
    assert [c.loaded for c in told if isinstance(c, m.SetFootprint)] == [bool(load)]


def test_a_robot_without_battery_readings_reports_after_a_while() -> None:
    engine = AgentEngine("r1", LIFT_AMR)
    seen = [now for now in range(10) if any(isinstance(c, m.PublishState) for c in engine.step(float(now), []))]
    assert seen[0] == 5


def test_a_robot_starts_unsure_and_stands_until_its_localisation_is_sure() -> None:
    rig = Rig()
    rig.inbox = [m.Battery(0.8, False), m.LoadState("")]
    rig.send(m.OrderReceived(make_order(3)))
    rig.run(5.0)
    assert rig.report is not None
    assert not rig.report.localized
    assert rig.follows == []
    rig.send(m.Localization(0.9))
    rig.run(1.5)
    assert rig.report.localized
    assert len(rig.follows) == 1


def test_an_ambiguous_pose_has_exactly_the_score_that_does_not_count_as_localized() -> None:
    rig = Rig()
    rig.send(m.Localization(0.15))
    rig.run(1.5)
    assert rig.report is not None
    assert not rig.report.localized


def test_a_localiser_without_a_score_is_judged_by_its_covariance() -> None:
    rig = Rig()
    rig.inbox = [m.Battery(0.8, False), m.LoadState(""), m.PoseSpread(float("nan"))]
    rig.run(1.5)
    assert rig.report is not None
    assert not rig.report.localized
    for sigma, sure in ((0.5, True), (0.9, True), (1.1, False), (0.9, False), (0.3, True)):
        rig.send(m.PoseSpread(sigma))
        rig.run(1.2)
        assert rig.report.localized is sure
        assert rig.report.score == NO_SCORE, "a small spread proves nothing against look-alikes"
    rig.send(m.Localization(0.1), m.PoseSpread(0.01))
    rig.run(1.2)
    assert not rig.report.localized


def test_the_node_where_it_stands_is_not_taken_from_a_guess() -> None:
    """Seen in Gazebo: both robots took the node of a pose that was not proven, and waited for each other for ever."""
    site = load_site("lab")
    engine = AgentEngine("r1", LIFT_AMR, build_roadmap(site))
    bay = site.parking[0]

    def told(now: float, pose: Pose2D, score: float) -> str:
        reports = [
            command.state
            for command in engine.step(
                now, [m.Battery(0.8, False), m.LoadState(""), m.PoseUpdate(pose), m.Localization(score)]
            )
            if isinstance(command, m.PublishState)
        ]
        return reports[-1].last_node_id if reports else ""

    assert told(0.1, Pose2D(0.0, 0.0, 0.0), 0.0) == ""
    assert told(1.2, Pose2D(0.0, 0.0, 0.0), 0.1) == ""
    assert told(2.4, bay.pose, 1.0) == bay.id


def test_a_robot_restarted_half_way_into_a_dock_begins_with_docking() -> None:
    """Found by `amr bench kills --ros`: it was taken to be in the dock, and three picks failed within ten seconds."""
    site = load_site("lab")
    roadmap = build_roadmap(site)
    station = site.places[0].stations[0]
    spur = next(e for e in roadmap.edges.values() if e.end == station.id and e.manoeuvre == "dock")
    back, near = (_on_way(roadmap, spur, share) for share in (0.5, 0.3))
    assert roadmap.nearest(near).id == station.id
    assert roadmap.order_start(near).id == spur.start
    assert roadmap.order_start(back).id == spur.start
    assert roadmap.order_start(station.pose).id == station.id
    beside_bay = Pose2D(site.parking[0].pose.x + 0.3, *site.parking[0].pose[1:])
    assert roadmap.order_start(beside_bay).id == site.parking[0].id, "a bay is a place to stand, not to fit into"
    engine = AgentEngine("r1", LIFT_AMR, roadmap)
    told = []
    for now in (0.1, 1.3, 2.5):
        seen: list[m.AgentEvent] = [m.Battery(0.8, False), m.LoadState(""), m.PoseUpdate(near), m.Localization(1.0)]
        told += [c.state.last_node_id for c in engine.step(now, seen) if isinstance(c, m.PublishState)]
    assert told[-1] == spur.start


def _on_way(roadmap: Roadmap, spur: Edge, back: float) -> Pose2D:
    """Return the place this share of a spur before its end."""
    start, end = roadmap.nodes[spur.start], roadmap.nodes[spur.end]
    return Pose2D(end.x + back * (start.x - end.x), end.y + back * (start.y - end.y), 0.0)
