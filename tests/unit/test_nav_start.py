"""A robot starts unsure: what was noted or assumed is a hypothesis, the scans decide, ground truth judges."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from amr_core.geometry import Pose2D, compose, distance, inverse, relative, wrap_angle
from amr_core.robots import FORK_ROBOT, LIFT_AMR, RobotType
from amr_core.site import load_site
from amr_lab.trial.hall import Hall
from amr_navigation.localization.odometry import OdometryBuffer
from amr_navigation.localization.search import PoseCandidate
from amr_navigation.localization.start import REACH, Guess, Hypothesis, Probation, Start, choose
from amr_navigation.motion import STOP
from amr_navigation.nodes import pose_file
from amr_navigation.nodes.note_file import NoteFile
from amr_navigation.nodes.pose_file import PoseFile
from amr_navigation.nodes.site_data import site_data
from tests.unit.nav_world import World, aisle_world

LAB = load_site("lab")
BAY = Pose2D(*LAB.parking[0].pose)
LANE = Pose2D(12.0, 4.0, 0.0)
TWIN = Pose2D(8.0, 8.0, math.pi)
"""Where the lab looks nearly the same as from LANE: it is point-symmetric but for small things."""


def started(hypotheses: list[Hypothesis], truth: Pose2D = LANE, seconds: float = 6.0) -> Hall:
    hall = Hall("lab", [truth], seed=1, eyes=False)
    hall.drivers[0].nav.localizer.start_from(hypotheses)
    hall.run(seconds)
    return hall


def off(hall: Hall) -> float:
    pose = hall.drivers[0].nav.pose
    assert pose is not None
    x, y = hall.sim.bases.state[0, :2]
    return math.hypot(pose.x - x, pose.y - y)


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


# --- the note on disk


def noted(tmp_path: Path) -> tuple[Path, Hall, PoseFile]:
    hall = started([Hypothesis(LANE, "placed")])
    path = tmp_path / "state" / "amr_01.pose.json"
    file = PoseFile(path, site_data("lab").static_map.walls)
    file.keep(100.0, hall.drivers[0].nav.localizer)
    return path, hall, file


def test_the_note_holds_pose_score_map_and_time_and_comes_back_as_a_hypothesis(tmp_path: Path) -> None:
    path, _, _ = noted(tmp_path)
    note = json.loads(path.read_text())
    assert note["score"] > 0.7
    assert note["t"] == 100.0
    again = PoseFile(path, site_data("lab").static_map.walls).read(130.0)
    assert again is not None
    assert (again.trust, again.odom is not None) == ("recent", True)
    assert distance(again.pose, LANE) < 0.05
    for now in (99.0, 100.0 + 301.0):
        old = PoseFile(path, site_data("lab").static_map.walls).read(now)
        assert old is not None
        assert old.trust == "assumed"
    assert PoseFile(path, site_data("cai_cui").static_map.walls).read(130.0) is None


def test_a_robot_that_was_switched_off_meanwhile_is_not_held_to_be_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who wants to push or carry a robot switches it off; in 5 min it may stand where it all looks alike."""
    path, _, _ = noted(tmp_path)
    walls = site_data("lab").static_map.walls
    for boots in ("another", None):
        with monkeypatch.context() as patch:
            if boots is None:
                path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "boot"}))
            else:
                patch.setattr(pose_file, "boot", lambda: "another")
            again = PoseFile(path, walls).read(130.0)
        assert again is not None
        assert (again.trust, again.odom) == ("assumed", None), boots
    monkeypatch.setattr(pose_file, "_BOOT", tmp_path / "none")
    assert pose_file.boot() == "", "no Linux"


def test_notes_are_rare_whole_and_end_with_the_pose(tmp_path: Path) -> None:
    path, hall, file = noted(tmp_path)
    localizer = hall.drivers[0].nav.localizer
    before = path.stat().st_mtime_ns
    file.keep(100.5, localizer)
    file.keep(109.0, localizer)
    assert path.stat().st_mtime_ns == before
    localizer.scatter()
    file.keep(109.5, localizer)
    assert json.loads(path.read_text())["lost"] is True
    again = PoseFile(path, site_data("lab").static_map.walls).read(110.0)
    assert again is not None
    assert again.trust == "assumed"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("robot", [LIFT_AMR, FORK_ROBOT], ids=lambda robot: robot.name)
def test_a_robot_killed_in_a_turn_left_a_note_within_reach(tmp_path: Path, robot: RobotType) -> None:
    """The fault: noted once a second, it stood 37 degrees off its note among look-alikes and was lost for good."""
    path, hall, file = noted(tmp_path)
    localizer, brake = hall.drivers[0].nav.localizer, robot.max_turn_rate**2 / (2.0 * robot.turn_acceleration)
    widest, writes, before = 0.0, 0, ""
    for tick in range(1, 141):
        turned = robot.max_turn_rate * 0.05 * tick
        localizer.map_to_odom = Pose2D(LANE.x, LANE.y, wrap_angle(turned))
        file.keep(101.0 + 0.05 * tick, localizer)
        text = path.read_text()
        writes, before = writes + (text != before), text
        heading = compose(localizer.map_to_odom, localizer.odometry.samples[-1][1]).theta
        widest = max(widest, abs(wrap_angle(heading - json.loads(text)["pose"][2])))
    assert widest + brake < REACH[1], "a note that decides is of a heading from which it may have stopped here"
    assert writes <= 35, "not at every tick"


@pytest.mark.parametrize("left", [False, True])
def test_a_note_is_its_owners_from_the_first_byte(tmp_path: Path, *, left: bool) -> None:
    note, mask = tmp_path / "amr_01.pose.json", os.umask(0)
    try:
        if left:
            note.with_name(f"{note.name}.part").write_text("of a process of before")
        assert NoteFile(note).store({"version": 1})
    finally:
        os.umask(mask)
    assert note.stat().st_mode & 0o777 == 0o600


def test_a_robot_whose_base_was_away_is_noted_where_it_was_until_it_searches_without_that(tmp_path: Path) -> None:
    """Killed again while it searched after a short silence, it took its bay for all it knew, and stood for good."""
    path, hall, file = noted(tmp_path)
    localizer = hall.drivers[0].nav.localizer
    stamp, odom = localizer.odometry.samples[-1]
    localizer.add_odometry(stamp + 5.0, odom)
    assert localizer.mode == "searching"
    file.keep(140.0, localizer)
    again = PoseFile(path, site_data("lab").static_map.walls).read(141.0)
    assert again is not None
    assert again.trust == "recent"
    localizer.scatter()
    file.keep(142.0, localizer)
    assert json.loads(path.read_text())["lost"] is True


@pytest.mark.parametrize(
    "rubbish",
    [
        b"", b"\x00" * 400, b"[]", b"{}", b"null", b"[" * 4000, b'{"version": 1}', b"\xff\xfe",
        b'{"version":1,"map":"%s","pose":[1,2],"odom":[0,0,0],"t":1,"lost":false}',
        b'{"version":1,"map":"%s","pose":[NaN,2,0],"odom":[0,0,0],"t":1,"lost":false}',
        b'{"version":1,"map":"%s","pose":[1,2,"x"],"odom":[0,0,0],"t":1,"lost":false}',
        b'{"version":1,"map":"%s","pose":[1,2,0],"odom":null,"t":1,"lost":false}',
        b'{"version":1,"map":"%s","pose":[1,2,0],"odom":[0,0,0],"t":1e999,"lost":false}',
    ],
)  # fmt: skip
def test_rubbish_on_disk_is_no_hypothesis(tmp_path: Path, rubbish: bytes) -> None:
    path = tmp_path / "note.json"
    file = PoseFile(path, site_data("lab").static_map.walls)
    path.write_bytes(rubbish.replace(b"%s", file._map.encode()))
    assert file.read(10.0) is None
    assert file.error or rubbish == b"{}" or b"version" in rubbish


def test_a_full_or_forbidden_disk_is_told_and_stops_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    file = PoseFile(blocked / "note.json", site_data("lab").static_map.walls)
    file.keep(1.0, started([Hypothesis(LANE, "placed")]).drivers[0].nav.localizer)
    assert file.error


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
