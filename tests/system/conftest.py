"""Starts the `amr` command as a person would and cleans up after it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.nav2_client import EmbeddedRobot, Nav2Client

AMR = str(Path(sys.executable).with_name("amr"))


class AmrProcess:
    """A running `amr` command with its state folder."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.report_file = folder / "run.json"
        environment = {k: v for k, v in os.environ.items() if k != "ROS_DOMAIN_ID"}
        self.output = folder / "output.txt"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [AMR, *arguments, "--state", str(folder / "state")],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    def wait(self, timeout: float) -> int:
        """Return the exit code; on time-out end the run and show what it said."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            pytest.fail(f"still running after {timeout} s\n{self.words()}")

    def wait_for(self, predicate: Callable[[], bool], timeout: float, what: str) -> None:
        """Wait until predicate() holds, or fail with what was expected."""
        end = time.monotonic() + timeout
        while not predicate():
            if self.process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"never seen: {what}\n{self.words()}")
            time.sleep(0.1)

    @property
    def report(self) -> dict[str, Any]:
        """The figures that the run wrote."""
        figures: dict[str, Any] = json.loads(self.report_file.read_text())
        return figures

    @property
    def pids(self) -> dict[str, int]:
        """The process ids by group, {} before the start."""
        try:
            ids: dict[str, int] = json.loads((self.folder / "state" / "pids.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return ids

    def words(self) -> str:
        """Everything that the command and its processes printed, shortened."""
        logs = [self.output, *sorted((self.folder / "state").glob("*.log"))]
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in logs if log.is_file())

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """Interrupt the command; return how many seconds it took to end."""
        start = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(15.0)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return time.monotonic() - start


StartAmr = Callable[..., AmrProcess]


@pytest.fixture
def start_amr(tmp_path: Path) -> Iterator[StartAmr]:
    """Return a function that starts `amr <arguments>` with a state folder of its own."""
    started: list[AmrProcess] = []

    def start(*arguments: str) -> AmrProcess:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        run = AmrProcess(folder, *(part.replace("REPORT", str(folder / "run.json")) for part in arguments))
        started.append(run)
        return run

    yield start
    for run in started:
        run.stop()


@pytest.fixture(scope="session")
def embedded_robot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRobot]:
    """One robot of the lab with its navigation, shared by all tests that speak Nav2 to it."""
    robot = EmbeddedRobot(tmp_path_factory.mktemp("nav2"))
    yield robot
    robot.stop()


@pytest.fixture
def nav2(embedded_robot: EmbeddedRobot) -> Iterator[Nav2Client]:
    """A client of that robot, whose world stands still between tests."""
    assert embedded_robot.process.poll() is None, embedded_robot.log.read_text()[-3000:]
    embedded_robot.pause(False)
    yield embedded_robot.client
    embedded_robot.pause(True)
