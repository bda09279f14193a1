"""What the contact sensors in Gazebo say, read from Gazebo itself: the bridge has no message type of ours for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from std_msgs.msg import String

from amr_ros import qos
from amr_ros.node import AmrNode
from amr_sim.gazebo_contacts import LISTENER, SENSORS, TouchLog

HEAR_PERIOD, SAY_PERIOD = 0.1, 0.2  # s; chosen: contacts last longer
WAITING = 2000
"""Lines that may wait, newest kept: robots that lie on each other say 200 a second each."""
ENDS_WITH_US = (
    *(sys.executable, "-c"),
    "import os, sys; from amr_core.child_process import die_with_parent as die\n"
    "die(); os.execvp(sys.argv[1], sys.argv[1:])",
)


class ContactPort:
    """Publishes /sim/contacts while it hears Gazebo, null when that ends; who counts nothing says nothing, never 0."""

    def __init__(self, node: AmrNode, world: Path, robots: Sequence[str], command: Sequence[str] = LISTENER) -> None:
        self.log = TouchLog(robots)
        self._node = node
        self._command = list(command)
        self.process: subprocess.Popen[str] | None = None
        self._lines: deque[str] = deque(maxlen=WAITING)
        self._deaf = ""
        self._out = node.create_publisher(String, "/sim/contacts", qos.RELIABLE)
        if SENSORS not in world.read_text(encoding="utf-8"):
            self._give_up(f"{world} has no contact sensors; `amr site build` writes it anew")
        node.ticker.add(self.hear, HEAR_PERIOD)
        node.ticker.add(self.say, SAY_PERIOD)

    def hear(self, _now: float) -> None:
        """Take what was printed; say of each contact that starts who touches whom."""
        if self._deaf:
            return
        if self.process is None:
            self._start()
        elif self.process.poll() is not None:
            self._give_up(f"`{' '.join(self._command)}` ended with {self.process.returncode}")
        while self._lines:
            line = self._lines.popleft()
            try:
                started = self.log.hear(line)
            except (ValueError, TypeError, AttributeError):
                self._node.get_logger().warning(f"no message of a contact sensor: {line[:200]!r}")
                continue
            for contact in started:
                self._node.get_logger().error(
                    f"contact sensor: {contact.first} touches {contact.second} at {contact.time:.2f} s"
                )

    def say(self, _now: float) -> None:
        """Publish the count; nothing while nobody counts."""
        if self.process is not None and not self._deaf:
            self._publish(self.log.episodes)

    def _publish(self, contacts: int | None) -> None:
        told = [f"{c.time:.2f} {c.first} {c.second}" for c in self.log.log]
        self._out.publish(String(data=json.dumps({"contacts": contacts, "log": told})))

    def close(self) -> None:
        """End the listener."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _start(self) -> None:
        if shutil.which(self._command[0]) is None:
            self._give_up(f"no program `{self._command[0]}` here; apt install ros-jazzy-ros-gz")
            return
        self.process = subprocess.Popen(
            [*ENDS_WITH_US, *self._command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self._read, args=(self.process,), name="contacts", daemon=True).start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip():
                self._lines.append(line)

    def _give_up(self, why: str) -> None:
        self._deaf = why
        if self.process is not None:
            self._publish(None)  # what it counted so far is not the count of the run
        self._node.get_logger().warning(f"contacts are counted by outlines only: {why}")
