"""Commands of another environment inherit nothing of the one that is active: scripts/surroundings.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import other_python
import paired_bench
import pytest
import stages
from surroundings import neutral


def _active(folder: Path) -> dict[str, str]:
    """Return what the processes of an active environment in folder have in theirs, where ROS is sourced as well."""
    venv, ros = folder / "venv", folder / "ros"
    (venv / "bin").mkdir(parents=True)
    (venv / "pyvenv.cfg").touch()
    wheels = venv / "lib" / "python3.11" / "site-packages" / "ros_rclpy.libs"
    return {
        "_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1", "VIRTUAL_ENV": str(venv), "PYTHONPATH": f"{ros}/site-packages",
        "MAKEFLAGS": "PYTHON=python3.11", "AMENT_PREFIX_PATH": str(ros),
        "PATH": f"{venv}/bin:{ros}/bin:/usr/bin:/bin", "LD_LIBRARY_PATH": f"{venv}/lib:{wheels}:{ros}/lib",
    }  # fmt: skip


def test_nothing_of_an_active_environment_is_left(tmp_path: Path) -> None:
    rest = {"HOME": "/home/lan", "AMR_NEED_POSTGRESQL": "1"}
    assert neutral({**rest, **_active(tmp_path)}) == {**rest, "PATH": "/usr/bin:/bin"}


def test_folders_of_the_machine_stay_in_their_order() -> None:
    machine = {"PATH": "/opt/tools/bin:/usr/bin", "LD_LIBRARY_PATH": "/opt/python/lib:/opt/cuda/lib"}
    assert neutral(machine) == machine


@pytest.fixture
def active(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment that is active in this process, as where a person calls our scripts with its Python."""
    found = _active(tmp_path)
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


LEAKED = "import os; print(sorted({'_ROS_WHEELS_BOOTSTRAP_COMPLETE', 'LD_LIBRARY_PATH'} & set(os.environ)))"


def test_a_stage_of_the_set_up_inherits_nothing(active: dict[str, str], tmp_path: Path) -> None:
    assert active
    code = f"{LEAKED}; raise SystemExit(3)"
    with pytest.raises(stages.StageError, match=r"^\[\]"):
        stages.run([_system_python(), "-c", code], cwd=tmp_path, env={})


def test_every_step_on_another_python_starts_without_the_libraries_of_ours(
    active: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert active
    checkout, seen = tmp_path / "checkout", tmp_path / "seen"
    (checkout / "scripts").mkdir(parents=True)
    script = f"import sys\nsys.stdout = open({str(seen)!r}, 'a')\nprint(*sys.argv[1:])\n{LEAKED}\n"
    (checkout / "scripts" / "run_tests.py").write_text(script)
    link = "os.makedirs('.venv/bin'); os.symlink(sys.executable, '.venv/bin/python')"
    (checkout / "scripts" / "setup.py").write_text(f"{script}{link}\n")
    subprocess.run(["git", "init", "-q"], cwd=checkout, check=True)
    monkeypatch.setattr(other_python, "ROOT", checkout)
    assert other_python.try_on(_system_python(), "3.13", "--set-up")
    assert seen.read_text().splitlines() == ["python", "[]"]
    (checkout / "build" / "python-3.13" / ".venv" / "bin" / "python").unlink()
    (checkout / "build" / "python-3.13" / ".venv" / "bin").rmdir()
    seen.unlink()
    assert other_python.try_on(_system_python(), "3.13", "--quick")
    assert seen.read_text().splitlines() == ["python", "[]", "quick tests/node", "[]"]


def test_a_bench_of_another_checkout_starts_without_the_libraries_of_ours(
    active: dict[str, str], tmp_path: Path
) -> None:
    assert active
    amr = tmp_path / ".venv" / "bin" / "amr"
    amr.parent.mkdir(parents=True)
    amr.write_text('#!/bin/sh\necho "{\\"pictures_per_s\\": ${_ROS_WHEELS_BOOTSTRAP_COMPLETE:-7}}" > "$3"\n')
    amr.chmod(0o755)
    assert paired_bench.run_bench(tmp_path, "hot") == {"pictures_per_s": paired_bench.Figure(7.0, less=False)}


def _system_python() -> str:
    """Return the Python that .venv was made from: one that does not set an environment of its own."""
    return os.path.realpath(sys.executable)
