"""Log-in, log-out, lock-out, cookies, and the user store."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_fleet.api.auth import COOKIE
from amr_fleet.api.users import LOCK_SECONDS, UserStore
from tests.api.api_support import PASSWORD, Connect

V1 = "/api/v1"


def test_the_cookie_is_httponly_strict_and_dies_at_logout(connect: Connect) -> None:
    async def run() -> None:
        async with connect() as http:
            answer = await http.post(f"{V1}/login", json={"user": "viewer", "password": PASSWORD})
            header = answer.headers["set-cookie"].lower()
            assert answer.json() == {"user": "viewer", "role": "viewer"}
            assert "httponly" in header
            assert "samesite=strict" in header
            cookie = http.cookies[COOKIE]
            assert (await http.post(f"{V1}/logout")).status_code == 200
            http.cookies.set(COOKIE, cookie)
            assert (await http.get(f"{V1}/me")).json()["code"] == "auth.required"

    asyncio.run(run())


@pytest.mark.parametrize(
    "cookie", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsImp0aSI6IjEiLCJleHAiOjk5OTk5OTk5OTl9."]
)
def test_forged_cookies_are_refused(connect: Connect, cookie: str) -> None:
    async def run() -> None:
        async with connect() as http:
            http.cookies.set(COOKIE, cookie)
            assert (await http.get(f"{V1}/me")).status_code == 401

    asyncio.run(run())


def test_five_wrong_tries_lock_the_name(connect: Connect) -> None:
    async def run() -> None:
        async with connect() as http:
            for user in ("admin", "unknown"):
                for _ in range(5):
                    answer = await http.post(f"{V1}/login", json={"user": user, "password": "wrong"})
                    assert (answer.status_code, answer.json()["code"]) == (401, "auth.wrong")
                answer = await http.post(f"{V1}/login", json={"user": user, "password": PASSWORD})
                assert (answer.status_code, answer.json()["code"]) == (429, "auth.locked")
                assert 0 < answer.json()["facts"]["seconds"] <= 60

    asyncio.run(run())


def test_other_origins_may_not_change_anything(connect: Connect) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            answer = await http.post(f"{V1}/robots/pause", headers={"origin": "http://evil.example"})
            assert answer.status_code == 403
            assert (await http.post(f"{V1}/robots/pause", headers={"origin": "http://test"})).status_code == 200

    asyncio.run(run())


def test_a_removed_user_is_out_at_once(connect: Connect, users: UserStore) -> None:
    async def run() -> None:
        users.add("temp", PASSWORD, "operator")
        async with connect("") as http:
            await http.post(f"{V1}/login", json={"user": "temp", "password": PASSWORD})
            assert (await http.get(f"{V1}/me")).status_code == 200
            users.remove("temp")
            assert (await http.get(f"{V1}/me")).status_code == 401

    asyncio.run(run())


def test_the_lock_opens_after_its_time_and_a_right_password_resets_the_count(tmp_path: Path) -> None:
    now = 0.0
    store = UserStore(tmp_path / "u.db", clock=lambda: now)
    store.add("lan", PASSWORD, "operator")
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(AmrError, match=r"auth\.wrong"):
                store.check("lan", "wrong")
        assert store.check("lan", PASSWORD) == "operator"
    for _ in range(5):
        with pytest.raises(AmrError, match=r"auth\.wrong"):
            store.check("lan", "wrong")
    with pytest.raises(AmrError, match=r"auth\.locked"):
        store.check("lan", PASSWORD)
    now = LOCK_SECONDS + 1
    assert store.check("lan", PASSWORD) == "operator"
    store.close()


def test_the_one_time_operator_replaces_the_last_one(tmp_path: Path) -> None:
    store = UserStore(tmp_path / "u.db")
    name, first = store.create_one_time_operator()
    _, second = store.create_one_time_operator()
    assert first != second
    assert store.check(name, second) == "operator"
    with pytest.raises(AmrError, match=r"auth\.wrong"):
        store.check(name, first)
    for file in ("u.db", "u.secret"):
        assert stat.S_IMODE((tmp_path / file).stat().st_mode) == 0o600
    again = UserStore(tmp_path / "u.db")
    assert again.secret == store.secret
    assert again.names() == [name]
    store.close()
    again.close()


@pytest.mark.parametrize(
    ("name", "password", "role"), [("lan", "short", "viewer"), ("lan", PASSWORD, "boss"), ("", PASSWORD, "viewer")]
)
def test_bad_users_are_refused(tmp_path: Path, name: str, password: str, role: str) -> None:
    store = UserStore(tmp_path / "u.db")
    with pytest.raises(AmrError, match=r"request\.invalid"):
        store.add(name, password, role)
    store.close()
