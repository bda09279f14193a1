"""What is kept for the second step of a log-in: all that belongs together, or nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from amr_core.errors import AmrError
from amr_fleet.store.database import Database
from amr_fleet.store.second_steps import SecondStepStore


@pytest.fixture
def steps(where: str) -> Iterator[SecondStepStore]:
    with closing(Database(where)) as database:
        yield SecondStepStore(database)


def test_a_new_beginning_without_its_codes_changes_nothing(steps: SecondStepStore) -> None:
    steps.begin("lan", 100, ["one", "two"])
    with pytest.raises(AmrError, match=r"store\.failed"):
        steps.begin("lan", 200, ["again", "again"])  # the database takes no code twice
    assert steps.take_step("lan", 101, newest=1000), "the last step is still that of the phone"
    assert steps.codes_left("lan") == 2
    assert steps.take_code("lan", "one")


def test_a_new_beginning_replaces_step_and_codes_of_one_user(steps: SecondStepStore) -> None:
    steps.begin("lan", 100, ["one", "two"])
    steps.begin("sep", 100, ["one"])
    steps.begin("lan", 200, ["three"])
    assert not steps.take_step("lan", 200, newest=1000)
    assert not steps.take_code("lan", "one")
    assert steps.take_code("lan", "three")
    assert steps.take_code("sep", "one")


def test_new_codes_leave_the_step(steps: SecondStepStore) -> None:
    steps.begin("lan", 100, ["one"])
    steps.set_codes("lan", [])
    assert steps.codes_left("lan") == 0
    steps.set_codes("lan", ["two", "three"])
    assert steps.codes_left("lan") == 2
    assert not steps.take_step("lan", 100, newest=1000)
