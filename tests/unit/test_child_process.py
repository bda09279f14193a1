"""Child processes: they end with their parent, also with one that was gone before they could ask for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import until

SLEEPER = "from amr_core.child_process import {0}; {0}(); import time; print('on', flush=True); time.sleep(60)"
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
sys.stdin.read()
"""


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("ask", ["die_with_parent", "die_with_starter"])
def test_a_child_ends_with_a_parent_that_is_killed(ask: str) -> None:
    unset = {name: value for name, value in os.environ.items() if name != "AMR_PARENT_PID"}
    command = [sys.executable, "-c", PARENT, SLEEPER.format(ask)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=unset) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not gone(child)
        parent.kill()
    assert until(lambda: gone(child))


def test_one_whose_starter_has_gone_already_ends_at_once() -> None:
    elsewhere = {**os.environ, "AMR_PARENT_PID": str(os.getppid())}
    done = subprocess.run(
        [sys.executable, "-c", SLEEPER.format("die_with_starter")],
        capture_output=True, env=elsewhere, timeout=60.0, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, b"")


def test_memory_is_limited_beside_what_is_taken_already() -> None:
    code = "from amr_core.child_process import stay_small; stay_small(64, 500); bytearray({0} * 2**20)"
    assert subprocess.run([sys.executable, "-c", code.format(16)], timeout=60.0, check=False).returncode == 0
    done = subprocess.run([sys.executable, "-c", code.format(256)], capture_output=True, timeout=60.0, check=False)
    assert b"MemoryError" in done.stderr
