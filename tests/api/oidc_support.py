"""What the tests of log-ins over a provider share: a provider that is there, and the whole way of a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from amr_fleet.api.users import UserStore
from tests.api.api_support import PASSWORD, Connect
from tests.oidc_provider import LoginProvider

V1 = "/api/v1"


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


async def come_in(http: httpx.AsyncClient, there: LoginProvider) -> None:
    assert (await log_in(http, there)).headers["location"] == "/"
