"""Two runs at once, on the same machine, do not disturb each other."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.timeout(400)
"""s: longer than the waits below, which are for a machine that is full of other work."""


def test_two_runs_at_once(start_amr: Any) -> None:
    arguments = ("--site", "lab", "--orders", "1", "--rtf", "max", "--headless", "--report", "REPORT")
    runs = [start_amr("run", *arguments, "--seed", str(seed)) for seed in (3, 4)]
    for run in runs:
        assert run.wait(300) == 0, run.words()
        assert run.report["orders_total"] == run.report["orders_done"] == 1
        assert run.report["loads_dropped"] == 1
        assert run.report["collisions"] == 0
