"""The translation of addresses itself, without root: a socket's own packets, there and back."""

from __future__ import annotations

import socket
import struct

import pytest

from tests.hosts.nat import Translator, checksum

ROBOT, SERVER, OUTSIDE = "10.77.1.3", "10.77.0.2", "10.77.0.200"


def packet(sender: str, receiver: str, source: int, target: int, kind: int = 6, body: bytes = b"hello") -> bytes:
    addresses = socket.inet_aton(sender) + socket.inet_aton(receiver)
    if kind == 6:
        inner = struct.pack("!HHIIBBHHH", source, target, 1, 2, 5 << 4, 0x18, 100, 0, 0) + body
    else:
        inner = struct.pack("!HHHH", source, target, 8 + len(body), 0) + body
    at = 16 if kind == 6 else 6
    total = checksum(addresses + struct.pack("!BBH", 0, kind, len(inner)) + inner)
    inner = inner[:at] + struct.pack("!H", total) + inner[at + 2 :]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(inner), 1, 0, 64, kind, 0) + addresses
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + inner


@pytest.mark.parametrize("kind", [6, 17])
def test_a_packet_goes_out_under_the_routers_name_and_its_answer_comes_back(kind: int) -> None:
    nat = Translator(OUTSIDE, "10.77.1.0")
    out = nat.rewrite(packet(ROBOT, SERVER, 40000, 8883, kind))
    assert out is not None
    port = struct.unpack_from("!H", out, 20)[0]
    assert out == packet(OUTSIDE, SERVER, port, 8883, kind)
    assert nat.rewrite(packet(SERVER, OUTSIDE, 8883, port, kind)) == packet(SERVER, ROBOT, 8883, 40000, kind)
    assert nat.rewrite(packet("10.77.1.4", SERVER, 40000, 8883, kind)) != out  # another robot has another port
    assert nat.translated == 3


def test_nobody_outside_calls_and_what_is_no_packet_is_dropped() -> None:
    nat = Translator(OUTSIDE, "10.77.1.0")
    assert nat.rewrite(packet(SERVER, OUTSIDE, 8883, 20000)) is None
    assert nat.rewrite(packet(SERVER, ROBOT, 8883, 40000)) is None
    assert nat.refused == 2
    good = packet(ROBOT, SERVER, 1, 2)
    for wrong in (b"", good[:10], b"\x60" + good[1:], good[:9] + b"\x01" + good[10:], b"\x4f" + good[1:24]):
        assert nat.rewrite(wrong) is None
