"""What the grid planner always does, on random maps: sound histories, the same again for the same seed, progress."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from amr_lab.mapf.grid import Model, motion
from amr_lab.mapf.guidance import costs_of, lanes
from amr_lab.mapf.planner import Settings, TrafficPlanner
from amr_lab.mapf.problem import GridProblem
from amr_lab.mapf.simulate import GridWorld
from amr_lab.mapf.validate import validate
from tests.mapf_problems import HALL, random_problem

MODELS = st.sampled_from(["plain", "rotation"])


def executed(
    problem: GridProblem, model: Model, steps: int, how: Settings, stop_rate: float = 0.0, strength: float = 4.0
) -> GridWorld:
    moves = motion(problem.grid, model)
    world = GridWorld(problem, moves, stop_rate, how.seed)
    costs = costs_of(moves, lanes(problem.grid, strength))
    planner = TrafficPlanner(problem.grid, moves, world.states, costs, how)
    planner.prepare(world.states, world.goals, problem.tasks)
    for _ in range(steps):
        world.execute(planner.plan(world.states, world.goals, world.stopped))
    return world


@st.composite
def problems(draw: st.DrawFn) -> GridProblem:
    height, width = draw(st.integers(2, 7)), draw(st.integers(2, 9))
    text = draw(st.lists(st.sampled_from("....@"), min_size=height * width, max_size=height * width))
    text[0] = "."
    rows = tuple("".join(text[r * width : (r + 1) * width]) for r in range(height))
    free = sum(row.count(".") for row in rows)
    problem = random_problem(rows, draw(st.integers(1, free)), draw(st.integers(0, 999)))
    # A goal in another part of the map would be refused by the reader: send that robot to its own cell.
    part = problem.grid.components()
    k = np.arange(len(problem.tasks))
    owner = problem.starts[k % problem.robots]
    tasks = np.where(part[problem.tasks] == part[owner], problem.tasks, owner).astype(np.int32)
    return GridProblem(
        problem.name, problem.grid, problem.starts, tasks[: len(tasks) // problem.robots * problem.robots]
    )


@settings(max_examples=60, deadline=None)
@given(problem=problems(), model=MODELS, seed=st.integers(0, 99), stop_rate=st.sampled_from([0.0, 0.02, 0.3]))
def test_no_violation_on_any_map_with_any_number_of_robots(
    problem: GridProblem, model: Model, seed: int, stop_rate: float
) -> None:
    world = executed(problem, model, 25, Settings(iterations=3, seed=seed), stop_rate)
    assert validate(world.history()) == []


@pytest.mark.parametrize("model", ["plain", "rotation"])
def test_the_same_seed_gives_the_same_history(model: Model) -> None:
    problem = random_problem(HALL, 14, 5)
    first, second = (executed(problem, model, 60, Settings(iterations=20, seed=4), 0.02) for _ in range(2))
    np.testing.assert_array_equal(first.history().cells, second.history().cells)
    assert first.finished == second.finished


@pytest.mark.parametrize("model", ["plain", "rotation"])
@pytest.mark.parametrize("robots", [6, 20, 33])
def test_every_robot_reaches_goals_where_every_cell_lies_on_a_loop(model: Model, robots: int) -> None:
    problem = random_problem(HALL, robots, robots)
    world = executed(problem, model, 700, Settings(iterations=0, seed=1))
    assert validate(world.history()) == []
    assert world.done.min() >= 1


@settings(max_examples=60, deadline=None)
@given(
    model=MODELS,
    seed=st.integers(0, 999),
    strength=st.sampled_from([1.0, 2.0, 4.0]),
    open_hall=st.booleans(),
    iterations=st.sampled_from([0, 3]),
)
def test_a_robot_alone_takes_a_cheapest_way(
    model: Model, seed: int, strength: float, open_hall: bool, iterations: int
) -> None:
    problem = random_problem((".........",) * 7 if open_hall else HALL, 1, seed)
    moves = motion(problem.grid, model)
    costs = costs_of(moves, lanes(problem.grid, strength))
    world = GridWorld(problem, moves)
    assume(world.goals[0] != problem.starts[0])
    planner = TrafficPlanner(problem.grid, moves, world.states, costs, Settings(iterations=iterations))
    left = int(planner.rows.rows[planner.rows.require(world.goals, world.states)[0], world.states[0]])
    while not world.done[0] and left >= 0:
        before = world.states[0]
        world.execute(planner.plan(world.states, world.goals, world.stopped))
        left -= int(costs[before, np.flatnonzero(moves.succ[before] == world.states[0])[0]])
    assert left == 0
