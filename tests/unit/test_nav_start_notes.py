"""The note of a pose on disk: rare, whole, its owner's, and believed only as far as it can be true."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from amr_core.geometry import Pose2D, compose, distance, wrap_angle
from amr_core.robots import FORK_ROBOT, LIFT_AMR, RobotType
from amr_lab.trial.hall import Hall
from amr_navigation.localization.start import REACH, Hypothesis
from amr_navigation.nodes import pose_file
from amr_navigation.nodes.note_file import NoteFile
from amr_navigation.nodes.pose_file import PoseFile
from amr_navigation.nodes.site_data import site_data
from tests.unit.start_rig import LANE, started


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
