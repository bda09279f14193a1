"""Where the peers are driven: the eight goals of the lab, or random goals of a site with its people about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray, Pose2D, compose, distance
from amr_core.robots import LIFT_AMR
from amr_core.site import Door, load_site
from amr_lab.nav_peer.drives import GOALS, OUT_OF_THE_BAY
from amr_lab.nav_peer.side import ROBOT
from amr_lab.trial.goals import random_pose
from amr_navigation.costmap.body import body_of
from amr_navigation.nodes.site_data import site_data
from amr_sim.engine import parking_pose

DRAWS: Final = 400
"""Random poses looked at for one goal before a site is said to have none."""
DOOR_ROOM: Final = 1.0  # m beside a door's leaf in which no goal lies; chosen: nobody stops in a doorway


@dataclass(frozen=True)
class Course:
    """A site, its first robot, the goals that it drives to one after another, and how all that is said in a line."""

    site: str
    robot: str
    goals: Sequence[Pose2D]
    said: str


LAB: Final = Course("lab", ROBOT, GOALS, "lab")
BEHIND: Final = Pose2D(42.41, 47.58, 0.32), Pose2D(41.375, 47.625, 2.893)
"""Two poses in cai_cui's cross aisle (map frame, m and rad), each a metre behind a robot that stands in the other and
to be stood in the other way round: a path leads past them and back, or turns on the spot first."""


def turning_course(count: int) -> Course:
    """Return a course that goes count times there and back between the poses BEHIND."""
    robot = load_site("cai_cui").fleet[0]
    return Course("cai_cui", robot.name, BEHIND * count, f"cai_cui, {count} times there and back to a goal behind")


def random_course(site: str, count: int, seed: int, near: float) -> Course:
    """Return count random goals, each at most near m from the one before and on a way that no door shuts.

    A navigation by itself opens no doors: the agent asks for them. Raises run.bad_option where there are none.
    """
    model, data = load_site(site), site_data(site)
    robot = model.fleet[0]
    rng, goals = np.random.default_rng((seed, 11)), list[Pose2D]()
    here = compose(parking_pose(model, robot), Pose2D(-OUT_OF_THE_BAY, 0.0, 0.0))
    for _ in range(count):
        for _ in range(DRAWS):
            goal = random_pose(site, rng)
            if near / 4 < distance(here, goal) <= near:
                plan = data.planner.plan(here, goal, body_of(LIFT_AMR))
                if plan.error_code == 0 and _open(plan.poses, model.doors) and plan.length <= 2 * near:
                    break
        else:
            raise AmrError(
                "run.bad_option", option="near", value=near, reason=f"no goal near {here.x:.1f}, {here.y:.1f}"
            )
        goals.append(Pose2D(round(goal.x, 3), round(goal.y, 3), round(goal.theta, 3)))
        here = goal
    return Course(site, robot.name, goals, f"{site}, {count} random goals of seed {seed}, at most {near:g} m apart")


def _open(poses: FloatArray, doors: Sequence[Door]) -> bool:
    return all(
        float(np.hypot(poses[:, 0] - door.x, poses[:, 1] - door.y).min(initial=math.inf)) > door.width / 2 + DOOR_ROOM
        for door in doors
    )
