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
from amr_fleet.api.users import ROLES, UserStore
from tests.api.api_support import FAST, PASSWORD
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.api.test_access import ACCESS, _path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
page = importlib.import_module("access_page")
STATES = [*page.STATES, *ROLES]
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
        self.users.add("given", PASSWORD, "admin", must_change=True)
        self.app: FastAPI = create_app(
            FakeFleet(robots=4), small_site(4), self.users, static=folder, answer_seconds=0.2
        )

    def cookie(self, state: str) -> dict[str, str]:
        """Return the cookies of a browser in a state."""
        if state == "none":
            return {}
        name = {"expired": "admin", "must change": "given", "must enrol": "admin"}.get(state, state)
        self.users.second.set_roles(["admin"] if state == "must enrol" else [])
        if state == "expired":
            self.now -= 13 * 3600.0
        token = self.users.open_session(name, "password", "test")
        if state == "expired":
            self.now += 13 * 3600.0
        return {COOKIE: token}

    async def ask(self, state: str, method: str, path: str, body: Any) -> str:
        """Return the cell of the table, by a real request."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", cookies=self.cookie(state)) as http:
            answer = await http.request(method, _path(path), json=body)
        code = answer.json().get("code", "") if answer.status_code in (401, 403) else ""
        return SAID.get(code, "in")


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
    assert text.count("\n| ") == len(ACCESS) + 1


@pytest.mark.parametrize("state", STATES)
def test_every_route_does_what_the_page_says(server: Server, document: dict[str, Any], state: str) -> None:
    table = page.matrix(document)

    async def run() -> dict[tuple[str, str], str]:
        found = {}
        for (method, path), (_, body) in sorted(ACCESS.items()):
            whole = path if path == "/metrics" else f"/api/v1{path}"
            found[method, whole] = await server.ask(state, method, path, body)
        return found

    measured = asyncio.run(run())
    column = STATES.index(state)
    assert measured == {route: cells[column] for route, cells in table.items()}


@pytest.mark.parametrize("path", PATHS)
def test_programs_ask_over_mcp_with_a_token_of_who_may_see_the_fleet(server: Server, path: str) -> None:
    """These two are in no OpenAPI: another site's page in a browser must get nothing, whoever is logged in."""
    pytest.importorskip("mcp")

    async def ask(state: str, *, bearer: bool) -> str:
        token = server.cookie(state).get(COOKIE, "")
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
