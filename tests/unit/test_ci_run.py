"""`.ci/run` is not green where the real Nav2 and Gazebo are missing and nobody said that they may be."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

RUN = Path(__file__).parents[2] / ".ci" / "run"
WENT_ON = 7
"""Exit code of the stand-in for apt-get, the first thing that a machine without anything is asked for."""


def ci(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of the script in a checkout beside which nothing lies, on a machine that has nothing."""
    (folder / "checkout" / ".ci").mkdir(parents=True, exist_ok=True)
    shutil.copy(RUN, folder / "checkout" / ".ci" / "run")
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "dirname").unlink(missing_ok=True)
    (programs / "dirname").symlink_to(str(shutil.which("dirname")))
    for name in ("apt-get", "sudo"):
        (programs / name).write_text(f"#!/bin/sh\nexit {WENT_ON}\n")
        (programs / name).chmod(0o755)
    command = ["/bin/bash", str(folder / "checkout" / ".ci" / "run")]
    return subprocess.run(command, env={"PATH": str(programs), **env}, capture_output=True, text=True, timeout=30)


def test_without_the_real_programs_it_fails_in_one_line_before_anything_else(tmp_path: Path) -> None:
    done = ci(tmp_path)
    assert done.returncode == 1
    (line,) = (done.stdout + done.stderr).splitlines()
    assert "no real Nav2 and Gazebo" in line
    assert "AMR_WITHOUT_REAL=1" in line


def test_with_them_or_when_told_to_do_without_it_goes_on(tmp_path: Path) -> None:
    told = ci(tmp_path, AMR_WITHOUT_REAL="1")
    assert told.returncode == WENT_ON, told
    assert "skip" in told.stdout
    assert ci(tmp_path, AMR_WITHOUT_REAL="0").returncode == 1
    assert ci(tmp_path, AMR_REAL_ENV="setup.bash").returncode == WENT_ON
    (tmp_path / "bin" / "ros2").symlink_to("/bin/true")
    assert ci(tmp_path).returncode == WENT_ON
    (tmp_path / "bin" / "ros2").unlink()
    (tmp_path / "shared" / "opt").mkdir(parents=True)
    (tmp_path / "shared" / "opt" / "install.sh").touch()
    assert ci(tmp_path).returncode == WENT_ON
