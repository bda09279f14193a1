"""The drives: limits, emergency stop, odometry."""

import math

import numpy as np
import pytest

from amr_core.geometry import Pose2D
from amr_core.robots import FORK_ROBOT, LIFT_AMR
from amr_core.site import Condition
from amr_sim.kinematics import Bases
from amr_sim.wet_floor import WetFloor

DT = 0.05
FREE = np.zeros(1, dtype=np.bool_)


def drive(bases: Bases, v: float, w: float, steps: int, start: float = 0.0) -> float:
    for k in range(steps):
        bases.command(0, v, w, start + k * DT)
        bases.step(start + k * DT, DT, FREE)
    return start + steps * DT


def test_speed_and_acceleration_stay_within_the_type() -> None:
    bases = Bases([LIFT_AMR], [Pose2D(0, 0, 0)], 1)
    speeds = []
    for k in range(80):
        bases.command(0, 9.0, 0.0, k * DT)
        bases.step(k * DT, DT, FREE)
        speeds.append(bases.state[0, 3])
    assert max(np.diff(speeds)) <= LIFT_AMR.acceleration * DT + 1e-9
    assert speeds[-1] == pytest.approx(LIFT_AMR.max_speed)


def test_way_of_an_acceleration_is_exact() -> None:
    bases = Bases([FORK_ROBOT], [Pose2D(2, 1, math.pi / 2)], 1)
    drive(bases, 1.0, 0.0, 40)
    assert bases.pose(0).x == pytest.approx(2.0)
    assert bases.pose(0).y == pytest.approx(1 + 0.5 * 0.5 * 2.0**2, abs=0.01)


def test_silence_brakes_with_the_deceleration() -> None:
    bases = Bases([LIFT_AMR], [Pose2D(0, 0, 0)], 1)
    now = drive(bases, 1.2, 0.0, 80)
    x = bases.pose(0).x
    for k in range(60):
        bases.step(now + k * DT, DT, FREE)
    braking = 1.2**2 / (2 * LIFT_AMR.deceleration)
    assert bases.pose(0).x - x == pytest.approx(1.2 * 0.5 + braking, abs=0.1)
    assert bases.state[0, 3] == 0.0


def test_held_robot_brakes_and_nan_stops() -> None:
    bases = Bases([LIFT_AMR], [Pose2D(0, 0, 0)], 1)
    now = drive(bases, 0.5, 0.0, 40)
    for k in range(20):
        bases.command(0, 0.5, 0.0, now + k * DT)
        bases.step(now + k * DT, DT, np.ones(1, dtype=np.bool_))
    assert bases.state[0, 3] == 0.0
    drive(bases, math.nan, 0.3, 20, now + 1.0)
    assert bases.state[0, 3:].tolist() == [0.0, 0.0]


def test_odometry_drifts_a_little_and_by_seed() -> None:
    errors, ends = [], []
    for seed in range(30):
        bases = Bases([LIFT_AMR], [Pose2D(0, 0, 0)], seed)
        drive(bases, 1.2, 0.0, 200)
        true = bases.pose(0)
        errors.append(math.hypot(bases.odometry[0, 0] - true.x, bases.odometry[0, 1] - true.y) / true.x)
        ends.append(tuple(bases.odometry[0]))
    assert 0.002 < float(np.median(errors)) < 0.04
    assert max(errors) < 0.12
    assert len(set(ends)) == 30
    again = Bases([LIFT_AMR], [Pose2D(0, 0, 0)], 0)
    drive(again, 1.2, 0.0, 200)
    assert tuple(again.odometry[0]) == ends[0]


def test_standing_robot_has_quiet_odometry() -> None:
    bases = Bases([LIFT_AMR], [Pose2D(0, 0, 0)], 3)
    drive(bases, 0.0, 0.0, 50)
    assert not bases.odometry.any()


SOAP = Condition(id="wet", kind="wet", x=2.0, y=0.0, size_x=8.0, size_y=4.0, friction=0.05)


def stopped_from(speed: float, turn: float, floor: WetFloor) -> Bases:
    bases = Bases([LIFT_AMR], [Pose2D(0, 0, 0)], 1, floor)
    now = drive(bases, speed, turn, 60)
    drive(bases, 0.0, 0.0, 80, now)
    assert bases.state[0, 3:].tolist() == [0.0, 0.0]
    return bases


def test_a_robot_slides_on_a_wet_floor_as_far_as_friction_lets_it_and_its_odometry_does_not_notice() -> None:
    """In Gazebo a stop from 1 m/s took 0.41 to 0.46 m more on the lab's wet floor, and odometry missed as much."""
    dry, wet = stopped_from(1.0, 0.0, WetFloor()), stopped_from(1.0, 0.0, WetFloor([SOAP]))
    grip = 0.05 * 9.81
    begin, end = (0.5 * (1 / grip - 1 / a) for a in (LIFT_AMR.acceleration, LIFT_AMR.deceleration))
    assert wet.pose(0).x - dry.pose(0).x == pytest.approx(end - max(begin, 0.0), abs=0.02)
    assert wet.odometry[0, 0] == pytest.approx(dry.odometry[0, 0], abs=1e-9), "the wheels turned as often"
    turned = stopped_from(0.0, 0.5, WetFloor([SOAP]))
    assert turned.state[0, 2] == pytest.approx(stopped_from(0.0, 0.5, WetFloor()).state[0, 2], abs=0.05)


def test_beyond_the_wet_floor_wheels_grip_and_a_stall_ends_the_slide() -> None:
    edge = WetFloor([SOAP.model_copy(update={"x": 2.0, "size_x": 2.0})])
    bases = Bases([LIFT_AMR], [Pose2D(0, 0, 0)], 1, edge)
    now = drive(bases, 1.2, 0.0, 50)
    while bases.pose(0).x < 1.2:
        now = drive(bases, 1.2, 0.0, 1, now)
    now = drive(bases, 0.0, 0.0, 20, now)
    assert bases.state[0, 3] > 0.5, "it slides"
    assert bases.odometry[0, 3] < 0.35, "its wheels have nearly stopped"
    while bases.pose(0).x <= 3.0 and bases.state[0, 3] > 0.0:
        now = drive(bases, 0.0, 0.0, 1, now)
    bases.stall(0, bases.state[0, :3].copy())
    drive(bases, 0.0, 0.0, 1, now)
    assert bases.state[0, 3] == 0.0
    slow = WetFloor([SOAP.model_copy(update={"friction": 0.5})])
    assert stopped_from(1.0, 0.0, slow).pose(0) == stopped_from(1.0, 0.0, WetFloor()).pose(0), "plain wet concrete"
