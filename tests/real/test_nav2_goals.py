"""Many goals of real Nav2 among the people of the reference site, by the bench whose tables docs/nav2.md shows."""

from __future__ import annotations

import json
import os
import sys

import pytest

from amr_lab.nav_peer.drives import Driven
from amr_lab.nav_peer.peer import ENOUGH
from tests.real.real_support import ROOT, Real

pytestmark = [pytest.mark.nav2, pytest.mark.real_long]
GOALS = int(os.environ.get("AMR_REAL_GOALS", "100"))
"""Random goals; a twentieth as often there and back between two goals that lie behind a robot."""
SECONDS_EACH, START = 60.0, 300.0
"""Wall seconds of a goal at most on the average, at a real-time factor of 1, and of starting everything."""


def driven(real: Real, *course: str, goals: int) -> Driven:
    """Drive a course with the committed parameters and trees; return what came of it."""
    file, limit = real.folder / "driven.json", SECONDS_EACH * goals + START
    bench = (str(ROOT / ".venv" / "bin" / "amr"), "bench", "nav-peer", "--sides", "smac-mppi", "--limit", str(limit))
    program = real.start(*bench, "--json", str(file), *course)
    code = program.wait(limit + START)
    sys.stdout.write(program.tail)
    assert file.is_file(), program.tail
    plain = json.loads(file.read_text())["smac-mppi"]
    found = Driven.read({key: value for key, value in plain.items() if key != "rtf"})
    assert len(found.drives) == goals, program.tail
    assert found.collisions == 0, program.tail
    assert code == 0, program.tail
    return found


@pytest.mark.timeout(SECONDS_EACH * GOALS + 3 * START)
def test_random_goals_among_people(real: Real) -> None:
    found = driven(real, "--goals", str(GOALS), "--site", "cai_cui", goals=GOALS)
    assert len(found.reached) >= ENOUGH * GOALS, found.drives


@pytest.mark.timeout(SECONDS_EACH * GOALS + 3 * START)
def test_goals_behind_the_robot(real: Real) -> None:
    """A metre behind, to be stood in the other way round: MPPI once stood before such a goal until it was given up."""
    turns = max(1, GOALS // 20)
    found = driven(real, "--turns", str(turns), goals=2 * turns)
    assert len(found.reached) == 2 * turns, found.drives
