"""What strangers on the network try: floods, slow requests, foreign names, weak secrets, locking others out."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from websockets.sync.client import ClientConnection

from amr_core.errors import AmrError
from amr_fleet.api import guard, patience, secrets_policy
from amr_fleet.api.hosts import Hosts
from amr_fleet.api.limits import MOST_CLIENTS, ClientLimit
from amr_fleet.api.server import ApiHandle, start
from amr_fleet.api.tries import MAX_TRIES
from amr_fleet.api.users import UserStore
from amr_fleet.store.tracks import TrackStore
from tests.api.api_support import FAST, PASSWORD, Connect
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site


@pytest.fixture
def server(users: UserStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiHandle]:
    """Return a real server whose patience is short."""
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.6)
    monkeypatch.setattr(patience, "CONNECTIONS_OF_A_CLIENT", 20)
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


def talk(live: ClientConnection) -> None:
    for number in range(200):
        live.send("x" if number % 2 else b"x")
        live.recv(timeout=20.0)


def test_long_requests_and_web_sockets_are_not_hung_up_on(server: ApiHandle) -> None:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    with httpx.Client(base_url=server.url, timeout=60.0) as http:
        assert http.post("/api/v1/login", json={"user": "viewer", "password": PASSWORD}).status_code == 200
        cookie = f"amr_session={http.cookies['amr_session']}"
    with connect(server.url.replace("http", "ws") + "/api/v1/live", additional_headers={"Cookie": cookie}) as live:
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            assert live.recv(timeout=20.0)
        with pytest.raises(ConnectionClosed) as closed:  # 20 clients that talked held the server up for 3 s
            talk(live)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


# Log-in floods ------------------------------------------------------------------------------------------------------


class CountingHasher(PasswordHash):
    """Says how many hashes were computed at the same moment: each takes 19 MiB."""

    def __init__(self) -> None:
        super().__init__((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
        self.inside, self.most, self.lock = 0, 0, threading.Lock()

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        try:
            return super().verify(password, hash)
        finally:
            with self.lock:
                self.inside -= 1


def test_a_flood_of_log_ins_fills_no_memory_and_the_rest_goes_on(tmp_path: Path) -> None:
    counting = CountingHasher()
    store = UserStore(tmp_path / "users.db", hasher=counting)
    handle = start(FakeFleet(robots=2), small_site(2), port_number=0, users=store, static=tmp_path)

    def attempt(number: int) -> int:
        body = {"user": f"nobody{number}", "password": "x" * 20}
        return httpx.post(f"{handle.url}/api/v1/login", json=body, timeout=30.0).status_code

    try:
        with concurrent.futures.ThreadPoolExecutor(60) as pool:
            answers = pool.map(attempt, range(60))
            alive = [httpx.get(f"{handle.url}/api/v1/health", timeout=10.0).status_code for _ in range(5)]
            codes = set(answers)
    finally:
        handle.stop()
        store.close()
    assert alive == [200] * 5
    assert codes <= {401, 429, 503}
    assert 429 in codes
    assert 1 <= counting.most <= secrets_policy.HASHES_AT_ONCE


def test_more_hashes_than_there_are_places_are_refused_at_once() -> None:
    turnstile = secrets_policy.Turnstile(at_once=1, waiting=0)
    with turnstile.turn(), pytest.raises(AmrError, match=r"auth\.busy"), turnstile.turn():
        pass
    with turnstile.turn():
        pass


def test_the_cost_of_a_hash_is_bounded() -> None:
    hashed = secrets_policy.hasher().hash("a")
    assert "m=19456,t=2,p=1" in hashed
    old = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=2),)).hash(PASSWORD)
    assert secrets_policy.hasher().verify(PASSWORD, old)  # what was set before stays valid


def test_a_client_has_a_bucket_and_the_clients_do_not_fill_the_memory() -> None:
    now = 0.0
    limit = ClientLimit(3.0, 0.5, clock=lambda: now)
    for _ in range(3):
        limit.take("a")
    with pytest.raises(AmrError) as error:
        limit.take("a")
    assert (error.value.code, error.value.facts["seconds"]) == ("request.too_many", 2)
    limit.take("b")
    now = 2.0
    limit.take("a")
    for number in range(2 * MOST_CLIENTS):
        limit.take(f"c{number}")
    assert len(limit._left) <= MOST_CLIENTS


def test_nobody_locks_the_administrator_out(tmp_path: Path) -> None:
    store = UserStore(tmp_path / "u.db", hasher=FAST)
    store.add("admin", PASSWORD, "admin")
    store.set_role("admin", "admin")
    for client in ("10.0.0.5", "10.0.0.6"):
        for _ in range(MAX_TRIES):
            with pytest.raises(AmrError, match=r"auth\.wrong"):
                store.check("admin", "wrong", client)
        with pytest.raises(AmrError, match=r"auth\.locked"):
            store.check("admin", PASSWORD, client)
    with pytest.raises(AmrError, match=r"auth\.wrong"):
        store.check_pin("admin", "1111", "10.0.0.5")  # another kind: not locked
    assert store.check("admin", PASSWORD, "127.0.0.1") == "admin"
    store.close()


def test_the_lock_of_one_name_is_not_the_lock_of_another(tmp_path: Path) -> None:
    store = UserStore(tmp_path / "u.db", hasher=FAST)
    store.add("a", PASSWORD, "viewer")
    for _ in range(MAX_TRIES):
        with pytest.raises(AmrError, match=r"auth\.wrong"):
            store.check("a:10.0.0.9", "wrong", "")
    assert store.check("a", PASSWORD, "10.0.0.9") == "viewer"
    store.close()


# Secrets ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    ["short", "password12", "qwertyuiop", "1234567890", "aaaaaaaaaaaa", "robotrobot", "lanlanlanlan"],
)
def test_passwords_that_are_guessed_first_are_refused(password: str) -> None:
    with pytest.raises(AmrError, match=r"request\.invalid"):
        secrets_policy.check_password(password, "lan")


def test_good_passwords_pass_and_long_ones_take_no_time() -> None:
    secrets_policy.check_password(PASSWORD)
    secrets_policy.check_password("khoxang-tau-bien-7")
    began = time.process_time()
    secrets_policy.check_password("".join(chr(33 + (i * i + 7 * i) % 90) for i in range(5000)))
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    "pin",
    [
        "1111",
        "1234",
        "4321",
        "9012",
        "1212",
        "1122",
        "1221",
        "2580",
        "1985",
        "2026",
        "123123",
        "000000",
        "12",
        "123456789",
        "12a4",
        "１２３５",
    ],
)
def test_pins_that_are_tried_first_are_refused(pin: str) -> None:
    with pytest.raises(AmrError, match=r"request\.invalid"):
        secrets_policy.check_pin(pin)


@pytest.mark.parametrize("pin", ["4071", "8263", "60417", "193847"])
def test_other_pins_pass(pin: str) -> None:
    secrets_policy.check_pin(pin)


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


@pytest.mark.parametrize("path", ["/" + "a" * 256, "/assets/" + "b" * 300, "/" + "a/" * 3000, "/%00", "/assets/%00x"])
def test_paths_that_no_file_can_have_are_no_error_of_ours(connect: Connect, path: str) -> None:
    async def run() -> None:
        async with connect("") as http:
            assert (await http.get(path)).status_code in (200, 404)

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


@pytest.mark.parametrize("name", [".", "..", "Viewer", "VIEWER", "ｖｉｅｗｅｒ"])
def test_no_user_is_made_that_reads_like_another_or_cannot_be_removed(connect: Connect, name: str) -> None:
    async def run() -> None:
        async with connect("admin") as http:
            answer = await http.post("/api/v1/users", json={"name": name, "role": "viewer"})
            assert answer.json()["code"] in ("user.exists", "request.invalid")

    asyncio.run(run())


def test_the_live_feed_is_closed_until_a_given_password_was_changed(tmp_path: Path) -> None:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    store = UserStore(tmp_path / "u.db", hasher=FAST)
    store.add("new", PASSWORD, "operator", must_change=True)
    handle = start(FakeFleet(robots=2), small_site(2), port_number=0, users=store, static=tmp_path)
    try:
        cookie = f"amr_session={store.open_session('new', 'password', '127.0.0.1')}"
        url = handle.url.replace("http", "ws") + "/api/v1/live"
        with connect(url, additional_headers={"Cookie": cookie}) as live, pytest.raises(ConnectionClosed) as closed:
            live.recv(timeout=20.0)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
    finally:
        handle.stop()
        store.close()


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
