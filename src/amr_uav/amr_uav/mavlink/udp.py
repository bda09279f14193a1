"""A UDP port for MAVLink: datagrams of one peer, read without waiting."""

from __future__ import annotations

import socket
from typing import Final

from amr_core.errors import AmrError

_MOST: Final = 200
"""Datagrams that are read at a time; more wait, or are lost, as on any link."""
_SIZE: Final = 2048


class UdpPort:
    """Listens on an own port, or a free one, and speaks to a peer. Raises run.port_taken when the port cannot be had.

    peer: HOST, PORT; None = who was heard first. Datagrams of others are not read.
    """

    def __init__(self, own: int = 0, peer: tuple[str, int] | None = None, host: str = "127.0.0.1") -> None:
        self._peer = peer
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.bind((host, own))
        except OSError as error:
            self._socket.close()
            raise AmrError("run.port_taken", port=own) from error

    @property
    def number(self) -> int:
        """The own port."""
        return int(self._socket.getsockname()[1])

    def read(self) -> bytes:
        """Return all that has come."""
        found = []
        for _ in range(_MOST):
            try:
                data, sender = self._socket.recvfrom(_SIZE)
            except BlockingIOError:
                break
            except OSError:
                continue  # the peer was not there when something was sent to it
            self._peer = self._peer or sender
            if sender == self._peer:
                found.append(data)
        return b"".join(found)

    def send(self, data: bytes) -> None:
        """Send one frame; lost while there is no peer, or nobody takes it."""
        if self._peer is None:
            return
        try:
            self._socket.sendto(data, self._peer)
        except OSError:
            return

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
