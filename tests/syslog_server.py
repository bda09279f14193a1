"""A log server on this computer that takes only what RFC 5424 allows, over UDP, TCP (RFC 6587) or TLS (RFC 5425)."""

from __future__ import annotations

import json
import re
import socket
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.serving import serving

# The ABNF of RFC 5424, section 6; structured data without escapes in values, which ours never has.
_NAME = r"[\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]{1,32}"
_MESSAGE = re.compile(
    r"<(?P<pri>0|[1-9]\d{0,2})>1 "
    r"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) "
    r"(?P<host>[\x21-\x7e]{1,255}) (?P<app>[\x21-\x7e]{1,48}) (?P<proc>[\x21-\x7e]{1,128}) (?P<id>[\x21-\x7e]{1,32}) "
    rf'(?P<data>-|(?:\[{_NAME}(?: {_NAME}="[^"\\\]]*")*\])+)'
    r"(?: (?P<text>.*))?",
    re.DOTALL,
)


@dataclass
class Parsed:
    """A message that is one. facility, severity: the two parts of PRI."""

    facility: int
    severity: int
    at: str
    host: str
    kind: str
    body: dict[str, Any]
    octets: int


def parse(data: bytes) -> Parsed:
    """Read a message; raises AssertionError for what RFC 5424 does not allow."""
    text = data.decode("ascii")
    found = _MESSAGE.fullmatch(text)
    assert found, text[:200]
    pri = int(found["pri"])
    assert pri <= 191
    assert found["app"] == "amr-fleet"
    return Parsed(pri // 8, pri % 8, found["at"], found["host"], found["id"], json.loads(found["text"]), len(data))


@dataclass
class LogServer:
    """What came, in its order; wrong: what is no message."""

    port: int = 0
    came: list[Parsed] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lines: list[socket.socket] = field(default_factory=list)

    def numbers(self, source: str = "journal") -> list[int]:
        """Return the numbers of a source that came."""
        return [one.body["seq"] for one in self.came if one.body.get("source") == source]

    def take(self, data: bytes) -> None:
        try:
            self.came.append(parse(data))
        except (AssertionError, ValueError) as error:
            self.wrong.append(f"{type(error).__name__}: {error}")

    def hang_up(self) -> None:
        """End all connections as a server that is killed does."""
        for line in self.lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self.lines.clear()


class _Threading(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


@contextmanager
def log_server(transport: str = "tcp", tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[LogServer]:
    """Run a log server; port 0: any."""
    here = LogServer()

    class Counted(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            sock = self.request
            try:
                sock = tls.wrap_socket(sock, server_side=True) if tls else sock
                here.lines.append(sock)
                with sock.makefile("rb") as file:
                    while count := _count(file):
                        here.take(file.read(count))
            except OSError as error:
                here.wrong.append(f"line: {error}") if isinstance(error, ssl.SSLError) else None
            finally:
                sock.close()

    class Datagram(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            here.take(self.request[0])

    made: Any = socketserver.ThreadingUDPServer if transport == "udp" else _Threading
    server = made(("127.0.0.1", port), Datagram if transport == "udp" else Counted)
    here.port = server.server_address[1]
    with serving(server):
        yield here
        here.hang_up()


def _count(file: Any) -> int:
    digits = b""
    while (one := file.read(1)) not in (b"", b" "):
        assert one.isdigit(), one
        digits += one
    return int(digits or 0)
