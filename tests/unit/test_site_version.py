"""Robots with other site files than the server: no orders, and everybody reads why; who says nothing is led as ever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.robots import LIFT_AMR
from amr_core.site import archive, load_site, site_dir
from amr_core.vda5050 import RobotState
from amr_fleet.domain import causes
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask
from amr_fleet.ports import OrderRequest, RobotView
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import CreateOrder
from amr_interop.vda.instants import MAP_VERSION
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.unit.vda_desk import Desk
from tests.vda_pair import EPOCH, check

SITE = load_site("lab")
ROADMAP = build_roadmap(SITE)
OURS, OTHER = "a" * 64, "b" * 64
ALL = (V2_0, V2_1, V3_0)


def rehearsal(robots: int = 1) -> Rehearsal:
    """A fleet with site files of a version, and robots that say nothing of theirs."""
    run = Rehearsal(ROADMAP, units_of(SITE, robots), how=Behaviour(stop_rate=0.0), dt=0.25)
    run.engine = FleetEngine(ROADMAP, run.units, doors=ROADMAP.doors, site_version=OURS)
    run.run(lambda r: r.engine.ready, 20.0)
    return run


def order(run: Rehearsal) -> None:
    run.step([Ask(1, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1")))])


def done(run: Rehearsal) -> bool:
    return any(entry.kind == "order_done" for entry in run.journal)


def view(run: Rehearsal, name: str = "amr_01") -> RobotView:
    return next(robot for robot in run.engine.snapshot().robots if robot.name == name)


def alarms(run: Rehearsal) -> list[tuple[str, str]]:
    return [(a.robot, a.reason.code) for a in run.engine.snapshot().alarms]


def test_a_robot_with_another_version_gets_no_order_and_page_and_alarm_say_so() -> None:
    run = rehearsal()
    run.robots["amr_01"].site_version = OTHER
    run.run(lambda _: False, 3.0)
    order(run)
    assert not run.run(done, 120.0)
    assert not run.engine.world.state.missions
    assert alarms(run) == [("amr_01", "alarm.site_version")]
    robot = view(run)
    facts = {"robot": "amr_01", "version": OTHER[:12], "wanted": OURS[:12]}
    assert robot.site_version == OTHER
    assert robot.root is not None
    assert (robot.root.code, dict(robot.root.facts), causes.ends(robot.root)) == (
        "wait.site_version", facts, "update_site",
    )  # fmt: skip
    [waiting] = run.engine.snapshot().orders
    assert waiting.root is not None
    assert waiting.root.code == "wait.site_version"


def test_with_the_servers_files_it_goes_on_and_the_alarm_ends() -> None:
    run = rehearsal()
    robot = run.robots["amr_01"]
    robot.site_version = OTHER
    run.run(lambda _: False, 3.0)
    order(run)
    assert not run.run(done, 20.0)
    robot.site_version = OURS
    assert run.run(done, 400.0)
    assert alarms(run) == []


@pytest.mark.parametrize("theirs", ["", OURS])
def test_who_says_nothing_of_its_version_is_led_as_ever(theirs: str) -> None:
    run = rehearsal()
    run.robots["amr_01"].site_version = theirs
    order(run)
    assert run.run(done, 400.0)
    assert alarms(run) == []


def test_a_fleet_without_a_version_leads_all() -> None:
    run = Rehearsal(ROADMAP, units_of(SITE, 1), how=Behaviour(stop_rate=0.0), dt=0.25)
    run.robots["amr_01"].site_version = OTHER
    run.run(lambda r: r.engine.ready, 20.0)
    order(run)
    assert run.run(done, 400.0)


def test_the_others_take_the_orders_meanwhile() -> None:
    run = rehearsal(robots=2)
    run.robots["amr_01"].site_version = OTHER
    run.run(lambda _: False, 3.0)
    order(run)
    run.run(done, 400.0)
    assert {e.robot for e in run.journal if e.kind == "order_assigned"} <= {"amr_02"}


def test_a_mission_that_began_in_its_silence_is_not_sent_to_a_robot_that_comes_back_with_other_files() -> None:
    """`amr robot site update` starts its service again, which takes less than the silence that makes it offline."""
    run = rehearsal()
    robot = run.robots["amr_01"]
    robot.alive = False
    order(run)
    assert run.run(lambda r: bool(r.engine.world.traffic.movers["amr_01"].granted), 3.0)
    robot.site_version, robot.alive = OTHER, True
    run.run(lambda _: False, 30.0)
    assert (robot.order_id, robot.driven) == ("", 0.0)
    world = run.engine.world
    assert not world.state.missions
    assert [o.state for o in world.state.open_orders.values()] == ["QUEUED"]
    robot.site_version = OURS
    assert run.run(done, 400.0)
    assert run.violations() == []


def under_way(run: Rehearsal) -> None:
    order(run)
    robot = run.robots["amr_01"]
    assert run.run(lambda r: robot.edge is not None and r.engine.world.state.order_of("amr_01") is not None, 30.0)


def test_a_fleet_that_starts_with_other_files_releases_nothing_more_to_a_robot_under_way() -> None:
    run = rehearsal()
    robot = run.robots["amr_01"]
    robot.site_version = OURS
    under_way(run)
    base, update = [n.node_id for n in robot.nodes if n.released][-1], robot.update_id
    run.engine = FleetEngine(ROADMAP, run.units, journal=run.journal, doors=ROADMAP.doors, site_version=OTHER)
    run.run(lambda _: False, 60.0)
    assert (robot.update_id, robot.node, robot.edge) == (update, base, None)
    assert alarms(run) == [("amr_01", "alarm.site_version")]


def test_an_order_under_way_goes_to_another_when_its_robot_starts_again_with_other_files() -> None:
    run = rehearsal(robots=2)
    order(run)
    assert run.run(lambda r: bool(r.engine.world.state.missions), 20.0)
    first = next(iter(run.engine.world.state.missions))
    assert run.run(lambda _: run.robots[first].edge is not None, 30.0)
    run.robots[first].restart()
    run.robots[first].site_version = OTHER
    run.run(lambda _: False, 3.0)
    assert run.engine.world.state.order_of(first) is None
    assert [e.robot for e in run.journal if e.kind == "order_requeued"] == [first]


# Over the wire --------------------------------------------------------------------------------------------------------


def said(spelling: Spelling, version: str, instance: str = "") -> dict[str, Any]:
    """Return the state that a robot of ours sends when its agent says a version."""
    robot = VdaRobot("r", LIFT_AMR, spelling, manufacturer="ACME", serial="1", map_id="site")
    robot.connected(EPOCH)
    robot.heard(EPOCH, replace(RobotState(robot="r", x=1.0, y=1.0), site_version=version, instance=instance))
    sent = [m for m in robot.step(EPOCH).messages if m.topic.endswith("/state")]
    check(sent[0])
    return dict(sent[0].message)


@pytest.mark.parametrize("spelling", [V2_1, V3_0])
def test_a_version_goes_to_the_fleet_as_that_of_the_robots_map(spelling: Spelling) -> None:
    message = said(spelling, OTHER)
    assert [(m["mapId"], m["mapVersion"]) for m in message["maps"]] == [("site", OTHER)]
    desk = Desk(spelling)
    desk.say(maps=message["maps"])
    assert desk.told is not None
    assert desk.told.site_version == OTHER


def test_who_has_none_says_what_it_always_said_and_2_0_says_nothing() -> None:
    assert said(V2_1, "")["maps"][0]["mapVersion"] == MAP_VERSION
    assert "maps" not in said(V2_0, OTHER)


@pytest.mark.parametrize(
    "maps",
    [
        [],
        [{"mapId": "site", "mapVersion": "1.2.0", "mapStatus": "ENABLED"}],
        [{"mapId": "site", "mapVersion": OTHER.upper(), "mapStatus": "ENABLED"}],
        [{"mapId": "site", "mapVersion": OTHER, "mapStatus": "DISABLED"}],
        [{"mapId": "site"}],
    ],
)
def test_the_maps_of_other_makers_are_counted_otherwise(maps: list[dict[str, str]]) -> None:
    desk = Desk(V2_1)
    desk.say(maps=maps)
    assert desk.told is not None
    assert desk.told.site_version == ""


@pytest.mark.parametrize("maps", ["x", [1], [{"mapId": 1}], [{"mapId": "site", "mapVersion": 1}]])
def test_maps_that_are_rubbish_are_counted_and_move_nothing(maps: Any) -> None:
    desk = Desk(V2_1)
    desk.say(maps=maps)
    assert desk.told is None
    assert desk.master.counts["message.invalid"] == 1


def test_the_site_of_a_checkout_has_a_version() -> None:
    assert archive.is_version(archive.version(site_dir("lab")))
    assert not any(map(archive.is_version, ("", "1", OURS[:-1], OURS + "a", "g" * 64, OURS + "\n")))
