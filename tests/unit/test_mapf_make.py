"""Problems made from a seed: every kind can be read back and solved in principle, and bad wishes are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from amr_core.errors import AmrError
from amr_lab.mapf.make import KINDS, make_problem, write_problem
from amr_lab.mapf.problem import read_problem


@pytest.mark.parametrize("kind", KINDS)
def test_a_made_problem_is_read_back_as_it_was(kind: str, tmp_path: Path) -> None:
    made = make_problem(kind, 24, 36, 30, 95, 5)
    read = read_problem(write_problem(made, tmp_path / "new"))
    assert read.name == made.name
    assert len(made.tasks) == 90
    for one, other in (
        (made.starts, read.starts),
        (made.tasks, read.tasks),
        (made.grid.linear_of, read.grid.linear_of),
    ):
        np.testing.assert_array_equal(one, other)
    again = make_problem(kind, 24, 36, 30, 95, 5)
    np.testing.assert_array_equal(made.tasks, again.tasks)


def test_the_islands_are_apart_and_hold_robots_on_both_sides() -> None:
    made = make_problem("islands", 24, 36, 30, 90, 5)
    part = made.grid.components()
    assert len(np.unique(part[made.starts])) == 2
    assert part.max() == 2


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"kind": "castle"}, "--kind"),
        ({"height": 7}, "--height"),
        ({"width": -1}, "--width"),
        ({"width": 10**9}, "--width"),
        ({"robots": 0}, "--robots"),
        ({"robots": 5000}, "--robots"),
        ({"tasks": 3}, "--tasks"),
    ],
)
def test_a_bad_wish_is_refused_by_its_option(changes: dict[str, str | int], option: str) -> None:
    wish: dict[str, str | int] = {"kind": "random", "height": 20, "width": 20, "robots": 9, "tasks": 90, "seed": 1}
    with pytest.raises(AmrError) as caught:
        make_problem(**(wish | changes))  # type: ignore[arg-type]
    assert caught.value.code == "run.bad_option"
    assert caught.value.facts["option"] == option


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        write_problem(make_problem("random", 9, 9, 2, 2, 1), tmp_path / "file" / "below")
