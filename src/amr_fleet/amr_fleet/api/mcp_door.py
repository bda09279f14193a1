"""Who may ask over MCP. What answers, and the SDK with it, is loaded when the first such request comes.

The SDK's models were most of what the API loaded at its start, and few sites ask over MCP.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.gate import error_response
from amr_fleet.api.limits import ClientLimit

if TYPE_CHECKING:
    from amr_fleet.api.mcp_front import McpFront

PATHS: Final = ("/mcp", "/api/v1/mcp")


class McpDoor:
    """An ASGI application: lets sessions with a Bearer token through to one McpFront (the Gate has checked Host)."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._limit = ClientLimit(burst=40.0, per_s=4.0)
        self._lock = threading.Lock()
        self._front: McpFront | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        if request.method != "POST":
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        try:
            session = auth.bearer(scope["app"].state.context.users, request)
            request.state.session = session
            self._limit.take(session.id)
        except AmrError as error:
            request.state.code = error.code
            answer = error_response(error)
            if error.code == "auth.required":
                answer.headers["WWW-Authenticate"] = "Bearer"
            await answer(scope, receive, send)
            return
        if self._front is None:
            self._front = await asyncio.to_thread(self._load)
        await self._front(scope, receive, send)

    def _load(self) -> McpFront:
        from amr_fleet.api.mcp_front import McpFront

        with self._lock:
            if self._front is None:
                self._front = McpFront()
            return self._front
