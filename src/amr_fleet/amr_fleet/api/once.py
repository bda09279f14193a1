"""Idempotency-Key: a POST that is sent again, since its answer was lost, does nothing twice and is answered the same.

After draft-ietf-httpapi-idempotency-key-header-07. A key belongs to who sends it and to the path. Same body: the answer
of the first time, with Idempotency-Replayed. Other body: 422. Still at work: it waits a moment, then 409. A refusal is
not kept, since nothing came of it. A process killed between the work and the answer leaves a key without an answer:
the request is done again, and what it makes carries `derived`, by which the engine knows its order from the journal.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.context import ApiContext
from amr_fleet.api.gate import error_response
from amr_fleet.api.guard import is_stop
from amr_fleet.store.answers import AnswerStore, KeptAnswer

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = b"idempotency-replayed"
WAIT_S: Final = 3.0
"""s that a second request waits for the answer of the first: the engine steps ten times a second."""
_KEY: Final = re.compile(r"[!-~]{1,255}")
NO_CREATES: Final = ("/api/v1/login", "/api/v1/logout", "/api/v1/me/")
# Their answers hold passwords and tokens, which are kept nowhere.
_SECRET: Final = ("/api/v1/users", "/api/v1/devices", "/api/v1/enrol")
_log = structlog.get_logger("amr_fleet.api")
T = TypeVar("T")


async def derived(request: Request) -> str:
    """Return a key for what a request makes, the same each time that it is sent; "" without an Idempotency-Key.

    A coroutine though it waits for nothing: for a plain function FastAPI wakes a thread (ADR 10).
    """
    return str(request.scope.get("amr.once", ""))


class Once:
    """ASGI middleware behind BodyLimit, which leaves the body in scope["amr.body"]."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._running: dict[str, asyncio.Event] = {}
        self._thread = ThreadPoolExecutor(1, "fleet_answers")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.getlist(HEADER)
        path = scope["path"]
        # A stop waits for no disk, and a second one, of robots that go on again, is no repetition of the first.
        if not given or is_stop(scope) or not path.startswith("/api/") or path.startswith(NO_CREATES):
            await self._app(scope, receive, send)
            return
        try:
            who = self._who(request)
            key = read_key(given)
            if who is None:
                await self._app(scope, receive, send)  # which refuses it
                return
            await self._once(request, receive, send, who, key)
        except AmrError as error:
            request.state.code = error.code
            await error_response(error)(scope, receive, send)

    @staticmethod
    def _who(request: Request) -> str | None:
        context: ApiContext = request.scope["app"].state.context
        try:
            session = auth.anybody(context.users, request)
        except AmrError:
            return None
        return f"{session.user}\n{session.role}"

    async def _once(self, request: Request, receive: Receive, send: Send, who: str, key: str) -> None:
        url = request.url
        known_as = hashlib.sha256(f"{who}\n{url.path}?{url.query}\n{key}".encode()).hexdigest()
        body = body_hash(key, request.scope.get("amr.body", b""))
        kept = await self._begin(request, known_as, body)
        if kept is not None and kept.body != body:
            raise AmrError("idempotency.other_body", key=key[:64])
        if kept is not None and kept.status:
            if not kept.answer:
                raise AmrError("idempotency.not_kept", key=key[:64])
            await _answer(send, kept.status, kept.answer, kept.media_type, replayed=True)
            return
        done = self._running[known_as] = asyncio.Event()
        try:
            request.scope["amr.once"] = f"once-{known_as[:32]}"
            await self._work(request, receive, send, known_as)
        finally:
            del self._running[known_as]
            done.set()

    async def _begin(self, request: Request, known_as: str, body: str) -> KeptAnswer | None:
        """Return what is known of a key once nobody in this process is at work on it."""
        end = asyncio.get_running_loop().time() + WAIT_S
        while True:
            while (running := self._running.get(known_as)) is not None:
                try:
                    async with asyncio.timeout_at(end):
                        await running.wait()
                except TimeoutError as error:
                    raise AmrError("idempotency.running", seconds=WAIT_S) from error
            mine = self._running[known_as] = asyncio.Event()
            try:
                return await self._call(lambda: _answers(request).begin(known_as, body, time.time()))
            finally:
                del self._running[known_as]
                mine.set()

    async def _work(self, request: Request, receive: Receive, send: Send, known_as: str) -> None:
        """Let the application answer, keep the answer, then send it."""
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(request.scope, receive, keep)
        status = int(kept[0]["status"]) if kept else 500
        try:
            if status < 300:
                secret = request.url.path.startswith(_SECRET)
                text = b"" if secret else b"".join(m.get("body", b"") for m in kept[1:])
                media_type = dict(kept[0].get("headers", ())).get(b"content-type", b"application/json").decode()
                await self._call(lambda: _answers(request).keep(known_as, status, media_type, text))
            elif status < 500:
                await self._call(lambda: _answers(request).forget(known_as))
            # 5xx: nobody knows whether the engine will still do it, so the key stays without an answer.
        except AmrError as error:
            _log.error("idempotency.not_written", code=error.code, **error.facts)
        for message in kept:
            await send(message)

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def read_key(given: list[str]) -> str:
    """Return the key in a header: 1 to 255 visible ASCII characters, in quotes (RFC 8941) or bare; or raise."""
    key = given[0].strip() if len(given) == 1 else ""
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise AmrError("idempotency.bad_key", reason="one header of 1 to 255 visible ASCII characters")
    return key


def body_hash(key: str, body: bytes) -> str:
    """Return the hash of a body under its key: JSON that says the same has the same hash."""
    try:
        said = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        said = body
    return hmac.new(key.encode(), said, hashlib.sha256).hexdigest()


def _answers(request: Request) -> AnswerStore:
    context: ApiContext = request.scope["app"].state.context
    return context.users.answers


async def _answer(
    send: Send, status: int, body: bytes, media_type: str = "application/json", *, replayed: bool = False
) -> None:
    headers: list[Any] = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    if replayed:
        headers.append((REPLAYED, b"true"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
