"""Log in with a password, or with a PIN on an enrolled tablet; log out; who am I."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Admin, Anybody, Context, Owner
from amr_fleet.api.models.accounts import ChangePasswordBody, Device, DeviceBody, LoggedOut, LoginBody, Me, PinBody
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import problems
from amr_fleet.store.accounts import Account

router = APIRouter(prefix="/api/v1")
_SECRET = ("auth.wrong", "auth.locked", "auth.busy", "request.too_many")
_CHANGE = ("auth.forbidden", "store.failed")  # from another origin; the audit row cannot be written


def _open(context: ApiContext, request: Request, response: Response, shown: Account, kind: str) -> Me:
    """Open a session, give the browser its cookie, and say who it is. shown: as it let somebody in."""
    user = shown.name
    token = context.users.open_session(user, kind, auth.client_of(request), shown=shown)
    auth.set_cookie(response, auth.COOKIE, token, kind, secure=context.secure_cookies)
    return Me.model_validate(auth.session_of(context.users, context.users.known(user), "", kind))


@router.post("/login", responses=problems(*_SECRET, "auth.code_needed", "auth.code_wrong", *_CHANGE, session=False))
def login(body: LoginBody, context: Context, request: Request, response: Response) -> Me:
    """Check name and password, and a code where there is a second step, and set the session cookie."""
    request.state.tried_user = body.user
    shown = context.users.log_in(body.user, body.password, body.code, auth.client_of(request))
    return _open(context, request, response, shown, "password")


@router.post("/login/pin", responses=problems(*_SECRET, "auth.no_device", *_CHANGE, session=False))
def login_pin(body: PinBody, context: Context, request: Request, response: Response) -> Me:
    """Check a PIN; only a tablet that an administrator enrolled may ask."""
    if context.users.device(request.cookies.get(auth.DEVICE_COOKIE, "")) is None:
        raise AmrError("auth.no_device")
    request.state.tried_user = body.user
    shown = context.users.check_pin(body.user, body.pin, auth.client_of(request))
    return _open(context, request, response, shown, "pin")


@router.get("/device", responses=problems(session=False))
def device(context: Context, request: Request) -> Device:
    """Say whether this is an enrolled tablet, and who may log in with a PIN here."""
    row = context.users.device(request.cookies.get(auth.DEVICE_COOKIE, ""))
    return Device(device=row.client if row else None, names=context.users.pin_names() if row else [])


@router.post("/devices", status_code=201, responses=problems())
def enrol_device(body: DeviceBody, context: Context, session: Admin, response: Response) -> Done:
    """Make the browser that asks a shared tablet, where a PIN is enough."""
    token = context.users.open_session(session.user, "device", body.name)
    auth.set_cookie(response, auth.DEVICE_COOKIE, token, "device", secure=context.secure_cookies)
    return Done()


@router.post("/logout", responses=problems())
def logout(context: Context, session: Anybody, response: Response) -> LoggedOut:
    """End the session; its cookie is worthless from now on. url: where to log out at the provider that let one in."""
    context.users.rows.end_session(session.id)
    response.delete_cookie(auth.COOKIE, httponly=True, samesite="strict", secure=context.secure_cookies)
    at_provider = session.kind == "oidc" and context.sign_on is not None
    return LoggedOut(url=context.sign_on.leaving() if at_provider and context.sign_on is not None else "")


@router.get("/me", responses=problems())
def me(session: Anybody) -> Me:
    """Say who is logged in."""
    return Me.model_validate(session)


@router.post("/me/password", responses=problems(*_SECRET))
def change_password(
    body: ChangePasswordBody, context: Context, session: Owner, request: Request, response: Response
) -> Me:
    """Change one's own password; other sessions end, this one goes on with a new cookie."""
    shown = context.users.shown("password", session.user, body.old, auth.client_of(request))
    if body.old == body.new:
        raise AmrError("request.invalid", where="new", reason="the same password")
    changed = context.users.set_password(session.user, body.new, must_change=False, shown=shown)
    return _open(context, request, response, changed, "password")
