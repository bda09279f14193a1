"""The bytecode that a set-up keeps: of what runs, whatever a module does when it is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import setup


def test_bytecode_is_kept_of_what_modules_import_and_of_nothing_that_acts(tmp_path: Path) -> None:
    package = tmp_path / "some_package"
    (package / "part").mkdir(parents=True)
    for name in ("__init__.py", "part/__init__.py", "__main__.py"):
        (package / name).write_text("")
    (package / "__main__.py").write_text("raise SystemExit('ran')")
    (package / "part" / "uses.py").write_text("import some_library\n")
    (package / "part" / "asks.py").write_text("import no_such_extra\n")
    (package / "part" / "breaks.py").write_text("raise OSError('no such device')\n")
    for name in ("some_library", "unused_library"):
        (tmp_path / f"{name}.py").write_text("")
    call = [sys.executable, str(setup.BYTECODE), "some_package"]
    env = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(call, env=env, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    kept = {path.name.partition(".")[0] for path in tmp_path.rglob("*.pyc")}
    assert kept == {"__init__", "uses", "asks", "breaks", "some_library"}
    asks, breaks = "asks: No module named 'no_such_extra'", "breaks: no such device"
    assert done.stdout == f"some_package.part.{asks}\nsome_package.part.{breaks}\n"
