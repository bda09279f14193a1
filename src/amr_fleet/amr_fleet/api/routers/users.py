"""Users, their sessions, and the audit trail."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from amr_core.errors import AmrError
from amr_core.plain_text import read_as
from amr_fleet.api.deps import Admin, Context, Engineer
from amr_fleet.api.models.accounts import (
    Accounts,
    Audit,
    HandOver,
    NewUserBody,
    RoleBody,
    Sessions,
    SetPinBody,
    Token,
)
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import problems
from amr_fleet.api.users import new_password

router = APIRouter(prefix="/api/v1")
_ONE = ("user.not_found", "user.last_admin")


@router.get("/users", response_model=Accounts, responses=problems())
def users(context: Context, _session: Admin) -> dict[str, Any]:
    """Return all users."""
    return {"users": context.users.rows.all()}


@router.post("/users", status_code=201, responses=problems("user.exists", "auth.busy"))
def add_user(body: NewUserBody, context: Context, _session: Admin) -> HandOver:
    """Add a user; answers the password to hand over, which the user must change."""
    if read_as(body.name) in map(read_as, context.users.names()):  # in the audit trail one would be the other
        raise AmrError("user.exists", user=body.name)
    password = new_password()
    context.users.add(body.name, password, body.role, must_change=True)
    return HandOver(user=body.name, password=password)


@router.post("/users/{name}/password", responses=problems(*_ONE, "auth.busy"))
def reset_password(name: str, context: Context, _session: Admin) -> HandOver:
    """Give a user a new password to hand over; the sessions of the user end."""
    password = new_password()
    context.users.set_password(name, password, must_change=True)
    return HandOver(user=name, password=password)


@router.post("/users/{name}/role", responses=problems(*_ONE))
def set_role(name: str, body: RoleBody, context: Context, _session: Admin) -> Done:
    """Give a user another role."""
    context.users.set_role(name, body.role)
    return Done()


@router.post("/users/{name}/pin", responses=problems(*_ONE, "user.no_pin", "auth.busy"))
def set_pin(name: str, body: SetPinBody, context: Context, _session: Admin) -> Done:
    """Give a viewer or operator a PIN for enrolled tablets, or take it away."""
    context.users.set_pin(name, body.pin)
    return Done()


@router.post("/users/{name}/token", status_code=201, responses=problems(*_ONE))
def add_token(name: str, context: Context, _session: Admin) -> Token:
    """Return a token with which another system works as this user (Authorization: Bearer); it is shown only once."""
    context.users.known(name)
    return Token(user=name, token=context.users.open_session(name, "token", ""))


@router.delete("/users/{name}", responses=problems(*_ONE))
def remove_user(name: str, context: Context, _session: Admin) -> Done:
    """Remove a user; the sessions end at once, and the draft of a layout goes."""
    context.users.known(name)
    context.users.remove(name)
    if context.ops is not None and context.ops.layout is not None:
        context.ops.layout.drafts.keep_only(context.users.names())
    return Done()


@router.get("/sessions", response_model=Sessions, responses=problems())
def sessions(context: Context, session: Admin) -> dict[str, Any]:
    """Return who is logged in, from where, since when; and the enrolled tablets."""
    rows = [{**vars(row), "own": row.id == session.id} for row in context.users.sessions()]
    return {"sessions": rows}


@router.delete("/sessions/{session_id}", responses=problems())
def end_session(session_id: str, context: Context, _session: Admin) -> Done:
    """End a session or take back a tablet's enrolment."""
    context.users.rows.end_session(session_id)
    return Done()


@router.get("/audit", response_model=Audit, responses=problems())
def read_audit(
    context: Context,
    _session: Engineer,
    user: Annotated[str, Query(max_length=64)] = "",
    before: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """Return who did what, when, and what came of it, newest first."""
    rows = context.users.rows.read_audit(name=user, before=before, limit=limit)
    return {"audit": rows}
