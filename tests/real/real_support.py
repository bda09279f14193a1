"""Real Nav2, Gazebo and ros2 launch as child processes of a test: found as a user has them, ended by process group."""

from __future__ import annotations

import contextlib
import functools
import os
import shlex
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from amr_bringup.domain import DomainLease

ROOT = Path(__file__).resolve().parents[2]

ENVIRONMENT = "AMR_REAL_ENV"
"""Variable: the script (and its arguments) that a shell sources to have ROS 2, Nav2 and Gazebo."""

NEEDED = "AMR_NEED_REAL"
"""Variable: a missing program is a failure, not a skip."""

PROGRAMS = {
    "nav2": (("ros2",), ("amr_bringup", "nav2_bt_navigator", "nav2_controller", "opennav_docking")),
    "gazebo": (("ros2", "gz"), ("amr_bringup", "ros_gz_sim", "ros_gz_bridge")),
}
"""What a marker needs: commands on PATH and packages on AMENT_PREFIX_PATH."""

APT = {"nav2": "ros-jazzy-navigation2", "gazebo": "ros-jazzy-ros-gz"}


@functools.cache
def environment() -> dict[str, str]:
    """Return the environment of a shell that sourced AMR_REAL_ENV, or our own where it is already sourced."""
    script = shlex.split(os.environ.get(ENVIRONMENT, ""))
    if not script:
        return dict(os.environ)
    sourced = subprocess.run(
        ["bash", "-c", '. "$@" >&2 && env -0', "_", *script], capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    if sourced.returncode != 0:
        raise RuntimeError(f"{ENVIRONMENT}={' '.join(script)} cannot be sourced: {sourced.stderr.strip()[-500:]}")
    return dict(entry.split("=", 1) for entry in sourced.stdout.split("\0") if "=" in entry)


def missing(kind: str, env: dict[str, str]) -> list[str]:
    """Return the commands and packages that tests marked kind need and env does not have."""
    commands, packages = PROGRAMS[kind]
    prefixes = [Path(prefix) for prefix in env.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix]
    index = [prefix / "share" / "ament_index" / "resource_index" / "packages" for prefix in prefixes]
    return [
        *(command for command in commands if shutil.which(command, path=env.get("PATH", "")) is None),
        *(package for package in packages if not any((folder / package).exists() for folder in index)),
    ]


def need(kind: str) -> None:
    """Skip, or with AMR_NEED_REAL=1 fail, in one line where the programs of a kind are missing."""
    lacking = missing(kind, environment())
    if not lacking:
        return
    line = (
        f"no real {kind} here ({', '.join(lacking)}): apt install {APT[kind]}, or name a set-up script in {ENVIRONMENT}"
    )
    if os.environ.get(NEEDED) == "1":
        pytest.fail(line, pytrace=False)
    pytest.skip(line)


class Program:
    """A command in a process group of its own; its words go to a file."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        self.command, self.log = command, log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def words(self) -> str:
        """Everything that it printed."""
        return self.log.read_text(errors="replace")

    @property
    def tail(self) -> str:
        """The end of what it printed, for the message of a failure."""
        return f"--- {' '.join(self.command)[:200]}\n{self.words[-4000:]}"

    def wait(self, timeout: float) -> int:
        """Return the exit code, or fail."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            pytest.fail(f"still running after {timeout} s\n{self.tail}")

    def wait_for(self, predicate: Callable[[], bool], timeout: float, what: str) -> float:
        """Wait until predicate() holds and return the seconds; fail when it never does or the program ends."""
        start = time.monotonic()
        while not predicate():
            if self.process.poll() is not None:
                pytest.fail(f"ended with {self.process.returncode} before: {what}\n{self.tail}")
            if time.monotonic() - start > timeout:
                pytest.fail(f"not within {timeout} s: {what}\n{self.tail}")
            time.sleep(0.1)
        return time.monotonic() - start

    def stop(self, *, grace: float = 10.0) -> None:
        """Interrupt the whole group, then kill what is left of it."""
        for number, seconds in ((signal.SIGINT, grace), (signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
            if not self.alive():
                break
            self._signal(number)
            end = time.monotonic() + seconds
            while self.alive() and time.monotonic() < end:
                time.sleep(0.05)
        self.process.poll()

    def alive(self) -> bool:
        """Whether any process of the group still runs; one that has ended and is waited for by nobody does not."""
        self.process.poll()
        return any(group_of(entry) == self.process.pid for entry in Path("/proc").iterdir() if entry.name.isdigit())

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return


def group_of(entry: Path) -> int:
    """Return the process group of /proc/<pid>, 0 for a process that has ended."""
    try:
        state, _parent, group = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:3]
    except (OSError, ValueError):
        return 0
    return 0 if state in "ZX" else int(group)


class Real:
    """One test's own ROS domain and Gazebo partition, and what it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lease = DomainLease()
        self.domain = self._lease.id
        self.env = {
            **environment(),
            "ROS_DOMAIN_ID": str(self.domain),
            "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
            "ROS_LOG_DIR": str(folder / "ros_log"),
            "GZ_PARTITION": f"amr-test-{uuid.uuid4().hex[:12]}",
            "GZ_IP": "127.0.0.1",
            "TMPDIR": str(folder),
            "PYTHONUNBUFFERED": "1",
        }
        self._started: list[Program] = []

    def start(self, *command: str, **extra: str) -> Program:
        """Start a command; extra are environment variables."""
        log = self.folder / f"{len(self._started)}_{Path(command[0]).name}.log"
        program = Program(list(command), {**self.env, **extra}, log)
        self._started.append(program)
        return program

    def run(self, *command: str, timeout: float = 60.0) -> str:
        """Run a command to its end; return what it printed, fail unless it succeeded."""
        program = self.start(*command)
        code = program.wait(timeout)
        assert code == 0, f"exit code {code}\n{program.tail}"
        return program.words

    def launch(self, file: str, **arguments: str | int) -> Program:
        """Start `ros2 launch amr_bringup FILE name:=value ...`, unmodified."""
        return self.start("ros2", "launch", "amr_bringup", file, *(f"{k}:={v}" for k, v in arguments.items()))

    def close(self) -> None:
        """End everything and give the domain back; fail when a process got away: it would starve the next test."""
        for program in reversed(self._started):
            program.stop()
        self._lease.close()
        left = self.left()
        assert not left, f"still running: {left}"

    def left(self) -> list[str]:
        """Return the commands of this test's processes that run, whatever group they made for themselves."""
        mark = f"GZ_PARTITION={self.env['GZ_PARTITION']}\0".encode()
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and group_of(entry) and mark in (entry / "environ").read_bytes():
                    found.append((entry / "cmdline").read_text(errors="replace").replace("\0", " ")[:150])
        return found
