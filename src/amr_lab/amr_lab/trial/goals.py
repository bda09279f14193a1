"""Random goals: one robot after the other drives to random poses of the hall while people and forklifts go about."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from amr_core.geometry import Pose2D, distance
from amr_core.robots import LIFT_AMR
from amr_lab.trial.hall import DT, Hall
from amr_navigation.costmap.body import body_of
from amr_navigation.navigator.navigate import Navigate
from amr_navigation.nodes.site_data import site_data

GOALS_PER_HALL = 25
TIME_LIMIT = 420.0  # simulated s for a goal; chosen: through the whole hall, around everybody
REACHED = 0.1  # m off the goal, as the ground truth has it; chosen
ROOM = 1.0  # m to everything: a laden robot can turn there (0.86 m)


@dataclass(frozen=True)
class Trip:
    """One goal: whether it was truly reached, Nav2's code (-1: still busy at the time limit), how long and how far."""

    seed: int
    goal: tuple[float, float, float]
    reached: bool
    code: int
    seconds: float
    way: float
    recoveries: int
    collisions: int
    note: str = ""


def random_pose(site: str, rng: np.random.Generator) -> Pose2D:
    """Return a pose with room to turn (m) to everything on the map."""
    grid = site_data(site).static_map.driveable
    rows, cols = np.nonzero(grid.sdf > ROOM)
    k = int(rng.integers(len(rows)))
    x = grid.origin_x + (cols[k] + 0.5) * grid.resolution
    y = grid.origin_y + (rows[k] + 0.5) * grid.resolution
    return Pose2D(float(x), float(y), float(rng.uniform(-math.pi, math.pi)))


def inside(site: str, pose: Pose2D) -> bool:
    """Return whether a robot gets there at all: whether a plan from the first parking lane exists."""
    data = site_data(site)
    start = Pose2D(4.6, 41.3, math.pi)
    return data.planner.plan(start, pose, body_of(LIFT_AMR)).error_code == 0


def drive(site: str, seed: int, goals: int) -> list[Trip]:
    """Drive to random goals one after the other with the site's people and forklifts about."""
    rng = np.random.default_rng((seed, 7))
    start = Pose2D(4.6, 41.3, math.pi)
    hall = Hall(site, [start], seed=seed, people=True)
    trips: list[Trip] = []
    while len(trips) < goals:
        goal = random_pose(site, rng)
        if inside(site, goal):
            trips.append(one(hall, goal, seed))
    return trips


def one(hall: Hall, goal: Pose2D, seed: int) -> Trip:
    """Drive to one goal."""
    driver, began = hall.drivers[0], hall.now
    driver.trace.clear()
    before = len(hall.contacts)
    motion = Navigate([goal])
    driver.start(motion)
    hall.run(TIME_LIMIT, hall.finished)
    outcome = driver.outcome
    if outcome is None:
        driver.nav.cancel()
        driver.motion = None
    there = outcome is not None and outcome.succeeded and distance(hall.sim.pose(0), goal) < REACHED
    way = sum(abs(v) for _, _, _, v in driver.trace) * DT
    hits = hall.contacts[before:]
    note = "; ".join(f"{c.first} and {c.second} at {c.time:.1f} s" for c in hits)
    code = -1 if outcome is None else outcome.error_code
    return Trip(
        seed, (goal.x, goal.y, goal.theta), there, code, hall.now - began, way, motion.recoveries, len(hits), note
    )


def run_goals(site: str, goals: int, first_seed: int, output: Path | None) -> bool:
    """Drive to a number of goals, print a summary; return whether 99.5 % were reached without a collision."""
    console, began = Console(), time.process_time()
    trips: list[Trip] = []
    for seed in range(first_seed, first_seed + math.ceil(goals / GOALS_PER_HALL)):
        for trip in drive(site, seed, min(GOALS_PER_HALL, goals - len(trips))):
            trips.append(trip)
            if not trip.reached or trip.collisions:
                x, y, theta = trip.goal
                console.print(
                    f"seed {trip.seed}: goal ({x:.2f}, {y:.2f}, {theta:.2f}) reached={trip.reached} code={trip.code} "
                    f"after {trip.seconds:.0f} s, {trip.recoveries} recoveries {trip.note}"
                )
    share = sum(t.reached for t in trips) / len(trips)
    hits, way = sum(t.collisions for t in trips), sum(t.way for t in trips)
    seconds = sum(t.seconds for t in trips)
    console.print(
        f"{sum(t.reached for t in trips)} of {len(trips)} goals reached ({100 * share:.1f} %), {hits} collisions, "
        f"{way:.0f} m in {seconds:.0f} s simulated, {time.process_time() - began:.0f} s of CPU"
    )
    if output is not None:
        output.write_text(json.dumps([asdict(t) for t in trips], indent=2) + "\n")
    return share >= 0.995 and hits == 0
