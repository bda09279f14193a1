"""Sessions: a signed cookie says who; the role is read from the user store at each request."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import jwt
from fastapi.requests import HTTPConnection

from amr_core.errors import AmrError
from amr_fleet.api.users import ROLES, UserStore

COOKIE: Final = "amr_session"
SESSION_SECONDS: Final = 12 * 3600  # one long shift
_ALGORITHM: Final = "HS256"


@dataclass(frozen=True)
class Session:
    """A logged-in user."""

    user: str
    role: str
    id: str
    expires: float


def issue(users: UserStore, user: str) -> str:
    """Return the signed cookie value of a new session."""
    claims = {"sub": user, "jti": secrets.token_hex(12), "exp": int(time.time()) + SESSION_SECONDS}
    return jwt.encode(claims, users.secret, algorithm=_ALGORITHM)


def read(users: UserStore, connection: HTTPConnection) -> Session:
    """Return the session of a request or WebSocket, or raise auth.required."""
    try:
        claims = jwt.decode(
            connection.cookies.get(COOKIE, ""),
            users.secret,
            algorithms=[_ALGORITHM],
            options={"require": ["sub", "jti", "exp"]},
        )
    except jwt.InvalidTokenError as error:
        raise AmrError("auth.required") from error
    role = users.role(claims["sub"])
    if role is None or users.session_ended(claims["jti"]):
        raise AmrError("auth.required")
    return Session(claims["sub"], role, claims["jti"], float(claims["exp"]))


def at_least(role: str) -> Callable[[HTTPConnection], Session]:
    """Return a dependency that gives the session if its role is role or higher, else raises auth.*."""

    def dependency(connection: HTTPConnection) -> Session:
        session = read(connection.app.state.context.users, connection)
        if ROLES.index(session.role) < ROLES.index(role):
            raise AmrError("auth.forbidden", role=session.role)
        return session

    return dependency


def same_origin(connection: HTTPConnection) -> bool:
    """Return whether a browser sent this from our own pages; clients that are no browsers send no Origin."""
    origin = connection.headers.get("origin")
    return origin is None or origin.partition("://")[2] == connection.headers.get("host")
