"""Log-in over a provider through the API: accounts, roles, second step, links, the audit trail, lies, log-out."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from fastapi import FastAPI

from amr_core.errors import AmrError
from amr_fleet.api.sign_on import COOKIE, SignOn
from amr_fleet.api.users import UserStore
from amr_fleet.logs import configure_logs
from amr_fleet.oidc.settings import OidcSettings
from tests.api.api_support import PASSWORD, Connect, plain_logs
from tests.oidc_provider import LoginProvider, login_provider

V1 = "/api/v1"


@pytest.fixture
def there(app: FastAPI, users: UserStore) -> Iterator[LoginProvider]:
    with login_provider() as made:
        desk = SignOn(OidcSettings.model_validate(made.settings()), users)
        app.state.context = replace(app.state.context, sign_on=desk)
        yield made
        desk.close()


async def log_in(http: httpx.AsyncClient, there: LoginProvider, *, link: bool = False) -> httpx.Response:
    """Go all the way of a browser; return the answer that sends it to the dashboard."""
    start = http.post(f"{V1}/oidc/link", json={"password": PASSWORD}) if link else http.post(f"{V1}/oidc/start")
    begun = await start
    assert begun.status_code == 200, begun.text
    return await http.get(f"{V1}/oidc/callback", params=there.browse(begun.json()["url"]))


def run(connect: Connect, steps: Callable[[httpx.AsyncClient], Awaitable[None]], role: str = "") -> None:
    async def all_of_it() -> None:
        async with connect(role) as http:
            await steps(http)

    asyncio.run(all_of_it())


def last(users: UserStore) -> tuple[str, str, str]:
    row = users.rows.read_audit(limit=1)[0]
    return row.action, row.name, row.result


def test_without_a_provider_there_is_no_button_and_no_way_in(connect: Connect) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        assert (await http.get(f"{V1}/oidc")).json() == {"label": None}
        assert (await http.post(f"{V1}/oidc/start")).json()["code"] == "oidc.off"
        assert (await http.get(f"{V1}/oidc/callback")).headers["location"] == "/?oidc=oidc.off"
        assert (await http.post(f"{V1}/oidc/code", json={"code": "1"})).json()["code"] == "oidc.off"

    run(connect, steps)


def test_a_person_whom_the_provider_knows_comes_in_with_the_role_that_it_gives(
    connect: Connect, there: LoginProvider, users: UserStore
) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        assert (await http.get(f"{V1}/oidc")).json() == {"label": "Cảng Cái Cui"}
        begun = await http.post(f"{V1}/oidc/start")
        kept = begun.headers["set-cookie"].lower()
        assert all(part in kept for part in ("httponly", "samesite=lax", "path=/api/v1/oidc", "max-age=600"))
        answer = await http.get(f"{V1}/oidc/callback", params=there.browse(begun.json()["url"]))
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookies = ";".join(answer.headers.get_list("set-cookie")).lower()
        assert "samesite=strict" in cookies
        me = (await http.get(f"{V1}/me")).json()
        assert (me["user"], me["role"], me["must_change"]) == ("lan", "operator", False)
        assert last(users) == ("came_back", "lan", "ok")
        assert "8f3a" in users.rows.read_audit(limit=1)[0].what
        there.person["groups"] = ["amr-engineers", "amr-operators"]  # promoted meanwhile; the highest counts
        there.person["preferred_username"] = "lan.nguyen"  # and married
        await log_in(http, there)
        me = (await http.get(f"{V1}/me")).json()
        assert (me["user"], me["role"]) == ("lan", "engineer")
        there.person["groups"] = ["staff"]
        assert (await log_in(http, there)).headers["location"] == "/?oidc=oidc.no_role"
        assert last(users) == ("came_back", "lan.nguyen", "oidc.no_role")
        assert (await http.get(f"{V1}/me")).status_code == 401, "what was open before is over, too"

    run(connect, steps)
    with pytest.raises(AmrError, match=r"auth\.wrong"):
        users.check("lan", "")
    with pytest.raises(AmrError, match=r"auth\.wrong"):
        users.check("lan", PASSWORD)


@pytest.mark.parametrize("groups", [None, "staff", [], ["Amr-Operators"], 7, {"amr-operators": 1}, [["amr-operators"]]])
def test_who_has_no_role_there_has_no_account_here(
    connect: Connect, there: LoginProvider, users: UserStore, groups: object
) -> None:
    there.person["groups"] = groups

    async def steps(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there)).headers["location"] == "/?oidc=oidc.no_role"
        assert (await http.get(f"{V1}/me")).status_code == 401

    run(connect, steps)
    assert "lan" not in users.names()


@pytest.mark.parametrize("name", ["admin", "operator"])
def test_a_name_that_somebody_here_has_is_not_taken_over(
    connect: Connect, there: LoginProvider, users: UserStore, name: str
) -> None:
    there.person["preferred_username"] = name

    async def steps(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there)).headers["location"] == "/?oidc=oidc.name_taken"
        assert (await http.get(f"{V1}/me")).status_code == 401
        assert last(users) == ("came_back", name, "oidc.name_taken")

    run(connect, steps)


@pytest.mark.parametrize("name", ["Operator", "OPERATOR", "ｏｐｅｒａｔｏｒ", "operat\u00ba\u02b3", "demo", "Demo"])
def test_a_name_that_reads_like_one_here_is_nobody_elses(
    connect: Connect, there: LoginProvider, users: UserStore, name: str
) -> None:
    """Journal and trail name people: who is called like another would be taken for that one."""
    there.person["preferred_username"] = name
    before = users.names()

    async def steps(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there)).headers["location"] == "/?oidc=oidc.name_taken"

    run(connect, steps)
    assert users.names() == before


def test_a_session_over_the_provider_does_not_become_that_of_who_gets_the_name(
    connect: Connect, there: LoginProvider, users: UserStore
) -> None:
    """The administrator of a first start, say, or who is added at the console."""

    async def steps(http: httpx.AsyncClient) -> None:
        await _in(http, there)
        users.add("lan", PASSWORD, "admin")
        assert (await http.get(f"{V1}/me")).status_code == 401

    run(connect, steps)


@pytest.mark.parametrize("name", [None, 7, "", "a/b", "a\u202eb", "x" * 65, " lan"])
def test_a_name_that_is_none_makes_no_account(
    connect: Connect, there: LoginProvider, users: UserStore, name: object
) -> None:
    there.person["preferred_username"] = name
    before = users.names()

    async def steps(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there)).headers["location"] == "/?oidc=oidc.refused"

    run(connect, steps)
    assert users.names() == before


def test_the_owner_of_an_account_links_it_and_keeps_its_role(
    connect: Connect, there: LoginProvider, users: UserStore
) -> None:
    there.person["groups"] = []

    async def steps(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there, link=True)).headers["location"] == "/second-factor?oidc=linked"
        action, name, result = last(users)
        assert (action, name, result) == ("came_back", "admin", "ok")
        assert '"linked": "admin"' in users.rows.read_audit(limit=1)[0].what
        await http.post(f"{V1}/logout")
        assert (await log_in(http, there)).headers["location"] == "/"
        me = (await http.get(f"{V1}/me")).json()
        assert (me["user"], me["role"]) == ("admin", "admin"), "its own role: the provider gives none"
        assert (await http.get(f"{V1}/oidc/link")).json() == {"linked": True, "mine": False}
        refused = await http.post(f"{V1}/oidc/link", json={"password": PASSWORD})
        assert refused.json()["code"] == "auth.forbidden", "a link takes a log-in with the password"
        assert (await http.delete(f"{V1}/oidc/link")).json()["code"] == "auth.forbidden"

    run(connect, steps, "admin")
    run(connect, lambda http: _linked_elsewhere(http, there), "operator")
    users.remove("operator")
    run(connect, lambda http: _in(http, there))


def test_who_unlinks_an_account_ends_its_log_ins_over_the_provider(
    connect: Connect, there: LoginProvider, users: UserStore
) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        assert (await http.delete(f"{V1}/oidc/link")).json()["code"] == "oidc.not_linked"
        await log_in(http, there, link=True)
        assert (await http.get(f"{V1}/oidc/link")).json() == {"linked": True, "mine": True}
        open_elsewhere = users.open_session("engineer", "oidc", "")
        assert users.session(open_elsewhere) is not None
        assert (await http.delete(f"{V1}/oidc/link")).status_code == 200
        assert users.session(open_elsewhere) is None
        assert (await http.get(f"{V1}/oidc/link")).json() == {"linked": False, "mine": True}
        assert last(users)[:2] == ("unlink", "engineer")

    run(connect, steps, "engineer")
    there.person["groups"] = []

    async def out(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there)).headers["location"] == "/?oidc=oidc.no_role"

    run(connect, out)


def test_who_unlinks_an_account_gets_no_other_one_and_is_out_once_it_is_removed(
    connect: Connect, there: LoginProvider, users: UserStore
) -> None:
    """Who sees the removal coming must not come in anew with the role that the provider still gives."""
    users.link(there.issuer, "8f3a", "engineer")
    users.unlink("engineer")

    async def steps(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there)).headers["location"] == "/?oidc=oidc.removed"
        users.remove("engineer")
        there.person["preferred_username"] = "engineer"
        assert (await log_in(http, there)).headers["location"] == "/?oidc=oidc.removed"

    run(connect, steps)
    users.link(there.issuer, "8f3a", "operator")
    run(connect, lambda http: _in(http, there))


def test_a_link_takes_the_password_again_and_a_session_that_is_still_open(
    connect: Connect, there: LoginProvider, users: UserStore
) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        wrong = await http.post(f"{V1}/oidc/link", json={"password": "not-the-password"})
        assert wrong.json()["code"] == "auth.wrong"
        begun = await http.post(f"{V1}/oidc/link", json={"password": PASSWORD})
        assert PASSWORD not in users.rows.read_audit(limit=1)[0].what
        assert "prompt=login" in begun.json()["url"]
        said = there.browse(begun.json()["url"])
        await http.post(f"{V1}/logout")  # who comes back may be somebody else at the same screen
        answer = await http.get(f"{V1}/oidc/callback", params=said)
        assert answer.headers["location"] == "/second-factor?oidc=oidc.refused"
        assert last(users) == ("came_back", "operator", "oidc.refused")

    run(connect, steps, "operator")
    assert not users.known("operator").identity


def test_a_password_that_an_administrator_gave_leaves_the_role_to_the_provider(
    connect: Connect, there: LoginProvider, users: UserStore
) -> None:
    run(connect, lambda http: _in(http, there))
    users.set_password("lan", PASSWORD, must_change=False)
    there.person["groups"] = []

    async def steps(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there)).headers["location"] == "/?oidc=oidc.no_role"

    run(connect, steps)
    users.add("lan", PASSWORD, "viewer")  # `amr user` on the stopped fleet
    assert not users.known("lan").identity


async def _linked_elsewhere(http: httpx.AsyncClient, there: LoginProvider) -> None:
    assert (await log_in(http, there, link=True)).headers["location"] == "/second-factor?oidc=oidc.linked"


def test_a_stranger_links_nothing(connect: Connect, there: LoginProvider) -> None:
    async def steps(http: httpx.AsyncClient) -> None:
        assert (await http.post(f"{V1}/oidc/link", json={"password": PASSWORD})).status_code == 401
        assert (await http.get(f"{V1}/oidc/link")).status_code == 401

    run(connect, steps)


def test_who_was_removed_here_stays_out_whatever_the_provider_says(
    connect: Connect, there: LoginProvider, users: UserStore
) -> None:
    async def removed(http: httpx.AsyncClient) -> None:
        await _in(http, there)
        users.remove("lan")
        assert (await http.get(f"{V1}/me")).status_code == 401
        for name in ("lan", "another"):
            there.person["preferred_username"] = name
            assert (await log_in(http, there)).headers["location"] == "/?oidc=oidc.removed"
            assert last(users) == ("came_back", name, "oidc.removed")
        assert "lan" not in users.names()

    run(connect, removed)
    users.add("lan", PASSWORD, "viewer")  # another person of that name, or the same once more

    async def back(http: httpx.AsyncClient) -> None:
        assert (await log_in(http, there)).headers["location"] == "/?oidc=oidc.removed"
        await http.post(f"{V1}/login", json={"user": "lan", "password": PASSWORD})
        assert (await log_in(http, there, link=True)).headers["location"] == "/second-factor?oidc=linked"
        await http.post(f"{V1}/logout")
        await _in(http, there)
        assert (await http.get(f"{V1}/me")).json()["role"] == "viewer", "what an administrator gave, not the provider"

    run(connect, back)


async def _in(http: httpx.AsyncClient, there: LoginProvider) -> None:
    assert (await log_in(http, there)).headers["location"] == "/"


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
        await _in(http, there)
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
        await _in(http, there)
        token = http.cookies["amr_session"]
        url = (await http.post(f"{V1}/logout")).json()["url"]
        assert url.startswith(f"{there.issuer}/bye?client_id=amr&post_logout_redirect_uri=http%3A%2F%2Ftest%2F")
        assert (await http.get(f"{V1}/me", headers={"cookie": f"amr_session={token}"})).status_code == 401
        await http.post(f"{V1}/login", json={"user": "operator", "password": PASSWORD})
        assert (await http.post(f"{V1}/logout")).json() == {"ok": True, "url": ""}

    run(connect, steps)
