"""The hard cases with a few seeds each; `amr bench nav-hard` runs twenty. Ground truth of the simulator judges."""

from __future__ import annotations

import pytest

from amr_lab.trial.hard import CASES

TRIED = {"lidar": (0, 1), "kidnapped": (0, 1), "person": (0, 1), "forklift": (6,), "meet": (0, 2)}
SEEDS = [(name, seed) for name in CASES for seed in TRIED.get(name, (1,))]


@pytest.mark.parametrize(("name", "seed"), SEEDS)
def test_hard_case(name: str, seed: int) -> None:
    verdict = CASES[name](seed)
    assert verdict.collisions == 0, verdict
    assert verdict.false_way <= 1.5, verdict
    assert verdict.passed, verdict
