"""Compiles (or loads from the cache) every kernel, so that no robot pays for it while driving."""

from __future__ import annotations

import numpy as np

from amr_core.geometry import Pose2D, Twist2D
from amr_core.robots import LIFT_AMR
from amr_navigation.behaviors.behaviors import Spin
from amr_navigation.control.ahead import MovingObject
from amr_navigation.control.limits import limits_of
from amr_navigation.control.mppi import Mppi, Surroundings
from amr_navigation.costmap.static_map import build_static_map
from amr_navigation.localization.kernels import evidence
from amr_navigation.localization.search import GlobalSearch, lattice_of
from amr_navigation.motion import Motion
from amr_navigation.navigator.engine import Navigator
from amr_navigation.navigator.navigate import Navigate
from amr_navigation.planning import choice


def warm_up() -> None:
    """Run a robot for a moment in a small hall: localise, plan, drive, meet an obstacle, replan, turn."""
    occupied = np.zeros((200, 200), dtype=np.bool_)
    occupied[:4], occupied[-4:], occupied[:, :4], occupied[:, -4:] = True, True, True, True
    occupied[80:90, 60:110] = True
    static_map = build_static_map(occupied, 0.05)
    robot = Navigator(LIFT_AMR, static_map, choice.make_planner(static_map.driveable))
    start = Pose2D(2.0, 2.0, 0.3)
    robot.set_initial_pose(start)
    robot.tracks = (MovingObject(4.0, 2.0, 0.5, 0.0, 0.3, "person"),)
    motions: list[Motion] = [Navigate([Pose2D(7.0, 7.0, 1.0)]), Spin(0.5)]
    for tick in range(12):
        now = 0.05 * tick
        robot.add_odometry(now, Pose2D(0.1 * tick, 0.0, 0.05 * tick), Twist2D(0.1, 0.1))
        for lidar, spec in enumerate(LIFT_AMR.lidars):
            robot.add_scan(lidar, now, np.full(spec.beams, 1.0 + 0.1 * tick, dtype=np.float32))
        if tick % 6 == 0:
            robot.start(motions[tick // 6])
        robot.step(now)
    local = robot.obstacles.distances(0.6)
    robot.planner.plan(start, Pose2D(7.0, 7.0, 1.0), robot.body, local)
    robot.localizer.set_pose(start)
    around = Surroundings(static_map.driveable, local, robot.tracks)
    path = np.column_stack((np.linspace(2.0, 5.0, 31), np.full(31, 2.0), np.zeros(31)))
    Mppi().step(start, Twist2D(0.1, 0.0), limits_of(LIFT_AMR), robot.body, path, around)
    hits = np.column_stack((np.full(60, 3.0), np.linspace(-3.0, 3.0, 60)))
    search = GlobalSearch(lattice_of(static_map.walls), hits)
    search.advance()
    evidence(hits, np.zeros_like(hits), static_map.walls.sdf, 0.05, 0.0, 0.0, tuple(start), 0.1)
