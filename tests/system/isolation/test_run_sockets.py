"""Nothing that a whole run opens can be reached from another computer."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.conftest import free_port

pytestmark = pytest.mark.timeout(400)
"""s: longer than the waits below, which are for a machine that is full of other work."""

LISTENS, CONNECTED = "0A", "01"


def descendants(pid: int) -> Iterator[int]:
    """Yield a process and all that it started."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from descendants(int(child))


def inodes(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            continue  # closed in the meantime
        if target.startswith("socket:"):
            found.add(target[len("socket:[") : -1])
    return found


def address(text: str) -> str:
    """The kernel writes addresses as native 32 bit words."""
    words = [int(text[k : k + 8], 16) for k in range(0, len(text), 8)]
    raw = b"".join(struct.pack("=I", word) for word in words)
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def bound(kind: str, own: set[str]) -> set[str]:
    """Return the local addresses of sockets that wait for somebody (tcp), or hear more than one peer (udp)."""
    rows = [line.split() for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]]
    mine = [row for row in rows if row[9] in own]
    open_ = [row for row in mine if (row[3] == LISTENS if kind.startswith("tcp") else row[3] != CONNECTED)]
    return {address(row[1].split(":")[0]) for row in open_}


def test_every_socket_of_a_run_is_on_the_loopback(start_amr: Any) -> None:
    port = str(free_port())
    run = start_amr("demo", "--site", "lab", "--robots", "2", "--vda5050", "1", "--cameras", "--port", port)
    wanted = {"fleet", "sim", "cameras", "interop", "ops", "robots_0"}
    run.wait_for(lambda: "Dashboard http" in run.output.read_text(), 200.0, "the dashboard's address")
    run.wait_for(lambda: wanted <= set(run.pids), 60.0, "a whole stack")
    everybody = sorted(set(descendants(run.process.pid)))
    assert set(run.pids.values()) <= set(everybody)
    found: dict[str, set[tuple[str, str]]] = {}
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        for pid in everybody:
            for one in bound(kind, inodes(pid)):
                found.setdefault(one, set()).add((kind, Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")))
    assert {"tcp", "udp"} <= {kind for users in found.values() for kind, _ in users}, (
        "it looked at a run that does nothing"
    )
    assert {one: users for one, users in found.items() if not ipaddress.ip_address(one).is_loopback} == {}
