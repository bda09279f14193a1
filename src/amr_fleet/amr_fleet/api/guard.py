"""Refuse request bodies that are larger than any of ours, before anything reads them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amr_core.errors import AmrError
from amr_core.json_texts import whole

# 64 KiB at 3.3 kB/s, but a photo of 3 MiB at 157; chosen: longer keeps the connections of who sends nothing
BODY_SECONDS: Final = 20.0
MAX_BODY: Final = 64 * 1024
_STOP: Final = re.compile(r"/api/v1/robots(/[^/]+)?/pause")
LARGER: Final = {
    "/api/v1/orders/import": 1536 * 1024,
    "/api/v1/work/photos": 3 * 1024 * 1024,
    **dict.fromkeys(("/api/v1/layout", "/api/v1/layout/check", "/api/v1/layout/try"), 1024 * 1024),
}


class BodyLimit:
    """ASGI middleware: answers 413 when a body is larger than its route takes, 408 when it takes too long."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body up to the limit, then hand it on as one message."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        limit = LARGER.get(scope["path"], MAX_BODY)
        body, more = b"", True
        end = asyncio.get_running_loop().time() + BODY_SECONDS
        while more:
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                await _refuse(send, AmrError("request.too_slow", seconds=BODY_SECONDS))
                return
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > limit:
                error = AmrError("request.invalid", where="body", reason=f"larger than {limit} bytes")
                await _refuse(send, error, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                return
        if not _is_text(scope, body):
            await _refuse(
                send,
                AmrError("request.invalid", where="body", reason="not UTF-8, or half a character"),
                HTTPStatus.BAD_REQUEST,
            )
            return
        scope["amr.body"] = body  # for the audit trail
        sent = False

        async def replay() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)


def _is_text(scope: Scope, body: bytes) -> bool:
    """Return whether a body in JSON is UTF-8: Python would take UTF-16 and 32 as well, which others read otherwise.

    Nor may a text in it be half a character, which could be written nowhere. FastAPI reads as JSON what names no type,
    and of several the first, in letters of any size.
    """
    kinds = [value.strip().lower() for name, value in scope["headers"] if name == b"content-type"]
    if kinds and not any(kind == b"" or b"json" in kind for kind in kinds):
        return True
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return "\0" not in text and (is_stop(scope) or whole(text))  # a stop is not refused for what is said with it


def is_stop(scope: Mapping[str, Any]) -> bool:
    """Return whether a request stops robots: nothing keeps anybody from that."""
    return scope["method"] == "POST" and _STOP.fullmatch(scope["path"]) is not None


async def _refuse(send: Send, error: AmrError, status: int = 0) -> None:
    text = json.dumps({"code": error.code, "facts": error.facts}).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": int(status or error.http_status), "headers": headers})
    await send({"type": "http.response.body", "body": text})
