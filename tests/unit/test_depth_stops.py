"""Things below and above the plane of the lidars stop a robot that has a depth camera, in the simulator without ROS."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amr_core.cameras import PinholeView
from amr_core.geometry import Pose2D, Twist2D
from amr_core.robots import LIFT_AMR
from amr_core.site import FleetRobot, load_site
from amr_core.site.generators.world import world_sdf
from amr_navigation.costmap.body import body_of
from amr_navigation.costmap.depth_layer import DepthLayer
from amr_navigation.navigator.engine import BLIND_DEPTH_SPEED, Navigator
from amr_navigation.navigator.follow import FollowPath
from amr_navigation.nodes.site_data import site_data
from amr_perception.depth.obstacles import ObstacleFinder
from amr_perception.depth.rays import DepthMount, DepthRays
from amr_sim.engine import SimEngine
from amr_sim.world import Shape, SimWorld, parse_world

START, GOAL = Pose2D(6.5, 4.0, 0.0), Pose2D(13.5, 4.0, 0.0)
THING_X = 10.5


class Drive:
    """One robot on the lab's southern lane with a thing in its way."""

    def __init__(self, z: tuple[float, float], *, size: float = 0.4, seeing: bool = True) -> None:
        site = load_site("lab").model_copy(update={"movers": []})
        self.thing = Shape("thing", Pose2D(THING_X, 4.05, 0.2), size, size, *z)
        shapes = (*parse_world(world_sdf(site)).shapes, self.thing)
        self.sim = SimEngine(site, SimWorld(shapes), [FleetRobot(name="r", type="lift_amr", parking="P1")], 3)
        self.sim.bases.put(0, START)
        data = site_data("lab")
        self.navigator = Navigator(LIFT_AMR, data.static_map, data.planner, seed=3)
        self.navigator.set_initial_pose(START)
        self.navigator.depth.wanted = True
        self.seeing = seeing
        spec = LIFT_AMR.depth_camera
        self.rays, self.finder = DepthRays(DepthMount.of(spec)), ObstacleFinder()
        self.matrix = PinholeView(0, 0, spec.z, 0, spec.pitch, spec.width, spec.height, spec.focal).matrix
        self.fastest = 0.0

    def run(self, seconds: float) -> Pose2D:
        path = np.array([(x, 4.0, 0.0) for x in np.arange(START.x, GOAL.x + 0.01, 0.1)])
        self.navigator.start(FollowPath(path))
        for step in range(round(seconds / 0.05)):
            now = self.sim.time
            odometry = self.sim.bases.odometry[0]
            twist = Twist2D(float(odometry[3]), float(odometry[4]))
            self.navigator.add_odometry(now, Pose2D(*odometry[:3].tolist()), twist)
            if step % 2 == 0:
                for lidar, ranges in enumerate(self.sim.scan()):
                    self.navigator.add_scan(lidar, now, ranges)
            if step % 4 == 1 and self.seeing:
                scene = self.finder.find(self.rays.points(self.sim.depth(0), self.matrix), self.rays.pixel)
                self.navigator.add_depth(now, scene.obstacles.astype(float), scene.clearing.astype(float))
            command = self.navigator.step(now).command or Twist2D(0.0, 0.0)
            self.sim.command(0, command.v, command.w)
            self.sim.step(0.05)
            self.fastest = max(self.fastest, float(self.sim.bases.state[0, 3]))
        return self.sim.pose(0)


@pytest.mark.parametrize("z", [(0.0, 0.10), (0.30, 0.42)], ids=["below", "above"])
def test_what_the_lidars_cannot_see_stops_the_robot(z: tuple[float, float]) -> None:
    drive = Drive(z)
    end = drive.run(11.0)
    # It came near, stands before the thing, and stays there although the camera cannot see what is right before it.
    gap = THING_X - drive.thing.size_x * 0.7 - (end.x + LIFT_AMR.front)
    assert 0.0 < gap < 1.2
    assert abs(float(drive.sim.bases.state[0, 3])) < 0.01


def test_a_robot_whose_depth_camera_is_silent_goes_slowly() -> None:
    drive = Drive((0.0, 0.01), seeing=False)
    drive.run(5.0)
    assert 0.1 < drive.fastest <= BLIND_DEPTH_SPEED + 0.02


def points(x: float, y: float, z: float) -> np.ndarray:
    grid = np.arange(-0.04, 0.05, 0.02)
    return np.array([(x + a, y + b, z) for a in grid for b in grid])


def test_only_seen_floor_frees_and_nothing_that_hangs_out_of_view() -> None:
    layer, body, base = DepthLayer(LIFT_AMR.depth_camera), body_of(LIFT_AMR), Pose2D(50.0, -3.0, 1.0)
    nothing = np.empty((0, 3))
    layer.update(1.0, base, np.vstack((points(2.0, 0.0, 0.05), points(1.2, 0.5, 0.60))), nothing, body)
    assert len(layer.points(base)) >= 8
    # Driven on: what was seen stays where it was, in the frame of the robot as it is now.
    moved = Pose2D(base.x + math.cos(1.0), base.y + math.sin(1.0), 1.0)
    assert np.allclose(layer.points(moved)[:, 0], layer.points(base)[:, 0] - 1.0)
    layer.update(2.0, base, nothing, np.vstack((points(2.0, 0.0, 0.0), points(1.2, 0.5, 0.0))), body)
    left = layer.points(base)
    assert len(left) > 0
    assert np.all(left[:, 1] > 0.3)  # the plate at 0.6 m hangs above the view there: floor below it proves nothing
    layer.update(30.0, base, nothing, nothing, body)
    assert len(layer.points(base)) == len(left)  # near the robot nothing is forgotten
    layer.update(60.0, Pose2D(base.x + 30.0, base.y, 0.0), nothing, nothing, body)
    assert len(layer.points(base)) == 0


def test_a_camera_that_sees_no_floor_is_as_good_as_silent_and_what_it_sees_counts() -> None:
    layer, body, base = DepthLayer(LIFT_AMR.depth_camera), body_of(LIFT_AMR), Pose2D(0.0, 0.0, 0.0)
    nothing, floor = np.empty((0, 3)), points(2.0, 0.0, 0.0)
    layer.update(1.0, base, nothing, floor, body)
    assert not layer.stale(1.9)
    for stamp in (1.5, 2.0, 2.5):  # half the lens is covered: obstacles, and nothing that is free
        layer.update(stamp, base, points(1.5, 0.3, 0.05), nothing, body)
    assert layer.stale(2.5)
    assert len(layer.points(base)) > 0
    layer.update(2.6, base, nothing, floor, body)
    assert not layer.stale(2.7)


def test_a_person_is_left_to_the_lidars() -> None:
    layer, body, base = DepthLayer(LIFT_AMR.depth_camera), body_of(LIFT_AMR), Pose2D(0.0, 0.0, 0.0)
    person = np.vstack([points(2.0, 0.0, z) for z in (0.05, 0.2, 0.4)] + [points(2.0, 0.15, 0.9)])
    layer.update(1.0, base, person, np.empty((0, 3)), body)
    assert len(layer.points(base)) == 0
