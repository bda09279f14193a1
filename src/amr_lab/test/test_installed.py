"""Run by `colcon test`: an installation with the laboratory has its commands in `amr`."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest


def test_its_commands_are_found(tmp_path: Path) -> None:
    names = {point.name for point in entry_points(group="amr.commands") if point.value.startswith("amr_lab.")}
    if not names:
        pytest.skip("amr_lab is not installed with colcon")
    assert names == {"bench", "study"}
    # In a process of its own, elsewhere: pytest itself would import the sources beside this file.
    for name in sorted(names):
        call = [
            sys.executable,
            "-c",
            f"import sys; sys.argv = ['amr', '{name}', '--help']; from amr_bringup.cli import main; main()",
        ]
        done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert f"amr {name}" in done.stdout
