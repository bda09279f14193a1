"""Ctrl-C ends a demo within 5 s and leaves no process behind."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended but was not reaped does not count."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind(start_amr: Any, number: signal.Signals) -> None:
    run = start_amr("demo", "--site", "lab", "--port", str(free_port()))
    run.wait_for(lambda: "Dashboard http://127.0.0.1:" in run.output.read_text(), 60, "the dashboard's address")
    pids = list(run.pids.values())
    assert len(pids) == 4
    assert all(alive(pid) for pid in pids)
    seconds = run.stop(number)
    assert seconds < 5.0
    end = time.monotonic() + 2.0
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not [pid for pid in pids if alive(pid)]
