"""Cuts that fall into a form: nothing typed is lost, and what is sent again is done once.

The network goes while somebody types and while the order is on the wire, the server restarts, or is updated.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from amr_fleet.api.app import STATIC
from amr_fleet.api.users import UserStore
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.drawing import pick_lane
from tests.e2e.e2e_support import log_in
from tests.e2e.serving import inside, start
from tests.e2e.shift_fleet import ShiftFleet

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory, accounts: Path) -> Iterator[ShiftFleet]:
    """Two robots and the real engine, which knows an order that comes twice."""
    folder = tmp_path_factory.mktemp("few")
    shutil.copytree(accounts.parent, folder, dirs_exist_ok=True)
    fleet = ShiftFleet(folder, robots=2)
    yield fleet
    fleet.close()


def open_form(page: Page) -> None:
    """Open the form for an order; again where it did not come: on a busy machine a press gets lost."""
    for _ in range(3):
        page.get_by_role("tab", name="Tạo đơn").click()
        try:
            page.get_by_test_id("new-order").wait_for(timeout=15_000)
            return
        except PlaywrightTimeout:
            continue
    raise AssertionError("the form does not come")


def choose(page: Page, label: str, place: str) -> None:
    page.get_by_label(label).first.fill(place)
    page.get_by_role("option", name=place).locator("visible=true").click()


def lose(page: Page, path: str, *, arrives: bool) -> None:
    """Lose the next POST to a path on its way, or its answer."""
    lost = iter((True,))

    def handle(route: Route) -> None:
        if route.request.method != "POST" or not next(lost, False):
            route.continue_()
            return
        if arrives:
            assert route.fetch().ok
        route.abort()

    page.route(f"**/api/v1/{path}", handle)


def references(few: ShiftFleet) -> list[str]:
    return [order.reference for order in few.service.orders("all", 1000)]


@pytest.mark.parametrize("arrives", [False, True], ids=["lost on its way", "answer lost"])
def test_an_order_that_is_cut_off_twice_is_still_typed_and_made_once(
    page: Page, few: ShiftFleet, *, arrives: bool
) -> None:
    """Who types at a gate with bad Wi-Fi must neither type again nor have two robots come for one pallet."""
    typed = f"PO-4711/{arrives:d}"
    log_in(page, few.api.url, "lan")
    open_form(page)
    choose(page, "Nơi lấy hàng", "Cửa xuất nhập D02")
    page.get_by_label("Số chứng từ").fill(typed[:4])
    page.context.set_offline(True)
    page.get_by_label("Số chứng từ").fill(typed)
    choose(page, "Nơi trả hàng", "Dãy kệ B2")
    page.context.set_offline(False)
    lose(page, "orders", arrives=arrives)
    page.get_by_role("button", name="Gửi đơn").click()
    expect(page.get_by_role("alert").filter(has_text="Không kết nối được máy chủ")).to_be_visible()
    assert references(few).count(typed) == arrives
    expect(page.get_by_label("Số chứng từ")).to_have_value(typed)
    page.get_by_role("button", name="Gửi đơn").click()
    expect(page.get_by_role("status").filter(has_text="Đã nhận đơn")).to_be_visible()
    assert references(few).count(typed) == 1
    order = next(o for o in few.service.orders("all", 1000) if o.reference == typed)
    assert (order.pick_place, order.drop_place) == ("D02", "B2")


@inside
def test_a_server_that_restarts_under_an_open_form_takes_nothing_of_it(page: Page, few: ShiftFleet) -> None:
    """An update at noon: the order is half typed, its answer is lost with the old server, the new one knows it."""
    log_in(page, few.api.url, "lan")
    page.evaluate("window.stillTheSamePage = true")
    open_form(page)
    choose(page, "Nơi lấy hàng", "Cửa xuất nhập D03")
    page.get_by_label("Số chứng từ").fill("PO-0815")
    few.restart_api()
    choose(page, "Nơi trả hàng", "Dãy kệ B2")
    expect(page.locator(".conn")).to_have_text("Đã kết nối")
    lose(page, "orders", arrives=True)
    page.get_by_role("button", name="Gửi đơn").click()
    expect(page.get_by_role("alert").filter(has_text="Không kết nối được máy chủ")).to_be_visible()
    few.restart_api()
    expect(page.get_by_label("Số chứng từ")).to_have_value("PO-0815")
    expect(page.locator(".conn")).to_have_text("Đã kết nối")
    page.get_by_role("button", name="Gửi đơn").click()
    expect(page.get_by_role("status").filter(has_text="Đã nhận đơn")).to_be_visible()
    assert references(few).count("PO-0815") == 1
    assert page.evaluate("window.stillTheSamePage") is True


def test_an_order_half_typed_waits_where_it_was_and_may_be_thrown_away(page: Page, few: ShiftFleet) -> None:
    """A look at the robots took what was typed."""
    log_in(page, few.api.url, "lan")
    open_form(page)
    choose(page, "Nơi lấy hàng", "Cửa xuất nhập D04")
    page.get_by_label("Số chứng từ").fill("PO-1")
    page.get_by_role("tab", name="Robot").click()
    open_form(page)
    expect(page.get_by_label("Số chứng từ")).to_have_value("PO-1")
    page.reload()
    open_form(page)
    expect(page.get_by_text("Đơn nhập dở từ trước, chưa thấy được nhận.")).to_be_visible()
    page.get_by_role("button", name="Nhập lại từ đầu").click()
    expect(page.get_by_label("Số chứng từ")).to_have_value("")
    page.reload()
    open_form(page)
    expect(page.get_by_label("Nơi lấy hàng").first).to_have_value("")
    expect(page.get_by_text("Đơn nhập dở từ trước, chưa thấy được nhận.")).to_have_count(0)


def test_an_order_whose_answer_comes_when_its_form_is_gone_is_not_offered_again(page: Page, few: ShiftFleet) -> None:
    """It was called not sent; with one field changed it was a second order."""
    log_in(page, few.api.url, "lan")
    open_form(page)
    choose(page, "Nơi lấy hàng", "Cửa xuất nhập D04")
    choose(page, "Nơi trả hàng", "Cửa xuất nhập D02")
    page.get_by_label("Số chứng từ").fill("PO-LATE")
    late: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            late.append(route)
        else:
            route.continue_()

    page.route("**/api/v1/orders", hold)
    page.get_by_role("button", name="Gửi đơn").click()
    page.get_by_role("tab", name="Robot").click()
    expect(page.get_by_test_id("new-order")).to_have_count(0)
    with page.expect_response(lambda r: r.url.endswith("/api/v1/orders") and r.request.method == "POST") as answer:
        late[0].continue_()
    assert answer.value.ok
    open_form(page)
    expect(page.get_by_label("Số chứng từ")).to_have_value("")
    expect(page.get_by_text("Đơn nhập dở từ trước, chưa thấy được nhận.")).to_have_count(0)
    assert references(few).count("PO-LATE") == 1


def test_a_lane_that_is_closed_again_after_a_lost_answer_is_closed_once(page: Page, few: ShiftFleet) -> None:
    """Lifted, one of two closures left the lane closed, and nobody knew by what."""
    log_in(page, few.api.url, "lan")
    page.get_by_role("tab", name="Khu vực").click()
    page.get_by_role("button", name="Chọn làn").click()
    pick_lane(page, few.site, "A1")
    page.get_by_role("button", name="Tiếp tục").click()
    page.get_by_label("Lý do").fill("Nền ướt")
    lose(page, "zones", arrives=True)
    page.get_by_role("button", name="Áp dụng").click()
    expect(page.locator(".note-bad")).to_contain_text("Không kết nối được máy chủ")
    expect(page.get_by_label("Lý do")).to_have_value("Nền ướt")
    page.get_by_role("button", name="Áp dụng").click()
    expect(page.get_by_text("đã có hiệu lực")).to_be_visible()
    assert len(few.service.snapshot().zones) == 1


class Updated:
    """A server whose dashboard is built anew while people have the old one open."""

    def __init__(self, folder: Path, users: UserStore) -> None:
        self.static = folder / "static"
        shutil.copytree(STATIC, self.static)
        self._users, self._fleet = users, FakeFleet()
        self.api = start(self._fleet, small_site(), users=users, static=self.static)

    def update(self) -> None:
        """Give every part another name, as a build does whose sources changed, and start the server again."""
        port = int(self.api.url.rsplit(":", 1)[1])
        self.api.stop()
        assets = self.static / "assets"
        packed = [file for file in self.static.rglob("*") if file.suffix in (".br", ".gz")]
        for file in packed:
            file.unlink()
        parts = {file.name: f"{file.stem}X{file.suffix}" for file in assets.iterdir() if file.suffix in (".js", ".css")}
        name = re.compile("|".join(map(re.escape, sorted(parts, key=len, reverse=True))))
        for file in [self.static / "index.html", *(assets / part for part in parts)]:
            file.write_text(name.sub(lambda found: parts[found[0]], file.read_text(encoding="utf-8")), encoding="utf-8")
        for old, new in parts.items():
            (assets / old).rename(assets / new)
        self.api = start(self._fleet, small_site(), users=self._users, static=self.static, port_number=port)


@pytest.fixture
def updated(tmp_path: Path, accounts: Path) -> Iterator[Updated]:
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    server = Updated(tmp_path, users)
    yield server
    server.api.stop()
    users.close()


def test_an_update_gives_a_page_other_names_and_it_goes_on_by_itself(page: Page, updated: Updated) -> None:
    """The parts that an open page still wants are gone for good: asking again cannot help, and nobody knows of F5."""
    log_in(page, updated.api.url, "lan")
    page.evaluate("window.beforeTheUpdate = true")
    open_form(page)
    choose(page, "Nơi lấy hàng", "Cửa xuất nhập 2")
    page.get_by_label("Số chứng từ").fill("PO-4711")
    updated.update()
    page.get_by_role("link", name="Đơn hàng", exact=True).first.click()
    expect(page.get_by_role("heading", name="Đơn hàng")).to_be_visible()
    assert page.evaluate("window.beforeTheUpdate") is None
    page.get_by_role("link", name="Bản đồ").first.click()
    open_form(page)
    expect(page.get_by_label("Số chứng từ")).to_have_value("PO-4711")
    expect(page.get_by_label("Nơi lấy hàng").first).to_have_value("Cửa xuất nhập 2 (DOCK-02)")


def test_an_update_under_a_page_that_wants_one_more_part_is_said_and_takes_nothing(
    page: Page, updated: Updated
) -> None:
    log_in(page, updated.api.url, "lan")
    open_form(page)
    page.get_by_label("Số chứng từ").fill("PO-4711")
    updated.update()
    page.get_by_role("tab", name="Khu vực").click()
    missing = page.get_by_role("alert").filter(has_text="vừa được cập nhật")
    expect(missing).to_be_visible()
    expect(page.get_by_test_id("map-live")).to_be_visible()  # the rest of the page stays, and who draws on it goes on
    missing.get_by_role("button", name="Tải lại ứng dụng").click()
    page.get_by_role("tab", name="Khu vực").click()
    expect(page.get_by_role("button", name="Vẽ trên bản đồ")).to_be_visible()
    open_form(page)
    expect(page.get_by_label("Số chứng từ")).to_have_value("PO-4711")
