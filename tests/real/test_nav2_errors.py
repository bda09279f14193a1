"""What goes wrong at a start of real Nav2 ends everything with one clear error that says the place and the cure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from amr_bringup.nav2 import params_file
from tests.real.real_support import ROOT, Program, Real
from tests.real.start_errors import ends_with

pytestmark = pytest.mark.nav2


def start(real: Real, **arguments: str | int) -> Program:
    return real.launch("sim.launch.py", robots=1, navigation="nav2", **arguments)


def copy_of_lab(folder: Path) -> Path:
    site = folder / "maps" / "lab"
    shutil.copytree(ROOT / "maps" / "lab", site)
    return site


def test_a_misspelt_parameter(real: Real, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(params_file("lab", "lift_amr").read_text().replace("lookahead_time", "lookahed_time", 1))
    ends_with(start(real, site="lab", nav2_params=str(file)), "nav2_params", "did you mean FollowPath.lookahead_time")


def test_a_mask_that_cannot_be_read(real: Real, tmp_path: Path) -> None:
    """Said before anything starts; tests/unit/test_nav2_files.py has the other files that Nav2 loads."""
    site = copy_of_lab(tmp_path)
    mask = site / "keepout.yaml"
    mask.write_text(mask.read_text().replace("resolution:", "resolutoin:"))
    program = start(real, site=str(site))
    ends_with(program, "launch.nav2", f"{mask}: ", "did you mean it by resolutoin?", f"amr site build {site}")
    assert "process started with pid" not in program.words


def test_nav2_that_does_not_activate(real: Real, tmp_path: Path) -> None:
    """A file that goes after it was looked at: Nav2's manager gives up, with the words of its server."""
    site = copy_of_lab(tmp_path)
    program = start(real, site=str(site))

    def goes() -> None:
        program.wait_for(lambda: "process started with pid" in program.words, 120.0, "the first process")
        (site / "keepout.yaml").unlink()

    reason = "keepout_filter_mask_server: Failed to load map yaml file"
    ends_with(program, "launch.nav2", reason, "amr nav2 check", meanwhile=goes)
