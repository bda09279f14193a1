"""The collision monitor: what it lets through stops before what the lidars see; it holds nobody back without need."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amr_core.geometry import FloatArray, Twist2D
from amr_navigation.costmap.body import Body
from amr_navigation.monitor.collision import CollisionMonitor, MonitorParams, Verdict, time_to_contact

BODY = Body(0.7, 0.5, 0.4, 0.3)  # no two sides alike: front, rear, left, right
PARAMS = MonitorParams()


def judged(v: float, w: float, *points: tuple[float, float], age: float = 0.0, body: Body = BODY) -> Verdict:
    return CollisionMonitor(PARAMS).check(Twist2D(v, w), np.array(points).reshape(-1, 2), age, body)


def monitored(v: float, w: float, *points: tuple[float, float], age: float = 0.0) -> tuple[Twist2D, str]:
    body = Body(0.675, 0.675, 0.5, 0.5)
    verdict = CollisionMonitor(MonitorParams()).check(Twist2D(v, w), np.array(points).reshape(-1, 2), age, body)
    return verdict.twist, verdict.action


def test_the_monitor_that_is_switched_off_still_wants_its_lidars() -> None:
    near, command = np.array([[0.675 + 0.06, 0.0]]), Twist2D(1.2, 0.0)
    monitor, body = CollisionMonitor(MonitorParams(enabled=False)), Body(0.675, 0.675, 0.5, 0.5)
    assert monitor.check(command, near, 0.0, body).twist == command
    assert monitor.check(command, near, 1.0, body).polygon == "invalid source"


def test_the_monitor_lets_racks_beside_the_lane_be() -> None:
    wall = [(x, side * 0.9) for x in np.arange(-3.0, 3.0, 0.1) for side in (-1.0, 1.0)]
    assert monitored(1.2, 0.0, *wall) == (Twist2D(1.2, 0.0), "DO_NOTHING")


def test_the_monitor_brakes_in_time_in_every_direction() -> None:
    assert monitored(1.2, 0.0, (0.675 + 0.06, 0.0)) == (Twist2D(0.0, 0.0), "STOP")
    twist, action = monitored(1.2, 0.0, (0.675 + 0.5, 0.0))
    assert action == "APPROACH"
    assert twist.v * 0.15 + twist.v**2 / 1.8 < 0.5 - 0.04
    assert monitored(-0.5, 0.0, (0.675 + 0.06, 0.0)) == (Twist2D(-0.5, 0.0), "DO_NOTHING")
    assert monitored(-0.5, 0.0, (-0.675 - 0.06, 0.0))[1] == "STOP"
    assert monitored(0.0, 0.6, (0.66, 0.56))[1] == "STOP"
    assert monitored(0.0, 0.6, (0.0, 0.9))[1] == "DO_NOTHING"


@pytest.mark.parametrize("v", [0.06, 0.15, 1.2])
def test_what_would_hardly_move_is_a_stop(v: float) -> None:
    """Motors that are told a centimetre a second hum and do not turn: then stand, and say so."""
    gaps = np.arange(PARAMS.margin, PARAMS.margin + 0.12, 0.0005)
    verdicts = [judged(v, 0.0, (BODY.front + gap, 0.0)) for gap in gaps]
    assert {verdict.action for verdict in verdicts} >= {"STOP", "APPROACH"}
    assert all(verdict.twist.v >= 0.02 for verdict in verdicts if verdict.action == "APPROACH")
    assert all(verdict.twist == Twist2D(0.0, 0.0) for verdict in verdicts if verdict.action == "STOP")


def test_the_monitor_lets_the_robot_leave_what_it_touches() -> None:
    assert monitored(-0.3, 0.0, (0.67, 0.0)) == (Twist2D(-0.3, 0.0), "DO_NOTHING")
    assert monitored(0.3, 0.0, (0.67, 0.0))[1] == "STOP"


def test_the_monitor_stops_without_fresh_scans() -> None:
    assert monitored(0.5, 0.0, age=0.7) == (Twist2D(0.0, 0.0), "STOP")


def swept(twist: Twist2D, seconds: float, points: FloatArray, grow: float, begin: float = 0.0) -> bool:
    """Return whether the body, grown (m), holds a point anywhere on the arc; written anew, not the monitor's own."""
    for t in np.arange(begin, seconds + 1e-9, 0.002):
        turn = twist.w * t
        x = twist.v * t * np.sinc(turn / math.pi)
        y = twist.v * t * np.sinc(turn / 2.0 / math.pi) * math.sin(turn / 2.0)
        dx, dy = points[:, 0] - x, points[:, 1] - y
        along, across = dx * math.cos(turn) + dy * math.sin(turn), dy * math.cos(turn) - dx * math.sin(turn)
        front, rear, left, right = BODY
        inside = (-rear - grow <= along) & (along <= front + grow) & (-right - grow <= across) & (across <= left + grow)
        if inside.any():
            return True
    return False


def stopping(command: Twist2D, factor: float) -> float:
    """Return how long the command (s of it in full) goes on until the robot stands, at a factor of it."""
    braking = max(abs(command.v) / PARAMS.deceleration, abs(command.w) / PARAMS.turn_deceleration)
    return factor * PARAMS.latency + factor * factor * braking / 2.0


@pytest.mark.parametrize("seed", range(60))
def test_what_is_let_through_stops_before_every_point_and_no_more_than_needed_is_held_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-2.5, 2.5, (rng.integers(1, 4), 2))
    points = points[[not swept(Twist2D(0.0, 0.0), 0.0, p[None], PARAMS.margin + 0.001) for p in points]]
    command = Twist2D(float(rng.uniform(-1.5, 1.5)), float(rng.choice([0.0, rng.uniform(-1.5, 1.5)])))
    verdict = CollisionMonitor(PARAMS).check(command, points, 0.0, BODY)
    kept = verdict.twist.v / command.v
    assert 0.0 <= kept <= 1.0
    assert verdict.twist.w == pytest.approx(command.w * kept), "slower on the same arc"
    assert not swept(command, stopping(command, kept), points, 0.0)
    assert (verdict.action == "DO_NOTHING") == (kept == 1.0)
    if kept < 1.0:
        assert swept(command, stopping(command, kept) + 3.0 * PARAMS.step, points, PARAMS.margin + 0.02)
        assert verdict.polygon == ("forward" if command.v > 0 else "reverse")


@pytest.mark.parametrize(
    ("command", "point", "name"),
    [
        (Twist2D(1.0, 0.0), (0.9, 0.0), "forward"),
        (Twist2D(-1.0, 0.0), (-0.7, 0.0), "reverse"),
        (Twist2D(0.0, 1.0), (0.68, 0.48), "rotate"),
        (Twist2D(0.0, -1.0), (0.68, -0.38), "rotate"),
    ],
)
def test_the_verdict_names_the_direction(command: Twist2D, point: tuple[float, float], name: str) -> None:
    verdict = judged(command.v, command.w, point)
    assert verdict.polygon == name
    assert verdict.action in ("STOP", "APPROACH")


@pytest.mark.parametrize("age", [0.51, -0.51, math.nan, math.inf])
def test_lidars_that_are_late_early_or_undated_stop_the_robot(age: float) -> None:
    assert judged(0.5, 0.1, age=age) == Verdict(Twist2D(0.0, 0.0), "STOP", "invalid source")
    assert judged(0.0, 0.0, age=age) == Verdict(Twist2D(0.0, 0.0)), "who stands is not stopped"
    assert judged(0.0, 0.5, age=age).action == "STOP"
    assert judged(0.5, 0.0, age=age).action == "STOP"


@pytest.mark.parametrize("age", [0.5, -0.5, 0.0])
def test_lidars_in_time_do_not(age: float) -> None:
    assert judged(0.5, 0.1, age=age) == Verdict(Twist2D(0.5, 0.1))


def test_what_crawls_is_stopped_and_does_not_creep_into_things() -> None:
    verdicts = [judged(1.2, 0.0, (0.75 + gap, 0.0)) for gap in np.arange(0.0, 1.3, 0.01)]
    speeds = [v.twist.v for v in verdicts]
    assert speeds == sorted(speeds)
    assert not any(0.0 < v < 0.02 for v in speeds)
    assert {v.action for v in verdicts} == {"STOP", "APPROACH", "DO_NOTHING"}


@pytest.mark.parametrize(("x", "y"), [(0.72, 0.0), (-0.52, 0.0), (0.0, 0.42), (0.0, -0.32)])
def test_within_the_margin_the_direction_decides_on_every_side(x: float, y: float) -> None:
    """A point 2 cm from a side: straight at it is a stop, along it or away from it is free."""
    for v in (0.4, -0.4):
        towards = x * v > 0.0
        assert judged(v, 0.0, (x, y)).action == ("STOP" if towards else "DO_NOTHING")


def test_turning_into_what_is_beside_a_corner_is_a_stop_and_away_from_it_is_not() -> None:
    """2 cm beside the left side at the front: a turn to the left swings the front corner into it."""
    beside = (0.6, 0.42)
    assert judged(0.0, 0.5, beside).action == "STOP"
    assert judged(0.0, -0.5, beside).action == "DO_NOTHING"
    assert judged(0.4, 0.5, beside).action == "STOP"


def test_a_point_that_touches_the_body_holds_nobody_back_who_drives_away_from_it() -> None:
    for v in (0.4, -0.4):
        assert judged(v, 0.0, (0.69 if v < 0 else -0.49, 0.0)).action == "DO_NOTHING"
        assert judged(v, 0.0, (0.69 if v > 0 else -0.49, 0.0)).action == "STOP"


def test_the_nearest_of_many_points_counts_in_any_order() -> None:
    points = [(1.3, 0.0), (1.0, 0.1), (1.6, -0.1), (0.9, 0.39), (3.0, 0.0)]
    first = judged(1.2, 0.0, *points).twist.v
    assert first == judged(1.2, 0.0, *reversed(points)).twist.v == judged(1.2, 0.0, (0.9, 0.39)).twist.v < 1.2


def test_times_to_contact_are_those_of_the_arc() -> None:
    def contact(v: float, w: float, x: float, y: float, horizon: float = 2.0) -> float:
        return float(time_to_contact(np.array([[x, y]]), v, w, 0.05, horizon, *BODY, 0.05))

    assert contact(1.0, 0.0, 1.35, 0.0) == pytest.approx(0.6)
    assert contact(1.0, 0.0, 1.35, 0.44) == pytest.approx(0.6), "within the margin of the left side"
    assert contact(1.0, 0.0, 1.35, 0.46) == -1.0
    assert contact(1.0, 0.0, 1.35, -0.34) == pytest.approx(0.6)
    assert contact(1.0, 0.0, 1.35, -0.36) == -1.0
    assert contact(-1.0, 0.0, -1.15, 0.0) == pytest.approx(0.6)
    assert contact(1.0, 0.0, 2.72, 0.0) == pytest.approx(2.0), "the end of the horizon counts"
    assert contact(1.0, 0.0, 2.79, 0.0) == -1.0
    assert contact(0.0, math.pi / 2, 0.0, 0.6) == pytest.approx(0.55, abs=0.051), "the front swings round to it"
    assert contact(0.0, 1.0, 0.0, 0.9) == -1.0, "further than the corners reach"


@pytest.mark.parametrize("seed", range(150))
def test_contact_is_the_first_step_at_which_the_grown_body_holds_a_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    v = float(rng.choice([0.0, rng.uniform(-1.5, 1.5)], p=[0.2, 0.8]))
    w = float(rng.choice([0.0, 1e-5, rng.uniform(-1.5, 1.5)], p=[0.2, 0.1, 0.7]))
    points = rng.uniform(-2.0, 2.0, (6, 2))
    points = points[[not swept(Twist2D(0.0, 0.0), 0.0, p[None], 0.051) for p in points]]
    found = float(time_to_contact(points, v, w, 0.05, 1.0, *BODY, 0.05))
    steps = [0.05 * k for k in range(21)]
    expected = next((t for t in steps if swept(Twist2D(v, w), t, points, 0.05, begin=t)), -1.0)
    assert found == pytest.approx(expected)


def near_points(rng: np.random.Generator, count: int) -> FloatArray:
    """Points within the margin of the body, or inside of it: x and y (m, base_link)."""
    front, rear, left, right = BODY
    points = rng.uniform((-rear - 0.045, -right - 0.045), (front + 0.045, left + 0.045), (count, 2))
    edge = rng.integers(0, 2, count).astype(bool)  # half of them at a side rather than deep inside
    side = rng.integers(0, 4, count)
    out = rng.uniform(-0.02, 0.045, count)
    for k in np.flatnonzero(edge):
        axis, sign = side[k] % 2, 1 if side[k] < 2 else -1
        reach = ((front, left), (rear, right))[0 if sign > 0 else 1][axis]
        points[k, axis] = sign * (reach + out[k])
    return points


def leads_closer(v: float, w: float, point: FloatArray) -> bool:
    """Whether 10 cm more of the arc, looked at every 2 cm, bring the body closer to a point by more than a noise."""
    front, rear, left, right = BODY
    x, y = point
    gap = max(x - front, -rear - x, y - left, -right - y)
    if gap <= 0.0 and v * x < 0.0:
        return False
    size = math.hypot(max(front, rear), max(left, right))
    for way in (0.02, 0.04, 0.06, 0.08, 0.1):
        t = way / (abs(v) + abs(w) * size)
        if swept(Twist2D(v, w), t, point[None], max(0.0, gap - 0.015), begin=t):
            return True
    return False


@pytest.mark.parametrize("seed", range(60))
def test_what_is_within_the_margin_stops_a_motion_that_leads_closer_and_no_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for point in near_points(rng, 12):
        v = float(rng.choice([0.0, rng.uniform(-1.5, 1.5)], p=[0.25, 0.75]))
        w = float(rng.choice([0.0, rng.uniform(-1.5, 1.5)], p=[0.25, 0.75]) if v else rng.uniform(0.2, 1.5))
        found = float(time_to_contact(point[None], v, w, 0.05, 1.0, *BODY, 0.05))
        assert found == (0.0 if leads_closer(v, w, point) else -1.0), (v, w, point)


def test_a_point_that_is_let_be_does_not_hide_the_ones_after_it() -> None:
    far, beside, touched = (9.0, 9.0), (0.0, 0.42), (-0.49, 0.0)
    for first in (far, beside, touched):
        assert judged(0.5, 0.0, first, (0.72, 0.0)).action == "STOP"
        assert judged(1.0, 0.0, first, (1.0, 0.0)) == judged(1.0, 0.0, (1.0, 0.0))


@pytest.mark.parametrize(("v", "w"), [(1.2, 0.0), (-1.2, 0.0), (0.6, 0.0), (0.3, 0.0), (1.2, 0.4)])
def test_the_whole_way_that_it_takes_to_stand_is_looked_at(v: float, w: float) -> None:
    """Points on the arc, further and further: free from the first at which the whole command stops in time."""
    braking = abs(v) / PARAMS.deceleration
    kept = []
    for t in np.arange(0.0, 2.0, 0.01):
        turn = w * t
        x, y = v * t * np.sinc(turn / math.pi), v * t * np.sinc(turn / 2.0 / math.pi) * math.sin(turn / 2.0)
        ahead = BODY.front + 0.051 if v > 0 else -BODY.rear - 0.051
        kept.append(judged(v, w, (x + ahead * math.cos(turn), y + ahead * math.sin(turn))).action == "DO_NOTHING")
    first = 0.01 * kept.index(True)
    assert all(kept[kept.index(True) :])
    assert first == pytest.approx(PARAMS.latency + braking / 2.0 + PARAMS.step, abs=PARAMS.step + 0.011)


def test_a_turn_is_slowed_by_what_its_own_brakes_need() -> None:
    """A corner that would meet a point after 0.6 s at 1.5 rad/s: the turn keeps the share that stands by then."""
    size, bearing = 0.96 * math.hypot(0.75, 0.45), math.atan2(0.45, 0.75)
    point = (size * math.cos(bearing + 0.9), size * math.sin(bearing + 0.9))
    contact = float(time_to_contact(np.array([point]), 0.0, 1.5, 0.05, 2.0, *BODY, 0.05))
    verdict = judged(0.0, 1.5, point)
    braking, usable = 1.5 / PARAMS.turn_deceleration, contact - PARAMS.step
    share = (-PARAMS.latency + math.sqrt(PARAMS.latency**2 + 2.0 * braking * usable)) / braking
    assert 0.0 < share < 1.0
    assert verdict.twist.w == pytest.approx(1.5 * share)
