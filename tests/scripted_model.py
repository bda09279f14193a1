"""A server that speaks the chat-completions API and says what a test wrote down: no model, no network."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = bytes | Callable[[], bytes]


@dataclass(frozen=True)
class Request:
    """What one round asked."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


def completion(text: str = "", *wants: tuple[str, Any]) -> bytes:
    """Return a round: text, or tools (name, arguments) that are wanted; arguments may be rubbish as a text."""
    calls = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": args if isinstance(args, str) else json.dumps(args)},
        }
        for number, (name, args) in enumerate(wants)
    ]
    message = {"role": "assistant", "content": text} | ({"tool_calls": calls} if calls else {})
    return json.dumps({"object": "chat.completion", "choices": [{"index": 0, "message": message}]}).encode()


@dataclass
class ScriptedModel:
    """Answers each round with the next of its answers, the last one again and again."""

    answers: Sequence[Answer]
    status: int = 200
    asked: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen on a free port of the loopback."""
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                script.asked.append(Request(self.path, dict(self.headers), body))
                answer = script.answers[min(len(script.asked), len(script.answers)) - 1]
                raw = answer() if callable(answer) else answer
                try:
                    self.send_response(script.status)
                    self.send_header("Content-Length", str(len(raw)))
                    self.end_headers()
                    self.wfile.write(raw)
                except OSError:
                    self.close_connection = True  # who asked has given up

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5.0)
