"""The robot's page: its certificate, a code for a new computer, what is left of a lost one, and its errands."""

from __future__ import annotations

import gzip
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from amr_core.errors import AmrError
from amr_core.site import site_dir
from amr_fleet.api.users import UserStore
from amr_fleet.enrolment import EnrolmentDesk
from amr_fleet.ops import Ops
from amr_fleet.robot_desk import Errand, ErrandKind, ErrandState
from amr_interop.mqtt.site_files import write_files
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.e2e_support import Dashboard, fits, shot_both, shot_themes
from tests.e2e.serving import start
from tests.e2e.test_accessibility import findings_in_both_themes
from tests.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


@pytest.fixture
def enrolling(tmp_path: Path, accounts: Path) -> Iterator[Dashboard]:
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    write_files(tmp_path / "mqtt", {"amr_02": ("AMR", "amr_02")}, ["broker.site"], 8883)
    desk = EnrolmentDesk(
        tmp_path / "mqtt", {"amr_01": "amr_01", "amr_02": "amr_02"}, site="lab", site_folder=site_dir("lab"),
        broker="broker.site:8883",
    )  # fmt: skip
    fleet = FakeFleet()
    handle = start(fleet, small_site(), users=users, enrolment=desk)
    yield Dashboard(handle.url, fleet)
    handle.stop()
    users.close()


def test_a_code_is_made_and_a_lost_robot_is_shut_out(page: Page, enrolling: Dashboard) -> None:
    enrolling.open(page, "sep")
    page.goto(f"{enrolling.url}/robots/amr_02")
    computer = page.get_by_role("region", name="Máy tính của robot")
    expect(computer).to_contain_text(re.compile(r"Chứng thư còn hạn đến \d\d/\d\d/\d{4}\."))
    computer.get_by_role("button", name="Tạo mã ghi danh").click()
    expect(computer.get_by_test_id("enrolment-code")).to_have_text(re.compile(r"^([0-9A-Z]{4}-){4}[0-9A-Z]{4}$"))
    expect(computer).to_contain_text(f"amr robot enrol {enrolling.url}")
    assert findings_in_both_themes(page) == []
    assert fits(page)
    shot_themes(page, "robot-computer", "[data-testid=enrolment-code]", both=True)
    computer.get_by_role("button", name="Thu hồi chứng thư").click()
    page.get_by_role("dialog").get_by_role("button", name="Thu hồi chứng thư").click()
    expect(computer).to_contain_text("Chứng thư đã bị thu hồi")
    expect(computer.get_by_role("button", name="Thu hồi chứng thư")).to_have_count(0)
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)


def test_an_engineer_reads_it_and_changes_nothing(page: Page, enrolling: Dashboard) -> None:
    enrolling.open(page, "hung")
    page.goto(f"{enrolling.url}/robots/amr_01")
    computer = page.get_by_role("region", name="Máy tính của robot")
    expect(computer).to_contain_text("chưa ghi danh")
    expect(computer.get_by_test_id("site-version")).to_contain_text("không báo bản đồ")
    expect(computer.get_by_role("button")).to_have_count(0)


def test_a_server_that_enrols_nobody_shows_nothing_of_it(page: Page, dashboard: Dashboard) -> None:
    dashboard.open(page, "sep")
    with page.expect_response("**/api/v1/enrolments"):
        page.goto(f"{dashboard.url}/robots/amr_01")
    expect(page.get_by_test_id("robot-commands")).to_be_visible()
    expect(page.get_by_role("region", name="Máy tính của robot")).to_have_count(0)


def test_a_robot_with_other_site_files_says_so_on_its_page(page: Page, enrolling: Dashboard) -> None:
    enrolling.fleet.outdated = "amr_01"
    enrolling.open(page, "hung")
    page.goto(f"{enrolling.url}/robots/amr_01")
    line = page.get_by_test_id("site-version")
    expect(line).to_contain_text("bản bbbbbbbbbbbb, khác của máy chủ")
    expect(line).to_contain_text(f"amr robot site update {enrolling.url}")
    expect(page.get_by_text("Bản đồ của AMR-01 (bbbbbbbbbbbb) khác máy chủ (aaaaaaaaaaaa)").first).to_be_visible()
    assert findings_in_both_themes(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)
    shot_both(page, "robot-site-version")


class Computer:
    """A robot's computer that answers when the test lets it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.done: dict[str, Errand] = {}
        self.kept: dict[str, bytes] = {}

    def ask(self, robot: str, kind: str, user: str) -> None:
        if any(one.state == "asked" for one in self.done.values()):
            raise AmrError("robot.errand_busy", robot=robot)
        self.asked.append((robot, kind, user))
        self.done[kind] = Errand(kind=cast(ErrandKind, kind), state="asked", at=1.0, user=user)

    def comes(self, kind: str, content: bytes = b"", code: str = "") -> None:
        """Answer what was asked for by then: a click has gone before its request has come."""
        assert until(lambda: kind in self.done and self.done[kind].state == "asked"), kind
        self.kept[kind] = content
        state: ErrandState = "failed" if code else "done"
        self.done[kind] = replace(self.done[kind], state=state, code=code, size=len(content))

    def errands(self, robot: str) -> list[Errand]:
        return list(self.done.values()) if robot == "amr_01" else []

    def content(self, robot: str, kind: str) -> bytes:
        return self.kept[kind]


@pytest.fixture
def computer() -> Computer:
    return Computer()


@pytest.fixture
def asking(tmp_path: Path, accounts: Path, computer: Computer) -> Iterator[Dashboard]:
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    fleet = FakeFleet()
    fleet.outdated = "amr_01"
    ops = Ops(site=small_site(), read_journal=list, robot_desk=computer)
    handle = start(fleet, small_site(), users=users, ops=ops)
    yield Dashboard(handle.url, fleet)
    handle.stop()
    users.close()


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (24, 16), (90, 90, 90)).save(file, "JPEG")
    return file.getvalue()


def test_an_engineer_asks_for_log_and_picture_and_has_the_site_files_renewed(
    page: Page, asking: Dashboard, computer: Computer
) -> None:
    asking.open(page, "hung")
    page.goto(f"{asking.url}/robots/amr_01")
    part = page.get_by_test_id("robot-errands")
    log, picture = part.get_by_role("button", name="Xin nhật ký"), part.get_by_role("button", name="Xin ảnh camera")
    log.click()
    expect(part.get_by_test_id("errand-log")).to_have_text("Nhật ký: đã hỏi, chờ robot")
    expect(picture).to_be_disabled()  # one errand at a time
    computer.comes("log", gzip.compress("[INFO] một dòng\n".encode()))
    with page.expect_download() as saved:
        part.get_by_role("link", name="Tải nhật ký về").click()
    assert saved.value.path().read_text(encoding="utf-8") == "[INFO] một dòng\n"
    picture.click()
    computer.comes("picture", jpeg())
    shown = part.get_by_role("img", name="Ảnh mờ từ camera của AMR-01")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 24
    part.get_by_role("button", name="Cập nhật bản đồ").click()
    sure = page.get_by_role("dialog")
    expect(sure).to_contain_text("Robot phải đứng ở bãi đỗ hoặc trạm sạc, không có đơn.")
    sure.get_by_role("button", name="Cập nhật bản đồ").click()
    expect(part.get_by_test_id("errand-site_update")).to_contain_text("đã hỏi, chờ robot")
    computer.comes("site_update", code="site.no_server")
    expect(part.get_by_test_id("errand-site_update")).not_to_contain_text("đã hỏi")
    expect(part.get_by_test_id("errand-site_update")).not_to_contain_text("site.no_server")  # words, not codes
    assert findings_in_both_themes(page) == []
    assert computer.asked == [("amr_01", kind, "hung") for kind in ("log", "picture", "site_update")]
    assert fits(page)
    shot_both(page, "robot-errands", at="[data-testid=robot-errands]")
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)


def test_who_is_no_engineer_sees_nothing_of_a_robots_log(page: Page, asking: Dashboard) -> None:
    asking.open(page, "lan")
    page.goto(f"{asking.url}/robots/amr_01")
    expect(page.get_by_test_id("robot-commands")).to_be_visible()
    expect(page.get_by_test_id("robot-errands")).to_have_count(0)
