"""What a series of trials shows: sample sizes and one-sided Clopper-Pearson bounds (exact binomial), Poisson rates.

scipy is loaded with the first figure: most servers never judge a trial, and all of them load this module.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


def sample_size(reliability: float, confidence: float, failures: int = 0) -> int:
    """Return how many repetitions show a reliability (0..1) with a confidence when so many may fail.

    The smallest n with P(X <= failures | n, 1 - reliability) <= 1 - confidence, X binomial.
    """
    from scipy.special import bdtr

    if not (0.0 < reliability < 1.0 and 0.0 < confidence < 1.0 and failures >= 0):
        raise ValueError("reliability and confidence lie between 0 and 1")
    n = max(failures + 1, math.floor(math.log(1.0 - confidence) / math.log(reliability)))
    while bdtr(failures, n, 1.0 - reliability) > 1.0 - confidence:
        n += 1
    return n


def lower_bound(passed: int, n: int, confidence: float) -> float:
    """Return the lower one-sided Clopper-Pearson bound of the share of passes, 0 when nothing was tried."""
    from scipy.special import betaincinv

    if not 0 <= passed <= n:
        raise ValueError(f"{passed} of {n}")
    return 0.0 if passed == 0 else float(betaincinv(passed, n - passed + 1, 1.0 - confidence))


@dataclass(frozen=True)
class CardResult:
    """What a card has shown. bound: lower Clopper-Pearson bound of the share of passes with the plan's confidence.

    state: open (too few yet), passed, failed (more failures than the plan allows); broken_off: listed, not counted.
    """

    state: str
    n: int
    passed: int
    failed: int
    broken_off: int
    bound: float


def verdict(card: Mapping[str, Any]) -> CardResult:
    """Judge a card (a row of kind card) by its plan."""
    plan, results = card["plan"], [rep["pass"] for rep in card["reps"]]
    passed, failed = results.count(True), results.count(False)
    n = passed + failed
    state = "failed" if failed > plan["c"] else "passed" if n >= plan["n"] else "open"
    bound = math.floor(1e6 * lower_bound(passed, n, plan["C"])) / 1e6
    return CardResult(state, n, passed, failed, results.count(None), bound)
