"""docs/access.md is what the server does: every route, every role, every state of a session."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from amr_fleet.api.app import create_app
from amr_fleet.api.auth import COOKIE
from amr_fleet.api.mcp_door import PATHS
from amr_fleet.api.users import LIFE, PIN_ROLES, ROLES, UserStore
from tests.api.api_support import FAST, PASSWORD
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.api.test_access import ACCESS, _path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
page = importlib.import_module("access_page")
STATES = [*page.STATES, *ROLES]
WAYS = [*(("pin", role) for role in PIN_ROLES), *(("token", role) for role in ROLES), ("oidc", "admin")]
PIN = "739105"
SAID = {
    "auth.required": "401",
    "auth.forbidden": "403",
    "auth.change_password": "password",
    "auth.code_set_up": "code",
}


class Server:
    """An application with a clock that can be set, and a session in each state."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_000_000.0
        self.users = UserStore(folder / "users.db", hasher=FAST, clock=lambda: self.now)
        for role in ROLES:
            self.users.add(role, PASSWORD, role)
        for role in ("operator", "admin"):
            self.users.add(f"given-{role}", PASSWORD, role, must_change=True)
        for name in (*PIN_ROLES, "given-operator"):
            self.users.set_pin(name, PIN)
        self.app: FastAPI = create_app(
            FakeFleet(robots=4), small_site(4), self.users, static=folder, answer_seconds=0.2
        )

    def login(self, state: str, kind: str = "password") -> str:
        """Return the token of a session in a state, "" for none. kind: how it logged in."""
        if state == "none":
            return ""
        most = "operator" if kind == "pin" else "admin"
        name = {"expired": most, "must change": f"given-{most}", "must enrol": most}.get(state, state)
        self.users.second.set_roles([most] if state == "must enrol" else [])
        passed = LIFE[kind][1] + 1.0 if state == "expired" else 0.0
        self.now -= passed
        token = self.users.open_session(name, kind, "test")
        self.now += passed
        return token

    async def ask(self, token: str, method: str, path: str, body: Any, *, bearer: bool = False) -> str:
        """Return the cell of the table, by a real request."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"} if bearer else {}
        cookies = {COOKIE: token} if token and not bearer else {}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", cookies=cookies, headers=headers
        ) as http:
            answer = await http.request(method, _path(path), json=body)
        code = answer.json().get("code", "") if answer.status_code in (401, 403) else ""
        return SAID.get(code, "in")

    def measured(self, state: str, kind: str = "password") -> dict[tuple[str, str], str]:
        """Return what every route says to a session, a new one for each."""

        async def run() -> dict[tuple[str, str], str]:
            found = {}
            for (method, path), (_, body) in sorted(ACCESS.items()):
                whole = path if path == "/metrics" else f"/api/v1{path}"
                found[method, whole] = await self.ask(
                    self.login(state, kind), method, path, body, bearer=kind == "token"
                )
            return found

        return asyncio.run(run())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    one = Server(tmp_path)
    yield one
    one.users.close()


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return OpenAPI, once: it takes as long as all requests of a state."""
    one = Server(tmp_path_factory.mktemp("document"))
    one.users.close()
    return one.app.openapi()


def test_the_page_is_fresh(document: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    assert text == page.access_page(document), "run: .venv/bin/python scripts/contracts.py"
    routes, ways = text.split("What stands before every route", 1)
    assert routes.count("\n| ") == len(ACCESS) + 1
    assert ways.count("\n| ") == len(page.KINDS) + 2


@pytest.mark.parametrize("state", STATES)
def test_every_route_does_what_the_page_says(server: Server, document: dict[str, Any], state: str) -> None:
    column = STATES.index(state)
    assert server.measured(state) == {route: cells[column] for route, cells in page.matrix(document).items()}


@pytest.mark.parametrize(("kind", "role"), WAYS)
def test_every_route_does_what_the_page_says_for_pins_tokens_and_providers(
    server: Server, document: dict[str, Any], kind: str, role: str
) -> None:
    ways, column = page.kinds(document), page.KINDS.index(kind)
    said = {
        route: "403" if ways[route][column] == "403" else cells[STATES.index(role)]
        for route, cells in page.matrix(document).items()
    }
    assert server.measured(role, kind) == said


@pytest.mark.parametrize("kind", ["password", *page.KINDS])
def test_what_stands_before_every_route_depends_on_the_log_in(server: Server, kind: str) -> None:
    async def run() -> list[str]:
        found = []
        for state in ("must change", "must enrol", "expired"):
            token = server.login(state, kind)
            found.append(await server.ask(token, "GET", "/robots", None, bearer=kind == "token"))
        return found

    assert asyncio.run(run()) == [*page.before(kind), "401"]


def test_a_pin_is_not_enough_any_more_for_who_was_given_a_higher_role(server: Server) -> None:
    """A PIN is four digits: a session that one opened must not become an engineer's or an administrator's."""
    token = server.login("operator", "pin")
    assert asyncio.run(server.ask(token, "GET", "/robots", None)) == "in"
    server.users.set_role("operator", "admin")
    assert asyncio.run(server.ask(token, "GET", "/robots", None)) == "401"
    assert asyncio.run(server.ask(token, "GET", "/users", None)) == "401"
    other = server.login("worker", "pin")
    server.users.set_pin("worker", "")
    assert asyncio.run(server.ask(other, "GET", "/me", None)) == "401", "neither for whose PIN was taken away"


def test_a_session_of_a_pin_ends_when_another_pin_takes_its_place(server: Server) -> None:
    """Who has seen a PIN logs in with it: with the new one he must be out, too. Other log-ins go on."""
    token, typed = server.login("worker", "pin"), server.login("worker", "password")
    server.users.set_pin("worker", "739105")
    assert asyncio.run(server.ask(token, "GET", "/me", None)) == "401"
    assert asyncio.run(server.ask(typed, "GET", "/me", None)) == "in"


@pytest.mark.parametrize("path", PATHS)
def test_programs_ask_over_mcp_with_a_token_of_who_may_see_the_fleet(server: Server, path: str) -> None:
    """These two are in no OpenAPI: another site's page in a browser must get nothing, whoever is logged in."""
    pytest.importorskip("mcp")

    async def ask(state: str, *, bearer: bool) -> str:
        token = server.login(state)
        transport = httpx.ASGITransport(app=server.app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"} if bearer and token else {"Cookie": f"{COOKIE}={token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            answer = await http.post(path, json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
        code = answer.json().get("code", "") if answer.status_code in (401, 403) else ""
        return SAID.get(code, "in")

    async def run() -> None:
        assert {state: await ask(state, bearer=False) for state in STATES} == dict.fromkeys(STATES, "401")
        assert {state: await ask(state, bearer=True) for state in STATES} == {
            **dict.fromkeys(STATES, "in"),
            **{"none": "401", "expired": "401", "must change": "password", "must enrol": "code", "worker": "403"},
        }

    asyncio.run(run())
