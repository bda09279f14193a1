"""Starts one process per group of nodes, restarts a crashed one, and stops all of them within seconds.

Children run in sessions of their own, so a Ctrl-C in the terminal reaches only this process, which then ends them in
order. A child whose parent disappears is ended by the kernel (see runner.child).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from amr_bringup.security.policy import process_enclave
from amr_bringup.spec import NodeSpec
from amr_core.errors import AmrError

STOP_SECONDS = 3.5  # chosen: with 2 s more for the killed a Ctrl-C takes some 5 s; shorter kills what still writes
MAX_CRASHES = 5
STILLBORN_SECONDS = 5.0
"""A process that MAX_CRASHES times in a row ended sooner than that cannot start: the run ends and says why."""
SETTLED_SECONDS = 60.0  # chosen: far above the longest wait of BACK_OFF; shorter, one that dies each minute never waits
BACK_OFF = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""s to wait before the first, second, .. restart in a row; the last goes on for ever. Who lived SETTLED_SECONDS starts
anew. Any other process that dies again and again is restarted ever more rarely: the others go on."""


@dataclass
class Child:
    """One process group: its command, its live process, and how its last lives ended.

    stillborn: how many in a row ended right after their start; falls: how many in a row did not settle; due: when it is
    to be started again (monotonic s), None while it runs.
    """

    group: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    stillborn: int = 0
    falls: int = 0
    due: float | None = None


class Supervisor:
    """Runs the specs, one process a group. poll() must be called a few times a second; close() ends everything."""

    def __init__(
        self,
        specs: Sequence[NodeSpec],
        run_dir: Path,
        environment: Mapping[str, str],
        on_restart: Callable[[str, int], None],
        *,
        wall_time: bool = False,
    ) -> None:
        """wall_time: the time of all processes is the computer's, not /clock."""
        self._wall_time = wall_time
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
        if self._wall_time:
            command.append("--wall-time")
        if self._environment.get("ROS_SECURITY_ENABLE") == "true":
            command += ["--ros-args", "--enclave", process_enclave(group)]
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
        """Restart what has ended, the sooner the rarer it does. Raises run.crashed when one cannot even start."""
        now = time.monotonic()
        for child in self._children.values():
            code = child.process.poll()
            if child.due is not None and now >= child.due:
                child.due, child.started = None, now
                child.process = self._spawn(child.command, child.log)
            elif child.due is None and code is not None:
                self._ended(child, code, now)

    def _ended(self, child: Child, code: int, now: float) -> None:
        life = now - child.started
        child.stillborn = child.stillborn + 1 if life < STILLBORN_SECONDS else 0
        child.falls = child.falls + 1 if life < SETTLED_SECONDS else 1
        if child.stillborn >= MAX_CRASHES:
            raise AmrError("run.crashed", process=child.group, count=child.stillborn, log=str(child.log))
        child.due = now + BACK_OFF[min(child.falls, len(BACK_OFF)) - 1]
        self._on_restart(child.group, code)

    def close(self) -> None:
        """End every child: politely first, then for certain."""
        running = [c.process for c in self._children.values() if c.process.poll() is None]
        for process in running:
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.01, deadline - time.monotonic()))
        late = [process for process in running if process.poll() is None]
        for process in late:
            _signal(process, signal.SIGKILL)
        for process in late:
            # A full machine takes its time to end what was killed: no reason to hide why the run ends.
            with contextlib.suppress(subprocess.TimeoutExpired):
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
