"""A connection to a log server: datagrams (RFC 5426), or counted octets over TCP (RFC 6587) and TLS (RFC 5425)."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Final

from amr_core.identity.tls import trusting
from amr_fleet.syslog.settings import SyslogReceiver
from amr_fleet.webhooks.delivery import connect, time_limit
from amr_fleet.webhooks.guard import allowed_addresses, resolve

UNHEARD_S: Final = 10.0
"""s after which a TCP connection ends whose other side does not confirm what was sent."""


class Line:
    """One connection; one thread owns it. Every failure is an OSError."""

    def __init__(self, receiver: SyslogReceiver, sock: socket.socket) -> None:
        self._counted = receiver.transport != "udp"
        self._timeout = receiver.timeout
        self._sock = sock

    def send(self, message: bytes) -> None:
        """Hand a message over to the network."""
        self._sock.sendall(b"%d %s" % (len(message), message) if self._counted else message)

    def look(self) -> None:
        """Raise OSError when the other side is gone; whatever it says is thrown away."""
        if not self._counted:
            fault = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # nobody listens there
            if fault:
                raise OSError(fault, "nobody listens there")
            return
        self._sock.setblocking(False)
        try:
            if not self._sock.recv(4096):
                raise ConnectionResetError("it has closed the connection")
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        finally:
            self._sock.settimeout(self._timeout)

    def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(OSError):
            self._sock.close()


def open_line(receiver: SyslogReceiver, *, loopback: bool, lookup: Callable[[str, int], list[str]] = resolve) -> Line:
    """Connect to a receiver whose address is allowed. Raises OSError, or webhook.address."""
    networks = receiver.allowed()
    addresses = allowed_addresses(receiver.host, receiver.at, networks, loopback=loopback, lookup=lookup)
    if receiver.transport == "udp":
        family = socket.AF_INET6 if ":" in addresses[0] else socket.AF_INET
        datagrams = socket.socket(family, socket.SOCK_DGRAM)
        datagrams.settimeout(receiver.timeout)
        datagrams.connect((addresses[0], receiver.at))
        return Line(receiver, datagrams)
    sock = connect(addresses, receiver.at, receiver.timeout)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * UNHEARD_S))
        if receiver.transport == "tls":
            with time_limit(sock, receiver.timeout):
                sock = _secured(receiver, sock)
    except BaseException:
        sock.close()
        raise
    sock.settimeout(receiver.timeout)
    return Line(receiver, sock)


def _secured(receiver: SyslogReceiver, sock: socket.socket) -> ssl.SSLSocket:
    context = trusting(receiver.ca_file)
    if receiver.certificate:
        context.load_cert_chain(receiver.certificate, receiver.key)
    return context.wrap_socket(sock, server_hostname=receiver.host)
