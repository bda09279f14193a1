"""Log in, log out, who am I."""

from __future__ import annotations

from fastapi import APIRouter, Response

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.context import audit
from amr_fleet.api.deps import Context, Viewer
from amr_fleet.api.models import Json, LoginBody

router = APIRouter(prefix="/api/v1")


@router.post("/login")
def login(body: LoginBody, context: Context, response: Response) -> Json:
    """Check name and password and set the session cookie."""
    try:
        role = context.users.check(body.user, body.password)
    except AmrError as error:
        audit(body.user, "login", error.code)
        raise
    audit(body.user, "login", "ok")
    response.set_cookie(
        auth.COOKIE,
        auth.issue(context.users, body.user),
        max_age=auth.SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=context.secure_cookies,
    )
    return {"user": body.user, "role": role}


@router.post("/logout")
def logout(context: Context, session: Viewer, response: Response) -> Json:
    """End the session; its cookie is worthless from now on."""
    context.users.end_session(session.id, session.expires)
    response.delete_cookie(auth.COOKIE, httponly=True, samesite="strict", secure=context.secure_cookies)
    audit(session.user, "logout", "ok")
    return {"ok": True}


@router.get("/me")
def me(session: Viewer) -> Json:
    """Say who is logged in."""
    return {"user": session.user, "role": session.role}
