"""The audit trail: one row for every call that may change something, on disk before the call is answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from fastapi import Request

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.users import UserStore
from amr_fleet.store.accounts import AuditRow

_SECRET: Final = ("password", "pin", "old", "new", "token", "code", "image", "endpoint", "p256dh", "auth")
_LONGEST: Final = 2000
_LONGEST_LIST: Final = 1000
"""Letters of the names in one list, and so many of what is told field by field, before the rest is counted."""
_MOST_ROWS: Final = 3
QUESTIONS: Final = frozenset({"/api/v1/layout/check"})
"""Asked by POST for the size of what they ask about, at every stroke of an editor; nothing is kept or changed."""
# Rows of calls that nobody logged in for: so many at once, so many a second after that; the rest is only counted.
STRANGERS: Final = 300.0
# chosen: a row of 200 bytes is 9 MB a day at most; in a flood a person who mistypes may only be counted, too
STRANGERS_PER_S: Final = 0.5


def is_change(request: Request) -> bool:
    """Return whether a request may change something."""
    path = str(request.scope["path"])
    asks = request.method in ("GET", "HEAD", "OPTIONS") or (request.method == "POST" and path in QUESTIONS)
    return not asks and path.startswith(("/api/", "/mcp"))


class Strangers:
    """Keeps calls without a session from filling the disk: a bucket that fills again slowly."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left, self._at = STRANGERS, clock()
        self.left_out = 0

    def admit(self) -> bool:
        """Return whether the next row may be written."""
        now = self._clock()
        self._left = min(STRANGERS, self._left + (now - self._at) * STRANGERS_PER_S)
        self._at = now
        if self._left < 1.0:
            self.left_out += 1
            return False
        self._left -= 1.0
        return True


class Trail:
    """Writes the rows of all requests; those that wait at the same time are one transaction."""

    def __init__(self, users: UserStore) -> None:
        self._users = users
        self.strangers = Strangers()
        self._thread = ThreadPoolExecutor(1, "fleet_audit")
        self._lock = threading.Lock()
        self._waiting: list[tuple[AuditRow, asyncio.Future[None]]] = []
        self.failed = False

    async def ready(self) -> None:
        """Raise store.failed when the last row could not be written and one could not be now."""
        if self.failed:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._users.rows.check_writing)
            self.failed = False

    async def add(self, request: Request, status: int) -> None:
        """Write the row of a request; done when it is on disk. Raises store.failed."""
        row = self._row(request, status)
        if row is None:
            return
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        with self._lock:
            self._waiting.append((row, done))
            first = len(self._waiting) == 1
        if first:
            self._thread.submit(self._write, loop)
        await done

    def _write(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write what waits; all who wait are told at once: each call into a loop wakes it."""
        with self._lock:
            batch, self._waiting = self._waiting, []
        error: Exception | None = None
        try:
            self._users.rows.add_audit([row for row, _ in batch])
        except Exception as failed:  # whatever it is, those who wait must hear of it
            error = failed
        self.failed = error is not None
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(_tell, [done for _, done in batch], error)

    def _row(self, request: Request, status: int) -> AuditRow | None:
        """Return the row of a request, None when it is one too many of those that nobody logged in for."""
        session = getattr(request.state, "session", None) or self._session(request)
        code = getattr(request.state, "code", "")
        result = code or ("ok" if status < 400 else str(status))
        if session is None and result != "ok" and not self.strangers.admit():
            return None
        name = getattr(request.state, "tried_user", "") or (session.user if session is not None else "")
        facts = _facts(request)
        if session is None and self.strangers.left_out:
            facts["left_out_before"], self.strangers.left_out = self.strangers.left_out, 0
        return self._users.audit_row(
            name=name,
            role=session.role if session is not None else "",
            client=auth.client_of(request),
            action=_action(request),
            what=_text(facts),
            result=result,
        )

    def _session(self, request: Request) -> auth.Session | None:
        """Return the session of a request that was refused before anybody asked for it, for its body say."""
        try:
            return auth.read(self._users, request, touch=False)
        except AmrError:
            return None


def _tell(waiting: Sequence[asyncio.Future[None]], error: Exception | None) -> None:
    for done in waiting:
        if done.done():  # its client is gone
            continue
        done.set_exception(error) if error is not None else done.set_result(None)


def _action(request: Request) -> str:
    route = request.scope.get("route")
    return str(getattr(route, "name", "")) or f"{request.method} {request.url.path}"[:100]


def _facts(request: Request) -> dict[str, Any]:
    """Return path parameters and body without secrets, shortened; what the call itself says of it counts instead."""
    told: dict[str, Any] = getattr(request.state, "audit_facts", {})
    facts: dict[str, Any] = dict(request.path_params)
    try:
        body = json.loads(request.scope.get("amr.body", b"") or b"{}")
    except (ValueError, RecursionError):
        body = {}
    return facts | (_without_secrets(body) if isinstance(body, dict) else {}) | told


def _without_secrets(body: dict[str, Any]) -> dict[str, Any]:
    return {k: _short(v) for k, v in body.items() if k not in _SECRET}


def _text(facts: dict[str, Any]) -> str:
    text = json.dumps(facts, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
    return text[:_LONGEST].replace("\x00", "")


def _short(value: Any) -> Any:
    """Return a value as the trail keeps it: names in lists are kept, of long lists the first and "+n"; rows counted."""
    if isinstance(value, str):
        return f"{value[:60]}..." if len(value) > 64 else value
    if not isinstance(value, list):
        return value
    if value and all(isinstance(one, str) for one in value):
        return _names([_short(one) for one in value])
    if 0 < len(value) <= _MOST_ROWS and all(isinstance(one, dict) for one in value):
        return [_without_secrets(one) for one in value]
    return f"{len(value)} rows"


def _names(names: list[str]) -> list[str]:
    left = _LONGEST_LIST
    for at, name in enumerate(names):
        left -= len(name)
        if left < 0:
            return [*names[:at], f"+{len(names) - at}"]
    return names
