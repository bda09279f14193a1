"""The second step of a log-in: set it up, take it away, new recovery codes, and which roles need it."""

from __future__ import annotations

from fastapi import APIRouter, Request

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Admin, Anybody, Context, Owner
from amr_fleet.api.models import accounts as m
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import problems
from amr_fleet.api.users import ROLES

router = APIRouter(prefix="/api/v1")
_SURE = (
    "auth.wrong",
    "auth.locked",
    "auth.busy",
    "auth.code_needed",
    "auth.code_wrong",
    "auth.code_off",
    "request.too_many",
)


def _sure(context: ApiContext, session: auth.Session, body: m.SureBody, request: Request) -> None:
    """Raise unless it is the person at the keyboard: a session that was left open is not enough."""
    if not context.users.known(session.user).totp:
        raise AmrError("auth.code_off")
    context.users.log_in(session.user, body.password, body.code, auth.client_of(request))


@router.get("/me/second-factor", responses=problems("request.too_many"))
def second_factor(context: Context, session: Anybody) -> m.SecondFactor:
    """Say how one's own log-in is."""
    users = context.users
    return m.SecondFactor(
        on=session.second_factor,
        needed=session.role in users.second.roles(),
        codes_left=users.second.codes_left(session.user),
    )


@router.post(
    "/me/second-factor/begin",
    responses=problems("auth.code_on", "auth.busy", "auth.wrong", "auth.locked", "request.too_many"),
)  # fmt: skip
def begin_second_factor(
    body: m.PasswordBody, context: Context, session: Owner, request: Request
) -> m.SecondFactorBegun:
    """Return a secret for an authenticator app; nothing changes before the app's first code was confirmed.

    The password again: who finds an open session must not bind another phone to the account.
    """
    if session.second_factor:
        raise AmrError("auth.code_on")
    context.users.check(session.user, body.password, auth.client_of(request))
    return m.SecondFactorBegun.model_validate(context.users.second.begin(session.user))


@router.post(
    "/me/second-factor",
    responses=problems("auth.code_on", "auth.code_begin", "auth.code_wrong", "auth.locked", "request.too_many"),
)
def turn_on_second_factor(body: m.CodeBody, context: Context, session: Owner) -> m.RecoveryCodes:
    """Ask for codes from now on; other log-ins end, this one goes on. Returns recovery codes, told only once."""
    return m.RecoveryCodes(codes=context.users.turn_on_second(session.user, body.code, session.id))


@router.post("/me/second-factor/codes", responses=problems(*_SURE))
def renew_recovery_codes(body: m.SureBody, context: Context, session: Owner, request: Request) -> m.RecoveryCodes:
    """Return new recovery codes; the old ones are worth nothing."""
    _sure(context, session, body, request)
    return m.RecoveryCodes(codes=context.users.second.new_codes(session.user))


@router.post("/me/second-factor/off", responses=problems(*_SURE))
def turn_off_second_factor(body: m.SureBody, context: Context, session: Owner, request: Request) -> Done:
    """Ask for no more codes at one's own log-in."""
    _sure(context, session, body, request)
    context.users.turn_off_second(session.user)
    return Done()


@router.delete("/users/{name}/second-factor", responses=problems("user.not_found", "auth.code_off"))
def reset_second_factor(name: str, context: Context, session: Admin) -> Done:
    """Take away the second step of a user who lost the phone; the log-ins of the user end. One's own: see /off."""
    if name == session.user:
        raise AmrError("auth.forbidden", role=session.role)
    context.users.turn_off_second(name)
    context.users.rows.end_sessions(name, "password")
    context.users.rows.end_sessions(name, "oidc")
    return Done()


@router.get("/second-factor/roles", responses=problems())
def roles_in_need(context: Context, _session: Admin) -> m.RolesInNeed:
    """Return the roles that need a second step."""
    return m.RolesInNeed.model_validate({"roles": context.users.second.roles()})


@router.put("/second-factor/roles", responses=problems("auth.code_set_up"))
def set_roles_in_need(body: m.NeedBody, context: Context, session: Admin) -> m.RolesInNeed:
    """Set them: who has one of these roles and no second step can do nothing but set it up, from now on.

    One's own role can be added by who has a second step: with it one administrator at least can log in.
    """
    if session.role in body.roles and not session.second_factor and session.role not in context.users.second.roles():
        raise AmrError("auth.code_set_up", role=session.role)
    context.users.second.set_roles([role for role in ROLES if role in body.roles])
    return m.RolesInNeed.model_validate({"roles": context.users.second.roles()})
