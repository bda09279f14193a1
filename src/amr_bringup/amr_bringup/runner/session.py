"""One whole run: own domain and folder, the supervisor, waiting for its end, and the run's figures."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from amr_bringup.doctor import require_rmw
from amr_bringup.domain import DomainLease
from amr_bringup.runner.supervisor import Supervisor
from amr_bringup.spec import NodeSpec
from amr_core import dds_interfaces
from amr_core.errors import AmrError

POLL_SECONDS = 0.1  # chosen: so late a dead process is started again; shorter costs CPU of the run itself
FLOOR = "floor.json"
OWNERS_ONLY = 0o077


def require_port(port: int) -> None:
    """Raise run.port_taken when nobody can listen on this loopback port."""
    if not 0 < port < 65536:
        raise AmrError("run.bad_option", option="--port", value=port, reason="a port is 1 to 65535")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise AmrError("run.port_taken", port=port) from error


def noting_floor(spec: NodeSpec, folder: Path) -> NodeSpec:
    """Return spec; a simulator also notes what stands where: a process that is started again goes on from there."""
    if spec.executable != "simulator" or "floor_file" in spec.params:
        return spec
    return replace(spec, params={**spec.params, "floor_file": str(folder / FLOOR)})


def noting_poses(spec: NodeSpec, folder: Path) -> NodeSpec:
    """Return spec; a navigation also notes where its robot is, so that it finds itself after it was restarted."""
    if spec.executable != "navigation" or "pose_file" in spec.params:
        return spec
    note = folder / f"{spec.namespace.strip('/').replace('/', '_')}.pose.json"
    return replace(spec, params={**spec.params, "pose_file": str(note)})


class RunSession:
    """A run of the stack in this process's name. Use as a context manager."""

    def __init__(self, *, keep: Path | None = None) -> None:
        self._lease = DomainLease()
        self._temporary = keep is None
        self.folder = keep or Path(tempfile.mkdtemp(prefix="amr-run-"))
        self._mask = os.umask(OWNERS_ONLY)  # where robots and people are, and what was said of them: of all processes
        self.folder.mkdir(parents=True, exist_ok=True)
        self.domain = self._lease.id
        self.interrupted = False
        self._started = time.monotonic()
        self._supervisor: Supervisor | None = None
        self.keep_logs = False

    def __enter__(self) -> RunSession:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._interrupt)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._supervisor is not None:
            self._supervisor.close()
        self._lease.close()
        os.umask(self._mask)
        if self._temporary and not self.keep_logs:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self.interrupted = True

    def start(
        self, specs: list[NodeSpec], on_restart: Callable[[str, int], None], extra: Mapping[str, str] | None = None
    ) -> None:
        """Start all processes on this run's own domain, loopback only. extra: more of their environment.

        Raises ros.missing when the rmw that was chosen is not there.
        """
        require_rmw(os.environ)
        environment = {
            "ROS_DOMAIN_ID": str(self.domain),
            **dds_interfaces.environment(),
            **(extra or {}),
            "ROS_LOG_DIR": str(self.folder / "ros"),
            "PYTHONUNBUFFERED": "1",
        }
        for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[threads] = os.environ.get(threads, "1")
        (self.folder / FLOOR).unlink(missing_ok=True)  # of an earlier run: each run has a floor of its own
        specs = [noting_floor(noting_poses(spec, self.folder), self.folder) for spec in specs]
        self._supervisor = Supervisor(specs, self.folder, environment, on_restart)
        self._note_pids(self._supervisor)

    def poll(self) -> None:
        """Restart what has ended, and say which process is which (pids.json). Raises run.crashed."""
        assert self._supervisor is not None
        self._supervisor.poll()
        self._note_pids(self._supervisor)

    def _note_pids(self, supervisor: Supervisor) -> None:
        beside = self.folder / "pids.new"
        beside.write_text(json.dumps(supervisor.pids))
        beside.replace(self.folder / "pids.json")  # whoever reads it at any moment reads a whole one

    def wait(self, report_file: Path, on_poll: Callable[[Path], None]) -> int:
        """Watch until the run's report is there (0 if it is complete, else 1) or somebody interrupts (130)."""
        assert self._supervisor is not None
        while not self.interrupted:
            self.poll()
            if report_file.is_file():
                return 0 if json.loads(report_file.read_text())["complete"] else 1
            on_poll(self.folder)
            time.sleep(POLL_SECONDS)
        return 130

    def figures(self, report_file: Path) -> dict[str, Any]:
        """Stop everything; return the report with wall time, CPU time and real-time factor filled in."""
        assert self._supervisor is not None
        self._supervisor.close()
        report: dict[str, Any] = json.loads(report_file.read_text()) if report_file.is_file() else {}
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        report["cpu_core_seconds"] = round(own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime, 2)
        report["wall_seconds_with_start"] = round(time.monotonic() - self._started, 2)
        return report
