"""The replay's time line: alarms and comments as marks that are pressed, filters, and comments that stay."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from amr_core.errors import AmrError, Fact
from amr_fleet.api.users import UserStore
from amr_fleet.domain.events import JournalEntry
from amr_fleet.replay_requests import CommentMoment
from tests.e2e.e2e_support import fits, log_in, shot, wait_until
from tests.e2e.past_fleet import BEGIN, PastFleet
from tests.e2e.test_accessibility import _RUN, _STILL, AXE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def _alarm(after: float, name: str, robot: str, code: str) -> JournalEntry:
    return JournalEntry(t=BEGIN + after, kind="alarm_raised", robot=robot, facts={"alarm": name, "code": code})


PAST = [
    _alarm(20.0, "A1", "amr_01", "alarm.blocked"),
    _alarm(100.0, "A2", "amr_02", "alarm.e_stop"),
    _alarm(101.0, "A3", "amr_02", "alarm.robot_error"),
    JournalEntry(
        t=BEGIN + 160.0, kind="alarm_cleared", robot="amr_02", facts={"alarm": "A2", "code": "alarm.e_stop"}
    ),
    JournalEntry(
        t=BEGIN + 190.0, kind="alarm_escalated", robot="amr_02",
        facts={"alarms": "A2 A3", "step": 1, "channel": "zalo", "person": "Hùng"},
    ),
    _alarm(200.0, "A4", "amr_03", "alarm.low_battery"),
]  # fmt: skip


@pytest.fixture
def past(tmp_path: Path, accounts: Path) -> Iterator[PastFleet]:
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    fleet = PastFleet(tmp_path, users, PAST)
    yield fleet
    fleet.close()
    users.close()


@pytest.fixture
def broken_past(tmp_path: Path, accounts: Path) -> Iterator[PastFleet]:
    """A recording with a gap of 80 s, and a lane that was closed before it."""
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    fleet = PastFleet(tmp_path, users, PAST, gap=range(110, 190))
    yield fleet
    fleet.close()
    users.close()


def _open(page: Page, past: PastFleet, user: str = "lan") -> None:
    log_in(page, past.api.url, user)
    page.goto(f"{past.api.url}/replay")
    expect(page.get_by_test_id("mark-line").get_by_role("button")).to_have_count(3)


def _choose(page: Page, field: str, option: str) -> None:
    page.get_by_label(field, exact=True).first.click()
    page.get_by_role("option", name=option, exact=True).click()


def test_marks_lead_to_alarms_and_filters_leave_those_of_a_robot_or_a_severity(page: Page, past: PastFleet) -> None:
    _open(page, past)
    marks, clock = page.get_by_test_id("mark-line").get_by_role("button"), page.get_by_test_id("replay-clock")
    expect(clock).to_have_text("05:37:20")
    expect(marks.nth(0)).to_have_accessible_name(re.compile("^05:33:40 · Cần lưu ý: .*AMR-01"))
    expect(marks.nth(1)).to_have_accessible_name(re.compile("^2 mốc từ 05:35:00 đến 05:35:01, .*Nghiêm trọng"))
    marks.nth(1).click()
    expect(clock).to_have_text("05:35:00")
    marks.nth(1).press("Enter")
    expect(clock).to_have_text("05:35:01")
    page.get_by_role("button", name="Mốc sau").click()
    expect(clock).to_have_text("05:36:40")
    expect(page.get_by_role("button", name="Mốc sau")).to_be_disabled()
    expect(page.locator(".replay-events")).to_contain_text("Báo ra ngoài · AMR-02 · A2 A3 · zalo · Hùng")
    for _ in range(3):
        page.get_by_role("button", name="Mốc trước").click()
    expect(clock).to_have_text("05:33:40")
    expect(page.get_by_role("button", name="Mốc trước")).to_be_disabled()
    _choose(page, "Mức cảnh báo", "Nghiêm trọng")
    expect(marks).to_have_count(1)
    _choose(page, "Robot", "AMR-03")
    expect(marks).to_have_count(0)
    expect(page.get_by_text("Không có cảnh báo hay nhận xét nào với bộ lọc này.")).to_be_visible()
    _choose(page, "Mức cảnh báo", "Mọi mức")
    expect(marks).to_have_count(1)
    marks.nth(0).click()
    expect(page.locator(".replay-events")).to_contain_text("AMR-03")
    expect(page.locator(".replay-events")).not_to_contain_text("AMR-02")


def test_a_comment_is_kept_with_its_moment_and_seen_by_all(page: Page, past: PastFleet) -> None:
    _open(page, past)
    expect(page.get_by_text("Chưa có nhận xét nào.")).to_be_visible()
    page.get_by_test_id("mark-line").get_by_role("button").nth(1).click()
    _choose(page, "Robot", "AMR-02")
    page.get_by_label("Nhận xét về AMR-02 lúc 05:35:00").fill("Palet đổ trước cửa 3")
    page.get_by_role("button", name="Mốc sau").click()  # the comment stays with the moment at which it was begun
    expect(page.get_by_test_id("replay-clock")).to_have_text("05:35:01")
    past.failure = AmrError("robot.not_found", robot="amr_02")
    page.get_by_role("button", name="Ghi nhận xét").click()
    expect(page.locator(".note")).to_be_visible()
    field = page.get_by_label("Nhận xét về AMR-02 lúc 05:35:00")
    expect(field).to_have_value("Palet đổ trước cửa 3")
    past.failure = None
    past.journal[:] = PAST
    page.get_by_role("button", name="Ghi nhận xét").click()
    expect(page.get_by_test_id("comments")).to_contain_text("Palet đổ trước cửa 3")
    expect(page.get_by_test_id("comments")).to_contain_text("AMR-02 · lan")
    asked = past.asked[-1]
    assert asked == CommentMoment(at=BEGIN + 100.0, text="Palet đổ trước cửa 3", robot="amr_02", user="lan")
    expect(page.get_by_label("Nhận xét về AMR-02 lúc 05:35:01")).to_have_value("")
    page.get_by_test_id("comments").get_by_role("button").click()
    expect(page.get_by_test_id("replay-clock")).to_have_text("05:35:00")
    if AXE.is_file():
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate(_RUN, None)
        assert found == [], "\n".join(found)
        page.evaluate(_STILL)
        page.evaluate("document.documentElement.dataset.mantineColorScheme = 'dark'")
        found = page.evaluate(_RUN, ["color-contrast"])
        assert found == [], "\n".join(found)


def test_a_viewer_reads_comments_on_a_phone_and_writes_none(phone: Page, past: PastFleet) -> None:
    facts: dict[str, Fact] = {"about": BEGIN + 21.0, "text": "Chờ xe nâng", "user": "lan"}
    past.journal.append(JournalEntry(t=BEGIN + 400.0, kind="moment_commented", facts=facts))
    _open(phone, past, "khach")
    expect(phone.get_by_test_id("comments")).to_contain_text("Chờ xe nâng")
    expect(phone.get_by_role("button", name="Ghi nhận xét")).to_have_count(0)
    assert fits(phone)
    phone.get_by_test_id("mark-line").get_by_role("button").first.click()
    expect(phone.get_by_test_id("replay-clock")).to_have_text("05:33:40")
    shot(phone, "replay-marks")


INK = """() => { const c = [...document.querySelectorAll('.replay canvas')].at(-1);
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n }"""


def wait_until_drawn(page: Page) -> None:
    """Wait until robots are on the map: its upper layer has points that are drawn on."""
    wait_until(page, f"({INK})() > 0")


def test_of_a_moment_that_was_not_recorded_nothing_is_shown(page: Page, broken_past: PastFleet) -> None:
    """The robots of the last picture before stood there, under a clock that said another time."""
    _open(page, broken_past)
    marks = page.get_by_test_id("mark-line").get_by_role("button")
    marks.nth(1).click()
    expect(page.get_by_test_id("replay-clock")).to_have_text("05:35:00")
    expect(page.get_by_text("Không có bản ghi")).to_have_count(0)
    wait_until_drawn(page)
    for _ in range(3):
        page.get_by_role("button", name="Tới 10 giây").click()
    expect(page.get_by_role("status").filter(has_text="Không có bản ghi lúc 05:35:30")).to_be_visible()
    wait_until(page, f"({INK})() === 0")
    shot(page, "replay-unknown")
    marks.nth(1).click()
    expect(page.get_by_text("Không có bản ghi")).to_have_count(0)
    wait_until_drawn(page)


def test_what_cannot_be_read_is_not_said_to_be_nothing(page: Page, past: PastFleet) -> None:
    log_in(page, past.api.url, "lan")
    page.route("**/api/v1/replay/marks*", lambda route: route.abort())
    page.route("**/api/v1/replay/events*", lambda route: route.abort())
    page.goto(f"{past.api.url}/replay")
    expect(page.locator(".replay-rail .form-error").first).to_be_visible()
    for none in ("Chưa có nhận xét nào.", "Không có gì trong khoảng này.", "Không có cảnh báo hay nhận xét nào"):
        expect(page.get_by_text(none)).to_have_count(0)
    page.goto(f"{past.api.url}/attention")
    page.route("**/api/v1/notes*", lambda route: route.abort())
    page.route("**/api/v1/interventions*", lambda route: route.abort())
    page.reload()
    expect(page.locator(".page .form-error").first).to_be_visible()
    for none in ("Chưa có ghi chú.", "Chưa có việc nào."):
        expect(page.get_by_text(none)).to_have_count(0)


SITE_DRAWN = "document.querySelector('[data-testid=map-static]').toDataURL()"


def test_a_moment_is_drawn_on_the_site_of_then_and_the_page_says_where_that_is_not_the_one_of_now(
    page: Page, tmp_path: Path, accounts: Path
) -> None:
    """Robots of before walls were built drove through the walls of now."""
    users = UserStore(Path(shutil.copy(accounts, tmp_path / "users.db")))
    rebuilt = PastFleet(tmp_path, users, PAST, rebuilt=range(60))
    try:
        _open(page, rebuilt)
        marks = page.get_by_test_id("mark-line").get_by_role("button")
        said = page.get_by_role("status").filter(has_text="bản đồ")
        marks.nth(1).click()
        expect(page.get_by_test_id("replay-clock")).to_have_text("05:35:00")
        wait_until_drawn(page)
        expect(said).to_have_count(0)
        of_now = page.evaluate(SITE_DRAWN)
        marks.first.click()
        expect(said).to_have_text("Lúc đó kho có bản đồ khác bây giờ: đây là bản đồ lúc đó.")
        wait_until(page, f"{SITE_DRAWN} !== {of_now!r}")
        shot(page, "replay-site-then")
        marks.nth(1).click()
        expect(said).to_have_count(0)
        wait_until(page, f"{SITE_DRAWN} === {of_now!r}")
        page.route(
            "**/api/v1/replay/plans/*", lambda route: route.fulfill(status=404, json={"code": "request.not_found"})
        )
        page.reload()
        marks.first.click()
        expect(said).to_have_text("Không còn bản đồ lúc đó: đây là bản đồ bây giờ, có thể khác.")
    finally:
        rebuilt.close()
        users.close()
