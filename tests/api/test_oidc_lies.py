"""Log-in over a provider through the API: second step, lies of the provider or a browser, log-out."""

from __future__ import annotations

import base64
import io
import logging
import time
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from amr_fleet.api.sign_on import COOKIE
from amr_fleet.api.users import UserStore
from amr_fleet.logs import configure_logs
from tests.api.api_support import PASSWORD, Connect, plain_logs
from tests.api.oidc_support import V1, come_in, last, log_in, run
from tests.oidc_provider import LoginProvider

# Second step ----------------------------------------------------------------------------------------------------------


def code_of(secret: str, steps: int) -> str:
    """Return the code of so many steps from now."""
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(int(time.time()) + 30 * steps).decode()


def test_who_has_a_second_step_needs_its_code_here_too(
    connect: Connect, there: LoginProvider, users: UserStore
) -> None:
    secret = users.second.begin("operator").secret
    users.turn_on_second("operator", code_of(secret, -1))
    users.link(there.issuer, "8f3a", "operator")

    async def steps(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there)).headers["location"] == "/?oidc=code"
        assert (await http.get(f"{V1}/me")).status_code == 401
        wrong = await http.post(f"{V1}/oidc/code", json={"code": "000000"})
        assert wrong.json()["code"] in ("auth.code_wrong", "auth.locked")
        assert last(users)[:2] == ("sign_on_code", "operator")
        right = await http.post(f"{V1}/oidc/code", json={"code": code_of(secret, 1)})
        assert right.json()["user"] == "operator", right.text
        assert (await http.get(f"{V1}/me")).status_code == 200
        again = await http.post(f"{V1}/oidc/code", json={"code": code_of(secret, 1)})
        assert again.json()["code"] == "oidc.refused"

    run(connect, steps)


@pytest.mark.parametrize("change", ["unlink", "again", "off"])
def test_a_code_is_for_the_account_that_was_waited_for(
    connect: Connect, there: LoginProvider, users: UserStore, change: str
) -> None:
    """While the code is waited for the account is taken from the person, is another's, or needs no code any more."""
    secret = users.second.begin("operator").secret
    users.turn_on_second("operator", code_of(secret, -1))
    users.link(there.issuer, "8f3a", "operator")

    async def steps(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there)).headers["location"] == "/?oidc=code"
        if change == "unlink":
            users.unlink("operator")
        elif change == "again":
            users.remove("operator")
            users.add("operator", PASSWORD, "operator")
        else:
            users.turn_off_second("operator")
        answer = await http.post(f"{V1}/oidc/code", json={"code": code_of(secret, 1)})
        assert answer.json()["code"] == "oidc.refused"
        assert (await http.get(f"{V1}/me")).status_code == 401

    run(connect, steps)


def test_who_needs_a_second_step_and_has_none_does_not_come_in(
    connect: Connect, there: LoginProvider, users: UserStore
) -> None:
    users.second.set_roles(["operator"])

    async def steps(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there)).headers["location"] == "/?oidc=auth.code_set_up"
        assert (await http.get(f"{V1}/me")).status_code == 401

    run(connect, steps)


def test_a_session_ends_at_what_its_role_needs_from_now_on(
    connect: Connect, there: LoginProvider, users: UserStore
) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        await come_in(http, there)
        users.second.set_roles(["operator"])
        assert (await http.get(f"{V1}/orders")).json()["code"] == "auth.code_set_up"

    run(connect, steps)


# Lies -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lie",
    [
        {"aud": "other"}, {"iss": "http://evil.example"}, {"nonce": "x"}, {"exp": 1_000_000}, {"sub": None},
        {"azp": "other"}, {"header": {"kid": "k9"}}, {"unsigned": True},
    ],
)  # fmt: skip
def test_a_lie_is_refused_and_written_down(
    connect: Connect, there: LoginProvider, users: UserStore, lie: dict[str, Any]
) -> None:
    there.header, there.unsigned = lie.pop("header", {}), lie.pop("unsigned", False)
    there.claims = lie

    async def steps(http: httpx.AsyncClient) -> None:
        answer = await log_in(http, there)
        assert (answer.status_code, answer.headers["location"]) == (303, "/?oidc=oidc.refused")
        assert (await http.get(f"{V1}/me")).status_code == 401
        assert last(users)[::2] == ("came_back", "oidc.refused")
        assert '"reason": ' in users.rows.read_audit(limit=1)[0].what

    run(connect, steps)
    assert "lan" not in users.names()


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(
    connect: Connect, there: LoginProvider, users: UserStore
) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        begun = await http.post(f"{V1}/oidc/start")
        said = there.browse(begun.json()["url"])
        token = http.cookies[COOKIE]
        http.cookies.clear()
        for cookie, changed in (
            ("", said), ("other", said), (token, said | {"state": "x"}), (token, said),  # a wrong try ends it
        ):  # fmt: skip
            answer = await http.get(f"{V1}/oidc/callback", params=changed, headers={"cookie": f"{COOKIE}={cookie}"})
            assert answer.headers["location"] == "/?oidc=oidc.refused"
        for changed in ({"error": "access_denied<script>"}, {"iss": "http://evil"}, {"code": ""}, {"code": "no"}):
            begun = await http.post(f"{V1}/oidc/start")
            said = there.browse(begun.json()["url"]) | changed
            assert (await http.get(f"{V1}/oidc/callback", params=said)).headers["location"] == "/?oidc=oidc.refused"
            assert "<" not in users.rows.read_audit(limit=1)[0].what
        assert (await http.get(f"{V1}/oidc/callback", params={"code": "x" * 5000})).status_code == 422

    run(connect, steps)
    assert "lan" not in users.names()


def test_a_code_is_good_once(connect: Connect, there: LoginProvider) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        begun = await http.post(f"{V1}/oidc/start")
        said = there.browse(begun.json()["url"])
        first = await http.get(f"{V1}/oidc/callback", params=said)
        assert first.headers["location"] == "/"
        assert (await http.get(f"{V1}/oidc/callback", params=said)).headers["location"] == "/?oidc=oidc.refused"

    run(connect, steps)


def test_a_provider_that_is_away_keeps_nobody_out_with_a_password(connect: Connect, there: LoginProvider) -> None:
    there.status = 503

    async def steps(http: httpx.AsyncClient) -> None:
        for _ in range(3):
            answer = await http.post(f"{V1}/oidc/start")
            assert (answer.status_code, answer.json()["code"]) == (502, "oidc.provider")
            assert "503" not in answer.text, "a stranger does not learn what the fleet can reach"
        assert len(there.asked) == 1, "nobody waits for it again a moment later"
        login = await http.post(f"{V1}/login", json={"user": "operator", "password": PASSWORD})
        assert login.status_code == 200

    run(connect, steps)


def test_nobody_begins_where_the_way_back_would_not_find_the_browser(connect: Connect, there: LoginProvider) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        answer = await http.post(f"{V1}/oidc/start", headers={"host": "127.0.0.1"})
        assert (answer.status_code, answer.json()) == (409, {"code": "oidc.elsewhere", "facts": {"url": "http://test"}})
        assert not there.asked

    run(connect, steps)


def test_nothing_secret_is_written_to_logs_or_the_trail(
    connect: Connect, there: LoginProvider, users: UserStore, capsys: pytest.CaptureFixture[str]
) -> None:
    log = io.StringIO()
    configure_logs(log, logging.DEBUG)
    seen: list[str] = []

    async def steps(http: httpx.AsyncClient) -> None:
        for claims in ({"aud": "other"}, {}):
            there.claims = claims
            begun = await http.post(f"{V1}/oidc/start")
            said = there.browse(begun.json()["url"])
            seen.extend((said["code"], said["state"], http.cookies[COOKIE]))
            await http.get(f"{V1}/oidc/callback", params=said)
        seen.append(http.cookies["amr_session"])

    try:
        run(connect, steps)
    finally:
        plain_logs()
    told = log.getvalue() + "".join(capsys.readouterr())
    assert "oidc.not_in" in told
    told += "".join(row.what for row in users.rows.read_audit())
    assert not [secret for secret in seen if secret in told]


# Log-out --------------------------------------------------------------------------------------------------------------


def test_who_logs_out_is_sent_to_the_provider_and_others_are_not(connect: Connect, there: LoginProvider) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        await come_in(http, there)
        token = http.cookies["amr_session"]
        url = (await http.post(f"{V1}/logout")).json()["url"]
        assert url.startswith(f"{there.issuer}/bye?client_id=amr&post_logout_redirect_uri=http%3A%2F%2Ftest%2F")
        assert (await http.get(f"{V1}/me", headers={"cookie": f"amr_session={token}"})).status_code == 401
        await http.post(f"{V1}/login", json={"user": "operator", "password": PASSWORD})
        assert (await http.post(f"{V1}/logout")).json() == {"ok": True, "url": ""}

    run(connect, steps)
