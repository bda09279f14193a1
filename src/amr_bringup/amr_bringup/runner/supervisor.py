"""Starts one process per group of nodes, restarts a crashed one, and stops all of them within seconds.

Children run in sessions of their own, so a Ctrl-C in the terminal reaches only this process, which then ends them in
order. A child whose parent disappears is ended by the kernel (see runner.child).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from amr_bringup.spec import NodeSpec
from amr_core.errors import AmrError

STOP_SECONDS = 3.5
MAX_CRASHES = 5
SHORT_LIFE_SECONDS = 60.0


@dataclass
class Child:
    """One process group: its command, its live process, and how many in a row ended soon after their start."""

    group: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    crashes: int = 0


class Supervisor:
    """Runs the specs, one process a group. poll() must be called a few times a second; close() ends everything."""

    def __init__(
        self,
        specs: Sequence[NodeSpec],
        run_dir: Path,
        environment: Mapping[str, str],
        on_restart: Callable[[str, int], None],
    ) -> None:
        self._run_dir = run_dir
        self._environment = {**os.environ, **environment}
        self._on_restart = on_restart
        self._children: dict[str, Child] = {}
        for group in dict.fromkeys(spec.group for spec in specs):
            self._prepare(group, [spec for spec in specs if spec.group == group])

    def _prepare(self, group: str, specs: list[NodeSpec]) -> None:
        file = self._run_dir / f"{group}.json"
        file.write_text(json.dumps([_plain(spec) for spec in specs], indent=1))
        command = [sys.executable, "-m", "amr_bringup.runner.child", group, str(file)]
        log = self._run_dir / f"{group}.log"
        self._children[group] = Child(group, command, log, self._spawn(command, log))

    def _spawn(self, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                env={**self._environment, "AMR_PARENT_PID": str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each group."""
        return {group: child.process.pid for group, child in self._children.items()}

    def poll(self) -> None:
        """Restart what has ended. Raises run.crashed when one ends again and again."""
        for child in self._children.values():
            code = child.process.poll()
            if code is not None:
                self._restart(child, code)

    def _restart(self, child: Child, code: int) -> None:
        now = time.monotonic()
        child.crashes = child.crashes + 1 if now - child.started < SHORT_LIFE_SECONDS else 1
        if child.crashes >= MAX_CRASHES:
            raise AmrError("run.crashed", process=child.group, count=child.crashes, log=str(child.log))
        child.started = now
        self._on_restart(child.group, code)
        child.process = self._spawn(child.command, child.log)

    def close(self) -> None:
        """End every child: politely first, then for certain."""
        running = [c.process for c in self._children.values() if c.process.poll() is None]
        for process in running:
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.01, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait(2.0)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _plain(spec: NodeSpec) -> dict[str, object]:
    plain = asdict(spec)
    plain["when"] = sorted(spec.when)
    return plain
