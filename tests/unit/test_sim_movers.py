"""People and forklifts: they keep clear of robots and never block them for ever."""

import math

import numpy as np
import pytest

from amr_core.geometry import Pose2D
from amr_core.robots import LIFT_AMR
from amr_core.site import Actor, FleetRobot, Site, Station, Wall, load_site
from amr_core.site.generators.world import world_sdf
from amr_sim.engine import SimEngine
from amr_sim.mover_rules import may_move, robot_gap, robot_rows
from amr_sim.world import parse_world

DT = 0.05


def hall(movers: list[Actor], robots: list[Pose2D], size: tuple[float, float] = (20.0, 12.0)) -> SimEngine:
    w, h = size
    outer = Wall(id="outer", points=[(0, 0), (w, 0), (w, h), (0, h), (0, 0)])
    bays = [Station(id=f"P{i}", x=p.x, y=p.y, theta=p.theta, lane="none") for i, p in enumerate(robots)]
    fleet = [FleetRobot(name=f"amr_{i}", type="lift_amr", parking=f"P{i}") for i in range(len(robots))]
    parts = {"walls": [outer], "boxes": [], "movers": movers, "parking": bays, "fleet": fleet, "chargers": []}
    site: Site = load_site("lab").model_copy(update=parts)
    return SimEngine(site, parse_world(world_sdf(site)), fleet, seed=1)


def walk(sim: SimEngine, seconds: float) -> list[tuple[float, float]]:
    way = []
    for _ in range(round(seconds / DT)):
        sim.step(DT)
        way.append((sim.movers.all[0].x, sim.movers.all[0].y))
    return way


def mover(kind: str = "person", *, yields: bool = True, pause: float = 0.0) -> Actor:
    return Actor.model_validate(
        {"id": "m", "kind": kind, "route": [(3, 6), (17, 6)], "speed": 1.2, "yields": yields, "pause": pause}
    )


def test_free_mover_walks_its_route_at_its_speed_and_pauses() -> None:
    way = np.array(walk(hall([mover(pause=2.0)], [Pose2D(2, 2, 0)]), 60.0))
    steps = np.hypot(*np.diff(way, axis=0).T)
    assert steps.max() == pytest.approx(1.2 * DT)
    assert np.abs(way[:, 1] - 6.0).max() < 1e-6
    assert (way[:, 0].min(), way[:, 0].max()) == (pytest.approx(3.0), pytest.approx(17.0))
    assert 0.1 < (steps < 1e-9).mean() < 0.3


@pytest.mark.parametrize("kind", ["person", "forklift"])
@pytest.mark.parametrize("yields", [True, False])
def test_standing_robot_on_the_route_is_walked_around_or_avoided(kind: str, yields: bool) -> None:
    sim = hall([mover(kind, yields=yields)], [Pose2D(10, 6, 1.0)])
    way = np.array(walk(sim, 120.0))
    assert sim.collisions.episodes == 0
    assert sim.collisions.min_separation > 0.1
    spans = [float(np.ptp(way[k : k + 300], axis=0).max()) for k in range(0, len(way) - 300, 20)]
    assert min(spans) > 0.2, "never stands for 15 s"
    if kind == "person":
        assert way[:, 0].min() < 4.0 < 16.0 < way[:, 0].max(), "gets to both ends"


def test_nobody_waits_for_a_robot_that_stands_behind_the_corner_of_the_route() -> None:
    """In the lab the fork robot in its bay kept the walker in the north lane for good, and the camera held the lane."""
    walker = Actor.model_validate(
        {"id": "m", "kind": "person", "route": [(6, 6), (9, 6), (9, 9), (6, 9)], "speed": 0.8, "yields": True}
    )
    sim = hall([walker], [Pose2D(10.4, 6.6, 1.57)])
    way = np.array(walk(sim, 60.0))
    laps = np.array(way[len(way) // 2 :])
    assert np.ptp(laps, axis=0) == pytest.approx((3.0, 3.0), abs=0.05)
    assert sim.collisions.episodes == 0
    stood = np.hypot(*np.diff(way, axis=0).T) < 1e-9
    assert stood.mean() < 0.05


def test_person_who_stands_in_the_way_leaves_it() -> None:
    sim = hall([], [Pose2D(5, 6, 0.0)])
    person = sim.add_person(7.0, 6.0)
    walk(sim, 3.0)
    assert (person.x, person.y) == (7.0, 6.0)
    walk(sim, 6.0)
    assert abs(person.y - 6.0) > 0.9 or person.x > 5 + 0.675 + 2.0
    there = (person.x, person.y)
    walk(sim, 20.0)
    assert (person.x, person.y) == there, "does not come back"


def test_person_far_from_robots_stays() -> None:
    sim = hall([], [Pose2D(5, 6, 0.0)])
    person = sim.add_person(15.0, 6.0)
    walk(sim, 20.0)
    assert (person.x, person.y) == (15.0, 6.0)


def rows(v: float) -> np.ndarray:
    return robot_rows(np.array([(0.0, 0.0, 0.0, v, 0.0)]), [LIFT_AMR], [False])


def step_allowed(x: float, y: float, ux: float, uy: float, v: float, look: float = 0.0) -> bool:
    nobody = np.zeros((0, 4))
    return may_move(x, y, ux, uy, 0.05, 0.0, look, 0.2, rows(v), nobody, 0)


def test_nobody_steps_into_where_a_robot_cannot_stop() -> None:
    stop = 1.2 * 0.5 + 1.2**2 / (2 * LIFT_AMR.deceleration)
    edge = 0.675 + stop + 0.35 + 0.2
    side = 0.46 + 0.3 + 0.2
    assert step_allowed(edge + 0.1, side + 0.01, 0.0, -1.0, 1.2)
    assert not step_allowed(edge - 0.1, side + 0.01, 0.0, -1.0, 1.2)
    assert step_allowed(edge - 0.1, side + 0.01, 0.0, -1.0, 0.0), "a standing robot may be passed in front"
    assert step_allowed(1.5, 0.0, 0.0, 1.0, 1.2), "who is in front may leave"


def test_yielding_people_keep_more_distance() -> None:
    assert step_allowed(2.3, 0.0, -1.0, 0.0, 0.0)
    assert not step_allowed(2.3, 0.0, -1.0, 0.0, 0.0, look=1.2)
    assert step_allowed(1.0, 0.0, 1.0, 0.0, 0.0, look=1.2)


def test_gap_is_the_distance_to_the_rectangle() -> None:
    assert robot_gap(2.0, 0.0, 0.2, rows(0.0), 0) == pytest.approx(2.0 - 0.675 - 0.2)
    assert robot_gap(0.675 + 3, 0.46 + 4, 0.0, rows(0.0), 0) == pytest.approx(5.0)


@pytest.mark.parametrize("seed", range(3))
def test_careful_robots_meet_a_crowd_without_contact_or_blockade(seed: int) -> None:
    """Robots shuttle, brake late and see only ahead; movers with random routes cross them."""
    rng = np.random.default_rng(seed)
    crowd = [
        Actor.model_validate(
            {
                "id": f"m{k}",
                "kind": "forklift" if k == 0 else "person",
                "route": [(float(rng.uniform(1.6, 28)), float(rng.uniform(1.6, 14))) for _ in range(3)],
                "speed": float(rng.uniform(0.8, 1.5)),
                "yields": bool(k % 2),
                "pause": float(rng.integers(0, 12)),
            }
        )
        for k in range(7)
    ]
    lanes = (3.0, 7.5, 12.0)
    sim = hall(crowd, [Pose2D(3, y, 0) for y in lanes], (30.0, 16.0))
    forward, standing, worst, braking = [1.0] * 3, [0.0] * 3, 0.0, [[False] * 4 for _ in lanes]
    for _ in range(6000):
        for i in range(3):
            x, v = float(sim.bases.state[i, 0]), float(sim.bases.state[i, 3])
            forward[i] = -1.0 if x > 27 else 1.0 if x < 3 else forward[i]
            braking[i].append(someone_ahead(sim, x, lanes[i], forward[i], v))
            sim.command(i, 0.0 if braking[i][-4] else forward[i] * 1.2, 0.0)
            standing[i] = standing[i] + DT if abs(v) < 0.02 else 0.0
            worst = max(worst, standing[i])
        sim.step(DT)
    assert sim.collisions.log == []
    assert worst < 60.0


def someone_ahead(sim: SimEngine, x: float, y: float, forward: float, v: float) -> bool:
    look = v * v / (2 * LIFT_AMR.deceleration) + abs(v) * 0.3 + 0.5
    for m in sim.movers.all:
        corners = m.outline() - (x, y)
        ahead, aside = corners[:, 0] * forward - 0.675, np.abs(corners[:, 1]) - 0.46
        over = np.ptp(np.sign(corners[:, 1])) > 0
        if math.isfinite(look) and ahead.max() > -1.5 and ahead.min() < look and (aside.min() < 0.3 or over):
            return True
    return False
