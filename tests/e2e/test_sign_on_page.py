"""Log in at a provider that others wrote (oidc-provider-mock, by authlib), in a browser, over two sites."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, Page, expect

from amr_fleet.api import server
from amr_fleet.api.users import UserStore
from amr_fleet.listener import listen
from amr_fleet.oidc.settings import OidcSettings
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.e2e_support import DESKTOP, PASSWORD, PHONE, fits, shot_themes, type_password
from tests.e2e.serving import PATIENCE_S

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of authlib, in the provider
]
BUTTON, AT = "Đăng nhập với Cảng Cái Cui", "/api/v1/oidc"


@dataclass
class Port:
    """A dashboard and the provider of its port. leave: the provider goes away."""

    url: str
    provider: str
    users: UserStore
    leave: Callable[[], object]


@pytest.fixture
def port(tmp_path: Path, accounts: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Port]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    secret = tmp_path / "secret"
    secret.touch(0o600)
    secret.write_text("of the client")
    people = [
        User(sub="8f3a", claims={"preferred_username": "nguyen.lan", "groups": ["staff", "amr-engineers"]}),
        User(sub="77b0", claims={"preferred_username": "khach.cang", "groups": ["staff"]}),
    ]
    with ExitStack() as away, ExitStack() as made:
        idp = away.enter_context(run_server_in_thread(require_nonce=True, user_claims=people))
        provider = f"http://localhost:{idp.server_port}"  # another site than 127.0.0.1 for the browser's cookies
        heard = listen("127.0.0.1", 0)
        url = f"http://127.0.0.1:{heard.getsockname()[1]}"
        settings = OidcSettings.model_validate({
            "name": "port", "issuer": provider, "client_id": "amr", "secret_file": str(secret), "url": url,
            "label": "Cảng Cái Cui", "roles": {"amr-engineers": "engineer"}, "plain": True, "loopback": True,
        })  # fmt: skip
        made.callback(users.close)
        handle = server.start(
            FakeFleet(), small_site(), users=users, listener=heard, oidc=settings, answer_seconds=PATIENCE_S
        )
        made.callback(handle.stop)
        yield Port(handle.url, provider, users, away.close)


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": DESKTOP[0], "height": DESKTOP[1]}, locale="vi-VN", service_workers="block"
    )
    page = context.new_page()
    page.set_default_timeout(45_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert not wrong


def choose(tab: Page, port: Port, person: str) -> None:
    """Press the button of the log-in page, and then that of a person at the provider."""
    tab.get_by_role("button", name=BUTTON).click()
    tab.wait_for_url(f"{port.provider}/oauth2/authorize?**")
    tab.get_by_role("button", name=person).click()


def test_in_and_out_by_the_provider(tab: Page, port: Port) -> None:
    tab.goto(port.url)
    expect(tab.get_by_role("button", name=BUTTON)).to_be_visible()
    for size in (PHONE, DESKTOP):
        tab.set_viewport_size({"width": size[0], "height": size[1]})
        assert fits(tab)
    shot_themes(tab, "sign-on", both=True)
    choose(tab, port, "8f3a")
    tab.wait_for_selector("[data-testid=map-live]")
    assert tab.url == f"{port.url}/"
    tab.get_by_test_id("user-menu").click()
    expect(tab.get_by_text("nguyen.lan").first).to_be_visible()
    account = port.users.known("nguyen.lan")
    assert (account.role, account.hash, account.role_there) == ("engineer", "", True)
    session = next(c for c in tab.context.cookies() if c["name"] == "amr_session")
    assert (session["sameSite"], session["httpOnly"]) == ("Strict", True)
    tab.get_by_role("menuitem", name="Đăng xuất").click()
    tab.get_by_role("button", name="End session").click()  # the provider's own page
    tab.wait_for_url(f"{port.url}/")
    expect(tab.get_by_role("button", name=BUTTON)).to_be_visible()
    assert [row.result for row in port.users.rows.read_audit() if row.action == "came_back"] == ["ok"]
    assert not [row for row in port.users.sessions() if row.name == "nguyen.lan"]


def test_who_does_not_come_in_reads_why(tab: Page, port: Port) -> None:
    tab.goto(port.url)
    choose(tab, port, "77b0")
    expect(tab.get_by_role("alert")).to_contain_text("chưa giao vai trò nào ở đây cho bạn")
    assert tab.url == f"{port.url}/", "what came of it is not in the address any more"
    assert "khach.cang" not in port.users.names()
    choose(tab, port, "Deny")
    expect(tab.get_by_role("alert")).to_contain_text("Không đăng nhập được qua nhà cung cấp")
    tab.goto(f"{port.url}{AT}/callback?code=stolen&state=forged")
    expect(tab.get_by_role("alert")).to_contain_text("Không đăng nhập được qua nhà cung cấp")
    type_password(tab, port.url, "sep")
    tab.wait_for_selector("[data-testid=map-live]")
    tab.goto(f"{port.url}/audit")  # rows of those who had no name here, too
    came_back = tab.get_by_test_id("audit").get_by_role("row").filter(has_text="Trở về từ nhà cung cấp")
    expect(came_back).to_have_count(3)
    expect(came_back.last).to_contain_text("77b0")


def test_a_password_works_while_the_provider_is_away(tab: Page, port: Port) -> None:
    port.leave()
    tab.goto(port.url)
    tab.get_by_role("button", name=BUTTON).click()
    expect(tab.get_by_role("alert")).to_contain_text("không trả lời")
    type_password(tab, port.url, "lan")
    tab.wait_for_selector("[data-testid=map-live]")


def test_the_owner_of_an_account_links_it_logs_in_so_and_unlinks_it(tab: Page, port: Port) -> None:
    tab.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    type_password(tab, port.url, "khach")
    tab.wait_for_selector("[data-testid=map-live]")
    tab.goto(f"{port.url}/second-factor")
    link = tab.get_by_role("button", name="Liên kết với Cảng Cái Cui", exact=True)
    expect(link).to_be_disabled()
    tab.get_by_label("Mật khẩu hiện tại ở đây").fill("not the password")
    link.click()
    expect(tab.get_by_role("alert")).to_be_visible()
    assert fits(tab)
    tab.get_by_label("Mật khẩu hiện tại ở đây").fill(PASSWORD)
    link.click()
    tab.get_by_role("button", name="77b0").click()
    expect(tab.get_by_role("status").filter(has_text="Tài khoản này đã được liên kết")).to_be_visible()
    assert (port.users.known("khach").role, tab.url) == ("viewer", f"{port.url}/second-factor")
    tab.context.clear_cookies()
    tab.goto(port.url)
    choose(tab, port, "77b0")  # no group of ours: the account has its own role
    tab.wait_for_selector("[data-testid=map-live]")
    tab.context.clear_cookies()
    type_password(tab, port.url, "khach")
    tab.wait_for_selector("[data-testid=map-live]")
    tab.goto(f"{port.url}/second-factor")
    tab.get_by_role("button", name="Bỏ liên kết với Cảng Cái Cui").click()
    expect(link).to_be_visible()
    assert not port.users.known("khach").identity
