"""Carrying paths over: who is late comes later, and the order in which a cell is passed stays as it was planned."""

from __future__ import annotations

import numpy as np

from amr_lab.mapf.carry import carry_over, carry_scratch
from amr_lab.mapf.fast import Field, field_parts
from amr_lab.mapf.grid import Grid, motion
from amr_lab.mapf.guidance import costs_of, lanes


def carried(paths: list[list[int]], states: list[int], hold: list[int]) -> tuple[list[list[int]], Field]:
    """Carry paths over on a row of eight cells with a siding below cell 3 (id 8), plain model."""
    image = np.zeros((2, 8), np.bool_)
    image[0] = True
    image[1, 3] = True
    grid = Grid.from_passable(image)
    moves = motion(grid, "plain")
    where = {int(linear): cell for cell, linear in enumerate(grid.linear_of.tolist())} | {8: int(grid.cell_of[11])}
    back = {cell: place for place, cell in where.items()}
    costs = costs_of(moves, lanes(grid, 1.0))
    starts = np.array([where[path[0]] for path in paths], np.int32)
    parts = field_parts(grid, moves, costs, starts, len(paths[0]) - 1)
    parts["path"][:] = [[where[cell] for cell in path] for path in paths]
    for robot, path in enumerate(parts["path"]):
        parts["held"][np.arange(len(path)), path] = robot
    zero = np.zeros(len(paths), np.int32)
    rows = np.zeros((1, grid.cells), np.uint16)
    field = Field(rows=rows, slot=zero, goal=zero, hold=np.array(hold, np.int32), **parts)
    now = np.array([where[state] for state in states], np.int32)
    carry_over(field, now, *carry_scratch(len(paths), len(paths[0]) - 1))
    return [[back[int(cell)] for cell in path] for path in field.path], field


def test_paths_that_were_kept_lose_their_first_action() -> None:
    paths, field = carried([[0, 1, 2, 3], [5, 5, 6, 7]], [1, 5], [0, 0])
    assert paths == [[1, 2, 3, 3], [5, 6, 7, 7]]
    assert sorted(np.argwhere(field.held >= 0)[:, 0].tolist()) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_follower_waits_for_a_late_robot_and_the_rest_goes_on() -> None:
    paths, _ = carried([[2, 3, 4, 5], [1, 2, 3, 4], [6, 7, 7, 7]], [2, 1, 7], [2, 0, 0])
    assert paths == [[2, 2, 2, 3], [1, 1, 1, 2], [7, 7, 7, 7]]


def test_who_was_to_pass_first_still_does() -> None:
    # Robot 1 leaves the siding after robot 0 has passed cell 3; robot 0 is late, so robot 1 has to wait for it.
    paths, _ = carried([[1, 2, 3, 4, 5], [8, 8, 8, 8, 3]], [1, 8], [0, 0])
    assert paths == [[1, 2, 3, 4, 5], [8, 8, 8, 3, 3]]
    paths, _ = carried([[1, 2, 3, 4, 5], [8, 8, 8, 8, 3]], [1, 8], [3, 0])
    assert paths == [[1, 1, 1, 1, 2], [8, 8, 8, 8, 8]]


def test_a_robot_moved_by_hand_makes_everyone_stand() -> None:
    paths, field = carried([[0, 1, 2, 3], [5, 6, 7, 7]], [1, 4], [0, 0])
    assert paths == [[1, 1, 1, 1], [4, 4, 4, 4]]
    assert (field.held >= 0).sum() == 8
