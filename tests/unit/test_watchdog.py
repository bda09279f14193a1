"""What systemd hears of a fleet that steps, and of one that hangs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

from amr_core.watchdog import Watchdog

_UNIT = Path(__file__).parents[2] / "systemd" / "amr-site.service"


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        yield listener


def _heard(listener: socket.socket) -> list[bytes]:
    words = []
    while True:
        try:
            words.append(listener.recv(100))
        except BlockingIOError:
            return words


def test_it_says_ready_once_and_then_four_times_a_period(systemd: socket.socket) -> None:
    now = 0.0
    watchdog = Watchdog({"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "20000000"}, lambda: now)
    for _ in range(200):
        watchdog.step()
        now += 0.1
    words = _heard(systemd)
    assert words[0] == b"READY=1\nWATCHDOG=1"
    assert words[1:] == [b"WATCHDOG=1"] * 3
    now += 60.0  # it hangs: nothing is said, and systemd's time runs out
    assert _heard(systemd) == []
    watchdog.close()


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/at/all"}, {"WATCHDOG_USEC": "x"}])
def test_without_systemd_it_is_silent(environment: dict[str, str]) -> None:
    watchdog = Watchdog(environment)
    watchdog.step()
    watchdog.close()


def test_the_unit_waits_for_ready_and_watches() -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(_UNIT)
    service = unit["Service"]
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "all")
    assert 10 <= int(service["WatchdogSec"]) <= 60
    assert service["Restart"] == "on-failure", "a watchdog's time-out counts as one"
