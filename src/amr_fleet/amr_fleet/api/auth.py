"""Sessions: a random token in a cookie or a Bearer header says who; the role is read from the accounts each time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from fastapi import Response
from fastapi.requests import HTTPConnection

from amr_core.errors import AmrError
from amr_fleet.api.users import LIFE, ROLES, UserStore
from amr_fleet.store.accounts import Account
from amr_fleet.vocabulary import Role

COOKIE: Final = "amr_session"
DEVICE_COOKIE: Final = "amr_device"
# What one may do before a password that somebody else gave was changed.
UNCHANGED: Final = ("/api/v1/me", "/api/v1/me/password", "/api/v1/logout")
# .. and before a second step was set up that the role needs.
UNENROLLED: Final = (*UNCHANGED, "/api/v1/me/second-factor", "/api/v1/me/second-factor/begin")


@dataclass(frozen=True)
class Session:
    """A logged-in user. role: what this session may do; kind: password, pin, token or oidc.

    second_factor: a log-in asks for a code; must_enrol: it has to, and does not yet.
    """

    user: str
    role: Role
    id: str
    kind: str = "password"
    must_change: bool = False
    second_factor: bool = False
    must_enrol: bool = False


def client_of(connection: HTTPConnection) -> str:
    """Return the address that a request comes from."""
    return connection.client.host if connection.client is not None else ""


def token_of(connection: HTTPConnection) -> str:
    """Return the token that a request brings, "" for none."""
    scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else connection.cookies.get(COOKIE, "")


def read(users: UserStore, connection: HTTPConnection, *, touch: bool = True) -> Session:
    """Return the session of a request or WebSocket, or raise auth.required."""
    found = users.session(token_of(connection), touch=touch)
    if found is None:
        raise AmrError("auth.required")
    row, account = found
    return session_of(users, account, row.id, row.kind)


def session_of(users: UserStore, account: Account, session_id: str, kind: str) -> Session:
    """Return a session of an account."""
    owed = users.second.owed(account, kind)
    role = cast(Role, account.role)
    must_change = account.must_change and kind != "oidc"  # no password was used
    return Session(account.name, role, session_id, kind, must_change, bool(account.totp), owed)


def viewer(users: UserStore, connection: HTTPConnection, *, touch: bool = True) -> Session:
    """Return the session of who may see the fleet; raise auth.forbidden, or as `anybody` does."""
    session = anybody(users, connection, touch=touch)
    if ROLES.index(session.role) < ROLES.index("viewer"):
        raise AmrError("auth.forbidden", role=session.role)
    return session


def anybody(users: UserStore, connection: HTTPConnection, *, touch: bool = True) -> Session:
    """Return the session of whoever may do anything at all; raise auth.required or what must be done first."""
    session = read(users, connection, touch=touch)
    _check_owed(session, "")
    return session


def _check_owed(session: Session, path: str) -> None:
    """Raise for what must be done first; path: what is asked, where it may be asked before."""
    if session.must_change and path not in UNCHANGED:
        raise AmrError("auth.change_password")
    if session.must_enrol and path not in UNENROLLED:
        raise AmrError("auth.code_set_up", role=session.role)


def bearer(users: UserStore, connection: HTTPConnection) -> Session:
    """Return the session of a Bearer token, never of a cookie; raise as `viewer` does."""
    if not connection.headers.get("authorization", "").lower().startswith("bearer "):
        raise AmrError("auth.required")
    return viewer(users, connection)


def at_least(role: Role, *but: Role, kinds: Sequence[str] = ()) -> Callable[[HTTPConnection], Awaitable[Session]]:
    """Return a dependency that gives the session if its role is role or higher and none of but, else raises auth.*.

    kinds: of log-in that may ask, empty = each.
    """
    least = ROLES.index(role)

    async def dependency(connection: HTTPConnection) -> Session:
        session = read(connection.app.state.context.users, connection)
        connection.state.session = session
        if ROLES.index(session.role) < least or session.role in but or (kinds and session.kind not in kinds):
            raise AmrError("auth.forbidden", role=session.role)
        _check_owed(session, connection.scope["path"])
        return session

    dependency.role, dependency.but, dependency.kinds = role, but, kinds  # type: ignore[attr-defined]
    return dependency


def set_cookie(response: Response, name: str, token: str, kind: str, *, secure: bool) -> None:
    """Give the browser a session's token, out of reach of scripts and of other sites."""
    life = int(LIFE[kind][0])
    response.set_cookie(name, token, max_age=life, httponly=True, samesite="strict", secure=secure)


def same_origin(connection: HTTPConnection) -> bool:
    """Return whether a browser sent this from our own pages; clients that are no browsers send no Origin."""
    origins = connection.headers.getlist("origin")
    if len(origins) > 1 or connection.headers.get("sec-fetch-site") == "cross-site":
        return False
    return not origins or origins[0].partition("://")[2] == connection.headers.get("host")
