"""Drives of several navigations side by side: what is measured of each, who spends what, and the tables."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from amr_bringup.nav2 import params_file
from amr_core.errors import AmrError
from amr_core.geometry import Pose2D, distance
from amr_core.gridmap import GridMap
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site, site_dir
from amr_lab.nav_peer import peer
from amr_lab.nav_peer.course import Course, random_course, turning_course
from amr_lab.nav_peer.drives import (
    GOALS,
    NOT_DRIVEN,
    SUCCEEDED,
    Driven,
    GoalDrive,
    TruthTrack,
    nearest_to,
    off_by,
    outline_of,
    table,
)
from amr_lab.nav_peer.peer import MAKE_UPS, about, chosen, parameters, run_peer
from amr_lab.nav_peer.processes import Used, part_of, used
from amr_navigation.costmap.static_map import distance_grid

FAILED = "ABORTED 105"


def driven(*ends: str, collisions: int = 0) -> Driven:
    drives = [GoalDrive(end, 10.0, 5.0 + i, 0.4 - 0.1 * i, 0.03, 2.0, i, 3.0) for i, end in enumerate(ends)]
    return Driven(drives, 40.0, 20.0, 1.0, 0.25, 200.0, collisions, (3.0, 12.0))


def room() -> Any:
    occupied = np.zeros((100, 100), dtype=bool)
    occupied[:, 90:] = True  # everything from x = 4.5 m on
    return distance_grid(occupied, 0.05, 0.0, 0.0)


# --- what is measured of a drive


def test_a_track_is_as_long_as_it_was_driven_and_as_near_as_its_outline_came() -> None:
    track = TruthTrack()
    for x in np.linspace(1.0, 3.0, 21):
        track.poses.append(Pose2D(float(x), 2.5, 0.0))
    assert track.length == pytest.approx(2.0)
    assert track.clearance(room(), LIFT_AMR.footprint()) == pytest.approx(4.5 - 3.0 - LIFT_AMR.front, abs=0.06)
    track.poses.append(Pose2D(4.0, 2.5, 0.0))
    assert track.clearance(room(), LIFT_AMR.footprint()) < 0.0, "the front is within the wall"


def test_a_track_tells_how_long_it_stood_in_one_place() -> None:
    track = TruthTrack()
    assert track.stood == 0.0
    for now, x in enumerate([0.0, 0.5, 0.55, 0.52, 0.58, 1.2, 1.2]):
        track.poses.append(Pose2D(x, 0.0, 0.0))
        track.times.append(10.0 + now)
    assert track.stood == 3.0, "at 0.5 m from the second pose to the fifth"


def test_a_drive_that_failed_says_where_it_stood_and_who_was_nearest() -> None:
    here = Pose2D(1.0, 1.0, 0.0)
    assert nearest_to(here, {}) == ""
    beside = nearest_to(here, {"person_1": Pose2D(4.0, 5.0, 0.0), "person_2": Pose2D(1.0, 2.5, 0.0)})
    assert beside == "person_2 at 1.5 m"
    stuck = GoalDrive("ABORTED 207", off=0.24, stood=41.0, beside=beside)
    many = [GoalDrive(SUCCEEDED)] * 12 + [stuck]
    text = table({"Nav2": Driven(many, 40.0, 20.0, 1.0, 0.25, 200.0, 0)}, "about", [Pose2D(0.0, 0.0, 0.0)] * 13)
    assert text.splitlines()[-1].endswith("| ABORTED 207, 0.24 m off; stood up to 41 s, person_2 at 1.5 m |")


def test_an_outline_has_points_between_its_corners() -> None:
    outline = outline_of(LIFT_AMR.footprint())
    steps = np.hypot(*(outline - np.roll(outline, -1, axis=0)).T)
    assert float(steps.max()) <= 0.1 + 1e-9
    assert len(outline) > 20
    assert {tuple(corner) for corner in LIFT_AMR.footprint()} <= {tuple(point) for point in outline}


def test_nothing_driven_is_nowhere_near() -> None:
    assert TruthTrack().length == 0.0
    assert TruthTrack().clearance(room(), LIFT_AMR.footprint()) == math.inf
    assert off_by(Pose2D(1.0, 2.0, 3.1), Pose2D(1.3, 2.4, -3.1)) == pytest.approx((0.5, 4.77), abs=0.01)


def test_goals_have_room_to_turn_on_the_spot() -> None:
    grid = GridMap.load(site_dir("lab") / "map.yaml")
    room = distance_grid(grid.occupied, grid.resolution, *grid.origin)
    for goal in GOALS:
        row, column = int((goal.y - room.origin_y) / 0.05), int((goal.x - room.origin_x) / 0.05)
        assert room.sdf[row, column] > LIFT_AMR.circumscribed_radius(loaded=False), goal


# --- processes


def test_parts_are_known_by_their_command() -> None:
    assert part_of(["python3", "/ws/lib/amr_bringup/container", "sim", "/tmp/sim.json"]) == "simulator"
    assert part_of(["python3", "/ws/lib/amr_bringup/container", "robots_0", "/tmp/sim.json"]) == "robot"
    assert part_of(["python3", "/opt/bin/ros2", "launch", "amr_bringup", "sim.launch.py"]) == "launch"
    assert part_of(["/opt/component_container_isolated", "--ros-args"]) == "robot"
    assert part_of([]) == "robot"


def test_cpu_and_memory_of_a_process_group_and_of_nobody_else() -> None:
    work = "import time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\ninput()"
    child = subprocess.Popen(
        [sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"done\n"
        found = used(child.pid)
        assert 0.25 < found["robot"].cpu < 5.0
        assert 1.0 < found["robot"].memory < 200.0
        assert found["simulator"] == found["launch"] == Used()
    finally:
        child.kill()
        child.wait()
    assert used(child.pid)["robot"] == Used(), "it is gone"


def test_a_process_that_ends_while_it_is_looked_at_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "41").mkdir()  # no files any more
    (tmp_path / "42").mkdir()
    (tmp_path / "42" / "stat").write_text("42 (a b) c) S 1 7 7 0")  # cut off
    (tmp_path / "43").mkdir()
    ticks = os.sysconf("SC_CLK_TCK")
    (tmp_path / "43" / "stat").write_text(f"43 (a b) c) S 1 7 7 0 0 0 0 0 0 0 {2 * ticks} {ticks} 0 0")
    (tmp_path / "43" / "cmdline").write_bytes(b"python3\0/x/container\0sim\0")
    (tmp_path / "43" / "smaps_rollup").write_text("Rss: 9000 kB\nPss:    2048 kB\n")
    (tmp_path / "self").mkdir()
    assert used(7, tmp_path) == {"simulator": Used(3.0, 2.0), "robot": Used(), "launch": Used()}
    assert used(8, tmp_path)["simulator"] == Used()


# --- make-ups


def test_the_other_make_up_changes_the_planner_and_nothing_else(tmp_path: Path) -> None:
    assert parameters(MAKE_UPS["smac-mppi"], tmp_path) == ""
    assert parameters(MAKE_UPS["embedded"], tmp_path) == ""
    changed = yaml.safe_load(Path(parameters(MAKE_UPS["navfn-rpp"], tmp_path)).read_text())
    committed = yaml.safe_load(params_file("lab", "lift_amr").read_text())
    planner = changed["planner_server"]["ros__parameters"].pop("GridBased")
    committed["planner_server"]["ros__parameters"].pop("GridBased")
    assert planner["plugin"].endswith("NavfnPlanner")
    assert changed == committed


def test_sides_are_chosen_by_name() -> None:
    assert chosen("all", {}) == list(MAKE_UPS)
    assert chosen("all", {"embedded": {}}) == ["smac-mppi", "navfn-rpp"]
    assert chosen("embedded, navfn-rpp", {"embedded": {}}) == ["embedded", "navfn-rpp"]
    for rubbish in ("", "nav2", "embedded,", "embedded;navfn-rpp", "\x00" * 200):
        with pytest.raises(AmrError) as caught:
            chosen(rubbish, {})
        assert caught.value.code == "run.bad_option"


# --- tables


def test_figures_survive_json() -> None:
    one = driven(SUCCEEDED, FAILED)
    assert Driven.read(json.loads(json.dumps(one.plain()))) == one
    assert one.cores == pytest.approx(0.3)
    assert [drive.length for drive in one.reached] == [5.0]


def test_the_table_counts_only_what_was_reached_and_shows_what_was_not() -> None:
    text = table({"A": driven(SUCCEEDED, FAILED, SUCCEEDED), "B": driven(NOT_DRIVEN)}, "Here:")
    rows = [line for line in text.splitlines() if line.startswith("| A")]
    assert text.startswith("Here:\n")
    assert rows == [
        "| A | 2 of 3 | 20 s | 12.0 m | 0.20 m | 0.03 m, 2° | 3 | 0 | 0.450 s | 0.250 cores | 200 MB | 0.050 s |"
    ]
    assert "| B | 0 of 1 | | |" in text
    assert f"| 4, 6, -1.57 | {FAILED}, 0.03 m off; stood up to 0 s | {NOT_DRIVEN} |" in text
    assert "| 10, 8, 3.14 | 10.0 s, 5.0 m, 0.40 m | not driven |" in text
    widths = [line.count("|") for line in text.splitlines() if line.startswith("|")]
    assert set(widths[: 2 + 2]) == {13}
    assert set(widths[4:]) == {4}


def test_the_line_above_says_how_busy_the_machine_was(tmp_path: Path) -> None:
    sides = {"embedded": driven(SUCCEEDED), "navfn-rpp": driven(SUCCEEDED)}
    line = about({"embedded": {"rtf": "1.0"}, "navfn-rpp": {"rtf": "0.5"}}, sides)
    assert "rtf 0.5, 1.0 (reached 0.50 to 0.50), load 3 to 12" in line
    info = tmp_path / "cpuinfo"
    info.write_text("processor : 0\nmodel name\t: Some CPU 9000\n")
    assert peer.model(info) == "Some CPU 9000"
    assert peer.model(tmp_path / "none") != ""


def test_runs_of_before_are_written_and_only_the_rest_is_driven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def drive(make_up: peer.MakeUp, rtf: str, limit: float, _course: Course) -> Driven:
        asked.append(f"{make_up.title} {rtf} {limit}")
        return driven(*[SUCCEEDED] * 8)

    monkeypatch.setattr(peer, "drive", drive)
    seen, document, copy = tmp_path / "seen.json", tmp_path / "nav2.md", tmp_path / "copy.json"
    plain = {name: {"rtf": "1.0", **driven(*[SUCCEEDED] * 8).plain()} for name in ("smac-mppi", "navfn-rpp")}
    seen.write_text(json.dumps(plain))
    document.write_text("before\n<!-- nav-peer -->\nold\n<!-- /nav-peer -->\nafter\n")
    assert run_peer("all", copy, document, "0.5", 30.0, seen)
    assert asked == ["embedded navigation 0.5 30.0"]
    assert set(json.loads(copy.read_text())) == set(MAKE_UPS)
    text = document.read_text()
    assert "old" not in text
    assert text.count("| 8 of 8 |") == 3
    assert text.endswith("<!-- /nav-peer -->\nafter\n")
    assert "embedded navigation" in capsys.readouterr().out


@pytest.mark.parametrize("bad", [driven(SUCCEEDED, FAILED), driven(SUCCEEDED, collisions=1)])
def test_a_goal_of_ours_that_is_missed_or_a_touch_fails_the_command(tmp_path: Path, bad: Driven) -> None:
    seen = tmp_path / "seen.json"
    seen.write_text(json.dumps({name: {"rtf": "1.0", **bad.plain()} for name in MAKE_UPS}))
    assert not run_peer("all", None, None, "1.0", 30.0, seen)


def test_the_document_has_the_tables_of_all_three() -> None:
    text = (Path(__file__).parents[2] / "docs" / "nav2.md").read_text()
    part = text.partition("<!-- nav-peer -->")[2].partition("<!-- /nav-peer -->")[0]
    for make_up in MAKE_UPS.values():
        assert f"| {make_up.title} | " in part
    assert "load " in part


# --- random goals


def test_random_goals_are_near_each_other_within_reach_of_a_robot_that_opens_no_door() -> None:
    course = random_course("cai_cui", 6, 1, 12.0)
    assert course.goals[:2] == random_course("cai_cui", 2, 1, 12.0).goals != random_course("cai_cui", 2, 2, 12.0).goals
    site, grid = load_site("cai_cui"), GridMap.load(site_dir("cai_cui") / "map.yaml")
    room = distance_grid(grid.occupied, grid.resolution, *grid.origin)
    assert len(course.goals) == 6
    for one, other in pairwise(course.goals):
        assert distance(one, other) <= 12.0 + 0.01
    walls = [door for door in site.doors if door.id.startswith("fire_door")]
    assert len({sum(goal.x > door.x for door in walls) for goal in course.goals}) == 1, "all in one hall"
    for goal in course.goals:
        row, column = int((goal.y - room.origin_y) / 0.05), int((goal.x - room.origin_x) / 0.05)
        assert room.sdf[row, column] > LIFT_AMR.circumscribed_radius(loaded=False), goal
    with pytest.raises(AmrError) as caught:
        random_course("lab", 1, 1, 0.01)
    assert caught.value.code == "run.bad_option"


@pytest.mark.parametrize(
    ("ends", "touched", "good"),
    [
        ([SUCCEEDED] * 99 + [FAILED], 0, True),
        ([SUCCEEDED] * 98 + [FAILED] * 2, 0, False),
        ([SUCCEEDED] * 100, 1, False),
        ([SUCCEEDED] * 98, 0, False),
    ],
)
def test_of_many_goals_only_missed_ones_have_a_line_and_99_of_100_are_enough(
    ends: list[str], touched: int, good: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    course = Course("lab", "amr_01", [GOALS[0]] * 99 + [GOALS[1]], "lab, at random")
    monkeypatch.setattr(peer, "drive", lambda *_: driven(*ends, collisions=touched))
    assert run_peer("smac-mppi", None, None, "1.0", 30.0, None, course) is good
    said = capsys.readouterr().out
    assert "lab, at random, one lift AMR" in said
    assert said.count(FAILED) == ends.count(FAILED)
    assert said.count(NOT_DRIVEN) == 100 - len(ends)


def test_a_course_that_turns_goes_there_and_back_where_there_is_room() -> None:
    course = turning_course(3)
    there, back = course.goals[:2]
    assert list(course.goals) == [there, back] * 3
    assert distance(there, back) < 1.4, "nearer than Nav2's own limit, from which on a goal pulls through its path"
    grid = GridMap.load(site_dir(course.site) / "map.yaml")
    room = distance_grid(grid.occupied, grid.resolution, *grid.origin)
    for goal in course.goals:
        row, column = int((goal.y - room.origin_y) / 0.05), int((goal.x - room.origin_x) / 0.05)
        assert room.sdf[row, column] > LIFT_AMR.circumscribed_radius(loaded=False), goal
