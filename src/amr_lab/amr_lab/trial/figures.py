"""What the navigation costs and how exact it is: rows for `amr bench`, CPU time without ROS."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, Twist2D
from amr_core.robots import LIFT_AMR
from amr_lab.paths import straight
from amr_lab.trial.hall import Hall
from amr_navigation.control.ahead import MovingObject
from amr_navigation.control.limits import limits_of
from amr_navigation.control.mppi import Mppi, Surroundings
from amr_navigation.costmap.body import body_of
from amr_navigation.navigator.follow import FollowPath
from amr_navigation.nodes.site_data import site_data

Figure = tuple[str, str, float, float]
PLAN_LENGTH = (65.0, 85.0)  # m: ways through half of the hall, alike enough to compare their times
LANE = (4.0, 11.2, 56.0, 11.2)  # m, map frame: from x, y to x, y along an aisle of the reference site


def _spent(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return 1000.0 * (time.process_time() - began)


def _figure(part: str, unit: str, values: FloatArray | list[float]) -> Figure:
    return part, unit, float(np.median(values)), float(np.percentile(values, 99))


def plans_of_75_m(site: str, count: int = 20) -> list[Figure]:
    """Plans of 65 to 85 m between random stations for a loaded robot."""
    data, rng = site_data(site), np.random.default_rng(3)
    poses = [dock.pose for dock in data.docks.values()]
    body, taken = body_of(LIFT_AMR, loaded=True), list[float]()
    for _ in range(20 * count):
        a, b = (poses[int(k)] for k in rng.choice(len(poses), 2, replace=False))
        if not PLAN_LENGTH[0] - 15.0 < abs(a.x - b.x) + abs(a.y - b.y) < PLAN_LENGTH[1]:
            continue
        began = time.process_time()
        plan = data.planner.plan(a, b, body)
        if plan.error_code == 0 and PLAN_LENGTH[0] < plan.length < PLAN_LENGTH[1]:
            taken.append(1000.0 * (time.process_time() - began))
        if len(taken) == count:
            break
    return [_figure(f"global plan of 75 m, loaded ({len(taken)} plans)", "ms", taken)] if taken else []


def mppi(site: str, cycles: int = 60) -> list[Figure]:
    """MPPI cycles in a main aisle with a person, a forklift and no local grid."""
    data, controller = site_data(site), Mppi()
    path = straight(10.0, 12.2, 14.5, 12.2)
    around = Surroundings(
        data.planner.grid,
        None,
        (MovingObject(14, 12, -0.8, 0, 0.3, "person"), MovingObject(16, 13, 0, 0.5, 1.0, "vehicle")),
    )
    pose, last, body = Pose2D(10.0, 12.2, 0.0), Twist2D(0.8, 0.0), body_of(LIFT_AMR)

    def cycle() -> None:
        controller.step(pose, last, limits_of(LIFT_AMR), body, path, around)

    cycle()
    name = f"MPPI cycle, {controller.params.samples} samples x 56 steps"
    return [_figure(name, "ms", [_spent(cycle) for _ in range(cycles)])]


def lane(site: str) -> list[Figure]:
    """A lane of 52 m at 1.2 m/s: tracking error, cost of a scan for the localisation, cores while driving and idle."""
    hall = Hall(site, [Pose2D(LANE[0], LANE[1], 0.0)], seed=1)
    driver = hall.drivers[0]
    hall.run(1.0)
    spent: list[float] = []
    add_scan = driver.nav.localizer.add_scan

    def timed(stamp: float, points: FloatArray, origins: FloatArray | None = None) -> bool:
        began = time.process_time()
        updated = add_scan(stamp, points, origins)
        if updated:
            spent.append(1000.0 * (time.process_time() - began))
        return updated

    driver.nav.localizer.add_scan = timed  # type: ignore[method-assign]
    driver.start(FollowPath(straight(*LANE)))
    hall.cpu, began = 0.0, hall.now
    hall.run(90.0, hall.finished)
    driving = hall.cpu / (hall.now - began)
    off = np.array([abs(p.y - LANE[1]) for _, p, _, v in driver.trace if v > 1.1])
    found = np.array([math.hypot(p.x - e.x, p.y - e.y) for _, p, e, v in driver.trace if v > 0.1])
    hall.cpu, began = 0.0, hall.now
    hall.run(20.0)
    idle = hall.cpu / (hall.now - began)
    return [
        ("tracking error on a lane at 1.2 m/s (p95 in the second column)", "cm", *_cm(off)),
        ("localisation error on that lane (p95 in the second column)", "cm", *_cm(found)),
        _figure("localisation of a scan, tracking", "ms", spent),
        ("navigation and tracks of one robot, driving", "core", round(driving, 4), round(driving, 4)),
        ("navigation and tracks of one robot, idle", "core", round(idle, 4), round(idle, 4)),
    ]


def _cm(values: FloatArray) -> tuple[float, float]:
    return 100.0 * float(np.median(values)), 100.0 * float(np.percentile(values, 95))


def many(site: str, seconds: float = 10.0) -> list[Figure]:
    """All robots of the fleet driving at once: how many fit on two cores without ROS, by their CPU time."""
    ways = [(4.0 + 9.0 * k, 11.2, 11.0 + 9.0 * k, 11.2) for k in range(6)]
    hall = Hall(site, [Pose2D(x, y, 0.0) for x, y, _, _ in ways], seed=2)
    for driver, way in zip(hall.drivers, ways, strict=True):
        driver.start(FollowPath(straight(*way)))
    hall.run(1.0)
    hall.cpu = 0.0
    hall.run(seconds)
    each = hall.cpu / seconds / len(ways)
    name = "robots whose navigation and perception engines fit on 2 cores at rtf 1 (20 Hz, no ROS), from CPU time"
    return [(name, "robots", 2.0 / each, 2.0 / each)]


def figures(site: str) -> list[Figure]:
    """Return all figures of the navigation: part, unit, median (or value), p99 (or as the part says)."""
    return [*plans_of_75_m(site), *mppi(site), *lane(site), *many(site)]
