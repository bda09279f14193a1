"""Workers where a sandbox forbids priorities and limits, as the shipped unit does: they work without them."""

from __future__ import annotations

import subprocess
import sys

import pytest

FORBIDDEN = """
import os, resource
def forbidden(*_):
    raise PermissionError(1, "Operation not permitted")
os.nice = resource.setrlimit = forbidden
"""


@pytest.mark.parametrize(
    "begin",
    [
        "from amr_fleet.one_process import _limit; _limit(64)",
        "from amr_fleet.whatif.service import _begin; _begin()",
        "from amr_core.child_process import stay_small; stay_small(64, oom_score=500)",
    ],
)
def test_a_worker_begins_where_nothing_may_be_limited(begin: str) -> None:
    subprocess.run([sys.executable, "-c", FORBIDDEN + begin], check=True, timeout=120.0)
