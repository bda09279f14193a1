"""Address translation by a router, as the kernel's masquerading does it, in user space: not every kernel here has that.

Packets of the robots' subnet are led into a tun device, get the router's second address and a port of its own as their
sender, and go on; answers come back the same way. Who is outside knows no address inside and can call nobody there.
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
import threading
from typing import Final

_TCP, _UDP = 6, 17
_FIRST_PORT: Final = 20000
_LONGEST: Final = 65536


class Translator:
    """Rewrites packets. outside: the one address that the world sees; inside: begin of the addresses that it hides."""

    def __init__(self, outside: str, inside: str) -> None:
        self._outside, self._inside = socket.inet_aton(outside), socket.inet_aton(inside)[:3]
        self._ports: dict[tuple[int, bytes, int], int] = {}
        self._owners: dict[tuple[int, int], tuple[bytes, int]] = {}
        self.translated = 0
        self.refused = 0

    def rewrite(self, packet: bytes) -> bytes | None:
        """Return an IPv4 packet as it goes on, None: it does not."""
        length = (packet[0] & 15) * 4 if packet and packet[0] >> 4 == 4 else 0
        if not 20 <= length <= len(packet) - 8 or packet[9] not in (_TCP, _UDP):
            return None
        kind, sender, receiver = packet[9], packet[12:16], packet[16:20]
        source, target = struct.unpack_from("!HH", packet, length)
        if sender[:3] == self._inside:
            mine = self._port(kind, sender, source)
            return self._made(packet, length, self._outside, receiver, mine, target)
        owner = self._owners.get((kind, target)) if receiver == self._outside else None
        if owner is None:
            self.refused += 1  # nobody inside has asked for it
            return None
        return self._made(packet, length, sender, owner[0], source, owner[1])

    def _port(self, kind: int, sender: bytes, source: int) -> int:
        known = self._ports.get((kind, sender, source))
        if known is None:
            known = self._ports[kind, sender, source] = _FIRST_PORT + len(self._ports)
            self._owners[kind, known] = (sender, source)
        return known

    def _made(self, packet: bytes, length: int, sender: bytes, receiver: bytes, source: int, target: int) -> bytes:
        self.translated += 1
        head = bytearray(packet[:length])
        head[12:20] = sender + receiver
        head[10:12] = b"\0\0"
        head[10:12] = struct.pack("!H", checksum(bytes(head)))
        body = bytearray(packet[length : struct.unpack_from("!H", packet, 2)[0]])
        struct.pack_into("!HH", body, 0, source, target)
        at = 16 if packet[9] == _TCP else 6
        body[at : at + 2] = b"\0\0"
        pseudo = sender + receiver + struct.pack("!BBH", 0, packet[9], len(body))
        body[at : at + 2] = struct.pack("!H", checksum(pseudo + bytes(body)) or 0xFFFF)
        return bytes(head + body)


def checksum(data: bytes) -> int:
    """Return the checksum of the Internet (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Nat:
    """Carries the packets of a tun device until close(); it owns the device."""

    def __init__(self, fd: int, translator: Translator) -> None:
        os.set_blocking(fd, False)
        self._fd, self._translator = fd, translator
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="nat", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        selector = selectors.DefaultSelector()
        selector.register(self._fd, selectors.EVENT_READ)
        selector.register(self._woken, selectors.EVENT_READ)
        while True:
            if any(key.fileobj is self._woken for key, _ in selector.select()):
                return
            try:
                packet = self._translator.rewrite(os.read(self._fd, _LONGEST))
                if packet is not None:
                    os.write(self._fd, packet)
            except OSError:  # nothing more, or the device is down
                continue

    def close(self) -> None:
        """End the thread and the device."""
        self._wake.send(b".")
        self._thread.join()
        for one in (self._wake, self._woken):
            one.close()
        os.close(self._fd)
