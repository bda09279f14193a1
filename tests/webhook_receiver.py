"""A real HTTP server on this computer that takes webhooks, and a journal to make them from."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from amr_fleet.domain.events import JournalEntry
from amr_fleet.webhooks.settings import WebhookSettings
from tests.serving import serving

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@dataclass
class Receiver:
    """What came, and what is answered: a status, or a function that answers by itself (True) or says the status."""

    port: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answer: Callable[[Any], int | None] | None = None
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hooks"

    def bodies(self) -> list[dict[str, Any]]:
        """What was said to it."""
        return [json.loads(body) for _, body in self.came]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.came.append(({k.lower(): v for k, v in self.headers.items()}, body))
            status: int | None = receiver.status
            if receiver.answer is not None:
                status = receiver.answer(self)
            if status is None:
                return
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    with serving(server):
        yield receiver


def drip(handler: Any) -> None:
    """Answer one byte a while: it never ends by itself."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(200):
        try:
            handler.wfile.write(b"x")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def secret_file(folder: Path, text: str = SECRET, name: str = "secret") -> str:
    """Write a secret as it should be."""
    path = folder / name
    path.write_text(text + "\n", encoding="ascii")
    path.chmod(0o600)
    return str(path)


def settings_for(receiver: Receiver, folder: Path, **more: Any) -> WebhookSettings:
    """Settings with one target, the receiver."""
    target = {"name": "wms", "url": receiver.url, "secret_files": [secret_file(folder)], "plain": True, **more}
    return WebhookSettings.model_validate({"targets": [target], "loopback": True})


def life_of(order: str, t: float = 1_800_000_000.0) -> list[JournalEntry]:
    """The journal of an order from first to last."""
    wish = {"pick_place": "D01", "drop_place": "A1W", "reference": f"PO-{order}", "load_id": "LÔ 7", "cutoff": ""}
    facts: list[tuple[str, dict[str, Any]]] = [
        ("order_created", {**wish, "priority": 0, "user": "lan"}), ("order_assigned", {"station": "D01_1"}),
        ("order_state", {"state": "TO_PICK"}), ("order_picked", {"place": "D01"}), ("order_done", {"place": "A1W"}),
    ]  # fmt: skip
    robots = ("", "amr_01", "amr_01", "amr_01", "amr_01")
    return [
        JournalEntry(t=t + i, kind=kind, order_id=order, robot=robot, facts=said)
        for i, ((kind, said), robot) in enumerate(zip(facts, robots, strict=True))
    ]
