"""The clock of a computer of its own, without root."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.hosts.clock import HostClock

PROGRAM = """
import json, sys, threading, time
from tests.hosts.clock import HostClock
clock = HostClock.__new__(HostClock)
from pathlib import Path
clock._file = Path(sys.argv[1])
told = []
def look():
    told.append((time.time(), time.monotonic()))
look(); clock.set(60.0); look(); clock.set(-60.0); look()
began = time.monotonic()
threading.Event().wait(0.3)
threading.Lock().acquire(timeout=0.1)
print(json.dumps([told, time.monotonic() - began]))
"""


def test_it_is_set_while_a_program_runs_and_only_the_time_of_day_moves(tmp_path: Path) -> None:
    clock = HostClock(tmp_path / "clock")
    call = [sys.executable, "-c", PROGRAM, str(tmp_path / "clock")]
    done = subprocess.run(call, capture_output=True, text=True, env={**os.environ, **clock.environment}, check=True)
    (first, ahead, behind), waited = json.loads(done.stdout)
    assert 59.0 < ahead[0] - first[0] < 70.0
    assert -61.0 < behind[0] - first[0] < -50.0
    assert first[1] <= ahead[1] <= behind[1] < first[1] + 10.0
    assert 0.25 < waited < 30.0
