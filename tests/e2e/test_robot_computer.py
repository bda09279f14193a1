"""The robot's page: its certificate, a code for a new computer, and what is left of a lost one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amr_core.site import site_dir
from amr_fleet.api.users import UserStore
from amr_fleet.enrolment import EnrolmentDesk
from amr_interop.mqtt.site_files import write_files
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site
from tests.e2e.e2e_support import Dashboard, fits, shot_both
from tests.e2e.serving import start

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


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
    assert fits(page)
    shot_both(page, "robot_computer")
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
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)
    shot_both(page, "robot_site_version")
