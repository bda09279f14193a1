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
from fastapi import FastAPI

from amr_core.errors import AmrError
from amr_fleet.api.limits import ClientLimit
from amr_fleet.api.sign_on import COOKIE
from amr_fleet.api.users import UserStore
from amr_fleet.logs import configure_logs
from amr_fleet.oidc.endings import GOOD_S, Endings
from amr_fleet.oidc.tokens import LOGOUT_EVENT
from tests.api.api_support import PASSWORD, Connect, plain_logs
from tests.api.oidc_support import V1, come_in, last, log_in, run
from tests.oidc_provider import LoginProvider

# Second step ----------------------------------------------------------------------------------------------------------


def code_of(secret: str, steps: int) -> str:
    """Return the code of so many steps from now."""
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(int(time.time()) + 30 * steps).decode()


@pytest.fixture
def secret(there: LoginProvider, users: UserStore) -> str:
    """The secret of the second step of an account that is linked."""
    made = users.second.begin("operator").secret
    users.turn_on_second("operator", code_of(made, -1))
    users.link(there.issuer, "8f3a", "operator")
    return made


def test_who_has_a_second_step_needs_its_code_here_too(
    connect: Connect, there: LoginProvider, users: UserStore, secret: str
) -> None:
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


@pytest.mark.parametrize("change", ["unlink", "again", "off", "log_out"])
def test_a_code_is_for_the_account_that_was_waited_for(
    connect: Connect, there: LoginProvider, users: UserStore, secret: str, change: str
) -> None:
    """While the code is waited for the account is taken from the person, is another's, or needs no code any more."""

    async def steps(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there)).headers["location"] == "/?oidc=code"
        if change == "unlink":
            users.unlink("operator")
        elif change == "log_out":
            assert (await _logged_out(http, there.logout_token(sub="8f3a"))).status_code == 200
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


# Log-out at the provider (back channel) -------------------------------------------------------------------------------


async def _logged_out(http: httpx.AsyncClient, token: str) -> httpx.Response:
    """Send a logout token as a provider does: another client than the browser, without any cookie."""
    cookies, http.cookies = http.cookies, httpx.Cookies()
    answer = await http.post(f"{V1}/oidc/backchannel-logout", data={"logout_token": token})
    http.cookies = cookies
    return answer


@pytest.mark.parametrize(
    ("about", "ends"),
    [
        ({"sid": "s-2"}, ["s-2"]),
        ({"sub": "8f3a", "sid": "s-2"}, ["s-2", ""]),  # and the one that nobody knows of which it came
        ({"sub": "8f3a"}, ["s-1", "s-2", ""]),
        ({"sub": "another"}, []),
        ({"sub": "another", "sid": "s-2"}, []),
        ({"sid": "s-9"}, []),
    ],
)
def test_the_provider_ends_the_sessions_that_came_of_its_own(
    connect: Connect, there: LoginProvider, users: UserStore, about: dict[str, str], ends: list[str]
) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        opened = {}
        for sid in ("s-1", "s-2", ""):
            there.person["sid"] = sid or None
            await come_in(http, there)
            opened[sid] = http.cookies["amr_session"]
        password = users.open_session("lan", "password", "")
        answer = await _logged_out(http, there.logout_token(**about))
        assert answer.status_code == 200
        assert "no-store" in answer.headers["cache-control"]
        assert [sid for sid, token in opened.items() if users.session(token) is None] == ends
        assert users.session(password) is not None, "that one did not come of the provider"
        row = users.rows.read_audit(limit=1)[0]
        assert (row.action, row.name, row.result) == ("provider_log_out", "lan" if ends else "", "ok")
        assert f'"ended": "{len(ends)}"' in row.what
        assert all(value in row.what for value in about.values())

    run(connect, steps)


def test_a_log_out_is_good_once_and_ends_no_later_log_in_also_over_a_restart(
    connect: Connect, there: LoginProvider, app: FastAPI, users: UserStore
) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        token = there.logout_token(sub="8f3a")
        assert (await _logged_out(http, token)).status_code == 200
        await come_in(http, there)
        for _ in range(2):
            again = await _logged_out(http, token)
            assert (again.status_code, again.json()["code"]) == (400, "oidc.bad_log_out")
            assert (await http.get(f"{V1}/me")).status_code == 200
            app.state.context.sign_on._endings = Endings()  # what a restart leaves of memory
        now = time.time()
        users.rows.log_out_is_used("another", now + GOOD_S + 1.0, now + 2 * GOOD_S)
        assert not users.rows.log_out_was_used("another", now + 2 * GOOD_S + 1.0)
        assert (await _logged_out(http, token)).status_code == 200, "what nobody would believe any more is not kept"

    run(connect, steps)


def test_a_log_out_that_could_not_be_kept_may_be_sent_again(
    connect: Connect, there: LoginProvider, users: UserStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> list[str]:
        raise AmrError("store.failed", reason="disk full")

    async def steps(http: httpx.AsyncClient) -> None:
        await come_in(http, there)
        token = there.logout_token(sub="8f3a")
        with monkeypatch.context() as patch:
            patch.setattr(users.rows, "end_provider_sessions", full)
            assert (await _logged_out(http, token)).json()["code"] == "store.failed"
        assert (await _logged_out(http, token)).status_code == 200
        assert (await http.get(f"{V1}/me")).status_code == 401

    run(connect, steps)


def test_a_log_in_that_is_under_way_ends_with_what_it_came_of(connect: Connect, there: LoginProvider) -> None:
    there.person["sid"] = "s-1"

    async def steps(http: httpx.AsyncClient) -> None:
        for about, comes_in in (({"sid": "s-1"}, False), ({"sid": "s-2"}, True), ({"sub": "another"}, True)):
            begun = await http.post(f"{V1}/oidc/start")
            said = there.browse(begun.json()["url"])
            assert (await _logged_out(http, there.logout_token(**about))).status_code == 200
            answer = await http.get(f"{V1}/oidc/callback", params=said)
            assert answer.headers["location"] == ("/" if comes_in else "/?oidc=oidc.refused")

    run(connect, steps)


LIES: list[dict[str, Any]] = [
    {"nonce": "n"}, {"events": None}, {"events": []}, {"events": {"http://other": {}}}, {"events": {LOGOUT_EVENT: 1}},
    {"jti": None}, {"jti": 7}, {"jti": ""}, {"sub": None}, {"sub": 7}, {"sub": ""}, {"sub": "x" * 256}, {"sid": 7},
    {"sid": ""}, {"aud": "other"}, {"iss": "http://evil.example"}, {"exp": 1_000_000}, {"exp": None}, {"iat": None},
    {"iat": 1_000_000}, {"header": {"kid": "k9"}}, {"header": {"typ": "at+jwt"}}, {"unsigned": True},
]  # fmt: skip


def test_a_log_out_that_lies_ends_nothing(connect: Connect, there: LoginProvider, users: UserStore) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        await come_in(http, there)
        for lie in LIES:
            more = dict(lie)
            there.header, there.unsigned = more.pop("header", {}), more.pop("unsigned", False)
            there.claims = more
            answer = await _logged_out(http, there.logout_token(sub="8f3a"))
            assert (answer.status_code, answer.json()["code"]) == (400, "oidc.bad_log_out"), lie
            assert last(users)[::2] == ("provider_log_out", "oidc.bad_log_out"), lie
        there.header, there.unsigned, there.claims = {}, False, {}
        token, url = there.logout_token(sub="8f3a"), f"{V1}/oidc/backchannel-logout"
        for body in (b"", b"logout_token", b"\xff", b"logout_token=a&logout_token=b", b"x=1&" * 20, b'{"a":1}'):
            refused = "request.invalid" if body == b"\xff" else "oidc.bad_log_out"  # without a type it counts as JSON
            assert (await http.post(url, content=body)).json()["code"] == refused, body
        foreign = await http.post(url, data={"logout_token": token}, headers={"origin": "http://evil.example"})
        assert foreign.json()["code"] == "auth.forbidden"
        assert (await http.get(f"{V1}/me")).status_code == 200, "all that ended nothing"
        assert not any(token in row.what for row in users.rows.read_audit())
        for kind in ("logout+jwt", "application/logout+jwt", "JWT"):
            there.header = {"typ": kind}
            assert (await _logged_out(http, there.logout_token(sub="8f3a"))).status_code == 200

    run(connect, steps)


def test_log_outs_are_bounded_by_client(connect: Connect, there: LoginProvider, app: FastAPI) -> None:
    app.state.context.sign_on.log_outs = ClientLimit(2.0, 0.001)

    async def steps(http: httpx.AsyncClient) -> None:
        answers = [(await _logged_out(http, "x")).status_code for _ in range(3)]
        assert answers == [400, 400, 429]

    run(connect, steps)


def test_without_a_provider_nobody_is_logged_out(connect: Connect) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        assert (await _logged_out(http, "x")).json()["code"] == "oidc.off"

    run(connect, steps)
