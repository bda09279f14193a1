"""What the process of API and dashboard, and a command, have not loaded before somebody needs it: a hundred MB."""

from __future__ import annotations

import json
import subprocess
import sys

_HEAVY = (
    "scipy", "numba", "cv2", "zxcvbn", "reportlab", "xlsxwriter", "docx", "typst", "openpyxl", "pyarrow", "pyhanko",
    "mcp", "hassil", "sklearn", "rclpy", "amr_lab", "amr_fleet.domain.engine", "amr_fleet.rehearsal",
)  # fmt: skip
_LOOK = """
import json, sys
import amr_fleet.api.server
import amr_fleet.api_process.remote
import amr_fleet.api_process.serving
print(json.dumps(sorted(sys.modules)))
"""


def test_an_api_that_starts_has_loaded_nothing_that_is_needed_later() -> None:
    """Engine and scipy came with a dry run's figures and what-if, zxcvbn with log-in, reportlab with its worker."""
    said = subprocess.run([sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True, timeout=300)
    loaded = set(json.loads(said.stdout))
    assert "amr_fleet.api.app" in loaded
    assert [name for name in _HEAVY if name in loaded] == []


def test_a_command_that_starts_has_loaded_nothing_that_is_needed_later() -> None:
    """A stack's processes come of `amr run` and `amr demo`, which stay; cv2 came with the generators of a site."""
    look = "import json, sys; import amr_bringup.cli; print(json.dumps(sorted(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=300)
    loaded = set(json.loads(said.stdout))
    assert "amr_bringup.cli" in loaded
    assert [name for name in ("scipy", "numba", "cv2", "zxcvbn", "reportlab", "sklearn") if name in loaded] == []
