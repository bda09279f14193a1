"""What goes wrong at a start in Gazebo ends everything with one clear error that says the place and the cure."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.real.real_support import ROOT, Program, Real, group_of
from tests.real.start_errors import ends_with

pytestmark = pytest.mark.gazebo


def gazebo(real: Real, **arguments: str | int) -> Program:
    return real.launch("gazebo.launch.py", robots=1, navigation="embedded", gui="false", **arguments)


def site_with_world(folder: Path, change: tuple[str, str]) -> Path:
    """Return a copy of the lab whose world file was changed."""
    site = folder / "maps" / "lab"
    shutil.copytree(ROOT / "maps" / "lab", site)
    shutil.copytree(ROOT / "worlds", folder / "worlds")
    world = folder / "worlds" / "lab.sdf"
    text = world.read_text()
    assert change[0] in text
    world.write_text(text.replace(*change, 1))
    return site


def test_a_world_that_does_not_load(real: Real, tmp_path: Path) -> None:
    site = site_with_world(tmp_path, ('<world name="lab">', '<world name="lab"><model/>'))
    ends_with(gazebo(real, site=str(site)), "gzserver", "gz sdf -k")


def test_a_world_of_another_site(real: Real, tmp_path: Path) -> None:
    site = site_with_world(tmp_path, ('<world name="lab">', '<world name="other">'))
    ends_with(gazebo(real, site=str(site)), "launch.world", "it must hold the world lab, not other")


def test_a_robot_whose_name_is_taken(real: Real, tmp_path: Path) -> None:
    other = "<model name='amr_01'><static>true</static><link name='link'/></model>"
    site = site_with_world(tmp_path, ('<model name="floor">', f'{other}<model name="floor">'))
    ends_with(gazebo(real, site=str(site)), "launch.world", "it holds amr_01 already", "lab.sdf")


def test_a_robot_that_cannot_be_spawned(real: Real) -> None:
    """Gazebo says yes to the request, and only in its own words that it cannot read the robot."""
    program = real.start("ros2", "launch", str(ROOT / "tests/real/base.launch.py"), "robots:=1", "broken_robot:=true")
    ends_with(program, "the spawning of a robot ended", "UserCommands", "amr robot urdf")


def test_a_server_that_dies_takes_everything_with_it(real: Real) -> None:
    program = gazebo(real, site="lab")
    program.wait_for(lambda: program.words.count("finished cleanly") >= 2, 60.0, "spawn and start_check done")
    ids = [int(e.name) for e in Path("/proc").iterdir() if e.name.isdigit() and is_server(e, program)]
    assert ids
    for number in ids:
        os.kill(number, signal.SIGSEGV)
    ends_with(program, "gzserver", "signal 11")


def is_server(entry: Path, program: Program) -> bool:
    """Whether a process is the Gazebo server of this launch."""
    try:
        command = (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        return False
    return "gz sim" in command and group_of(entry) == program.process.pid


def test_a_bridge_of_a_wrong_type(real: Real) -> None:
    program = real.start(
        "ros2", "launch", str(ROOT / "tests/real/base.launch.py"), "site:=lab", "robots:=1", "wrong_type:=true"
    )
    ends_with(program, "the bridging of a topic ended", "/amr_01/scan_front", "bridge.py")


def test_a_misspelt_argument(real: Real) -> None:
    ends_with(gazebo(real, site="lab", robts=2), "has no argument robts; did you mean robots?")
