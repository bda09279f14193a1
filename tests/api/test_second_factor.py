"""The second step of a log-in: set up, used, lost, needed; codes are good once, and few may be tried."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
import zxingcpp
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import create_engine, text

from amr_core.errors import AmrError
from amr_fleet.api.app import create_app
from amr_fleet.api.second_factor import PENDING_S, RECOVERY_CODES, STEP_S, matching_step
from amr_fleet.api.tries import LOCK_SECONDS, MAX_TRIES
from amr_fleet.api.users import UserStore
from amr_fleet.qr_code import qr_rows
from amr_fleet.store.copies import look
from tests.api.api_support import FAST, PASSWORD
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site

V1 = "/api/v1"
BEGIN, ON, OFF, CODES = (f"{V1}/me/second-factor{end}" for end in ("/begin", "", "/off", "/codes"))
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


class Desk:
    """Users with a clock that is set by hand, and browsers of theirs."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_800_000_000.0
        self.file = folder / "users.db"
        self.users = UserStore(self.file, hasher=FAST, clock=lambda: self.now)
        for name, role in (("lan", "operator"), ("sep", "admin"), ("chu", "admin")):
            self.users.add(name, PASSWORD, role)
        self.app = create_app(FakeFleet(robots=1), small_site(1), self.users, static=folder)

    def browser(self) -> httpx.AsyncClient:
        """Return a client without cookies."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://test")

    def code(self, secret: str, steps: int = 0) -> str:
        """Return what an app shows so many steps from now."""
        totp = TOTP(base64.b32decode(secret), 6, SHA1(), STEP_S)
        return totp.generate(int(self.now) + steps * STEP_S).decode()

    async def log_in(self, http: httpx.AsyncClient, name: str, code: str = "", password: str = PASSWORD) -> str:
        """Log in; return the code of the refusal, "" = it went well."""
        body = {"user": name, "password": password} | ({"code": code} if code else {})
        answer = await http.post(f"{V1}/login", json=body)
        return "" if answer.status_code == 200 else str(answer.json()["code"])

    async def enrol(self, http: httpx.AsyncClient, name: str) -> tuple[str, list[str]]:
        """Log in without and set the second step up; return its secret and the recovery codes."""
        assert await self.log_in(http, name) == ""
        secret = str((await http.post(BEGIN, json={"password": PASSWORD})).json()["secret"])
        answer = await http.post(ON, json={"code": self.code(secret)})
        assert answer.status_code == 200, answer.text
        self.now += STEP_S  # the code that confirmed is used up
        return secret, answer.json()["codes"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    one = Desk(tmp_path)
    yield one
    one.users.close()


def test_an_open_session_alone_binds_no_phone_to_an_account(desk: Desk) -> None:
    """Whoever found it shut its owner out and had the account."""

    async def run() -> None:
        async with desk.browser() as http:
            assert await desk.log_in(http, "lan") == ""
            assert (await http.post(BEGIN)).status_code == 422
            answer = await http.post(BEGIN, json={"password": "wrong"})
            assert (answer.status_code, answer.json()["code"]) == (401, "auth.wrong")
            answer = await http.post(ON, json={"code": "000000"})
            assert answer.json()["code"] == "auth.code_begin"
            for _ in range(MAX_TRIES):
                answer = await http.post(BEGIN, json={"password": "wrong"})
            assert answer.json()["code"] == "auth.locked"
            assert (await http.get(f"{V1}/me")).status_code == 200, "a wrong one ends no session"

    asyncio.run(run())


@pytest.mark.parametrize(
    ("now", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_rfc(now: int, code: str) -> None:
    """RFC 6238 appendix B, the last six of its eight digits."""
    assert matching_step(RFC_SECRET, code, now) == now // STEP_S


def test_a_clock_may_be_off_by_one_step(desk: Desk) -> None:
    now = desk.now
    found = [matching_step(RFC_SECRET, desk.code(RFC_SECRET, steps), now) for steps in (-2, -1, 0, 1, 2)]
    step = int(now // STEP_S)
    assert found == [None, step - 1, step, step + 1, None]


@pytest.mark.parametrize("rubbish", ["", "1", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34", "\x00" * 6, "²²²²²²"])
def test_what_is_no_code_is_no_code(rubbish: str) -> None:
    assert matching_step(RFC_SECRET, rubbish, 59.0) is None


def test_from_set_up_to_log_in(desk: Desk) -> None:
    async def run() -> None:
        async with desk.browser() as http, desk.browser() as other, desk.browser() as fresh:
            assert await desk.log_in(other, "lan") == ""
            token = desk.users.open_session("lan", "token", "")
            assert await desk.log_in(http, "lan") == ""
            assert (await http.get(ON)).json() == {"on": False, "needed": False, "codes_left": 0}
            begun = (await http.post(BEGIN, json={"password": PASSWORD})).json()
            assert begun["uri"].startswith("otpauth://totp/AMR:lan?")
            assert f"secret={begun['secret']}" in begun["uri"]
            assert begun["qr"] == list(qr_rows(begun["uri"]))
            assert await desk.log_in(fresh, "lan") == ""  # nothing changes before the app was seen to work
            assert (await http.post(ON, json={"code": "000000"})).json()["code"] == "auth.code_wrong"
            answer = await http.post(ON, json={"code": desk.code(begun["secret"])})
            assert len(set(answer.json()["codes"])) == RECOVERY_CODES
            assert (await http.get(f"{V1}/me")).json()["second_factor"]
            assert (await other.get(f"{V1}/me")).status_code == 401  # whoever was in with the password alone is out
            assert (await fresh.get(f"{V1}/me", headers={"Authorization": f"Bearer {token}"})).status_code == 200
            assert (await http.post(BEGIN, json={"password": PASSWORD})).json()["code"] == "auth.code_on"
            assert await desk.log_in(other, "lan") == "auth.code_needed"
            assert await desk.log_in(other, "lan", password="wrong") == "auth.wrong"
            assert await desk.log_in(other, "lan", desk.code(begun["secret"]), "wrong") == "auth.wrong"
            assert await desk.log_in(other, "lan", desk.code(begun["secret"])) == "auth.code_wrong"  # it confirmed
            desk.now += STEP_S
            shown = desk.code(begun["secret"])
            assert await desk.log_in(other, "lan", f"{shown[:3]} {shown[3:]}") == ""

    asyncio.run(run())


def test_the_picture_is_read_by_a_reader(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_bytes", lambda size: bytes(range(size)))  # it misses a few in a thousand
    begun = desk.users.second.begin("Nguyễn Lan")
    dark = np.array([[255 * (module == "0") for module in row] for row in begun.qr], np.uint8)
    picture = np.kron(np.pad(dark, 4, constant_values=255), np.ones((6, 6), np.uint8))
    assert [one.text for one in zxingcpp.read_barcodes(picture)] == [begun.uri]
    assert begun.uri.isascii()


def test_a_code_is_good_once_also_for_two_at_the_same_moment(desk: Desk) -> None:
    async def run() -> str:
        async with desk.browser() as http:
            return (await desk.enrol(http, "lan"))[0]

    secret = asyncio.run(run())
    account, code = desk.users.known("lan"), desk.code(secret)

    def use(_: int) -> str:
        try:
            desk.users.second.check(account, code)
        except AmrError as error:
            return error.code
        return ""

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(use, range(4)))
    assert sorted(found) == ["", *["auth.code_wrong"] * 3]
    desk.users.second.check(account, desk.code(secret, 1))
    # Also after a restart, and for the process beside it; an older one that was never used is too old.
    again = UserStore(desk.file, hasher=FAST, clock=lambda: desk.now)
    for steps in (1, 0, -1):
        with pytest.raises(AmrError, match=r"auth\.code_wrong"):
            again.second.check(again.known("lan"), desk.code(secret, steps))
    again.close()


def test_a_clock_that_was_ahead_keeps_nobody_out(desk: Desk) -> None:
    async def run() -> None:
        async with desk.browser() as http:
            secret, _ = await desk.enrol(http, "lan")
            desk.now += 86400.0
            assert await desk.log_in(http, "lan", desk.code(secret)) == ""
            desk.now -= 86400.0
            code = desk.code(secret)
            assert await desk.log_in(http, "lan", code) == ""
            assert await desk.log_in(http, "lan", code) == "auth.code_wrong"

    asyncio.run(run())


def test_wrong_codes_are_counted_for_the_account_from_wherever_they_come(desk: Desk) -> None:
    async def run() -> str:
        async with desk.browser() as http:
            secret, codes = await desk.enrol(http, "lan")
            for wrong in ["000000", codes[0][:-1] + "0", "1", "x", "000001"]:
                assert await desk.log_in(http, "lan", wrong) == "auth.code_wrong"
            assert await desk.log_in(http, "lan", desk.code(secret)) == "auth.locked"
            assert await desk.log_in(http, "lan", codes[0]) == "auth.locked"
            return secret

    secret = asyncio.run(run())
    account = desk.users.known("lan")
    with pytest.raises(AmrError, match=r"auth\.locked"):  # not a lock of one client
        desk.users.log_in("lan", PASSWORD, desk.code(secret), "10.0.0.9")
    desk.now += LOCK_SECONDS + 1
    desk.users.second.check(account, desk.code(secret))
    for _ in range(MAX_TRIES):  # a right one opens the count
        with pytest.raises(AmrError, match=r"auth\.code_wrong"):
            desk.users.second.check(account, "000000")


def test_a_recovery_code_is_good_once_and_new_ones_end_the_old(desk: Desk) -> None:
    async def run() -> None:
        async with desk.browser() as http:
            secret, codes = await desk.enrol(http, "lan")
            assert await desk.log_in(http, "lan", codes[0].upper().replace("-", " ")) == ""
            assert (await http.get(ON)).json()["codes_left"] == RECOVERY_CODES - 1
            assert await desk.log_in(http, "lan", codes[0]) == "auth.code_wrong"
            bad = {"password": "wrong", "code": desk.code(secret)}
            assert (await http.post(CODES, json=bad)).json()["code"] == "auth.wrong"
            assert (await http.post(CODES, json={"password": PASSWORD})).json()["code"] == "auth.code_needed"
            answer = await http.post(CODES, json={"password": PASSWORD, "code": desk.code(secret)})
            fresh = answer.json()["codes"]
            assert not set(fresh) & set(codes)
            assert await desk.log_in(http, "lan", codes[1]) == "auth.code_wrong"
            assert await desk.log_in(http, "lan", fresh[0]) == ""

    asyncio.run(run())


def test_it_is_turned_off_with_password_and_code(desk: Desk) -> None:
    async def run() -> None:
        async with desk.browser() as http, desk.browser() as tablet:
            assert await desk.log_in(http, "lan") == ""
            nothing = await http.post(OFF, json={"password": PASSWORD, "code": "000000"})
            assert nothing.json()["code"] == "auth.code_off"
            secret, codes = await desk.enrol(http, "lan")
            token = desk.users.open_session("lan", "token", "")
            sure = {"password": PASSWORD, "code": desk.code(secret)}
            foreign = await tablet.post(OFF, json=sure, headers={"Authorization": f"Bearer {token}"})
            assert foreign.json()["code"] == "auth.forbidden"
            assert (await http.post(OFF, json={**sure, "code": "000000"})).json()["code"] == "auth.code_wrong"
            assert (await http.post(OFF, json=sure)).status_code == 200
            assert await desk.log_in(tablet, "lan") == ""
            assert desk.users.second.codes_left("lan") == 0
            assert await desk.log_in(tablet, "lan", codes[0]) == ""  # not asked for, not looked at

    asyncio.run(run())


def test_an_administrator_takes_it_from_who_lost_the_phone_but_not_from_himself(desk: Desk) -> None:
    async def run() -> None:
        async with desk.browser() as http, desk.browser() as boss:
            await desk.enrol(http, "lan")
            assert await desk.log_in(boss, "sep") == ""
            rows = (await boss.get(f"{V1}/users")).json()["users"]
            assert {row["name"]: row["second_factor"] for row in rows} == {"lan": True, "sep": False, "chu": False}
            assert "totp" not in str(rows)
            assert (await boss.delete(f"{V1}/users/lan/second-factor")).status_code == 200
            assert (await http.get(f"{V1}/me")).status_code == 401
            assert await desk.log_in(http, "lan") == ""
            assert (await boss.delete(f"{V1}/users/lan/second-factor")).json()["code"] == "auth.code_off"
            assert (await boss.delete(f"{V1}/users/nobody/second-factor")).json()["code"] == "user.not_found"
            await desk.enrol(boss, "sep")
            assert (await boss.delete(f"{V1}/users/sep/second-factor")).json()["code"] == "auth.forbidden"

    asyncio.run(run())


def test_a_role_that_needs_it_can_do_nothing_but_set_it_up(desk: Desk) -> None:
    async def run() -> None:
        async with desk.browser() as http, desk.browser() as boss:
            assert await desk.log_in(boss, "sep") == ""
            assert await desk.log_in(http, "lan") == ""
            assert (await boss.put(f"{V1}/second-factor/roles", json={"roles": ["boss"]})).status_code == 422
            answer = await boss.put(f"{V1}/second-factor/roles", json={"roles": ["operator", "operator"]})
            assert answer.json() == {"roles": ["operator"]}
            assert (await boss.get(f"{V1}/orders")).status_code == 200
            refused = await http.get(f"{V1}/orders")
            assert (refused.status_code, refused.json()["code"]) == (403, "auth.code_set_up")
            assert (await http.get(f"{V1}/me")).json()["must_enrol"]
            desk.users.set_pin("lan", "739105")
            pin = desk.users.open_session("lan", "pin", "")  # an enrolled tablet is a second factor of its own
            assert (await boss.get(f"{V1}/orders", headers={"Authorization": f"Bearer {pin}"})).status_code == 200
            secret = (await http.post(BEGIN, json={"password": PASSWORD})).json()["secret"]
            assert (await http.post(ON, json={"code": desk.code(secret)})).status_code == 200
            assert (await http.get(f"{V1}/orders")).status_code == 200
            assert not (await http.get(f"{V1}/me")).json()["must_enrol"]
            await boss.put(f"{V1}/second-factor/roles", json={"roles": []})
            desk.users.set_role("lan", "engineer")
            assert desk.users.known("lan").totp == secret

    asyncio.run(run())


def test_nobody_makes_his_own_role_need_what_he_has_not_set_up(desk: Desk) -> None:
    """One click, and every administrator was out until a phone was at hand."""

    async def run() -> None:
        roles = f"{V1}/second-factor/roles"
        async with desk.browser() as boss:
            assert await desk.log_in(boss, "sep") == ""
            refused = await boss.put(roles, json={"roles": ["operator", "admin"]})
            assert (refused.status_code, refused.json()["code"]) == (403, "auth.code_set_up")
            assert (await boss.get(roles)).json() == {"roles": []}
            await desk.enrol(boss, "sep")
            assert (await boss.put(roles, json={"roles": ["admin"]})).status_code == 200
            assert (await boss.get(f"{V1}/orders")).status_code == 200
            token = desk.users.open_session("chu", "token", "")
            answer = await boss.put(
                roles, json={"roles": ["admin", "viewer"]}, headers={"Authorization": f"Bearer {token}"}
            )
            assert answer.status_code == 200, "it was needed before"

    asyncio.run(run())


def test_a_set_up_does_not_wait_for_ever(desk: Desk) -> None:
    secret = desk.users.second.begin("lan").secret
    desk.now += PENDING_S + 1
    with pytest.raises(AmrError, match=r"auth\.code_begin"):
        desk.users.turn_on_second("lan", desk.code(secret))
    with pytest.raises(AmrError, match=r"auth\.code_begin"):
        desk.users.turn_on_second("sep", "000000")
    for number in range(100):
        desk.users.second.begin(f"u{number}")
    with pytest.raises(AmrError, match=r"auth\.busy"):
        desk.users.second.begin("one more")


def test_it_outlives_a_new_password_but_not_the_account(desk: Desk) -> None:
    secret = desk.users.second.begin("lan").secret
    codes = desk.users.turn_on_second("lan", desk.code(secret))
    desk.users.set_password("lan", "another-strong-one-7", must_change=True)
    desk.users.add("lan", "a-third-strong-one-8", "engineer")
    assert desk.users.known("lan").totp == secret
    with pytest.raises(AmrError, match=r"auth\.code_needed"):
        desk.users.log_in("lan", "a-third-strong-one-8", "", "")
    desk.users.remove("lan")
    desk.users.add("lan", PASSWORD, "viewer")
    assert desk.users.log_in("lan", PASSWORD, "", "").role == "viewer"
    assert not desk.users.second.codes_left("lan")
    assert codes


def test_the_login_of_a_run_needs_no_code_of_an_earlier_one(desk: Desk) -> None:
    desk.users.create_one_time_login()
    secret = desk.users.second.begin("demo").secret
    desk.users.turn_on_second("demo", desk.code(secret))
    name, password = desk.users.create_one_time_login()
    assert desk.users.log_in(name, password, "", "").name == "demo"


def test_the_trail_says_it_without_codes_and_a_secret_set_by_hand_is_found(desk: Desk) -> None:
    async def run() -> tuple[str, list[str]]:
        async with desk.browser() as http:
            return await desk.enrol(http, "lan")

    secret, codes = asyncio.run(run())
    rows = desk.users.rows.read_audit()
    assert [row.action for row in rows[:3]] == ["turn_on_second_factor", "begin_second_factor", "login"]
    assert not any(word in str(rows) for word in (secret, *codes, desk.code(secret, -1)))
    assert secret not in str(desk.users.known("lan"))
    assert look(str(desk.file)).faults == []
    with create_engine(f"sqlite:///{desk.file}").begin() as connection:
        connection.execute(text("UPDATE accounts SET totp = '' WHERE name = 'lan'"))
    assert [fault.where for fault in look(str(desk.file)).faults] == ["account lan"]
