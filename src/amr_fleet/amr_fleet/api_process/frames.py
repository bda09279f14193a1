"""Frames on a stream socket: one letter for the kind, four bytes for the length, then the content."""

from __future__ import annotations

import socket
import struct
from typing import Final

HEAD: Final = struct.Struct(">cI")
MOST_BYTES: Final = 2**28
SEND_SECONDS: Final = 20

SETUP, LISTENS, UP, FAILED, BEAT = b"c", b"l", b"u", b"f", b"b"
QUESTION, ANSWER, NEWS = b"q", b"a", b"n"


class LinkGoneError(Exception):
    """The other side has ended, takes nothing, or says what is no frame."""


def patient(link: socket.socket, seconds: int = SEND_SECONDS) -> socket.socket:
    """Let a send give up after so many s; reads wait for ever."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", seconds, 0))
    return link


def send(link: socket.socket, kind: bytes, *contents: bytes) -> None:
    """Send a frame for each content, in one call of the system; raise LinkGoneError."""
    try:
        link.sendall(b"".join(part for content in contents for part in (HEAD.pack(kind, len(content)), content)))
    except (OSError, ValueError, struct.error) as error:
        raise LinkGoneError(str(error)) from error


def receive(link: socket.socket, most: int = MOST_BYTES) -> tuple[bytes, bytes]:
    """Return kind and content of the next frame; raise LinkGoneError, also for more than `most` bytes."""
    kind, length = HEAD.unpack(_exactly(link, HEAD.size))
    if length > most:
        raise LinkGoneError(f"a frame of {length} bytes")
    return kind, _exactly(link, length)


class Reader:
    """Reads frames of a link that nobody else reads: many small ones at a time."""

    def __init__(self, link: socket.socket, most: int = MOST_BYTES) -> None:
        """most: bytes of a frame."""
        self._link, self._most = link, most
        self._have = bytearray()

    def receive(self) -> tuple[bytes, bytes]:
        """Return kind and content of the next frame; raise LinkGoneError, also for more than `most` bytes."""
        kind, length = HEAD.unpack(self._take(HEAD.size))
        if length > self._most:
            raise LinkGoneError(f"a frame of {length} bytes")
        return kind, self._take(length)

    def _take(self, count: int) -> bytes:
        have = self._have
        while len(have) < count:
            try:
                part = self._link.recv(2**16 if count - len(have) <= 2**16 else 2**20)
            except (OSError, ValueError) as error:
                raise LinkGoneError(str(error)) from error
            if not part:
                raise LinkGoneError("closed")
            have += part
        content = bytes(memoryview(have)[:count])
        del have[:count]
        return content


def _exactly(link: socket.socket, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        try:
            part = link.recv(min(count, 2**20))
        except (OSError, ValueError) as error:
            raise LinkGoneError(str(error)) from error
        if not part:
            raise LinkGoneError("closed")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
