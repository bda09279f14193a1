"""A broker for the time of a bench: the one that is given, mosquitto where it is installed, else our small one."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from amr_core.errors import AmrError
from amr_interop.mqtt.demo_broker import serving
from amr_interop.mqtt.link import Broker

START_S = 10.0  # chosen: mosquitto listens within 0.1 s; only a full machine needs seconds, for its end, too


def installed() -> str | None:
    """Return mosquitto's program, None where it is not installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def broker(given: str = "") -> Iterator[tuple[Broker, str]]:
    """Yield a broker on loopback and what it is; given: HOST:PORT of one that runs. Raises mqtt.unreachable."""
    mosquitto = installed()
    if given:
        yield Broker.parse(given), given
    elif mosquitto is None:
        with serving() as port:
            yield Broker(port=port), "the small broker of the demo"
    else:
        with tempfile.TemporaryDirectory() as folder:
            port = free_port()
            process = start_mosquitto(mosquitto, Path(folder), port)
            try:
                yield Broker(port=port), "mosquitto"
            finally:
                process.terminate()
                process.wait(START_S)


def start_mosquitto(program: str, folder: Path, port: int, more: str = "") -> subprocess.Popen[bytes]:
    """Start mosquitto without users on loopback and return when it listens; raises mqtt.unreachable.

    more: lines of its configuration, as of bridges.
    """
    text = f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\n{more}"
    text += "user root\n" if os.geteuid() == 0 else ""
    (folder / "mosquitto.conf").write_text(text, encoding="utf-8")
    with (folder / "mosquitto.log").open("ab") as log:
        process = subprocess.Popen([program, "-c", str(folder / "mosquitto.conf")], stdout=log, stderr=log)
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.05)
    process.kill()
    raise AmrError("mqtt.unreachable", broker=f"127.0.0.1:{port}", reason="mosquitto does not listen")


def free_port() -> int:
    """Return a TCP port of the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
