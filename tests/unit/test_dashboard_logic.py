"""The dashboard's own unit tests (vitest, src/amr_fleet/web/src/**/*.test.ts) as one test of this suite."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "src" / "amr_fleet" / "web"
BIN = Path(sys.executable).parent


@pytest.mark.skipif(not (WEB / "node_modules" / "vitest").is_dir(), reason="vitest is absent: make setup")
def test_the_dashboards_own_tests_pass() -> None:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    done = subprocess.run(
        [BIN / "npm", "run", "--silent", "test"],
        cwd=WEB, env=environment, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
