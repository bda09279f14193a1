"""A network before a server (PostgreSQL, a broker) that a test cuts: nothing is closed, what is sent does not come."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path


class CutNetwork:
    """A TCP port before a server's Unix socket, or its port of loopback.

    `there`, `back`: whether bytes go to the server and come from it.
    """

    def __init__(self, server: Path | int) -> None:
        self._server = server
        self.there = self.back = self._open = True
        self._on = threading.Condition()
        self._ends: list[socket.socket] = []
        self._heard = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._heard.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *, there: bool = True, back: bool = True) -> None:
        """Let nothing through any more, or in one direction only."""
        self.there, self.back = not there, not back

    def refuse(self) -> None:
        """Close what is connected, for both ends to see, and everything that comes."""
        self._open = False
        self.forget()

    def heal(self) -> None:
        """Let everything through again, what waited first."""
        with self._on:
            self.there = self.back = self._open = True
            self._on.notify_all()

    def forget(self) -> None:
        """Let the server see its sessions end, as it does when nobody answers its keep-alives; clients see nothing."""
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it; what is connected is closed."""
        self._heard.close()
        self.heal()
        self.forget()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._heard.accept()
                if not self._open:
                    client.close()
                    continue
                end = self._dial()
            except ConnectionRefusedError:
                client.close()
                continue
            except OSError:
                return
            self._ends.append(end)
            for source, target, name in ((client, end, "there"), (end, client, "back")):
                threading.Thread(target=self._pass, args=(source, target, name), daemon=True).start()

    def _dial(self) -> socket.socket:
        if isinstance(self._server, int):
            return socket.create_connection(("127.0.0.1", self._server))
        end = socket.socket(socket.AF_UNIX)
        end.connect(str(self._server))
        return end

    def _pass(self, source: socket.socket, target: socket.socket, name: str) -> None:
        with suppress(OSError):  # whoever was killed with something unread leaves a reset, which is an end, too
            while data := source.recv(1 << 16):
                with self._on:
                    self._on.wait_for(lambda: getattr(self, name))
                target.sendall(data)
        with suppress(OSError):
            with self._on:
                self._on.wait_for(lambda: getattr(self, name))
            target.shutdown(socket.SHUT_WR)
