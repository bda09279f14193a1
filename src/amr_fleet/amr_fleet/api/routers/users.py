"""Users, their sessions, and the audit trail."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from amr_core.errors import AmrError
from amr_fleet.api.deps import Admin, Context, Engineer
from amr_fleet.api.models import Body, Json, Name
from amr_fleet.api.users import new_password

router = APIRouter(prefix="/api/v1")
Role = Literal["viewer", "operator", "engineer", "admin"]


class NewUserBody(Body):
    """Body of POST /users."""

    name: Name
    role: Role


class RoleBody(Body):
    """Body of POST /users/{name}/role."""

    role: Role


class SetPinBody(Body):
    """Body of POST /users/{name}/pin; "" takes it away."""

    pin: Annotated[str, StringConstraints(max_length=16)]


@router.get("/users")
def users(context: Context, _session: Admin) -> Json:
    """Return all users."""
    found = context.users.rows.all()
    return {
        "users": [
            {"name": a.name, "role": a.role, "pin": bool(a.pin_hash), "must_change": a.must_change} for a in found
        ]
    }


@router.post("/users", status_code=201)
def add_user(body: NewUserBody, context: Context, _session: Admin) -> Json:
    """Add a user; answers the password to hand over, which the user must change."""
    if context.users.role(body.name) is not None:
        raise AmrError("user.exists", user=body.name)
    password = new_password()
    context.users.add(body.name, password, body.role, must_change=True)
    return {"user": body.name, "password": password}


@router.post("/users/{name}/password")
def reset_password(name: str, context: Context, _session: Admin) -> Json:
    """Give a user a new password to hand over; the sessions of the user end."""
    password = new_password()
    context.users.set_password(name, password, must_change=True)
    return {"user": name, "password": password}


@router.post("/users/{name}/role")
def set_role(name: str, body: RoleBody, context: Context, _session: Admin) -> Json:
    """Give a user another role."""
    context.users.set_role(name, body.role)
    return {"ok": True}


@router.post("/users/{name}/pin")
def set_pin(name: str, body: SetPinBody, context: Context, _session: Admin) -> Json:
    """Give a viewer or operator a PIN for enrolled tablets, or take it away."""
    context.users.set_pin(name, body.pin)
    return {"ok": True}


@router.post("/users/{name}/token", status_code=201)
def add_token(name: str, context: Context, _session: Admin) -> Json:
    """Return a token with which another system works as this user (Authorization: Bearer); it is shown only once."""
    context.users.known(name)
    return {"user": name, "token": context.users.open_session(name, "token", "")}


@router.delete("/users/{name}")
def remove_user(name: str, context: Context, _session: Admin) -> Json:
    """Remove a user; the sessions end at once."""
    context.users.known(name)
    context.users.remove(name)
    return {"ok": True}


@router.get("/sessions")
def sessions(context: Context, session: Admin) -> Json:
    """Return who is logged in, from where, since when; and the enrolled tablets."""
    names = ("id", "name", "kind", "client", "created", "seen", "expires")
    rows = [{n: getattr(row, n) for n in names} | {"own": row.id == session.id} for row in context.users.sessions()]
    return {"sessions": rows}


@router.delete("/sessions/{session_id}")
def end_session(session_id: str, context: Context, _session: Admin) -> Json:
    """End a session or take back a tablet's enrolment."""
    context.users.rows.end_session(session_id)
    return {"ok": True}


@router.get("/audit")
def read_audit(
    context: Context,
    _session: Engineer,
    user: Annotated[str, Query(max_length=64)] = "",
    before: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Json:
    """Return who did what, when, and what came of it, newest first."""
    rows = context.users.rows.read_audit(name=user, before=before, limit=limit)
    return {"audit": [dict(vars(row)) for row in rows]}
