"""Orders of the fleet over the real programs: a run that says where it stands while it goes on and when it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.real.real_support import Program, Real, group_of

SAY_EVERY, STALLED = 15.0, 90.0
"""Seconds of wall time between two lines of progress, and without any simulated time until a run has stalled."""


class Shift:
    """Orders that a site server gives to robots that the program base runs; its figures, or where it stood."""

    def __init__(self, real: Real, base: Program, mode: str, **what: str | int) -> None:
        self.real, self.base = real, base
        self.report = real.folder / "report.json"
        self.journal = real.folder / "journal.sqlite3"
        where = {"database": str(self.journal), "report_file": str(self.report)}
        self.server = real.launch("site.launch.py", mode=mode, port=0, **what, **where)

    def finish(self, timeout: float) -> dict[str, Any]:
        """Return the figures of the run once every order has ended; fail when it stalls, ends or takes too long."""
        start, said, moved, last = time.monotonic(), 0.0, time.monotonic(), ""
        while not self.report.is_file():
            now = time.monotonic()
            for program in (self.base, self.server):
                if program.process.poll() is not None:
                    pytest.fail(f"ended with {program.process.returncode}\n{self.standing()}")
            progress = self.progress()
            if progress != last:
                last, moved = progress, now
            if now - said > SAY_EVERY:
                said = now
                sys.stdout.write(f"{now - start:5.0f} s: {progress or 'nothing heard yet'}\n")
                sys.stdout.flush()
            if now - moved > STALLED:
                pytest.fail(f"no simulated time for {STALLED:.0f} s\n{self.standing()}")
            if now - start > timeout:
                pytest.fail(f"not all orders have ended after {timeout:.0f} s\n{self.standing()}")
            time.sleep(0.2)
        figures: dict[str, Any] = json.loads(self.report.read_text())
        shown = {name: value for name, value in figures.items() if isinstance(value, bool | int | float)}
        sys.stdout.write(f"{time.monotonic() - start:5.0f} s: {json.dumps(shown)}\n")
        return figures

    def progress(self) -> str:
        """Simulated seconds, orders and collisions, as the report node says them."""
        file = Path(f"{self.report}.progress")
        return file.read_text().strip() if file.is_file() else ""

    def standing(self) -> str:
        """What a person would look at when nothing goes on: robots, orders, processor time, last words."""
        load = " ".join(f"{value:.1f}" for value in os.getloadavg())
        lines = [f"progress: {self.progress()}", f"load of the machine: {load}", "--- /fleet/state"]
        lines += [
            self._ask("ros2", "topic", "echo", "--no-daemon", "--once", "/fleet/state", "amr_interfaces/msg/FleetState")
        ]
        lines += ["--- processor seconds", *busy(self.base), *busy(self.server)]
        return "\n".join([*lines, self.base.tail, self.server.tail])

    def _ask(self, *command: str) -> str:
        try:
            answer = subprocess.run(
                command, env=self.real.env, capture_output=True, text=True, timeout=30.0, check=False
            )
        except subprocess.TimeoutExpired:
            return "no answer within 30 s"
        return answer.stdout or answer.stderr


def busy(program: Program) -> list[str]:
    """Return processor seconds, state and command of each process that a program started."""
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and group_of(entry) == program.process.pid:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            command = (entry / "cmdline").read_text(errors="replace").replace("\0", " ")
            lines.append(f"{seconds:7.1f} {fields[0]} {command[:150]}")
    return lines
