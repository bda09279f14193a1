"""What goes wrong at a start of real Nav2 ends everything with one clear error that says the place and the cure."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import pytest

from amr_bringup.nav2 import params_file
from tests.real.real_support import ROOT, Program, Real

pytestmark = pytest.mark.nav2
LIMIT = 60.0
"""Seconds; a shared machine imports Python several times slower than an idle one. docs/real.md has measured times."""


def start(real: Real, **arguments: str | int) -> Program:
    return real.launch("sim.launch.py", robots=1, navigation="nav2", **arguments)


def ends_with(program: Program, *words: str) -> None:
    """The launch ends by itself in time, with exit code 1, the words, and nothing left behind."""
    begun = time.monotonic()
    assert program.wait(LIMIT) == 1, program.tail
    sys.stdout.write(f"{time.monotonic() - begun:.1f} s\n")
    said = program.words
    assert all(word in said for word in words), program.tail
    assert not program.alive()


def test_a_misspelt_parameter(real: Real, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(params_file("lab", "lift_amr").read_text().replace("lookahead_time", "lookahed_time", 1))
    ends_with(start(real, site="lab", nav2_params=str(file)), "nav2_params", "did you mean FollowPath.lookahead_time")


def test_nav2_that_does_not_activate(real: Real, tmp_path: Path) -> None:
    site = tmp_path / "maps" / "lab"
    shutil.copytree(ROOT / "maps" / "lab", site)
    mask = site / "keepout.yaml"
    mask.write_text(mask.read_text().replace("resolution:", "resolutoin:"))
    reason = "keepout_filter_mask_server: Failed to load map yaml file"
    ends_with(start(real, site=str(site)), "launch.nav2", reason, "amr nav2 check")
