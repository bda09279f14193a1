"""A robot starts unsure: what was noted or assumed is a hypothesis, the scans decide, ground truth judges."""

from __future__ import annotations

import math

import pytest

from amr_core.geometry import Pose2D, compose, distance, inverse, relative
from amr_navigation.localization.odometry import OdometryBuffer
from amr_navigation.localization.search import PoseCandidate
from amr_navigation.localization.start import Guess, Hypothesis, Probation, Start, choose
from amr_navigation.motion import STOP
from amr_navigation.nodes.site_data import site_data
from amr_navigation.nodes.stall import Stall
from tests.unit.nav_world import World, aisle_world
from tests.unit.start_rig import BAY, LANE, TWIN, off, started


def test_a_robot_that_stands_on_a_lane_never_says_that_it_is_in_its_bay() -> None:
    """The fault: 4.7 s after a restart it was "localized" 8.87 m off, in its bay."""
    hall = started([Hypothesis(BAY, "assumed")])
    nav = hall.drivers[0].nav
    assert nav.localizer.confidence.value <= 0.15 or off(hall) < 0.1
    hall = started([Hypothesis(BAY, "placed")])
    nav = hall.drivers[0].nav
    assert nav.localizer.confidence.value <= 0.15 or off(hall) < 0.1


def test_places_that_look_alike_stay_unsure_and_the_robot_stands() -> None:
    hall = started([], truth=LANE)
    localizer = hall.drivers[0].nav.localizer
    assert (localizer.confidence.value, localizer.confidence.reason) == (0.15, "ambiguous")
    assert not localizer.sure


@pytest.mark.parametrize("braked", [0.0, 0.9])
def test_the_last_note_decides_between_look_alikes(braked: float) -> None:
    truth = Pose2D(LANE.x + braked, LANE.y, LANE.theta)
    hall = started([Hypothesis(LANE, "recent"), Hypothesis(BAY, "assumed")], truth)
    assert hall.drivers[0].nav.localizer.confidence.value > 0.7
    assert off(hall) < 0.05


def test_a_note_of_another_place_is_not_believed() -> None:
    hall = started([Hypothesis(Pose2D(16.0, 6.0, 1.57), "recent"), Hypothesis(BAY, "assumed")])
    assert hall.drivers[0].nav.localizer.confidence.value <= 0.15 or off(hall) < 0.05


def test_an_old_note_decides_nothing() -> None:
    hall = started([Hypothesis(TWIN, "assumed")])
    assert hall.drivers[0].nav.localizer.confidence.reason == "ambiguous"


def test_a_robot_without_any_word_finds_a_place_that_is_unlike_all_others_and_proves_it() -> None:
    w = World(*aisle_world(), Pose2D(31.5, 10.0, 0.7))
    w.nav.localizer.start_from([])
    values = []
    for _ in range(80):
        w.tick()
        values.append(w.nav.localizer.confidence.value)
        assert values[-1] < 0.25 or w.errors()[-1] < 0.1
    assert values[0] == 0.0
    assert values[-1] > 0.7
    assert 0.2 in values  # proving


def test_before_anybody_said_where_it_is_it_does_not_settle_at_the_origin() -> None:
    w = World(*aisle_world(), Pose2D(1.0, 1.0, 0.0))
    assert w.nav.localizer.__class__(w.map.walls, w.nav.localizer.params).mode == "searching"


def place(x: float, merit: float) -> PoseCandidate:
    return PoseCandidate(Pose2D(x, 0.0, 0.0), LOOSE, 1.0, merit)


LOOSE = site_data("lab").static_map.walls.sdf[:3, :3].astype(float)


def test_a_guess_decides_only_among_equals_and_only_when_it_may() -> None:
    places = [place(0.0, 0.9), place(5.0, 0.88), place(9.0, 0.7)]
    near = Guess(Pose2D(5.2, 0.0, 0.0), (0.4, 0.3), True)
    assert choose(places, [near], 0.05) == ([places[1]], True)
    assert choose(places, [Guess(near.pose, near.reach, False)], 0.05) == (places[:2], False)
    assert choose(places, [Guess(Pose2D(9.0, 0.0, 0.0), (0.4, 0.3), True)], 0.05) == (places[:2], False)
    assert choose(places, [Guess(Pose2D(2.5, 0.0, 0.0), (3.0, 0.3), True)], 0.05) == (places[:2], False)
    assert choose([places[0], places[2]], [near], 0.05) == ([places[0]], False)


def test_the_proof_fails_when_a_rival_keeps_up() -> None:
    proof = Probation([place(5.0, 0.8)], decided=False)
    for _ in range(5):
        assert not proof.over
        proof.see(0.9, 0.89)
    assert proof.over
    assert not proof.unique(0.05)
    proof = Probation([place(5.0, 0.8)], decided=False)
    for _ in range(5):
        proof.see(0.9, 0.6)
    assert proof.unique(0.05)
    assert proof.merit == pytest.approx(0.9)


def test_wheels_that_went_on_counting_say_where_the_robot_rolled_to() -> None:
    noted = Hypothesis(Pose2D(3.0, 4.0, math.pi / 2), "recent", Pose2D(10.0, 0.0, 0.0))
    exact = Start([noted], Pose2D(12.0, 0.0, 0.0)).guesses(Pose2D(13.0, 0.0, 0.0))[0]
    assert distance(exact.pose, Pose2D(3.0, 7.0, 0.0)) < 1e-9
    assert len(Start([noted], Pose2D(500.0, 0.0, 0.0)).guesses(Pose2D(500.0, 0.0, 0.0))) == 1


def test_a_lost_robot_stands() -> None:
    hall = started([], seconds=3.0)
    assert hall.drivers[0].nav.last == STOP


def test_a_base_that_was_started_again_and_counts_from_zero_moves_no_pose() -> None:
    """Its driver was away for less than the silence that is noticed: the old count and the new one are not joined."""
    hall = started([Hypothesis(LANE, "placed")])
    localizer = hall.drivers[0].nav.localizer
    assert localizer.sure
    hall.sim.bases.odometry[0, :3] = (7.0, -3.0, 1.0)
    hall.run(3.0)
    assert localizer.sure
    assert off(hall) < 0.05
    hall.sim.bases.odometry[0] = 0.0
    worst, doubted = 0.0, False
    for _ in range(60):
        hall.run(0.05)
        worst, doubted = max(worst, off(hall)), doubted or not localizer.sure
    assert doubted, "somebody may have carried it while its base was away"
    assert localizer.sure
    assert worst < 0.1


@pytest.mark.parametrize(
    ("gap", "read"),
    [(0.1, (0.3, 0.0, 0.0)), (0.5, (0.9, 0.2, 0.8)), (1.5, (1.5, 1.0, 2.0)), (0.5, (0.0, 0.0, 0.06))],
)
def test_a_base_started_again_soon_after_its_last_start_moves_no_pose(gap: float, read: tuple[float, ...]) -> None:
    """The fault: what it had counted by then passed for a motion, up to 1.8 m; then the robot was lost for good."""
    hall = started([Hypothesis(LANE, "placed")])
    driver, localizer = hall.drivers[0], hall.drivers[0].nav.localizer
    localizer.odometry.samples.clear()
    hall.sim.bases.odometry[0, :3] = read
    localizer.map_to_odom = compose(LANE, inverse(Pose2D(*read)))
    localizer._last = None
    hall.run(1.0)
    assert localizer.sure
    driver.off = True
    hall.run(gap - 0.05)
    driver.off = False
    hall.sim.bases.odometry[0] = 0.0
    worst = 0.0
    for _ in range(60):
        hall.run(0.05)
        worst = max(worst, off(hall))
    assert localizer.sure
    assert worst < 0.1


def test_a_note_of_wheels_that_count_anew_since_then_is_not_joined_to_them() -> None:
    """Robot and base killed at once: both counts joined say that it rolled to the place that looks like its own."""
    noted = Hypothesis(LANE, "recent", inverse(relative(LANE, TWIN)))
    guesses = Start([noted], Pose2D(0.002, 0.0, 0.0)).guesses(Pose2D(0.002, 0.0, 0.0))
    assert [guess.pose for guess in guesses] == [LANE]


@pytest.mark.parametrize("gap", [0.05, 3.0])
def test_a_base_that_counts_anew_leads_nobody_to_a_look_alike(gap: float) -> None:
    """Old count and new one, joined, say that the robot rolled to the very place that looks like its own."""
    localizer = started([Hypothesis(LANE, "placed")]).drivers[0].nav.localizer
    localizer.odometry.samples.clear()
    odom = inverse(relative(LANE, TWIN))
    localizer.odometry.add(10.0, odom)
    localizer.map_to_odom = compose(LANE, inverse(odom))
    localizer.add_odometry(10.0 + gap, Pose2D(0.0, 0.0, 0.0))
    assert localizer.mode == "searching"
    guesses = localizer._guesses(Pose2D(0.0, 0.0, 0.0))
    assert [distance(guess.pose, LANE) < 0.1 for guess in guesses] == [True]
    assert guesses[0].decides


@pytest.mark.parametrize(
    ("x", "turn", "joined"), [(1.4, 0.0, True), (0.5, 0.8, True), (1.6, 0.0, False), (0.0, 1.0, False)]
)
def test_after_a_silence_wheels_count_on_as_far_as_a_robot_gets_that_stops_by_itself(
    x: float, turn: float, *, joined: bool
) -> None:
    localizer = started([Hypothesis(LANE, "placed")]).drivers[0].nav.localizer
    stamp, before = localizer.odometry.samples[-1]
    was = localizer.pose()
    assert was is not None
    after = compose(before, Pose2D(x, 0.0, turn))
    localizer.add_odometry(stamp + 3.0, after)
    guesses = localizer._guesses(after)
    expected = [compose(was, Pose2D(x, 0.0, turn)), was] if joined else [was]
    assert all(distance(guess.pose, pose) < 1e-6 for guess, pose in zip(guesses, expected, strict=True))


@pytest.mark.parametrize(("away", "decides"), [(9.0, True), (11.0, False)])
def test_a_base_that_was_away_for_long_leaves_no_place_that_decides(away: float, *, decides: bool) -> None:
    """Somebody may have carried the robot meanwhile, to a place that looks like its own: it asks."""
    localizer = started([Hypothesis(LANE, "placed")]).drivers[0].nav.localizer
    stamp, odom = localizer.odometry.samples[-1]
    localizer.add_odometry(stamp + away, odom)
    assert {guess.decides for guess in localizer._guesses(odom)} == {decides}


@pytest.mark.parametrize(
    ("away", "stalled", "decides"),
    [(15.0, 14.5, True), (290.0, 290.0, True), (40.0, 29.0, False), (320.0, 320.0, False), (15.0, 0.0, False)],
)
def test_a_process_that_was_stopped_knows_its_place_as_one_that_was_killed(
    away: float, stalled: float, *, decides: bool
) -> None:
    """The base spoke all the while, and nobody heard it: a note of that age would decide."""
    localizer = started([Hypothesis(LANE, "placed")]).drivers[0].nav.localizer
    stamp, odom = localizer.odometry.samples[-1]
    localizer.stalled = stalled
    localizer.add_odometry(stamp + away, odom)
    assert {guess.decides for guess in localizer._guesses(odom)} == {decides}


@pytest.mark.parametrize("stopped", [True, False], ids=["its process was stopped", "its base was off"])
def test_a_robot_whose_computer_stood_for_15_s_finds_itself_among_look_alikes(*, stopped: bool) -> None:
    """The fault: it stood for good, until a person came. It may have rolled out meanwhile."""
    hall = started([Hypothesis(LANE, "placed")])
    driver, nav = hall.drivers[0], hall.drivers[0].nav
    assert nav.localizer.sure
    driver.off = True
    hall.run(15.0)
    driver.off = False
    nav.localizer.stalled = 15.0 if stopped else 0.0
    hall.run(8.0)
    assert nav.localizer.sure == stopped
    assert nav.localizer.confidence.reason == ("" if stopped else "ambiguous")
    assert not stopped or off(hall) < 0.05


def test_a_process_notices_that_it_was_stopped_and_not_that_it_is_slow() -> None:
    now = 100.0
    stall = Stall(lambda: now)
    for _ in range(50):
        now += 0.3
        stall.beat()
        assert stall.lately() == 0.0
    now += 15.0
    assert stall.lately() == pytest.approx(15.0)
    now += 1.0
    stall.beat()
    assert stall.lately() == pytest.approx(15.0), "what waited meanwhile is heard now"
    now += 1.5
    assert stall.lately() == pytest.approx(16.5), "one that swaps stands again and again"
    for _ in range(5):
        now += 0.5
        stall.beat()
    assert stall.lately() == 0.0
    now += 1.5
    assert stall.lately() == pytest.approx(1.5)


@pytest.mark.parametrize("mode", ["searching", "settling"])
def test_a_base_that_counts_anew_while_the_robot_searches_joins_no_counts_either(mode: str) -> None:
    localizer = started([], seconds=0.3).drivers[0].nav.localizer
    if mode == "settling":
        localizer.set_pose(LANE)
    else:
        localizer.start_from([Hypothesis(LANE, "recent", Pose2D(6.0, 0.0, 0.0))])
    assert localizer.mode == mode
    stamp = localizer.odometry.samples[-1][0]
    localizer.add_odometry(stamp + 0.05, Pose2D(6.0, 0.0, 0.0))
    assert [guess.pose for guess in localizer._guesses(Pose2D(6.0, 0.0, 0.0))] == [LANE]


def test_in_a_hall_of_look_alikes_a_base_that_counts_anew_moves_no_robot() -> None:
    hall = started([Hypothesis(LANE, "placed")])
    localizer = hall.drivers[0].nav.localizer
    hall.sim.bases.odometry[0, :3] = tuple(inverse(relative(LANE, TWIN)))
    hall.run(4.0)
    localizer.set_pose(LANE)
    hall.run(4.0)
    assert localizer.sure
    assert off(hall) < 0.05
    hall.sim.bases.odometry[0] = 0.0
    for _ in range(60):
        hall.run(0.1)
        assert off(hall) < 0.1 or not localizer.sure
    assert localizer.sure
    assert off(hall) < 0.05


def test_what_a_robot_can_drive_is_no_leap() -> None:
    buffer = OdometryBuffer()
    assert not buffer.leaps(1.0, Pose2D(9.0, 0.0, 0.0))
    buffer.add(1.0, Pose2D(1.0, 1.0, 3.0))
    assert not buffer.leaps(1.1, Pose2D(1.2, 1.0, -3.1))
    assert not buffer.leaps(2.0, Pose2D(3.0, 1.0, 3.0))
    assert buffer.leaps(1.15, Pose2D(1.5, 1.0, 3.0)), "2 m were not seen in a kill that took a quarter of a second"
    assert buffer.leaps(1.05, Pose2D(0.0, 0.0, 3.0))
    assert buffer.leaps(1.05, Pose2D(1.0, 1.0, 0.0))
