"""Behind a proxy: only the named one may say for whom it asks; over TLS cookies say Secure."""

from __future__ import annotations

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from amr_fleet.api import gate, patience, server
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


def _begin(url: str, forwarded: str, path: str = "/api/v1/notes") -> socket.socket:
    """Begin a request for somebody, as a proxy does, and leave its body open."""
    host, _, port = url.partition("://")[2].partition(":")
    connection = socket.create_connection((host, int(port)), timeout=5.0)
    of = f"Host: localhost\r\nX-Forwarded-For: {forwarded}\r\nContent-Length: 90"
    head = f"POST {path} HTTP/1.1\r\n{of}\r\n\r\n"
    connection.sendall(head.encode() + b"{")
    return connection


def _asked(url: str, forwarded: str) -> int:
    request = urllib.request.Request(f"{url}/api/v1/health", headers={"X-Forwarded-For": forwarded})
    try:
        with urllib.request.urlopen(request, timeout=5.0) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_one_client_behind_the_proxy_does_not_use_up_its_connections(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody who left a hundred bodies open kept all others, and their stops, out for as long as he liked."""
    monkeypatch.setattr(patience, "CONNECTIONS_OF_A_CLIENT", 12)
    monkeypatch.setattr(patience, "CONNECTIONS_OF_THE_PROXY", 60)
    monkeypatch.setattr(gate, "REQUESTS_OF_A_CLIENT", 12)
    url = serve(proxy="127.0.0.1")
    held = [_begin(url, "203.0.113.7") for _ in range(40)]
    refused = 0
    for connection in held[12:]:
        refused += connection.recv(200).startswith(b"HTTP/1.1 429 ")
    assert refused == len(held) - 12, "those above his share are answered and closed"
    assert _asked(url, "203.0.113.7") == 429
    assert _asked(url, "203.0.113.8") == 200
    stop = urllib.request.Request(f"{url}/api/v1/robots/pause", b"{}", {"X-Forwarded-For": "203.0.113.7"})
    with pytest.raises(urllib.error.HTTPError) as who:
        urllib.request.urlopen(stop, timeout=5.0)
    assert who.value.code == 401, "a stop does not wait behind them: it is asked who sends it"
    for connection in held:
        connection.close()
    end = time.monotonic() + 5.0
    while _asked(url, "203.0.113.7") != 200:
        assert time.monotonic() < end


def test_stops_that_one_client_leaves_open_do_not_use_up_the_proxys_connections(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop was never one too many: whoever left five hundred of them open kept everybody else's out."""
    monkeypatch.setattr(patience, "CONNECTIONS_OF_THE_PROXY", 60)
    monkeypatch.setattr(gate, "REQUESTS_OF_A_CLIENT", 12)
    url = serve(proxy="127.0.0.1")
    held = [_begin(url, "203.0.113.7", "/api/v1/robots/pause") for _ in range(40)]
    for connection in held[12:]:
        assert connection.recv(200).startswith(b"HTTP/1.1 429 ")
    assert _asked(url, "203.0.113.7") == 200
    assert _asked(url, "203.0.113.8") == 200
    for connection in held:
        connection.close()
