"""Distance rows, operations, guidance and the choice of guidance."""

from __future__ import annotations

import numpy as np
import pytest

from amr_lab.mapf.distance import FAR, DistanceRows
from amr_lab.mapf.grid import Grid, GridMotion, Model, motion
from amr_lab.mapf.guidance import costs_of, lanes, reverse, weights_of_flow
from amr_lab.mapf.learn import Guide, learn
from amr_lab.mapf.make import make_problem
from amr_lab.mapf.operations import operations
from amr_lab.mapf.planner import Settings, window_width
from tests.mapf_problems import HALL, passable_of, random_problem

MODELS: tuple[Model, ...] = ("plain", "rotation")


def relaxed(moves: GridMotion, costs: np.ndarray, goal: int) -> np.ndarray:
    """Cost-to-go by plain relaxation over all actions until nothing changes."""
    best = np.full(moves.states, FAR, np.int64)
    best[goal * moves.headings : (goal + 1) * moves.headings] = 0
    while True:
        after = np.where(moves.succ >= 0, best[moves.succ] + costs, FAR).min(axis=1)
        after = np.minimum(best, after)
        if (after == best).all():
            return best
        best = after


@pytest.mark.parametrize("model", MODELS)
def test_rows_are_the_cheapest_costs_and_the_store_stays_bounded(model: Model) -> None:
    grid = Grid.from_passable(passable_of(HALL))
    moves = motion(grid, model)
    costs = costs_of(moves, lanes(grid, 3.0))
    rows = DistanceRows(grid, moves, costs, robots=1, max_bytes=1)
    rows.slots = 3
    start = np.zeros(1, np.int32)
    for goal in [*range(grid.cells), 0]:
        slot = rows.require(np.array([goal], np.int32), start)[0]
        np.testing.assert_array_equal(rows.rows[slot], relaxed(moves, costs, goal))
    assert (rows.slot_of_goal >= 0).sum() == 3


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("strength", [1.0, 8.0])
def test_a_row_cut_short_is_right_where_its_robot_is_and_whole_where_two_share_it(
    model: Model, strength: float
) -> None:
    problem = make_problem("warehouse", 30, 60, 40, 40, 4)
    moves = motion(problem.grid, model)
    costs = costs_of(moves, lanes(problem.grid, strength))
    whole, part = (DistanceRows(problem.grid, moves, costs, 40, 1) for _ in range(2))
    part.partial = True
    states = problem.starts * np.int32(moves.headings)
    exact = whole.rows[whole.require(problem.tasks, states), states]
    np.testing.assert_array_equal(part.rows[part.require(problem.tasks, states), states], exact)
    assert (part.rows == FAR).any()
    # Everybody has one goal: the row that headed for one robot has to serve all.
    one = np.full(40, problem.tasks[0], np.int32)
    slot = part.require(one, states)[0]
    np.testing.assert_array_equal(part.rows[slot], whole.rows[whole.require(one, states)[0]])


def test_operations_are_few_and_no_two_alike() -> None:
    # Seventeen that end in a step or wait throughout, and three that only turn.
    rotation = [tuple(row) for row in operations("rotation", 3).tolist()]
    assert len(set(rotation)) == len(rotation) == 20
    assert (2, 3, 3) in rotation
    assert (1, 1, 1) not in rotation
    assert len(operations("plain", 1)) == 5
    assert len({tuple(row) for row in operations("plain", 2).tolist()}) == len(operations("plain", 2)) == 25


def test_lanes_alternate_and_never_forbid() -> None:
    grid = Grid.from_passable(np.ones((4, 6), np.bool_))
    weights = lanes(grid, 4.0).reshape(4, 6, 4)
    assert weights[0, 0].tolist() == [1.0, 1.0, 4.0, 4.0]
    assert weights[1, 1].tolist() == [4.0, 4.0, 1.0, 1.0]
    assert np.isfinite(weights).all()


def test_flow_makes_the_rarer_direction_dearer() -> None:
    grid = Grid.from_passable(np.ones((1, 3), np.bool_))
    flow = np.zeros((3, 4))
    flow[:, 0], flow[:, 2] = [0.5, 0.5, 0.0], [0.0, 0.1, 0.1]
    assert reverse(grid, flow)[0, 0] == 0.1
    assert reverse(grid, flow)[1, 2] == 0.5
    weights = weights_of_flow(grid, flow, np.zeros(3), 8.0, 0.0, 0.01)
    assert weights[1, 2] > 3.0 > 1.5 > weights[0, 0] >= 1.0


def test_the_choice_of_guidance_is_repeatable_and_no_worse_than_none_in_its_trials() -> None:
    problem = random_problem(HALL, 16, 2)
    moves = motion(problem.grid, "rotation")

    def guide() -> Guide:
        return Guide(problem.grid, moves, problem.starts * np.int32(4), problem.tasks, Settings(budget_ms=0, seed=3))

    told: list[str] = []
    first, second = learn(guide(), "auto", told.append), learn(guide(), "auto")
    np.testing.assert_array_equal(first.costs, second.costs)
    assert first.kind == second.kind
    assert len(told) == first.trials > 3
    assert told[0].startswith("guidance none")
    assert learn(guide(), "none").trials == 0


def test_the_window_is_longer_where_there_is_room() -> None:
    assert window_width(100, 1_277) == 20
    assert window_width(400, 1_277) == 10
    assert window_width(800, 1_277) == 5
    widths = [window_width(robots, 40_000) for robots in (50, 200, 800, 2000, 9000)]
    assert widths == sorted(widths, reverse=True)
