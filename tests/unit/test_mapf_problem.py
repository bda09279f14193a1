"""The reader of benchmark problems: good files, and what it says to rubbish."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amr_core.errors import AmrError
from amr_lab.mapf.problem import read_problem
from tests.mapf_problems import HALL, random_problem, write_problem


def test_reads_what_was_written(tmp_path: Path) -> None:
    problem = read_problem(write_problem(tmp_path, HALL, 6, 3))
    made = random_problem(HALL, 6, 3)
    assert problem.robots == 6
    assert problem.grid.cells == sum(row.count(".") for row in HALL)
    np.testing.assert_array_equal(problem.starts, made.starts)
    np.testing.assert_array_equal(problem.tasks, made.tasks)


def test_tasks_are_dealt_round_robin(tmp_path: Path) -> None:
    problem = read_problem(write_problem(tmp_path, HALL, 6, 3))
    assert problem.goal(2, 0) == problem.tasks[2]
    assert problem.goal(2, 3) == problem.tasks[20]
    assert problem.goal(5, 33) == problem.tasks[(33 * 6 + 5) % 200]
    np.testing.assert_array_equal(problem.goals(np.full(6, 3)), problem.tasks[18:24])


BAD = [
    ("m.json", "", "not JSON"),
    ("m.json", "[1, 2]", "one JSON object"),
    ("m.json", "[" * 100_000, "not JSON"),
    ("m.json", '{"teamSize": ' + "9" * 5000 + "}", "not JSON"),
    ("m.json", json.dumps({"mapFile": 3}), "mapFile"),
    ("m.json", {"teamSize": 0}, "teamSize"),
    ("m.json", {"teamSize": True}, "teamSize"),
    ("m.json", {"teamSize": 7}, "teamSize is 7"),
    ("m.json", {"taskAssignmentStrategy": "greedy"}, "greedy"),
    ("m.json", {"mapFile": "none.map"}, "none.map"),
    ("m.json", {"mapFile": "a\0b"}, "file name"),
    ("m.map", "", "map"),
    ("m.map", "type octile\nheight x\nwidth 3\nmap\n...\n", "height"),
    ("m.map", "type octile\nheight 1\nwidth 99999999\nmap\n...\n", "width"),
    ("m.map", "type octile\nheight 2\nwidth 3\nmap\n...\n", "1 rows"),
    ("m.map", "type octile\nheight 2\nwidth 3\nmap\n...\n....\n", "row 1 has 4"),
    ("m.map", "type octile\nheight 1\nwidth 3\nmap\n.x.\n", "'x'"),
    ("m.map", "type octile\nheight 1\nwidth 3\nmap\n@@@\n", "no cell is free"),
    ("m.map", "type octile\nheight 9999\nwidth 9999\nmap\n", "more than"),
    ("m.agents", "", "start cells"),
    ("m.agents", "2\n1\n", "says 2"),
    ("m.agents", "6\n1\n2\n3\n4\n5\n-1\n", "-1"),
    ("m.agents", "6\n0\n1\n2\n3\n4\n4\n", "robots 4 and 5 start in the same cell 4"),
    ("m.agents", "6\n0\n1\n2\n3\n4\n9\n", "blocked"),
    ("m.agents", "6\n0\n1\n2\n3\n4\n900\n", "outside"),
    ("m.tasks", "0\n", "no tasks"),
    ("m.tasks", "1\n3.5\n", "3.5"),
    ("m.tasks", "1\n9\n", "blocked"),
]


@pytest.mark.parametrize(("name", "content", "word"), BAD)
def test_a_bad_file_is_one_clear_error(tmp_path: Path, name: str, content: str | dict[str, object], word: str) -> None:
    path = write_problem(tmp_path)
    if isinstance(content, dict):
        content = json.dumps(json.loads(path.read_text()) | content)
    (tmp_path / name).write_text(content)
    with pytest.raises(AmrError) as caught:
        read_problem(path)
    assert caught.value.code in ("traffic.invalid", "traffic.unreadable")
    assert word in str(caught.value)
    assert "?" not in caught.value.sentence


def test_a_binary_map_and_a_folder_are_unreadable(tmp_path: Path) -> None:
    path = write_problem(tmp_path)
    (tmp_path / "m.map").write_bytes(b"\xff\xfe\x00map")
    with pytest.raises(AmrError, match=r"traffic\.unreadable"):
        read_problem(path)
    with pytest.raises(AmrError, match=r"traffic\.unreadable"):
        read_problem(tmp_path)


def test_a_task_in_another_part_of_the_map_is_refused(tmp_path: Path) -> None:
    path = write_problem(tmp_path, ("..@..", "..@.."), 2, 1)
    with pytest.raises(AmrError, match="cannot reach"):
        read_problem(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["m.json", "m.map", "m.agents", "m.tasks"]), noise=st.binary(max_size=60), at=st.integers(0)
)
def test_noise_in_any_file_gives_a_problem_or_an_error_with_a_code(
    tmp_path: Path, name: str, noise: bytes, at: int
) -> None:
    path = write_problem(tmp_path)
    content = (tmp_path / name).read_bytes()
    at %= len(content)
    (tmp_path / name).write_bytes(content[:at] + noise + content[at + len(noise) :])
    code = "traffic.fine"
    try:
        read_problem(path)
    except AmrError as error:
        code = error.code
    assert code.startswith("traffic.")
