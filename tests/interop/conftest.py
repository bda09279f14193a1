"""The real mosquitto, on a free port of loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
Start = Callable[[Path], "subprocess.Popen[bytes]"]


@pytest.fixture(autouse=True)
def _needs_mosquitto() -> None:
    if MOSQUITTO is None:
        if os.environ.get("AMR_NEED_MOSQUITTO"):
            pytest.fail("mosquitto is not installed")
        pytest.skip("needs the real broker: apt install mosquitto")


def free_port() -> int:
    """Return a port of loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(port: int) -> Iterator[Start]:
    """Return what starts mosquitto with a configuration file that listens on port."""
    running = []

    def _start(configuration: Path) -> subprocess.Popen[bytes]:
        assert MOSQUITTO is not None
        with (configuration.parent / "mosquitto.log").open("ab") as log:
            process = subprocess.Popen([MOSQUITTO, "-c", str(configuration)], stdout=log, stderr=log)
        running.append(process)
        end = time.monotonic() + 10.0
        while True:
            assert process.poll() is None, (configuration.parent / "mosquitto.log").read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return process
            assert time.monotonic() < end
            time.sleep(0.05)

    yield _start
    for process in running:
        process.terminate()
        process.wait(10.0)


@pytest.fixture
def plain(port: int, start: Start, tmp_path: Path) -> subprocess.Popen[bytes]:
    """A broker without users on loopback."""
    configuration = tmp_path / "plain.conf"
    configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
    return start(configuration)
