"""Incidents of a training site: none unless asked for, one thing for a while, the same for the same seed."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from shapely.geometry import LineString, Point, Polygon
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_bringup.options import checked_incident
from amr_bringup.run_options import RunOptions
from amr_bringup.stack import stack
from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.roadmap import Edge, Roadmap, build_roadmap
from amr_core.site import load_site
from amr_sim.engine import SimEngine
from amr_sim.incidents import BEGIN, BLOCKED_LASTS, LASTS, SimIncident, SimIncidentKind, incident
from amr_sim.nodes.camera_port import CameraPorts
from amr_sim.nodes.simulator import site_world

LAB = load_site("lab")
CAMERAS = ["C02", "C01", "C03"]
THREE = LAB.model_copy(update={"cameras": [LAB.cameras[0].model_copy(update={"id": name}) for name in CAMERAS]})
ROBOTS = ["amr_01", "amr_02"]


def test_without_a_wish_nothing_goes_wrong() -> None:
    none = incident("", THREE, ROBOTS, 1)
    assert none == SimIncident()
    sim = lab_with_robots()
    for sim.time in (0.0, BEGIN, BEGIN + 1.0):
        none.act(sim)
        assert sim.goods is None
        assert not sim.lidars.veiled.any()
    assert not any(none.dead(camera, t) for camera in ("", *CAMERAS) for t in (0.0, BEGIN, BEGIN + 1.0, 1e6))


def test_one_camera_is_dead_for_a_while_and_only_it() -> None:
    one = incident("camera", THREE, ROBOTS, 1)
    assert one.what in CAMERAS
    assert [one.dead(one.what, t) for t in (0.0, BEGIN - 0.01, BEGIN, BEGIN + LASTS - 0.01, BEGIN + LASTS)] == [
        False, False, True, True, False
    ]  # fmt: skip
    assert not any(one.dead(camera, BEGIN) for camera in CAMERAS if camera != one.what)


def test_the_seed_decides_which_and_not_the_order_of_the_file() -> None:
    turned = THREE.model_copy(update={"cameras": THREE.cameras[::-1]})
    assert incident("camera", THREE, ROBOTS, 7) == incident("camera", turned, ROBOTS, 7)
    assert {incident("camera", THREE, ROBOTS, seed).what for seed in range(20)} == set(CAMERAS)
    assert incident("lost", THREE, ROBOTS, 7) == incident("lost", THREE, ROBOTS[::-1], 7)
    assert {incident("lost", THREE, ROBOTS, seed).what for seed in range(20)} == set(ROBOTS)


@pytest.mark.parametrize(("kind", "without", "reason"), [
    ("camera", "cameras", "no fixed cameras"), ("lost", "fleet", "no robots"), ("blocked", "places", "no lane"),
])  # fmt: skip
def test_a_site_without_what_it_takes_has_no_such_incident(kind: str, without: str, reason: str) -> None:
    with pytest.raises(AmrError, match=reason) as caught:
        checked_incident(kind, LAB.model_copy(update={without: []}))
    assert caught.value.code == "run.bad_option"


def lab_with_robots() -> SimEngine:
    return SimEngine(LAB, site_world("lab", LAB), LAB.fleet, 1)


def test_film_over_the_lidars_of_one_robot_spoils_what_it_sees_and_only_that() -> None:
    clear, sim, lost = lab_with_robots(), lab_with_robots(), incident("lost", LAB, ROBOTS, 3)
    robot = sim.index(lost.what)
    for sim.time, film in ((BEGIN - 0.01, False), (BEGIN, True), (BEGIN + LASTS, False)):
        lost.act(sim)
        off = np.abs(sim.scan() - clear.scan())
        of_robot, of_others = off[2 * robot : 2 * robot + 2], np.delete(off, (2 * robot, 2 * robot + 1), axis=0)
        assert bool(np.nanmedian(of_robot) > 0.3) == film
        assert np.nanmedian(of_others) < 0.1


@pytest.mark.parametrize("name", ["lab", "cai_cui"])
def test_goods_lie_across_a_lane_that_robots_drive_on_and_away_from_stations(name: str) -> None:
    site = load_site(name)
    roadmap = build_roadmap(site)
    for seed in range(5):
        blocked = incident("blocked", site, ROBOTS, seed)
        area = Polygon(blocked.outline())
        edges = [e for e in roadmap.edges.values() if _line(roadmap, e).crosses(area)]
        assert any(e.manoeuvre == "drive" for e in edges), "robots drive there"
        assert all(area.distance(Point(n.x, n.y)) > 1.0 for n in roadmap.nodes.values() if n.kind == "station")


def test_goods_are_seen_stand_in_the_way_and_go_again() -> None:
    sim, blocked = lab_with_robots(), incident("blocked", LAB, ROBOTS, 1)
    x, y, heading = blocked.place
    sim.teleport(0, Pose2D(x - 5.0 * math.cos(heading), y - 5.0 * math.sin(heading), heading))
    before = sim.scan()
    sim.time = BEGIN
    blocked.act(sim)
    assert sim.goods is not None
    assert np.min(sim.scan()[0] - before[0]) < -1.0, "nearer than what is behind"
    assert [solid.shape.name for solid in sim.moving_solids()].count("goods") == 1
    sim.teleport(0, Pose2D(x - 1.2, y, heading))
    sim.step(0.05)
    assert sim.collisions.robot_separation[0] < 1.0
    sim.time = BEGIN + BLOCKED_LASTS
    blocked.act(sim)
    assert sim.goods is None


def test_goods_are_not_put_down_before_or_on_a_robot() -> None:
    sim, blocked = lab_with_robots(), incident("blocked", LAB, ROBOTS, 1)
    x, y, heading = blocked.place
    sim.time = BEGIN
    sim.teleport(0, Pose2D(x - 2.0, y, heading))
    blocked.act(sim)
    assert sim.goods is None
    sim.teleport(0, Pose2D(x - 4.0, y, heading))
    blocked.act(sim)
    assert sim.goods is not None
    sim.teleport(0, Pose2D(x - 2.0, y, heading))
    blocked.act(sim)
    assert sim.goods is not None, "they stay when one comes near"


def _line(roadmap: Roadmap, edge: Edge) -> LineString:
    return LineString([(roadmap.nodes[n].x, roadmap.nodes[n].y) for n in (edge.start, edge.end)])


@pytest.mark.parametrize("text", ["Camera", "fire", " ", "x" * 999])
def test_what_the_simulator_cannot_do_is_refused_with_what_it_can(text: str) -> None:
    with pytest.raises(AmrError, match="there is camera, lost, blocked") as caught:
        checked_incident(text, LAB)
    assert (caught.value.code, caught.value.facts["option"]) == ("run.bad_option", "incident")
    assert [checked_incident(kind, LAB) for kind in get_args(SimIncidentKind)] == list(get_args(SimIncidentKind))


def test_the_demo_refuses_it_before_anything_starts() -> None:
    told = CliRunner().invoke(app, ["demo", "--site", "lab", "--incident", "flood"])
    assert "there is camera" in str(told.exception) + told.output


@pytest.mark.parametrize("kind", get_args(SimIncidentKind))
def test_the_simulator_is_told(kind: str) -> None:
    site = load_site("lab")
    specs = stack(site, RunOptions(site="lab", robots=2, incident=kind))
    (simulator,) = [spec for spec in specs if spec.name == "simulator"]
    assert simulator.params["incident"] == kind


class Out:
    """A topic that somebody listens to."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def get_subscription_count(self) -> int:
        return 1

    def publish(self, message: Any) -> None:
        self.sent.append(message)


def test_a_dead_camera_gives_no_pictures_and_sees_again_afterwards() -> None:
    site = load_site("lab")
    world, outs = site_world("lab", site), dict[str, Out]()
    node: Any = SimpleNamespace(create_publisher=lambda _kind, topic, _qos: outs.setdefault(topic, Out()))
    (camera,) = site.cameras
    first, second = camera.id, "C99"
    two = site.model_copy(update={"cameras": [camera, camera.model_copy(update={"id": second})]})
    dead = {first}
    ports = CameraPorts(node, SimEngine(site, world, [], 1), two, world, 1, dead.__contains__)
    counts = []
    for gone in ({first}, {second}, set[str]()):
        dead.clear()
        dead.update(gone)
        ports.publish(Time())
        counts.append([len(outs[f"/cameras/{c}/{topic}"].sent) for c in (first, second) for topic in TOPICS])
    assert counts == [[0, 0, 1, 1], [1, 1, 1, 1], [2, 2, 2, 2]]


TOPICS = ("image_raw", "camera_info")
