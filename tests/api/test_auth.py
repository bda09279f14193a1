"""Log-in, log-out, lock-out, cookies, and the user store."""

from __future__ import annotations

import asyncio
import base64
import secrets
import stat
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_fleet.api.auth import COOKIE
from amr_fleet.api.tries import LOCK_SECONDS
from amr_fleet.api.users import UserStore
from tests.api.api_support import FAST, PASSWORD, Connect

V1 = "/api/v1"


def test_the_cookie_is_httponly_strict_and_dies_at_logout(connect: Connect) -> None:
    async def run() -> None:
        async with connect() as http:
            answer = await http.post(f"{V1}/login", json={"user": "viewer", "password": PASSWORD})
            header = answer.headers["set-cookie"].lower()
            said = {"user": "viewer", "role": "viewer", "must_change": False, "second_factor": False}
            assert answer.json() == {**said, "must_enrol": False}
            assert "httponly" in header
            assert "samesite=strict" in header
            cookie = http.cookies[COOKIE]
            assert (await http.post(f"{V1}/logout")).status_code == 200
            http.cookies.set(COOKIE, cookie)
            assert (await http.get(f"{V1}/me")).json()["code"] == "auth.required"

    asyncio.run(run())


def test_a_token_is_256_bits_of_the_systems_generator_and_another_one_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = list[bytes]()
    draw = secrets.token_bytes

    def noted(size: int | None = None) -> bytes:
        drawn.append(draw(size))
        return drawn[-1]

    monkeypatch.setattr(secrets, "token_bytes", noted)
    store = UserStore(tmp_path / "u.db", hasher=FAST)
    store.add("lan", PASSWORD, "viewer")
    drawn.clear()
    tokens = [store.open_session("lan", kind, "client") for kind in ("password", "pin", "token") for _ in range(20)]
    store.close()
    assert [base64.urlsafe_b64decode(f"{token}=") for token in tokens] == drawn
    assert {len(number) for number in drawn} == {32}
    assert len(set(drawn)) == 60


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
    store = UserStore(tmp_path / "u.db", clock=lambda: now, hasher=FAST)
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


def test_the_one_time_login_replaces_the_last_one(tmp_path: Path) -> None:
    store = UserStore(tmp_path / "u.db", hasher=FAST)
    name, first = store.create_one_time_login()
    _, second = store.create_one_time_login()
    assert first != second
    assert store.check(name, second) == "admin"
    with pytest.raises(AmrError, match=r"auth\.wrong"):
        store.check(name, first)
    assert stat.S_IMODE((tmp_path / "u.db").stat().st_mode) == 0o600
    store.close()


def test_the_first_start_makes_one_administrator_who_must_change_the_password(tmp_path: Path) -> None:
    store = UserStore(tmp_path / "u.db", hasher=FAST)

    def no_room(_name: str, _password: str) -> None:
        raise OSError("read-only file system")

    with pytest.raises(OSError, match="read-only"):
        store.ensure_admin(no_room)
    assert store.names() == []  # an account whose password nobody was told would lock everybody out
    told: list[tuple[str, str]] = []
    made = store.ensure_admin(lambda name, password: told.append((name, password)))
    assert made is not None
    assert told == [made]
    assert store.ensure_admin() is None
    assert store.known(made[0]).must_change
    assert store.check(*made) == "admin"
    with pytest.raises(AmrError, match=r"user\.last_admin"):
        store.remove(made[0])
    with pytest.raises(AmrError, match=r"user\.last_admin"):
        store.set_role(made[0], "viewer")
    store.close()


def test_each_further_lock_is_longer_and_outlives_a_restart(tmp_path: Path) -> None:
    times = [1e9]
    store = UserStore(tmp_path / "u.db", clock=lambda: times[-1], hasher=FAST)
    store.add("lan", PASSWORD, "operator")
    locks = []
    for _ in range(3):
        for _ in range(5):
            with pytest.raises(AmrError, match=r"auth\.wrong"):
                store.check("lan", "x")
        store.close()
        store = UserStore(tmp_path / "u.db", clock=lambda: times[-1], hasher=FAST)
        with pytest.raises(AmrError) as error:
            store.check("lan", PASSWORD)
        locks.append(float(error.value.facts["seconds"] or 0))
        times.append(times[-1] + locks[-1] + 1)
    assert locks == [60.0, 120.0, 240.0]
    store.close()


def test_a_pin_works_only_on_an_enrolled_tablet_and_never_for_an_engineer(connect: Connect, users: UserStore) -> None:
    async def run() -> None:
        users.set_pin("operator", "4071")
        for name, pin in (("engineer", "4071"), ("operator", "1234"), ("operator", "7777"), ("operator", "12a4")):
            with pytest.raises(AmrError):
                users.set_pin(name, pin)
        async with connect() as http:
            body = {"user": "operator", "pin": "4071"}
            answer = await http.post(f"{V1}/login/pin", json=body)
            assert answer.json()["code"] == "auth.no_device"
            assert (await http.get(f"{V1}/device")).json() == {"device": None, "names": []}
            await http.post(f"{V1}/login", json={"user": "admin", "password": PASSWORD})
            assert (await http.post(f"{V1}/devices", json={"name": "Bàn trực"})).status_code == 201
            await http.post(f"{V1}/logout")
            assert (await http.get(f"{V1}/device")).json() == {"device": "Bàn trực", "names": ["operator"]}
            assert (await http.post(f"{V1}/login/pin", json={**body, "pin": "0000"})).json()["code"] == "auth.wrong"
            assert (await http.post(f"{V1}/login/pin", json=body)).json()["role"] == "operator"
            assert (await http.get(f"{V1}/me")).json()["user"] == "operator"
            no = await http.post(f"{V1}/me/password", json={"old": PASSWORD, "new": "another-password"})
            assert no.status_code == 403
            wrong = {"user": "engineer", "pin": "4071"}
            assert (await http.post(f"{V1}/login/pin", json=wrong)).json()["code"] == "auth.wrong"

    asyncio.run(run())


def test_a_pin_session_ends_soon_when_nobody_touches_the_tablet(tmp_path: Path) -> None:
    now = 1e9
    store = UserStore(tmp_path / "u.db", clock=lambda: now, hasher=FAST)
    store.add("lan", PASSWORD, "operator")
    store.set_pin("lan", "739105")
    token = store.open_session("lan", "pin", "")
    for _ in range(3):
        now += 19 * 60
        assert store.session(token) is not None
    now += 19 * 60
    assert store.session(token, touch=False) is not None  # the live feed does not keep it open
    now += 2 * 60
    assert store.session(token) is None
    store.close()


def test_a_given_password_must_be_changed_first(connect: Connect) -> None:
    async def run() -> None:
        async with connect("admin") as http:
            made = (await http.post(f"{V1}/users", json={"name": "minh", "role": "operator"})).json()
            assert (await http.post(f"{V1}/users", json={"name": "minh", "role": "viewer"})).status_code == 409
        async with connect() as http:
            answer = await http.post(f"{V1}/login", json={"user": "minh", "password": made["password"]})
            assert answer.json()["must_change"]
            assert (await http.get(f"{V1}/orders")).json()["code"] == "auth.change_password"
            change = {"old": made["password"], "new": "gạo-sông-hậu-2026"}
            for bad in ({**change, "old": "x"}, {**change, "new": "short"}, {**change, "new": change["old"]}):
                assert (await http.post(f"{V1}/me/password", json=bad)).status_code in (401, 422)
            assert (await http.post(f"{V1}/me/password", json=change)).status_code == 200
            assert (await http.get(f"{V1}/orders")).status_code == 200

    asyncio.run(run())


def test_a_machine_uses_a_token_and_an_ended_session_is_over(connect: Connect) -> None:
    async def run() -> None:
        async with connect("admin") as admin, connect() as wms:
            token = (await admin.post(f"{V1}/users/operator/token")).json()["token"]
            bearer = {"Authorization": f"Bearer {token}"}
            assert (await wms.get(f"{V1}/me", headers=bearer)).json()["user"] == "operator"
            rows = (await admin.get(f"{V1}/sessions")).json()["sessions"]
            row = next(r for r in rows if r["kind"] == "token")
            assert token not in str(rows)
            await admin.delete(f"{V1}/sessions/{row['id']}")
            assert (await wms.get(f"{V1}/me", headers=bearer)).status_code == 401

    asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "password", "role"), [("lan", "short", "viewer"), ("lan", PASSWORD, "boss"), ("", PASSWORD, "viewer")]
)
def test_bad_users_are_refused(tmp_path: Path, name: str, password: str, role: str) -> None:
    store = UserStore(tmp_path / "u.db", hasher=FAST)
    with pytest.raises(AmrError, match=r"request\.invalid"):
        store.add(name, password, role)
    store.close()
