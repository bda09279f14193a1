"""A real small SMTP server on this computer: what came, and what it answers to a command."""

from __future__ import annotations

import email
import email.policy
import socketserver
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from tests.serving import serving

DRIPS = 150
"""Bytes that come one by one, in 15 s."""


@dataclass
class MailServer:
    """answers: what is said to a command (first word, capitals) instead of 250; hook: called with every line.

    drips: the command (CONNECT: none yet, TLS: within its handshake) after which bytes come one by one, without an end.
    """

    port: int = 0
    came: list[tuple[str, EmailMessage]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    hook: Callable[[str], None] | None = None
    drips: str = ""
    dripped: int = 0

    def subjects(self) -> list[str]:
        """What came, by its subject."""
        return [str(mail["Subject"]) for _, mail in self.came]


class _Handler(socketserver.StreamRequestHandler):
    box: MailServer

    def handle(self) -> None:
        if self.box.drips == "CONNECT":
            self.drip(b"220-")
            return
        self.say(self.box.answers.get("CONNECT", "220 box"))
        self.to = ""
        while line := self.rfile.readline().decode().strip():
            self.box.lines.append(line)
            if self.box.hook is not None:
                self.box.hook(line)
            word = line.split(" ")[0].upper()
            if word == self.box.drips:
                self.drip(b"250-")
            elif word in self.box.answers:
                self.say(self.box.answers[word])
            else:
                self.answer(word, line)
            if word == "QUIT":
                return

    def answer(self, word: str, line: str) -> None:
        offers = "250-box\r\n250-AUTH PLAIN\r\n250 STARTTLS" if self.box.tls else "250 box"
        known = {"EHLO": offers, "AUTH": "235 ok", "DATA": "354 go", "STARTTLS": "220 go", "QUIT": "221 bye"}
        self.to = line.partition("<")[2].partition(">")[0] if word == "RCPT" else self.to
        self.say(known.get(word, "250 ok"))
        if word == "DATA":
            self.take()
        elif word == "STARTTLS" and self.box.tls is not None:
            if self.box.drips == "TLS":
                self.drip(b"\x16\x03\x03\x40\x00")  # a record of 16 kB
                return
            self.connection = self.box.tls.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", buffering=0)

    def drip(self, first: bytes) -> None:
        """Send a byte whenever a client might lose patience; it ends after some seconds, so that no test hangs."""
        self.wfile.write(first)
        for _ in range(DRIPS):
            self.wfile.write(b"2")
            self.box.dripped += 1
            time.sleep(0.1)

    def take(self) -> None:
        data = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            data += line
        mail = email.message_from_bytes(data, policy=email.policy.default)
        self.box.came.append((self.to, mail))
        self.say(self.box.answers.get("END", "250 ok"))

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of some tests."""


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """Run a server; tls: what STARTTLS is done with, None = it is not offered."""
    box = MailServer(tls=tls)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"box": box}))
    box.port = server.server_address[1]
    with serving(server):
        yield box
