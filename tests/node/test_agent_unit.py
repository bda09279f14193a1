"""The agent under systemd: it says that it steps."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pytest

from amr_navigation.nodes.agent import AgentNode
from amr_ros.host import ProcessHost


def test_it_tells_its_unit_that_it_steps(host: ProcessHost, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unit:
        unit.bind(str(tmp_path / "notify"))
        unit.settimeout(0.0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        host.build(
            AgentNode, "agent", namespace="/r1",
            params={"site": "lab", "robot": "r1", "robot_type": "lift_amr", "watchdog": True},
        )  # fmt: skip
        heard: list[bytes] = []

        def listen() -> bool:
            with contextlib.suppress(BlockingIOError):
                heard.append(unit.recv(100))
            return len(heard) > 2

        assert host.spin_until(listen, 10.0)
    assert heard[0] == b"READY=1\nWATCHDOG=1"
    assert set(heard[1:]) == {b"WATCHDOG=1"}
