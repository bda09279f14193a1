"""The outermost layer of every request: own pages only, an audit row before a change is answered, headers, metrics."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amr_core.errors import AmrError
from amr_fleet.api import auth, trail
from amr_fleet.api.context import ApiContext
from amr_fleet.api.guard import is_stop
from amr_fleet.api.limits import one_client


def policy(styles: str = "") -> str:
    """Return the content policy. styles: the nonce of a page, whose components write style elements of their own."""
    # Sizes that components set are set by scripts, one by one; no style attribute of a text comes through.
    nonce = f" 'nonce-{styles}'" if styles else ""
    return (
        f"default-src 'self'; style-src 'self'{nonce}; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


HEADERS: Final = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_TLS: Final = "max-age=31536000"
"""For a browser that came over TLS: it asks so again for a year, also where a person types http://."""
# Frames and windows are made of pages only; forty files of the first load need not say so each.
_OF_ASSETS: Final = {n: v for n, v in HEADERS.items() if n not in ("X-Frame-Options", "Cross-Origin-Opener-Policy")}
# What reads codes is WebAssembly in a thread of its own: no page may run any, and this one loads nothing further.
_READER: Final = "/assets/read_codes.worker-"
_OF_READER: Final = {**_OF_ASSETS, "Content-Security-Policy": "default-src 'none'; script-src 'wasm-unsafe-eval'"}
LOGINS: Final = (
    *("/api/v1/login", "/api/v1/login/pin", "/api/v1/me/password", "/api/v1/me/second-factor"),
    *("/api/v1/me/second-factor/begin", "/api/v1/me/second-factor/codes", "/api/v1/me/second-factor/off"),
    *("/api/v1/oidc/start", "/api/v1/oidc/link", "/api/v1/oidc/callback", "/api/v1/oidc/code"),
    *("/api/v1/enrol", "/api/v1/enrol/renew", "/api/v1/enrol/site"),
)
SOON: Final = {"assistant.loading": 4, "auth.busy": 2, "fleet.no_answer": 2, "store.failed": 5}
"""Refusals that pass by themselves -> s after which a program may ask again (Retry-After of RFC 9110)."""
REQUESTS_OF_A_CLIENT: Final = 100
"""At once, and so many stops: behind a proxy its connections are everybody's, and a body may be left open."""
_log = structlog.get_logger("amr_fleet.api")


def error_response(error: AmrError, status: int | None = None) -> Response:
    """Return an error as {code, facts}; with Retry-After where it passes by itself."""
    # ASCII JSON: facts may echo what a client sent, and lone surrogates have no UTF-8.
    text = json.dumps({"code": error.code, "facts": error.facts}, default=str)
    later = {"Retry-After": str(SOON[error.code])} if error.code in SOON else None
    return Response(text, status or error.http_status, later, "application/json")


def _headers(path: str) -> dict[str, str]:
    if path.startswith(_READER):
        return _OF_READER
    return _OF_ASSETS if path.startswith("/assets/") else HEADERS


class _Answer:
    """Takes what the application sends; passes it on at once, or keeps it until it may go out."""

    def __init__(self, send: Send, *, keep: bool, path: str, tls: bool) -> None:
        self._send, self._keep, self._api = send, keep, path.startswith("/api/")
        self._headers = _headers(path)
        if tls:
            self._headers = {**self._headers, "Strict-Transport-Security": _TLS}
        self._kept: list[Message] = []
        self.status = 0

    async def take(self, message: Message) -> None:
        """Receive one message of the application."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            if self._api:
                headers["Cache-Control"] = "no-store"
        if self._keep:
            self._kept.append(message)
        else:
            await self._send(message)

    async def release(self) -> None:
        """Send what was kept."""
        for message in self._kept:
            await self._send(message)
        self._kept.clear()

    def forget(self) -> None:
        """Drop what was kept: another answer takes its place."""
        self._kept.clear()


class Gate:
    """ASGI middleware around the whole application. scope["app"].state.context is the ApiContext."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: Counter[tuple[str, bool]] = Counter()  # by client, stops apart: they wait behind nothing else

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; WebSockets pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        share = _share(request)
        self._open[share] += 1
        try:
            await self._answer(request, receive, send)
        finally:
            self._open[share] -= 1
            if not self._open[share]:
                del self._open[share]

    async def _answer(self, request: Request, receive: Receive, send: Send) -> None:
        scope, began = request.scope, time.perf_counter()
        context: ApiContext = scope["app"].state.context
        change = trail.is_change(request)
        answer = _Answer(send, keep=change, path=scope["path"], tls=context.secure_cookies)
        await self._run(request, receive, answer)
        if change:
            await self._write_down(context, request, receive, answer)
        context.metrics.answered(request.method, _route(scope), answer.status, time.perf_counter() - began)

    async def _run(self, request: Request, receive: Receive, answer: _Answer) -> None:
        try:
            self._check_share(request)
            _admit(request)
            if trail.is_change(request) and not is_stop(request.scope):
                await request.scope["app"].state.context.trail.ready()
        except AmrError as error:
            request.state.code = error.code
            refused = error_response(error)
            refused.headers["Connection"] = "close"  # what is left of its body is no next request
            await refused(request.scope, receive, answer.take)
            return
        try:
            await self._app(request.scope, receive, answer.take)
        except Exception:
            _log.exception("api.crashed", path=request.url.path)
            request.state.code = "internal"
            answer.forget()
            await error_response(AmrError("internal", reason="see the server's log"))(
                request.scope, receive, answer.take
            )

    def _check_share(self, request: Request) -> None:
        """Raise request.too_many for who has more requests, or stops, open than his share."""
        if self._open[_share(request)] > REQUESTS_OF_A_CLIENT:
            raise AmrError("request.too_many", seconds=1)

    @staticmethod
    async def _write_down(context: ApiContext, request: Request, receive: Receive, answer: _Answer) -> None:
        """Write the audit row of a change before its answer; a change that cannot be written down is an error."""
        try:
            await context.trail.add(request, answer.status)
        except Exception as failed:
            error = failed if isinstance(failed, AmrError) else AmrError("store.failed", reason=type(failed).__name__)
            _log.error("audit.failed", code=error.code, **error.facts)
            if not is_stop(request.scope):  # the robot stands: it is said as it is, and the journal gets it when it can
                answer.forget()
                await error_response(error)(request.scope, receive, answer.take)
        await answer.release()


def _share(request: Request) -> tuple[str, bool]:
    """Return what a request is counted with: those of its client, or his stops."""
    return one_client(auth.client_of(request)), is_stop(request.scope)


def _admit(request: Request) -> None:
    """Raise for what must not even be looked at: asked under a foreign name, by a foreign page, too often."""
    context: ApiContext = request.scope["app"].state.context
    context.hosts.check(request.headers.get("host", ""))
    if "\n" in request.scope["path"]:  # a mount matches none: it would be said that there is no such address
        raise AmrError("request.invalid", where="path", reason="a line feed")
    if "content-length" in request.headers and "transfer-encoding" in request.headers:
        # A proxy that goes by the other one ends the body elsewhere: the rest would be a request of somebody else.
        raise AmrError("request.invalid", where="headers", reason="both Content-Length and Transfer-Encoding")
    if request.method not in ("GET", "HEAD") and not auth.same_origin(request):
        raise AmrError("auth.forbidden", role="cross-origin")
    if request.scope["path"] in LOGINS:
        context.logins.take(auth.client_of(request))


def _route(scope: MutableMapping[str, Any]) -> str:
    """Return the template of the path, never the path itself, of which there are too many."""
    return str(getattr(scope.get("route"), "path", "")) or "none"
