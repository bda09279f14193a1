"""Log in at the site's provider (OpenID Connect): begin, come back, second step; link an account, unlink it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Anybody, Context, Owner
from amr_fleet.api.models.accounts import Me, PasswordBody
from amr_fleet.api.models.oidc import ProviderLink, SignOnBegun, SignOnCode, SignOnShown
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import problems
from amr_fleet.api.sign_on import COOKIE, PATH, CameBack, CameIn, SignOn
from amr_fleet.oidc.flow import LIFE_S
from amr_fleet.oidc.tokens import refused

router = APIRouter(prefix="/api/v1")
_Said = Annotated[str, Query(max_length=4096)]
_NOT_NOW = ("oidc.off", "request.too_many", "auth.forbidden", "store.failed")
_START = ("oidc.provider", "oidc.refused", "oidc.elsewhere")
_LOG_OUT = ("oidc.off", "oidc.bad_log_out", "oidc.provider", "request.too_many", "store.failed")
_log = structlog.get_logger("amr_fleet.api")


def _on(context: ApiContext) -> SignOn:
    if context.sign_on is None:
        raise AmrError("oidc.off")
    return context.sign_on


@router.get("/oidc", responses=problems(session=False))
def sign_on(context: Context) -> SignOnShown:
    """Say whether there is a log-in over a provider, and what its button says."""
    return SignOnShown(label=context.sign_on.settings.label if context.sign_on is not None else None)


@router.post("/oidc/start", responses=problems(*_NOT_NOW, *_START, session=False))
async def start_sign_on(context: Context, request: Request, response: Response) -> SignOnBegun:
    """Return where the browser goes to log in."""
    return await _start(context, request, response)


@router.get("/oidc/link", responses=problems("request.too_many"))
def provider_link(context: Context, session: Anybody) -> ProviderLink:
    """Say whether one's account is one's own at the provider, too."""
    return ProviderLink(linked=bool(context.users.known(session.user).identity), mine=session.kind == "password")


@router.post("/oidc/link", responses=problems(*_NOT_NOW, *_START, "auth.wrong", "auth.locked", "auth.busy"))
async def start_link(
    body: PasswordBody, context: Context, session: Owner, request: Request, response: Response
) -> SignOnBegun:
    """Return where the browser goes to say who one is there, for one's account to be that person's, too.

    The password again: who finds an open session must not make the account another's.
    """
    desk = _on(context)
    await desk.apart(lambda: context.users.check(session.user, body.password, auth.client_of(request)))
    return await _start(context, request, response, session)


@router.delete("/oidc/link", responses=problems("oidc.not_linked", "request.too_many"))
def unlink(context: Context, session: Owner) -> Done:
    """Make one's account nobody's at the provider; log-ins over it end. It takes a log-in with the password."""
    context.users.unlink(session.user)
    return Done()


async def _start(
    context: ApiContext, request: Request, response: Response, session: auth.Session | None = None
) -> SignOnBegun:
    desk = _on(context)
    home = desk.settings.url
    if request.url.hostname != urlsplit(home).hostname:  # the cookie would not be there on the way back
        raise AmrError("oidc.elsewhere", url=home)
    link = (session.user, session.id) if session is not None else ("", "")
    try:
        token, url = await desk.apart(lambda: desk.start(*link))
    except AmrError as error:
        _log.warning("oidc.start_failed", code=error.code, reason=error.facts.get("reason", ""))
        if error.code == "oidc.provider":  # strangers need not know what the fleet can reach
            raise AmrError("oidc.provider", reason="see the server's log") from error
        raise
    _keep(context, response, token)
    return SignOnBegun(url=url)


@router.get(
    "/oidc/callback",
    response_class=RedirectResponse,
    status_code=303,
    responses=problems("request.too_many", session=False),
)
async def came_back(
    context: Context, request: Request, state: _Said = "", code: _Said = "", error: _Said = "", iss: _Said = ""
) -> Response:
    """Take over what the provider says and send the browser to the dashboard; ?oidc= says what came of it."""
    facts: dict[str, str] = {}
    request.state.audit_facts = facts
    try:
        desk = _on(context)
        await context.trail.ready()
        token = request.cookies.get(COOKIE, "")
        came = await desk.apart(lambda: desk.finish(token, CameBack(state, code, error, iss), facts))
        account = came.account
        request.state.tried_user = account.name
        await context.trail.add(request, 200)
        comes_in = "linked" not in facts and not account.totp
        opened = await desk.apart(lambda: desk.open(came, auth.client_of(request))) if comes_in else ""
    except AmrError as failed:
        request.state.code = failed.code
        reason = str(failed.facts.get("reason", ""))
        facts |= {"reason": reason} if reason else {}
        request.state.tried_user = facts.get("account") or facts.get("linked") or facts.get("name", "")
        _log.warning("oidc.not_in", code=failed.code, reason=reason)
        if failed.code != "store.failed":
            await context.trail.add(request, 403)
        return _to(context, f"{'/second-factor' if 'linked' in facts else '/'}?oidc={failed.code}")
    if "linked" in facts:
        return _to(context, "/second-factor?oidc=linked")
    if account.totp:
        answer = _to(context, "/?oidc=code")
        _keep(context, answer, desk.begun.wait_for_code(account.name, account.identity, came.sid))
        return answer
    answer = _to(context, "/")
    auth.set_cookie(answer, auth.COOKIE, opened, "oidc", secure=context.secure_cookies)
    return answer


@router.post(
    "/oidc/code",
    responses=problems(*_NOT_NOW, "oidc.refused", "auth.code_needed", "auth.code_wrong", "auth.locked", session=False),
)
def sign_on_code(body: SignOnCode, context: Context, request: Request, response: Response) -> Me:
    """Check the code of the second step of who has come back from the provider, and set the session cookie."""
    desk, token = _on(context), request.cookies.get(COOKIE, "")
    waits = desk.begun.waiting(token)
    if waits is None:
        raise refused("it was not begun in this browser, or too long ago")
    request.state.tried_user = waits.user
    account = context.users.rows.account(waits.user)
    if account is None or account.identity != waits.identity or not account.totp:
        raise refused("the account has changed meanwhile")
    context.users.second.check(account, body.code)
    if desk.begun.take(token) is None:  # another took it meanwhile
        raise refused("it was not begun in this browser, or too long ago")
    opened = desk.open(CameIn(account, waits.sid, waits.begun), auth.client_of(request))
    auth.set_cookie(response, auth.COOKIE, opened, "oidc", secure=context.secure_cookies)
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax", secure=context.secure_cookies)
    return Me.model_validate(auth.session_of(context.users, account, "", "oidc"))


@router.post(
    "/oidc/backchannel-logout",
    responses=problems(*_LOG_OUT, session=False),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "properties": {"logout_token": {"type": "string"}},
                        "required": ["logout_token"],
                    }
                }
            },
        }
    },
)
async def provider_log_out(context: Context, request: Request, response: Response) -> Done:
    """End the sessions that the provider says are over (OpenID Connect Back-Channel Logout 1.0).

    The token is the provider's word for it; nobody is logged in here.
    """
    desk, facts = _on(context), dict[str, str]()
    request.state.audit_facts = facts
    desk.log_outs.take(auth.client_of(request))
    try:
        token = _logout_token(await request.body())
        request.state.tried_user = await desk.apart(lambda: desk.log_out(token, facts))
    except AmrError as error:
        facts["reason"] = str(error.facts.get("reason", ""))
        _log.warning("oidc.log_out_failed", code=error.code, reason=facts["reason"])
        raise
    response.headers["Cache-Control"] = "no-store"
    return Done()


def _logout_token(body: bytes) -> str:
    try:
        found = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=10).get("logout_token", [])
    except ValueError as error:
        raise AmrError("oidc.bad_log_out", reason="the body is no form") from error
    if len(found) != 1:
        raise AmrError("oidc.bad_log_out", reason="no logout token, or several")
    return found[0]


def _keep(context: ApiContext, response: Response, token: str) -> None:
    """Give the browser what its answer is known by. Lax: it comes back from another site's page."""
    response.set_cookie(
        COOKIE, token, max_age=int(LIFE_S), path=PATH, httponly=True, samesite="lax", secure=context.secure_cookies
    )


def _to(context: ApiContext, path: str) -> RedirectResponse:
    answer = RedirectResponse(path, 303)
    answer.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax", secure=context.secure_cookies)
    return answer
