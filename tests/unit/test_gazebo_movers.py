"""People and forklifts in Gazebo without Gazebo: bodies are led along their routes, and stop for robots."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from shapely.geometry import LineString, Point

from amr_core.geometry import Pose2D
from amr_core.robots import robot_type
from amr_core.site import Site, load_site
from amr_core.site.build import world_path
from amr_core.site.generators.movers import pose_of
from amr_sim.gazebo_movers import LONGEST, SAY_AGAIN, STEP, GazeboMovers
from amr_sim.world import load_world

ROBOT = "amr_01"


class Floor:
    """A site whose bodies are at once where their joints are told to be."""

    def __init__(self, site: str, only: Sequence[str] = ()) -> None:
        whole = load_site(site)
        movers = [mover for mover in whole.movers if mover.id in only or not only]
        self.site: Site = whole.model_copy(update={"movers": movers})
        self.specs = {mover.id: mover for mover in movers}
        self.joints = {mover.id: {"x": 0.0, "y": 0.0, "yaw": 0.0} for mover in movers}
        self.now = 0.0
        self.begin()

    def begin(self) -> None:
        """Start the node that leads them, for the first time or again."""
        world = load_world(world_path(self.site.id, self.site))
        self.led = GazeboMovers(self.site, world, [ROBOT], [robot_type("lift_amr")], seed=1)

    def pose(self, mover_id: str) -> Pose2D:
        """Return where a body is."""
        pose = pose_of(self.specs[mover_id], self.joints[mover_id])
        assert pose is not None
        return pose

    def step(self, dt: float = STEP) -> int:
        """Pass some time (s); return how many joints were told."""
        self.now += dt
        for mover_id in self.specs:
            self.led.hear(mover_id, self.pose(mover_id))
        news = self.led.step(self.now)
        for (mover_id, joint), place in news.items():
            self.joints[mover_id][joint] = place
        return len(news)


def test_everybody_keeps_to_their_route_at_their_speed() -> None:
    floor = Floor("cai_cui")
    routes = {mover_id: LineString([*spec.route, spec.route[0]]) for mover_id, spec in floor.specs.items()}
    reached: dict[str, set[tuple[float, float]]] = {mover_id: set() for mover_id in floor.specs}
    fastest = dict.fromkeys(floor.specs, 0.0)
    for _ in range(round(150.0 / STEP)):
        before = {mover_id: floor.pose(mover_id) for mover_id in floor.specs}
        floor.step()
        for mover_id, spec in floor.specs.items():
            at = floor.pose(mover_id)
            fastest[mover_id] = max(fastest[mover_id], math.dist(before[mover_id][:2], at[:2]) / STEP)
            near = {point for point in spec.route if math.dist(point, at[:2]) < 0.02}
            reached[mover_id] |= near
            assert near or routes[mover_id].distance(Point(at.x, at.y)) < 0.02, mover_id
    for mover_id, spec in floor.specs.items():
        assert reached[mover_id] == set(spec.route), mover_id
        assert fastest[mover_id] == pytest.approx(spec.speed, rel=1e-3), mover_id


def test_nobody_is_led_before_gazebo_said_where_they_are() -> None:
    floor = Floor("lab")
    assert floor.led.step(0.1) == {}
    assert floor.led.step(10.0) == {}


def test_a_person_stops_for_a_robot_and_walks_on_when_it_is_gone() -> None:
    floor = Floor("lab")
    ahead = Pose2D(10.6, 9.4, math.pi / 2)
    floor.led.set_robot(ROBOT, ahead, 0.0, 0.0)
    for _ in range(round(2.5 / STEP)):
        floor.step()
    stood = floor.pose("person_01")
    assert 9.4 <= stood.x < 10.6 - 0.46 - 0.2, "it would be at the corner by now"
    floor.led.set_robot(ROBOT, Pose2D(math.nan, 0.0, 0.0), 0.0, 0.0)
    floor.step()
    assert floor.pose("person_01").x == pytest.approx(stood.x, abs=0.05), "what is no pose moves no robot away"
    floor.led.set_robot(ROBOT, Pose2D(4.0, 4.0, 0.0), 0.0, 0.0)
    for _ in range(round(8.0 / STEP)):
        floor.step()
    assert floor.pose("person_01").x == pytest.approx(10.6)


def test_a_node_that_starts_again_goes_on_from_where_they_stand() -> None:
    floor = Floor("lab")
    while floor.pose("person_01").y < 10.0:
        floor.step()
    before = floor.pose("person_01")
    floor.begin()
    for _ in range(4):
        floor.step()
        assert math.dist(floor.pose("person_01")[:2], before[:2]) < 0.2
    assert floor.pose("person_01").y > before.y, "on, not back to where it began"
    # Somebody has put it aside, off its route: it walks back.
    floor.joints["person_01"] |= {"x": -3.0, "y": -1.0}
    floor.begin()
    for _ in range(round(15.0 / STEP)):
        floor.step()
    corners = floor.specs["person_01"].route
    route = LineString([*corners, corners[0]])
    assert route.distance(Point(*floor.pose("person_01")[:2])) < 0.02


def test_joints_that_stand_are_told_again_once_a_second_only() -> None:
    floor = Floor("lab")
    floor.step()
    floor.led.all[0].resting = math.inf
    floor.step()
    told = [floor.step() for _ in range(round(10 * SAY_AGAIN / STEP))]
    assert 27 <= sum(told) <= 33


def test_a_pause_of_the_clock_moves_nobody_far_and_yaw_has_no_leap() -> None:
    floor = Floor("lab")
    for _ in range(20):
        floor.step()
    before = floor.pose("person_01")
    floor.step(100.0)
    assert math.dist(before[:2], floor.pose("person_01")[:2]) <= 0.8 * LONGEST + 0.05
    floor.now -= 50.0
    floor.step()
    yaw = floor.joints["person_01"]["yaw"]
    for _ in range(round(60.0 / STEP)):
        floor.step()
        assert abs(floor.joints["person_01"]["yaw"] - yaw) <= math.pi + 1e-6
        yaw = floor.joints["person_01"]["yaw"]
