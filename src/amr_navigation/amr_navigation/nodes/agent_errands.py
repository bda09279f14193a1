"""The agent's errands: the last log and a picture to the fleet, other site files onto this computer."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Sequence
from typing import Any, Final

from sensor_msgs.msg import CompressedImage
from std_msgs.msg import Empty, String

from amr_core.errors import AmrError
from amr_core.log_tail import last_log, log_folder
from amr_core.robot_report import RobotReport, checked, to_text
from amr_navigation.agent import model as m
from amr_ros import qos
from amr_ros.node import AmrNode

PICTURE_S: Final = 4.0  # chosen: the camera is opened first; longer keeps a person waiting for one that is broken
# chosen: some MB over a weak link and their check; the fleet gives up after 180 s, so it hears of it
UPDATE_S: Final = 120.0
RESTART_S: Final = 2.0
"""So long the state that says FINISHED has to reach the fleet before everything ends."""
_TOLD: Final = frozenset({"site.archive", "site.restart", "enrol.certificate", "enrol.off"})
"""What a person at the server can mend; the rest is in the log."""
_CODE: Final = re.compile(r"\[([a-z0-9_]+\.[a-z0-9_]+)\]")


def _whom_to_end(starter: int) -> int:
    """Return whom to end so that all begins anew: who started this process, or this process alone.

    Process 1 is never told: to the first process of a computer the signal means that the computer restarts. It is the
    parent of who outlived its starter, and of who was started by it without a launch between them, which restarts it.
    """
    parent = os.getppid()
    return parent if parent == starter and parent > 1 else os.getpid()


class AgentErrands:
    """One at a time. start() and step() belong to the node's thread; done is told why it failed, "" = it did not."""

    def __init__(self, node: AmrNode, done: Callable[[str], None], update: Sequence[str], back: Sequence[str]) -> None:
        """update, back: commands that take other site files; empty: whoever started this robot cannot start it anew."""
        self._node, self._done = node, done
        self._commands = {False: list(update), True: list(back)}
        self._reports = node.create_publisher(String, "report", qos.RELIABLE)
        self._wanted = node.create_publisher(Empty, "picture_wanted", qos.RELIABLE)
        node.create_subscription(CompressedImage, "picture", self._on_picture, qos.RELIABLE)
        self._picture_until: float | None = None
        self._update: tuple[subprocess.Popen[str], float] | None = None
        self._restart_at: float | None = None
        self._starter = os.getppid()

    def start(self, now: float, command: m.MakeReport | m.UpdateSite) -> None:
        """Begin one."""
        if isinstance(command, m.UpdateSite):
            self._begin_update(now, command.back)
        elif command.what == "log":
            self._send(lambda: checked("log", last_log(log_folder())))
        else:
            self._picture_until = now + PICTURE_S
            self._wanted.publish(Empty())

    def step(self, now: float) -> None:
        """See what has ended."""
        if self._picture_until is not None and now > self._picture_until:
            self._picture_until = None
            self._done("robot.no_picture")
        if self._update is not None:
            self._watch_update(now, *self._update)
        if self._restart_at is not None and now >= self._restart_at:
            self._restart_at = None
            # Maps and graphs were read by every process, and Nav2's files were written at the start: all begin anew.
            os.kill(_whom_to_end(self._starter), signal.SIGINT)

    def close(self) -> None:
        """Leave nothing behind."""
        if self._update is not None:
            self._update[0].kill()
            self._update[0].communicate()

    def _on_picture(self, message: Any) -> None:
        if self._picture_until is not None:
            self._picture_until = None
            self._send(lambda: checked("picture", bytes(message.data)))

    def _send(self, make: Callable[[], RobotReport]) -> None:
        try:
            self._reports.publish(String(data=to_text(make())))
        except AmrError as error:
            self._node.get_logger().warning(str(error))
            self._done(error.code)
            return
        self._done("")

    def _begin_update(self, now: float, back: bool) -> None:
        command = self._commands[back]
        if not command:
            self._done("site.no_server")
            return
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        except OSError as error:
            self._node.get_logger().error(f"{command[0]}: {error}")
            self._done("site.update_failed")
            return
        self._update = process, now + UPDATE_S

    def _watch_update(self, now: float, process: subprocess.Popen[str], until: float) -> None:
        code = process.poll()
        if code is None and now <= until:
            return
        self._update = None
        if code is None:
            process.kill()
        words = process.communicate()[0].strip()
        if code == 0:
            self._node.get_logger().info(f"site files: {words[-300:]}")
            self._restart_at = now + RESTART_S
            self._done("")
            return
        self._node.get_logger().error(f"the site files stay as they are: {words[-300:]}")
        found = [word for word in _CODE.findall(words) if word in _TOLD]
        self._done(found[-1] if found else "site.update_failed")
