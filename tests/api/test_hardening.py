"""What strangers on the network try: floods, slow requests, foreign names, weak secrets, locking others out."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from websockets.sync.client import ClientConnection

from amr_core.errors import AmrError
from amr_fleet.api import guard, live, patience
from amr_fleet.api.hosts import Hosts
from amr_fleet.api.server import ApiHandle, start
from amr_fleet.api.users import UserStore
from amr_fleet.logs import configure_logs
from amr_fleet.store.tracks import TrackStore
from tests.api.api_support import FAST, PASSWORD, Connect
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site


@pytest.fixture
def server(users: UserStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiHandle]:
    """Return a real server whose patience is short."""
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.6)
    monkeypatch.setattr(patience, "CONNECTIONS_OF_A_CLIENT", 20)
    monkeypatch.setattr(patience, "SOCKETS_OF_A_CLIENT", 6)
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.6)
    handle = start(FakeFleet(robots=2), small_site(2), port_number=0, users=users, static=tmp_path)
    yield handle
    handle.stop()


def dial(server: ApiHandle) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=5.0)


def hung_up(connection: socket.socket, within: float) -> bool:
    connection.settimeout(within)
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except ConnectionResetError:
        pass
    return True


# Slow and many ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begun", [b"", b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_who_sends_no_whole_head_is_hung_up_on(server: ApiHandle, begun: bytes) -> None:
    with dial(server) as connection:
        connection.sendall(begun)
        assert hung_up(connection, 3.0)


def test_the_second_head_of_a_connection_has_a_time_limit_too(server: ApiHandle) -> None:
    with dial(server) as connection:
        connection.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in connection.recv(4096)
        connection.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: ")
        assert hung_up(connection, 3.0)


def test_a_body_that_does_not_come_is_not_waited_for(server: ApiHandle) -> None:
    with dial(server) as connection:
        connection.sendall(b"POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\n")
        connection.sendall(b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
        answer = connection.recv(4096)
        assert b" 408 " in answer
        assert b"request.too_slow" in answer + connection.recv(4096)


def test_a_request_whose_end_two_headers_tell_is_refused_and_its_connection_closed(server: ApiHandle) -> None:
    """Behind a proxy that goes by the other one, what follows would be a request of somebody else."""
    with dial(server) as connection:
        connection.sendall(b"POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
        connection.sendall(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        connection.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while data := connection.recv(4096):
            answer += data
    assert answer.startswith(b"HTTP/1.1 422 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_one_client_gets_so_many_connections_and_others_are_free_again(server: ApiHandle) -> None:
    held = [dial(server) for _ in range(30)]
    time.sleep(0.2)
    closed = sum(hung_up(connection, 0.05) for connection in held)
    assert 10 <= closed < 30
    for connection in held:
        connection.close()
    time.sleep(0.2)
    assert httpx.get(f"{server.url}/api/v1/health", timeout=60.0).status_code == 200


def upgraded(server: ApiHandle, cookie: str) -> tuple[socket.socket, bytes]:
    """Return a connection that asked for the live feed and answers nothing any more, and what it was told first."""
    connection = dial(server)
    connection.sendall(
        b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + (f"Cookie: {cookie}\r\n\r\n".encode() if cookie else b"\r\n")
    )
    return connection, connection.recv(16)


def test_web_sockets_that_are_never_closed_hold_no_more_than_one_client_may(
    server: ApiHandle, users: UserStore
) -> None:
    """A thousand of them, each waiting for its peer to say good-bye, held every descriptor."""
    cookie = f"amr_session={users.open_session('viewer', 'password', 'test')}"
    held = [upgraded(server, cookie) for _ in range(20)]
    assert [told for _, told in held] == [b"HTTP/1.1 101 Swi"] * 6 + [b""] * 14
    assert httpx.get(f"{server.url}/api/v1/health", timeout=60.0).status_code == 200
    for connection, _ in held:
        connection.close()
    end = time.monotonic() + 20.0
    while (again := upgraded(server, cookie))[1] == b"" and time.monotonic() < end:
        again[0].close()
    with again[0]:
        assert again[1].startswith(b"HTTP/1.1 101")


def test_who_brings_no_session_gets_no_socket_and_holds_none(server: ApiHandle, users: UserStore) -> None:
    """With a made-up cookie a stranger held all sockets of the proxy, and nobody's page had a live feed."""
    held = [upgraded(server, cookie) for cookie in ["", *["amr_session=made_up"] * 9]]
    assert [told[:12] for _, told in held] == [b"HTTP/1.1 403"] * 10
    connection, told = upgraded(server, f"amr_session={users.open_session('viewer', 'password', 'test')}")
    assert told.startswith(b"HTTP/1.1 101")
    for one in (connection, *(one for one, _ in held)):
        with one:
            assert one is connection or hung_up(one, 20.0)


def test_one_session_gets_so_many_live_feeds_and_another_is_free(
    server: ApiHandle, users: UserStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    monkeypatch.setattr(live, "MOST_SOCKETS", 2)
    url = server.url.replace("http", "ws") + "/api/v1/live"
    one, other = (
        {"Authorization": f"Bearer {users.open_session('viewer', 'token', 'test')}"} for _ in range(2)
    )  # fmt: skip
    with connect(url, additional_headers=one) as first:
        with connect(url, additional_headers=one) as second:
            assert first.recv(timeout=20.0)
            assert second.recv(timeout=20.0)
            with connect(url, additional_headers=one) as third, pytest.raises(ConnectionClosed) as closed:
                third.recv(timeout=20.0)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == live.CLOSE_CROWDED
            with connect(url, additional_headers=other) as free:
                assert free.recv(timeout=20.0)
        assert first.recv(timeout=20.0)
        with connect(url, additional_headers=one) as again:
            assert again.recv(timeout=20.0)


def talk(feed: ClientConnection) -> None:
    for number in range(200):
        feed.send("x" if number % 2 else b"x")
        feed.recv(timeout=20.0)


def test_long_requests_and_web_sockets_are_not_hung_up_on(server: ApiHandle) -> None:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    with httpx.Client(base_url=server.url, timeout=60.0) as http:
        assert http.post("/api/v1/login", json={"user": "viewer", "password": PASSWORD}).status_code == 200
        cookie = f"amr_session={http.cookies['amr_session']}"
    with connect(server.url.replace("http", "ws") + "/api/v1/live", additional_headers={"Cookie": cookie}) as feed:
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            assert feed.recv(timeout=20.0)
        with pytest.raises(ConnectionClosed) as closed:  # 20 clients that talked held the server up for 3 s
            talk(feed)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


# Log-in floods ------------------------------------------------------------------------------------------------------


# Secrets ------------------------------------------------------------------------------------------------------------


# Names, paths, files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "127.0.0.1:8080",
        "[::1]:8080",
        "192.168.7.4",
        "amr-server",
        "robots.cang.example",
        "ROBOTS.cang.example.:443",
    ],
)
def test_our_own_names_are_answered(host: str) -> None:
    Hosts(["robots.cang.example"]).check(host)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "", ":80"),
        *("127.0.0.1:8080.evil.example", "localhost:evil.example", "[::1].evil.example", "[::1]x", "127.0.0.1:8080:1"),
    ],
)
def test_foreign_names_are_not(host: str) -> None:
    with pytest.raises(AmrError, match=r"request\.bad_host"):
        Hosts(["robots.cang.example"]).check(host)


def test_a_page_that_points_its_own_name_here_gets_nothing(connect: Connect) -> None:
    async def run() -> None:
        async with connect("viewer") as http:
            for path in ("/api/v1/orders", "/", "/api/v1/health"):
                answer = await http.get(path, headers={"host": "evil.example"})
                assert (answer.status_code, answer.json()["code"]) == (421, "request.bad_host")

    asyncio.run(run())


@pytest.mark.parametrize(
    "path",
    [
        "/" + "a" * 255, "/" + "a" * 256, "/" + "%C3%A9" * 256, "/robots/" + "a" * 256, "/assets/" + "b" * 300,
        "/" + "a/" * 3000, "/%00", "/assets/%00x",
    ],
)  # fmt: skip
def test_paths_that_no_file_can_have_are_no_error_of_ours(connect: Connect, path: str) -> None:
    async def run() -> None:
        async with connect("") as http:
            answer = await http.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "request.not_found")
            assert (await http.get("/robots/" + "a" * 64)).status_code == 200, "a page of the dashboard"

    asyncio.run(run())


def test_a_name_with_a_line_feed_is_refused_as_one_with_any_other_sign_that_nobody_sees(connect: Connect) -> None:
    """No route matched it, and it was said that there is no such address, which no operation's document names."""

    async def run() -> None:
        async with connect("admin") as http:
            for sign in ("%0A", "%0D", "%00", "%C2%85"):
                answer = await http.put(f"/api/v1/visits/a{sign}b", json={"begins_in_s": 60.0, "kind": "truck"})
                assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid"), sign

    asyncio.run(run())


@pytest.mark.parametrize(
    "headers",
    [
        [("origin", "http://evil.example"), ("origin", "http://test")],
        [("origin", "http://test"), ("origin", "http://evil.example")],
        [("sec-fetch-site", "cross-site")],
        [("origin", "null")],
    ],
)
def test_what_another_page_sends_is_refused_however_it_says_so(
    connect: Connect, headers: list[tuple[str, str]]
) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            answer = await http.post("/api/v1/robots/pause", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "auth.forbidden")

    asyncio.run(run())


def test_a_body_is_utf_8_and_nothing_else(connect: Connect) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            for encoding in ("utf-16", "utf-16-le", "utf-32-be", "latin-1"):
                body = '{"text": "é"}'.encode(encoding)
                answer = await http.post("/api/v1/notes", content=body, headers={"content-type": "application/json"})
                assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")

    asyncio.run(run())


def test_half_a_character_comes_through_no_body(connect: Connect) -> None:
    """Whatever route takes such a text hands it to the journal, which has no bytes for it."""

    async def run() -> None:
        async with connect("operator") as http:
            for text in (r"cut \ud83d", r"\uDE9B first", r"\ud83d\ud83d"):
                for kind in (
                    [("content-type", "application/json")], [], [("content-type", "Application/JSON")],
                    [("content-type", "application/json"), ("content-type", "text/plain")], [("content-type", "")],
                ):  # fmt: skip
                    answer = await http.post("/api/v1/notes", content=f'{{"text": "{text}"}}'.encode(), headers=kind)
                    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")
            whole = await http.post(
                "/api/v1/notes",
                content=rb'{"text": "\ud83d\ude9b \\ud83d"}',
                headers={"content-type": "application/json"},
            )
            assert whole.status_code not in (400, 500), "an emoji, and what only looks like half of one"

    asyncio.run(run())


@pytest.mark.parametrize("name", [".", "..", "Viewer", "VIEWER", "ｖｉｅｗｅｒ"])
def test_no_user_is_made_that_reads_like_another_or_cannot_be_removed(connect: Connect, name: str) -> None:
    async def run() -> None:
        async with connect("admin") as http:
            answer = await http.post("/api/v1/users", json={"name": name, "role": "viewer"})
            assert answer.json()["code"] in ("user.exists", "request.invalid")

    asyncio.run(run())


def test_the_live_feed_is_closed_until_a_given_password_was_changed(tmp_path: Path) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    store = UserStore(tmp_path / "u.db", hasher=FAST)
    store.add("new", PASSWORD, "operator", must_change=True)
    handle = start(FakeFleet(robots=2), small_site(2), port_number=0, users=store, static=tmp_path)
    try:
        cookie = f"amr_session={store.open_session('new', 'password', '127.0.0.1')}"
        url = handle.url.replace("http", "ws") + "/api/v1/live"
        with pytest.raises(InvalidStatus) as refused:
            connect(url, additional_headers={"Cookie": cookie})
        assert refused.value.response.status_code == 403
    finally:
        handle.stop()
        store.close()


def test_requests_that_are_none_fill_no_log(users: UserStore, tmp_path: Path) -> None:
    """Each wrote a line, onto the disk that the journal needs, for whoever reaches the port."""
    said = io.StringIO()
    handle = start(FakeFleet(robots=2), small_site(2), port_number=0, users=users, static=tmp_path)
    try:
        configure_logs(said)
        host, _, port = handle.url.partition("://")[2].partition(":")
        for _ in range(200):
            with socket.create_connection((host, int(port)), timeout=5.0) as one:
                one.sendall(b"\x16\x03\x01 no HTTP at all\r\n\r\n")
                assert one.recv(100).startswith(b"HTTP/1.1 400")
    finally:
        handle.stop()
        configure_logs()
    lines = said.getvalue().splitlines()
    assert 1 <= len(lines) <= 9
    assert "(128 so far)" in lines[-1]


def test_files_of_people_are_their_owners_from_the_first_byte(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        UserStore(tmp_path / "u.db", hasher=FAST).close()
        TrackStore(str(tmp_path / "t.db")).close()
    finally:
        os.umask(old)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("u.db", "t.db")] == [0o600, 0o600]


def test_a_server_that_does_not_start_leaves_nothing_running(
    users: UserStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(threading.enumerate())
    monkeypatch.setattr(uvicorn.Server, "run", lambda _server, sockets: sockets)
    fleet, site = FakeFleet(robots=2), small_site(2)
    with pytest.raises(AmrError) as refused:
        start(fleet, site, port_number=0, users=users, static=tmp_path, photos=tmp_path / "photos")
    assert refused.value.code == "internal"
    sweeps = [thread for thread in set(threading.enumerate()) - before if thread.name == "photo_sweep"]
    for thread in sweeps:
        thread.join(10.0)
    assert not any(thread.is_alive() for thread in sweeps)
