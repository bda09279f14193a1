"""The validator finds each kind of violation in a history made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from amr_lab.mapf.validate import History, validate

ROOM = np.array([[True, True, True], [True, False, True]])


def made(cells: list[list[int]], headings: list[list[int]] | None = None, **changes: object) -> History:
    values: dict[str, object] = {
        "passable": ROOM,
        "cells": np.array(cells),
        "headings": None if headings is None else np.array(headings),
        "tasks": np.array([5, 5]),
        "finished": np.zeros((0, 3), np.int64),
    }
    return History(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("history", "kinds"),
    [
        (made([[0, 2], [1, 2]]), []),
        (made([[0, 1], [1, 2]]), []),
        (made([[0, 2], [1, 1]]), ["vertex"]),
        (made([[0, 1], [1, 0]]), ["edge"]),
        (made([[0], [2]]), ["illegal move"]),
        (made([[0], [4]]), ["blocked cell", "illegal move"]),
        (made([[2], [3]]), ["illegal move"]),
        (made([[0], [7]]), ["blocked cell", "illegal move"]),
        (made([[0], [1]], [[0], [0]]), []),
        (made([[0], [0]], [[0], [3]]), []),
        (made([[0], [1]], [[1], [1]]), ["illegal move"]),
        (made([[0], [1]], [[0], [1]]), ["illegal move"]),
        (made([[0], [0]], [[0], [2]]), ["illegal move"]),
        (made([[2], [5]], finished=np.array([[1, 0, 0]])), []),
        (made([[2], [5]]), ["task not counted"]),
        (made([[2], [2]], finished=np.array([[1, 0, 0]])), ["task not done"]),
        (made([[2], [5]], finished=np.array([[1, 0, 0], [1, 0, 0]])), ["task counted twice"]),
        (made([[2], [5], [5]], finished=np.array([[1, 0, 0], [2, 0, 1]])), []),
    ],
)
def test_each_kind_is_found(history: History, kinds: list[str]) -> None:
    assert sorted({violation.kind for violation in validate(history)}) == sorted(kinds)
