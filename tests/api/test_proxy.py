"""Behind a proxy: only the named one may say for whom it asks; over TLS cookies say Secure."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator

import pytest

from amr_fleet.api import server
from amr_fleet.api.users import UserStore
from tests.api.api_support import PASSWORD
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site

Serve = Callable[..., str]


@pytest.fixture
def serve(users: UserStore, fleet: FakeFleet) -> Iterator[Serve]:
    """Return what starts a server with options and returns its address."""
    running: list[server.ApiHandle] = []

    def start(**options: object) -> str:
        handle = server.start(fleet, small_site(4), port_number=0, users=users, **options)  # type: ignore[arg-type]
        running.append(handle)
        return handle.url

    yield start
    for handle in running:
        handle.stop()


def _log_in(url: str, forwarded: str) -> str:
    """Log in as the operator; return the cookie's text."""
    body = f'{{"user": "operator", "password": "{PASSWORD}"}}'.encode()
    headers = {"Content-Type": "application/json", "X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}
    request = urllib.request.Request(f"{url}/api/v1/login", body, headers)
    with urllib.request.urlopen(request, timeout=20.0) as answer:
        return str(answer.headers["Set-Cookie"])


@pytest.mark.parametrize(
    ("proxy", "client"), [("", "127.0.0.1"), ("10.9.9.9", "127.0.0.1"), ("127.0.0.1", "203.0.113.7")]
)
def test_who_asks_is_what_only_the_named_proxy_says(serve: Serve, users: UserStore, proxy: str, client: str) -> None:
    _log_in(serve(proxy=proxy), "203.0.113.7")
    assert [row.client for row in users.sessions()] == [client]
    assert users.rows.read_audit(limit=1)[0].client == client


@pytest.mark.parametrize("secure", [True, False])
def test_cookies_say_secure_when_the_server_is_told_so(serve: Serve, secure: bool) -> None:
    assert ("Secure" in _log_in(serve(secure_cookies=secure), "")) is secure
