"""What every answer of the real server says of itself and of its use; which types and methods it takes."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator

import pytest

from amr_fleet.api import server
from amr_fleet.api.users import UserStore
from tests.api.api_support import PASSWORD
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site

ORDER = {"pick_place": "D1", "drop_place": "R1"}


@pytest.fixture
def connection(users: UserStore, fleet: FakeFleet) -> Iterator[http.client.HTTPConnection]:
    handle = server.start(fleet, small_site(4), port_number=0, users=users)
    made = http.client.HTTPConnection("127.0.0.1", int(handle.url.rpartition(":")[2]), timeout=20.0)
    yield made
    made.close()
    handle.stop()


def asked(
    connection: http.client.HTTPConnection, method: str, path: str, body: str | None = None, **headers: str
) -> http.client.HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    answer.read()
    return answer


@pytest.mark.parametrize("path", ["/", "/robots", "/ready", "/api/v1/me", "/api/v1/nothing", "/api/v1/fleet"])
def test_every_answer_says_how_it_may_be_used_and_not_what_it_was_made_with(
    connection: http.client.HTTPConnection, path: str
) -> None:
    said = asked(connection, "GET", path).headers
    assert "Server" not in said
    assert "X-Powered-By" not in said
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["Referrer-Policy"] == "no-referrer"
    assert said["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in said["Content-Security-Policy"]
    assert "unsafe" not in said["Content-Security-Policy"]
    assert said["Content-Type"].startswith(("application/json", "text/html; charset=utf-8"))


def test_only_methods_that_a_route_has_are_taken(connection: http.client.HTTPConnection) -> None:
    for method in ("TRACE", "PUT", "PATCH", "CONNECT", "PROPFIND", "X"):
        assert asked(connection, method, "/api/v1/login").status in (400, 404, 405), method


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_a_body_that_does_not_say_json_is_refused(connection: http.client.HTTPConnection, kind: str) -> None:
    """A form of another site can send these three without being asked for leave."""
    body = json.dumps({"user": "operator", "password": PASSWORD})
    assert asked(connection, "POST", "/api/v1/login", body, Content_Type="application/json").status == 200
    assert asked(connection, "POST", "/api/v1/login", body, Content_Type=kind).status in (400, 415, 422)
