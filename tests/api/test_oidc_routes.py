"""Log-in over a provider through the API: accounts, roles, links, the audit trail."""

from __future__ import annotations

import httpx
import pytest

from amr_core.errors import AmrError
from amr_fleet.api.users import UserStore
from tests.api.api_support import PASSWORD, Connect
from tests.api.oidc_support import V1, come_in, last, log_in, run
from tests.oidc_provider import LoginProvider


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
        await come_in(http, there)
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
    run(connect, lambda http: come_in(http, there))


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
    run(connect, lambda http: come_in(http, there))


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
    run(connect, lambda http: come_in(http, there))
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
        await come_in(http, there)
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
        await come_in(http, there)
        assert (await http.get(f"{V1}/me")).json()["role"] == "viewer", "what an administrator gave, not the provider"

    run(connect, back)
