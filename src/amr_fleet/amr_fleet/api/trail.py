"""The audit trail: the middleware writes one row for every call that may change something, before it is answered."""

from __future__ import annotations

import json
from typing import Any, Final

from fastapi import Request

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.users import UserStore

_SECRET: Final = ("password", "pin", "old", "new", "token")
_LONGEST: Final = 500


def is_change(request: Request) -> bool:
    """Return whether a request may change something."""
    return request.method not in ("GET", "HEAD", "OPTIONS") and request.url.path.startswith("/api/")


def write(users: UserStore, request: Request, status: int) -> None:
    """Write the row of a request. One that was refused for want of a user leaves none: it could fill the disk."""
    session = getattr(request.state, "session", None) or _session(users, request)
    name = getattr(request.state, "tried_user", "") or (session.user if session is not None else "")
    if not name:
        return
    code = getattr(request.state, "code", "")
    users.audit(
        name=name,
        role=session.role if session is not None else "",
        client=auth.client_of(request),
        action=_action(request),
        what=_what(request),
        result=code or ("ok" if status < 400 else str(status)),
    )


def _session(users: UserStore, request: Request) -> auth.Session | None:
    """Return the session of a request that was refused before anybody asked for it, for its body say."""
    try:
        return auth.read(users, request, touch=False)
    except AmrError:
        return None


def _action(request: Request) -> str:
    route = request.scope.get("route")
    return str(getattr(route, "name", "")) or f"{request.method} {request.url.path}"[:100]


def _what(request: Request) -> str:
    """Return path parameters and body as JSON, without secrets, shortened."""
    facts: dict[str, Any] = dict(request.path_params)
    try:
        body = json.loads(request.scope.get("amr.body", b"") or b"{}")
    except (ValueError, RecursionError):
        body = {}
    if isinstance(body, dict):
        facts |= {k: _short(v) for k, v in body.items() if k not in _SECRET}
    text = json.dumps(facts, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
    return text[:_LONGEST].replace("\x00", "")


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return f"{len(value)} rows"
    return f"{value[:60]}..." if isinstance(value, str) and len(value) > 64 else value
