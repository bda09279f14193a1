"""Who guesses passwords or floods the log-in: bounded, and nobody else is locked out."""

from __future__ import annotations

import concurrent.futures
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from argon2 import extract_parameters
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from amr_core.errors import AmrError
from amr_fleet.api import secrets_policy
from amr_fleet.api.limits import MOST_CLIENTS, ClientLimit, one_client
from amr_fleet.api.server import start
from amr_fleet.api.tries import MAX_TRIES, NETWORK_TRIES
from amr_fleet.api.users import UserStore
from tests.api.api_support import FAST, PASSWORD
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site


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


def test_a_name_that_nobody_has_is_checked_at_the_cost_of_any_other_and_no_password_fits_it() -> None:
    nobodys = secrets_policy.nobodys()
    assert extract_parameters(nobodys) == extract_parameters(secrets_policy.hasher().hash("a"))
    assert not secrets_policy.hasher().verify(PASSWORD, nobodys)
    assert secrets_policy.nobodys() != nobodys


HASHING = """
from pathlib import Path
from amr_fleet.api.secrets_policy import Turnstile, hasher
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20
turnstile, hashing = Turnstile(), hasher()
before = resident()
for _ in range(6):
    with turnstile.turn():
        turnstile.run(hashing.hash, "a")
print(resident() - before)
"""


def test_the_memory_of_hashes_goes_back_when_they_are_made() -> None:
    done = subprocess.run([sys.executable, "-c", HASHING], capture_output=True, timeout=60.0, check=True)
    assert float(done.stdout) < 10.0  # MiB; one of them takes 19


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


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("2a02:1::5", "2a02:1::/64"),
        ("2a02:1::ffff:0:1", "2a02:1::/64"),
        ("2a02:1:0:1::5", "2a02:1:0:1::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fd00::5", "fd00::5"),
        ("fe80::5%eth0", "fe80::5%eth0"),
        ("::1", "::1"),
        ("192.0.2.7", "192.0.2.7"),
        ("0f3c", "0f3c"),
        ("session:1", "session:1"),
    ],
)
def test_a_network_of_public_ipv6_is_one_client(address: str, client: str) -> None:
    """Who has one has 2^64 addresses, and a lock or a bucket for each was none."""
    assert one_client(address) == client


def test_another_address_of_ones_own_network_opens_no_lock(tmp_path: Path) -> None:
    users = UserStore(tmp_path / "users.db", hasher=FAST)
    users.add("lan", PASSWORD, "operator")
    for number in range(NETWORK_TRIES):
        with pytest.raises(AmrError, match=r"auth\.wrong"):
            users.check("lan", "wrong", f"2a02:1::{number}")
    with pytest.raises(AmrError, match=r"auth\.locked"):
        users.check("lan", PASSWORD, "2a02:1::ffff")
    assert users.check("lan", PASSWORD, "2a02:1:0:1::1") == "operator"
    users.close()


def test_one_computer_of_a_public_ipv6_network_locks_nobody_else_there_out(tmp_path: Path) -> None:
    """A site whose provider gives its computers public IPv6: five wrong passwords locked a name for all of them."""
    users = UserStore(tmp_path / "users.db", hasher=FAST)
    users.add("admin", PASSWORD, "admin")
    for _ in range(MAX_TRIES):
        with pytest.raises(AmrError, match=r"auth\.wrong"):
            users.check("admin", "wrong", "2a02:1::bad")
    for _ in range(NETWORK_TRIES):
        with pytest.raises(AmrError, match=r"auth\.locked"):
            users.check("admin", "wrong", "2a02:0001::0bad")
    assert users.check("admin", PASSWORD, "2a02:1::1") == "admin"
    users.close()


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


def test_a_clock_that_is_set_back_keeps_nobody_out_and_opens_no_door(tmp_path: Path) -> None:
    """The server's clock was wrong by a day and was set right: who had mistyped a password was out for that day."""
    now = [2e9]
    users = UserStore(tmp_path / "users.sqlite3", hasher=FAST, clock=lambda: now[0])
    users.add("lan", PASSWORD, "admin")
    for _ in range(MAX_TRIES):
        with pytest.raises(AmrError, match=r"auth\.wrong"):
            users.check("lan", "not-the-password", "10.0.0.9")
    now[0] -= 86400.0
    with pytest.raises(AmrError, match=r"auth\.wrong"):
        users.check("lan", "not-the-password", "10.0.0.9")
    for _ in range(MAX_TRIES - 1):
        with pytest.raises(AmrError, match=r"auth\.wrong"):
            users.check("lan", "not-the-password", "10.0.0.9")
    with pytest.raises(AmrError, match=r"auth\.locked") as locked:
        users.check("lan", PASSWORD, "10.0.0.9")
    assert 60.0 < float(str(locked.value.facts["seconds"])) <= 120.0, "those before it count: the second lock"
    now[0] += 121.0
    users.check("lan", PASSWORD, "10.0.0.9")
    users.close()


def test_a_clock_that_is_set_back_leaves_no_tablet_open(tmp_path: Path) -> None:
    """A PIN's session that nobody touches ends after 20 minutes; it stayed for as long as the clock was set back."""
    now = [2e9]
    users = UserStore(tmp_path / "users.sqlite3", hasher=FAST, clock=lambda: now[0])
    users.add("lan", PASSWORD, "operator")
    users.set_pin("lan", "4825")
    token = users.open_session("lan", "pin", "c")
    now[0] -= 40000.0
    assert users.session(token) is not None
    now[0] += 21 * 60.0
    assert users.session(token) is None
    users.close()


def test_the_lock_of_one_name_is_not_the_lock_of_another(tmp_path: Path) -> None:
    store = UserStore(tmp_path / "u.db", hasher=FAST)
    store.add("a", PASSWORD, "viewer")
    for _ in range(MAX_TRIES):
        with pytest.raises(AmrError, match=r"auth\.wrong"):
            store.check("a:10.0.0.9", "wrong", "")
    assert store.check("a", PASSWORD, "10.0.0.9") == "viewer"
    store.close()


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
