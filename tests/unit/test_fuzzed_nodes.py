"""Whom `amr bench fuzz` gives messages to: every node of ours, and whoever adds one must say why it is left out."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import pytest

from amr_bringup.run_options import Navigation, RunMode
from amr_lab.fleet_bench.fuzzed import UNTOUCHED, fuzzed
from tests.unit.test_kill_victims import everything

SRC = Path(__file__).parents[2] / "src"


def executables() -> set[str]:
    """Return the names of all programs that our packages install."""
    found = set[str]()
    for setup in SRC.glob("amr_*/setup.py"):
        for listed in re.findall(r'"console_scripts": \[(.*?)\]', setup.read_text(encoding="utf-8"), re.DOTALL):
            found |= set(re.findall(r'"(\w+) = ', listed))
    return found


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return {spec.executable for spec in fuzzed("lab", tmp_path_factory.mktemp("fuzzed"))}


@pytest.mark.skipif(find_spec("foxglove") is None, reason="make setup-neighbours")
def test_every_program_of_ours_is_given_messages_or_named_with_the_reason(names: set[str]) -> None:
    assert {"navigation", "fleet", "label_reader", "mavlink", "base_port", "nav2_check"} <= names
    assert names | set(UNTOUCHED) == executables()
    assert not names & set(UNTOUCHED)
    assert all(UNTOUCHED.values())


def test_every_node_of_ours_that_a_stack_has_in_any_mode_is_among_them(names: set[str], tmp_path: Path) -> None:
    run = {
        spec.executable
        for mode in get_args(RunMode)
        for navigation in get_args(Navigation)
        for spec in everything(tmp_path, mode=mode, navigation=navigation, uav_mavlink=14550)
        if spec.package.startswith("amr_")
    }
    assert len(run) > 15
    assert run - names == set()
