"""A span for each order that was made over HTTP, in the order's trace; who called with a traceparent is linked."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amr_fleet.neighbours.order_traces import TraceSpan, span_id, trace_id

_ROUTE: Final = "/api/v1/orders"
_LONGEST: Final = 65_536
_CALLER: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
"""https://www.w3.org/TR/trace-context/"""


class OrderSpans:
    """ASGI middleware. put: takes spans, never waits; place: of the journal."""

    def __init__(self, app: ASGIApp, put: Callable[[TraceSpan], object], place: str) -> None:
        self._app, self._put, self._place = app, put, place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ever; what is sent goes out unchanged and at once."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != _ROUTE:
            await self._app(scope, receive, send)
            return
        begin, status, body = time.time(), 0, bytearray()

        async def hear(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body" and len(body) <= _LONGEST:
                body.extend(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, hear)
        if status == 201 and (order := _order(body)):
            trace = trace_id(self._place, order)
            facts: dict[str, str | float | int | bool] = {
                "http.request.method": "POST",
                "http.route": _ROUTE,
                "http.response.status_code": status,
            }
            self._put(
                TraceSpan(
                    name=f"POST {_ROUTE}",
                    trace=trace,
                    span=span_id(trace, f"http {begin}"),
                    parent=span_id(trace, "order"),
                    begin=begin,
                    end=time.time(),
                    facts=facts,
                    server=True,
                    link=caller(dict(scope["headers"]).get(b"traceparent", b"")),
                )
            )


def caller(header: bytes) -> tuple[bytes, bytes] | None:
    """Return trace and span of who calls, None: the header says nothing."""
    found = _CALLER.fullmatch(header.decode("latin-1"))
    if found is None:
        return None
    trace, span = bytes.fromhex(found[1]), bytes.fromhex(found[2])
    return (trace, span) if any(trace) and any(span) else None


def _order(body: bytearray) -> str:
    try:
        said: Any = json.loads(bytes(body))
    except ValueError:
        return ""
    return str(said.get("order_id", "")) if isinstance(said, dict) else ""
