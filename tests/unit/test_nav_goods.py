"""A hall full of goods that its map has not, and wheels that are more wrong than the localisation takes them to be."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from amr_core.geometry import Pose2D, compose, distance
from amr_navigation.localization.confidence import GO_ABOVE, SLOW_BELOW, STOP_BELOW
from amr_navigation.localization.localizer import Localizer, LocalizerParams
from amr_navigation.localization.spread import widest
from tests.unit.nav_world import Rect, cast, static_map

HALL: list[Rect] = [(0.0, 0.0, 40.0, 0.2), (0.0, 19.8, 40.0, 20.0), (0.0, 0.0, 0.2, 20.0), (39.8, 0.0, 40.0, 20.0)]
ANGLES = np.linspace(-math.pi, math.pi, 540, endpoint=False)
STEPS, SETTLED, LEAPT_AT, STANDS = 310, 10, (130, 131, 132), range(141, 160)


def hidden(share: float) -> list[int]:
    """Return the beams that goods stop short when only a share of them reaches the map, spread over all sides."""
    blocks = np.array_split(np.arange(len(ANGLES)), 36)
    return [int(k) for i, block in enumerate(blocks) if (i * 7) % 36 / 36 >= share for k in block]


def drive(share: float, wheels: float, leap: float, until: float) -> Iterator[tuple[Localizer, float, float]]:
    """Drive along the hall; yield the localiser after each scan, how far off it is (m) and how far it says to be (m).

    share: of beams that reach the map from 7 m to until (m); wheels: what they count of a metre; leap: m they turned
    without getting anywhere.
    """
    rng, localizer = (
        np.random.default_rng(1),
        Localizer(static_map(HALL, (40.0, 20.0)).walls, LocalizerParams(), seed=1),
    )
    pose, odom = Pose2D(3.0, 6.0, 0.0), Pose2D(0.0, 0.0, 0.0)
    localizer.add_odometry(0.0, odom)
    localizer.set_pose(pose)
    for step in range(1, STEPS):
        way = 0.0 if step <= SETTLED or step in STANDS else 0.1
        pose = compose(pose, Pose2D(way, 0.0, 0.0))
        odom = compose(odom, Pose2D(way * wheels + (leap / 3 if step in LEAPT_AT else 0.0), 0.0, 0.0))
        localizer.add_odometry(0.1 * step, odom)
        ranges = cast((pose.x, pose.y), ANGLES + pose.theta, HALL, 25.0) + rng.normal(0.0, 0.01, len(ANGLES))
        if 7.0 <= pose.x <= until:
            ranges[hidden(share)] *= 0.55
        seen = ranges < 24.9
        points = np.column_stack((np.cos(ANGLES), np.sin(ANGLES)))[seen] * ranges[seen, None]
        localizer.add_scan(0.1 * step, points)
        known, spread = localizer.pose(), localizer.estimate.covariance
        assert known is not None
        assert localizer.mode == "tracking" or step <= SETTLED, f"lost at {pose.x:.1f} m: {localizer.confidence.reason}"
        yield localizer, distance(known, pose), widest(spread)


@pytest.mark.parametrize(
    ("share", "wheels", "leap"),
    [(0.4, 1.06, 0.0), (0.4, 1.02, 0.3)],
    ids=["worn tyres: 6 % too long", "a slip of 0.3 m on a wet floor"],
)
def test_a_hall_full_of_goods_holds_a_robot_whose_wheels_are_wrong(share: float, wheels: float, leap: float) -> None:
    """40 % of a scan say enough: held by its wheels instead, a robot was 0.7 to 1.6 m off and lost."""
    off, said = np.array([row[1:] for row in drive(share, wheels, leap, until=30.0)]).T
    assert off.max() < 0.3
    assert np.mean(off > 3.0 * said) <= 0.05
    assert off[-1] < 0.05


def test_a_room_that_no_map_has_is_no_aisle_and_no_place_to_settle_at() -> None:
    """Settling there ended metres off, and sure; and "an aisle, it is not lost" is told where the map does not fit."""
    heard = set()
    for localizer, off, said in drive(0.0, 1.02, 0.0, until=40.0):
        assert off <= 3.0 * said
        heard.add(localizer.confidence.reason)
    assert localizer.confidence.value < SLOW_BELOW
    assert "unobserved" not in heard
    assert "poor_match" in heard


@pytest.mark.parametrize(("astray", "mode"), [(1.5, "tracking"), (1.7, "settling")])
def test_with_nothing_of_the_map_in_sight_it_is_settled_anew_only_once_it_may_be_far_off(
    astray: float, mode: str
) -> None:
    """Settled sooner, a robot among goods is found metres off; later, it stands where nobody looks for it."""
    localizer = Localizer(static_map(HALL, (40.0, 20.0)).walls, LocalizerParams(), seed=1)
    pose = Pose2D(8.0, 6.0, 0.0)
    localizer.add_odometry(0.0, Pose2D(0.0, 0.0, 0.0))
    localizer.set_pose(pose)
    for second in range(1, 24):
        localizer.add_odometry(float(second), Pose2D(0.0, 0.0, 0.0))
        ranges = cast((pose.x, pose.y), ANGLES, HALL, 25.0) * (1.0 if second < 8 else 0.5)
        seen = ranges < 24.9
        if second == 8:
            assert localizer.mode == "tracking"
            localizer.estimate.covariance = np.diag((astray**2, astray**2, 0.01))
        localizer.add_scan(float(second), np.column_stack((np.cos(ANGLES), np.sin(ANGLES)))[seen] * ranges[seen, None])
        if second > 8 and localizer.mode != "tracking":
            break
    assert localizer.mode == mode


def among_goods(goods: float, free: float, way: float) -> Iterator[tuple[Localizer, float]]:
    """Drive to and fro in the hall; yield the localiser after each scan, and how far it has driven (m).

    goods, free: for so many metres by turns all of the map is hidden, and nothing of it.
    """
    rng = np.random.default_rng(1)
    localizer = Localizer(static_map(HALL, (40.0, 20.0)).walls, LocalizerParams(), seed=1)
    pose, odom = Pose2D(10.0, 6.0, 0.0), Pose2D(0.0, 0.0, 0.0)
    localizer.add_odometry(0.0, odom)
    localizer.set_pose(pose)
    driven = -0.2 * SETTLED
    for step in range(1, round(way / 0.2) + SETTLED):
        driven += 0.2
        if driven > 0.0:
            ahead = Pose2D(0.2 if driven % 40.0 < 20.0 else -0.2, 0.0, 0.0)
            pose, odom = compose(pose, ahead), compose(odom, ahead)
        localizer.add_odometry(0.2 * step, odom)
        ranges = cast((pose.x, pose.y), ANGLES, HALL, 25.0) + rng.normal(0.0, 0.01, len(ANGLES))
        ranges *= 0.55 if driven > 0.0 and driven % (goods + free) < goods else 1.0
        seen = ranges < 24.9
        localizer.add_scan(0.2 * step, np.column_stack((np.cos(ANGLES), np.sin(ANGLES)))[seen] * ranges[seen, None])
        if driven > 0.0:
            yield localizer, driven


@pytest.mark.parametrize(("goods", "free"), [(3.0, 2.0), (6.0, 2.0)])
def test_goods_that_hide_a_little_over_half_of_the_way_stop_no_robot(goods: float, free: float) -> None:
    """A balance of metres with and without map grew from stretch to stretch: each robot stood in the end."""
    least = [localizer.confidence.value for localizer, _ in among_goods(goods, free, 45.0)]
    assert min(least) >= STOP_BELOW


def test_goods_that_hide_all_of_it_stop_a_robot_after_nine_metres_until_it_sees_map_again() -> None:
    stood, last = math.inf, 0.0
    for localizer, driven in among_goods(14.0, 20.0, 17.0):
        stood = min(stood, driven if localizer.confidence.value < STOP_BELOW else math.inf)
        last = localizer.confidence.value
    assert 8.5 < stood < 10.0
    assert last >= GO_ABOVE, "a person has driven it on by hand, to where it sees the walls"


@pytest.mark.parametrize("seed", range(4))
def test_a_robot_that_was_lifted_into_a_place_that_no_map_has_stands_after_some_nine_metres(seed: int) -> None:
    """Neither a beam that meets the map nor one that goes through a wall of it: it crept on for 15 to 25 m."""
    rng = np.random.default_rng(seed)
    high = float(rng.uniform(0.6, 1.2))
    passage: list[Rect] = [(-1.0, -high - 0.2, 60.0, -high), (-1.0, high, 60.0, high + 0.2), (-1.2, -2.0, -1.0, 2.0)]
    passage += [(x, high - 0.1, x + 0.3, high) for x in rng.uniform(0.0, 50.0, 40).tolist()]
    localizer = Localizer(static_map(HALL, (40.0, 20.0)).walls, LocalizerParams(), seed=seed)
    odom, stood = Pose2D(0.0, 0.0, 0.0), math.inf
    localizer.add_odometry(0.0, odom)
    localizer.set_pose(Pose2D(6.0, float(rng.uniform(8.0, 12.0)), 0.0))
    for step in range(1, 260):
        lifted = step > SETTLED
        way = 0.1 if lifted else 0.0
        odom = compose(odom, Pose2D(way * 1.005, 0.0, float(rng.normal(0.0, 0.0005)) if lifted else 0.0))
        localizer.add_odometry(0.1 * step, odom)
        at = (0.1 * (step - SETTLED), 0.0) if lifted else (6.0, localizer.estimate.pose.y)
        ranges = cast(at, ANGLES, passage if lifted else HALL, 12.0) + rng.normal(0.0, 0.01, len(ANGLES))
        seen = ranges < 11.9
        localizer.add_scan(0.1 * step, np.column_stack((np.cos(ANGLES), np.sin(ANGLES)))[seen] * ranges[seen, None])
        if lifted and localizer.confidence.value < STOP_BELOW:
            stood = at[0]
            break
    assert stood < 10.0, localizer.confidence
    assert localizer.confidence.reason == "poor_match"
