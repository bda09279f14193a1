"""One robot in the lab on the embedded simulator, driven by real Nav2 or the embedded navigation, to be measured."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from amr_bringup.doctor import require
from amr_bringup.domain import DomainLease
from amr_core.errors import AmrError

Name = Literal["nav2", "embedded"]
SIDES: Final[tuple[Name, ...]] = ("nav2", "embedded")
ROBOT: Final = "amr_01"
NEEDED: Final = ("nav2_bt_navigator", "nav2_controller", "nav2_planner", "opennav_docking", "ros2launch")
_ALONE: Final = (str(Path(sys.executable).with_name("amr")), "nav2", "robot")
GRACE: Final = 15.0  # s for Nav2 to end by itself before it is made to
SPOKEN_WITHIN: Final = 120.0  # s of wall time; chosen: what starts on a busy machine


class Side:
    """A running side: the environment of its clients and the process group of what was started."""

    def __init__(self, name: Name, folder: Path, env: dict[str, str], command: Sequence[str]) -> None:
        self.name, self.env = name, env
        self._log = folder / f"{name}.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def said(self, pattern: str) -> str:
        """Wait until it has said what a pattern with one group matches; return that. Raises run.crashed."""
        end = time.monotonic() + SPOKEN_WITHIN
        while time.monotonic() < end and self.process.poll() is None:
            found = re.search(pattern, self._log.read_text(errors="replace"))
            if found is not None:
                return found[1]
            time.sleep(0.2)
        raise AmrError("run.crashed", process=self.name, count=1, log=str(self._log))

    def ask(self, module: str, *arguments: str, limit: float) -> None:
        """Run a client of ours beside it to its end. Raises run.crashed when it fails or takes longer than limit s."""
        command = [sys.executable, "-m", module, *arguments]
        try:
            code = subprocess.run(command, env=self.env, timeout=limit, check=False).returncode
        except subprocess.TimeoutExpired:
            code = -1
        if code != 0:
            sys.stderr.write(self._log.read_text(errors="replace")[-3000:])
            raise AmrError("run.crashed", process=f"client of {self.name}", count=1, log=str(self._log))

    def stop(self) -> None:
        """End the whole process group."""
        for number, seconds in ((signal.SIGINT, GRACE), (signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                self.process.poll()
                try:
                    os.killpg(self.process.pid, 0)
                except ProcessLookupError:
                    return
                time.sleep(0.1)


@contextmanager
def started(name: Name, folder: Path, rtf: str, site: str = "lab") -> Iterator[Side]:
    """Start a side in a ROS domain of its own; everything ends with the block. Raises ros.missing, run.crashed."""
    if name == "nav2":
        with launched(name, folder, rtf, site=site) as side:
            yield side
        return
    side = Side(name, folder, _environment(folder), [*_ALONE, "--site", site, "--rtf", rtf])
    try:
        side.env["ROS_DOMAIN_ID"] = side.said(r"ROS_DOMAIN_ID=(\d+)")  # it takes a domain by itself, and says which
        yield side
    finally:
        side.stop()


@contextmanager
def launched(name: Name, folder: Path, rtf: str, *arguments: str, site: str = "lab") -> Iterator[Side]:
    """Start a side by sim.launch.py, the simulator in a process of its own; otherwise as started()."""
    require(NEEDED if name == "nav2" else ("ros2launch",), os.environ)
    lease = DomainLease()
    env = {**_environment(folder), "ROS_DOMAIN_ID": str(lease.id)}
    given = (f"site:={site}", "robots:=1", f"navigation:={name}", f"rtf:={rtf}", "respawn:=false", *arguments)
    side = Side(name, folder, env, ["ros2", "launch", "amr_bringup", "sim.launch.py", *given])
    try:
        yield side
    finally:
        side.stop()
        lease.close()


def _environment(folder: Path) -> dict[str, str]:
    env = {**os.environ, "ROS_LOG_DIR": str(folder / "ros_log"), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    env.pop("ROS_DOMAIN_ID", None)
    return env
