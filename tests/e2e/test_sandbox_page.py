"""The trial's page: what is allowed now and why not, the second person, the authority's decisions; in both sizes."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from amr_fleet.domain.events import JournalEntry
from amr_fleet.fleet_time import LOCAL
from amr_fleet.sandbox.book import TrialBook
from amr_fleet.sandbox.permit import Permit
from amr_fleet.sandbox.record import TrialRecord, parse
from amr_fleet.trial_requests import MoveTrial
from tests.e2e.e2e_support import DESKTOP, PHONE, Dashboard, fits, log_in, press_and_confirm, shot_themes
from tests.unit.trial_rig import raw

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def record() -> TrialRecord:
    now = datetime.fromtimestamp(time.time(), LOCAL).replace(microsecond=0)
    envelope = {
        "areas": [[[0, 0], [72, 0], [72, 40], [0, 40]]], "forbidden": [[[30, 15], [40, 15], [40, 25], [30, 25]]],
        "begin": (now - timedelta(days=3)).isoformat(), "end": (now + timedelta(days=30)).isoformat(),
        "serials": [f"amr_{i + 1:02d}" for i in range(12)], "max_robots_moving": 8, "max_speed": {"all": 1.2},
    }  # fmt: skip
    duty = {"id": "BH", "text": {"vi": "Bảo hiểm trách nhiệm dân sự", "en": "Insurance"}, "due": "2027-02-01"}
    control = {"reports": "Hằng tháng", "emergency_plan": "PA-01", "duties": [duty]}
    return parse(raw(envelope=envelope, control=control))


def suspended(t: float) -> TrialBook:
    """Return the trials after a breach."""
    found = record()
    who: dict[str, Any] = {"user": "ky_su", "trial": "TN-1"}
    step: dict[str, Any] = {"reason": "", "role": "engineer", **who}
    rep = {"t0": t, "t1": t + 60, "pass": True}
    card = {"id": "K-DUNG", "title": {"vi": "Dừng"}, "plan": {"R": 0.9, "C": 0.9, "n": 22, "c": 0}}
    rows = [
        ("clock_anchor", {"utc": time.time(), "fleet_t": t, "ntp_offset": None}),
        ("trial_version", {"version": 1, "sha256": found.sha256(), "record": found.canonical(), **who}),
        ("trial_state", {"state": "submitted", **step}),
        ("trial_state", {"state": "approved", **step, "user": "quan_tri", "second": "so_khcn"}),
        ("trial_state", {"state": "running", **step, "user": "ca_truong"}),
        ("trial_card", {"row": json.dumps({**card, "reps": [{"i": i + 1, **rep} for i in range(20)]}), **who}),
        ("trial_breach", {"trial": "TN-1", "rule": "area", "x": 71.0, "y": 20.0, "value": 0.0, "limit": 0.0}),
        ("trial_state", {"state": "suspended", **step, "user": "", "role": "", "reason": "breach: area"}),
        ("trial_asked", {"to": "running", "reason": "", "role": "engineer", **who}),
    ]  # fmt: skip
    book = TrialBook()
    for kind, facts in rows:
        book.apply(JournalEntry(t=t, kind=kind, robot="amr_03" if kind == "trial_breach" else "", facts=facts))
    return book


@pytest.fixture
def trial(dashboard: Dashboard) -> Dashboard:
    fleet = dashboard.fleet
    fleet.trial_book = suspended(fleet.now)
    fleet.permit = Permit("TN-1", "suspended", most_moving=8)
    fleet.seed([("DOCK-01", "BLK-01", "QUEUED", "", 0.0)])
    return dashboard


def opened(page: Page, trial: Dashboard, user: str) -> None:
    log_in(page, trial.url, user)
    page.goto(f"{trial.url}/sandbox")
    expect(page.get_by_test_id("sandbox-now")).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_the_operator_sees_why_nothing_drives_and_confirms_as_the_second_person(
    page: Page, trial: Dashboard, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(page, trial, "lan")
    now = page.get_by_test_id("sandbox-now")
    expect(now).to_contain_text("Chưa được chạy")
    expect(now).to_contain_text("ra ngoài khu vực (AMR-03)")
    expect(now).to_contain_text("ky_su đề nghị: Cho chạy. Cần người thứ hai xác nhận.")
    waiting = trial.fleet.snapshot().orders[-1].order_id
    expect(page.get_by_test_id("held-up")).to_have_text(f"Đang chờ vì lý do trên. Đơn: {waiting}.")
    card = page.get_by_test_id("trial-TN-1")
    expect(card).to_contain_text("Thử nghiệm robot")
    expect(card).to_contain_text("bị đình chỉ")
    expect(card).to_contain_text("Bảo hiểm trách nhiệm dân sự: chưa có bằng chứng")
    expect(page.get_by_test_id("breaches")).to_contain_text("ra ngoài khu vực")
    expect(page.get_by_test_id("cards")).to_contain_text("20 / 22")
    expect(page.get_by_test_id("steps")).to_contain_text("quan_tri, so_khcn")
    assert fits(page)
    shot_themes(page, "sandbox")
    press_and_confirm(page, "Xác nhận: Cho chạy")
    expect(page.get_by_text("Không có thử nghiệm")).to_be_visible()  # what this fleet answers is shown, not swallowed
    asked = [r for r in trial.fleet.asked if isinstance(r, MoveTrial)]
    assert [(r.trial_id, r.to, r.user, r.role, r.hard) for r in asked] == [
        ("TN-1", "running", "lan", "operator", False)
    ]


def test_the_authority_sees_its_trial_and_only_decides(page: Page, trial: Dashboard) -> None:
    opened(page, trial, "so_khcn")
    card = page.get_by_test_id("trial-TN-1")
    expect(card.get_by_role("button", name="Thu hồi")).to_be_visible()
    expect(page.get_by_role("button", name="Trình duyệt", exact=True)).to_have_count(0)
    expect(page.get_by_label("Hồ sơ thử nghiệm mới")).to_have_count(0)
    expect(page.get_by_role("link", name="Tài khoản")).to_have_count(0)
    shot_themes(page, "sandbox-authority", both=True)
    page.get_by_label("Lý do").fill("Kiểm tra tại chỗ")
    card.get_by_role("button", name="Thu hồi").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_text("Không có thử nghiệm")).to_be_visible()
    (asked,) = [r for r in trial.fleet.asked if isinstance(r, MoveTrial)]
    assert (asked.to, asked.role, asked.reason) == ("revoked", "authority", "Kiểm tra tại chỗ")


def test_a_viewer_only_reads_and_a_site_without_trials_says_so(page: Page, dashboard: Dashboard) -> None:
    opened(page, dashboard, "khach")
    expect(page.get_by_test_id("sandbox-now")).to_contain_text("Kho chạy tự do")
    expect(page.get_by_text("Kho này chưa có thử nghiệm nào.")).to_be_visible()
    expect(page.get_by_test_id("decisions")).to_have_count(0)


def test_an_engineer_has_a_record_looked_at_before_it_is_saved(
    page: Page, dashboard: Dashboard, tmp_path: Path
) -> None:
    opened(page, dashboard, "hung")
    bad = json.loads(record().canonical())
    bad["envelope"]["areas"] = [[[0, 0], [10, 10], [10, 0], [0, 10]]]
    lossy = json.loads(record().canonical())
    lossy["envelope"]["forbidden"].append([[1, 1], [2, "1"], [2, 2]])
    files = {"bad": json.dumps(bad), "good": record().canonical(), "none": "{", "lossy": json.dumps(lossy)}
    for name, text in files.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    chooser = page.locator("input[type=file]")
    chooser.set_input_files(tmp_path / "bad.json")
    review = page.get_by_test_id("review")
    expect(review).to_contain_text("tự cắt tại (5, 5)")
    expect(page.get_by_role("button", name="Lưu bản thảo")).to_be_disabled()
    chooser.set_input_files(tmp_path / "none.json")
    expect(page.get_by_text("Tệp này không phải JSON")).to_be_visible()
    chooser.set_input_files(tmp_path / "lossy.json")
    draw = page.get_by_role("button", name="Mở hồ sơ này trên bản đồ")
    expect(page.get_by_text("Không mở được trên bản đồ")).to_be_visible()
    expect(draw).to_be_disabled()
    chooser.set_input_files(tmp_path / "good.json")
    expect(review).to_contain_text("vị trí nằm ngoài tầm robot")
    expect(page.get_by_text("Không mở được trên bản đồ")).to_have_count(0)
    expect(draw).to_be_enabled()
    expect(page.get_by_role("button", name="Lưu bản thảo")).to_be_enabled()
