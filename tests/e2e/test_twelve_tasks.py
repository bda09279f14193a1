"""Twelve things that a shift leader does all day: how many clicks and seconds each takes, against its goal.

The table in docs/operator-tasks.md is written by this test with AMR_SCREENS=1 and is compared else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from amr_fleet.cargo_views import Cargo, CargoView
from amr_fleet.domain.visits import view_of
from amr_fleet.ports import AlarmView, Reason
from amr_fleet.requests import AckAlarm, AddNote, ChangeOrder, SetZone
from amr_fleet.visit_views import Cutoff
from tests.e2e.e2e_support import KEEP, Dashboard

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "operator-tasks.md"
MARK = "<!-- generated -->\n"
# Keystroke-Level Model (Card, Moran, Newell 1980), seconds: think, point, press and release, a key of one who types
# now and then, a hand from mouse to keyboard or back.
THINK, POINT, PRESS, KEY, HOME = 1.35, 1.10, 0.20, 0.28, 0.40


class Hand:
    """A person's hand: counts what it does. Looking at the page is free."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = self.keys = 0
        self._seconds, self._on = THINK, "mouse"

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1
        self._move("mouse", POINT + PRESS + THINK)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)
        self._move("keys", KEY * len(text) + THINK)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1
        self._move("keys", KEY)

    def _move(self, to: str, seconds: float) -> None:
        self._seconds += seconds + (HOME if to != self._on else 0.0)
        self._on = to

    @property
    def seconds(self) -> float:
        return self._seconds


@dataclass(frozen=True)
class Task:
    """goal: clicks at most. do: the task, from the live map to where its end is seen."""

    name: str
    goal: int
    do: Callable[[Hand, Dashboard], None]


def _why(hand: Hand, dashboard: Dashboard) -> None:
    expect(hand.page.get_by_test_id("robot-amr_04")).to_contain_text("Đang chờ AMR-03 đi qua")


def _urgent(hand: Hand, dashboard: Dashboard) -> None:
    page, before = hand.page, len(dashboard.fleet.requests)
    hand.click(page.get_by_role("tab", name="Tạo đơn"))
    hand.click(page.get_by_role("combobox", name="Nơi lấy hàng"))
    hand.type("cua 2")
    hand.press("Enter")
    hand.press("Tab")
    hand.type("lo gao 4")
    hand.press("Enter")
    hand.click(page.get_by_test_id("new-order").get_by_text("Khẩn", exact=True))
    hand.click(page.get_by_role("button", name="Gửi đơn"))
    expect(page.get_by_test_id("new-order").get_by_role("status")).to_contain_text("Đã nhận đơn")
    made = dashboard.fleet.requests[before]
    assert (made.pick_place, made.drop_place, made.priority) == ("DOCK-02", "BLK-04", 9)


def _find(hand: Hand, typed: str, first: str) -> None:
    hand.click(hand.page.get_by_role("button", name="Tìm"))
    expect(hand.page.get_by_role("combobox", name="Tìm robot")).to_be_focused()
    hand.type(typed)
    expect(hand.page.get_by_role("option", selected=True)).to_contain_text(first)
    hand.press("Enter")


def _close_a_lane(hand: Hand, dashboard: Dashboard) -> None:
    _find(hand, "lan l-m", "L-M")
    expect(hand.page.get_by_label("Lý do")).to_be_focused()
    hand.type("Hàng đổ")
    hand.click(hand.page.get_by_role("button", name="Áp dụng"))
    expect(hand.page.get_by_text("đã có hiệu lực")).to_be_visible()
    asked = next(a for a in reversed(dashboard.fleet.asked) if isinstance(a, SetZone))
    assert (asked.zone.kind, asked.zone.elements, asked.zone.text) == ("closed", ("L-M",), "Hàng đổ")


def _open_it(hand: Hand, dashboard: Dashboard) -> None:
    hand.click(hand.page.get_by_role("tab", name="Khu vực"))
    hand.click(hand.page.get_by_role("button", name="Bỏ khu vực"))
    hand.click(hand.page.get_by_test_id("confirm"))
    expect(hand.page.get_by_text("Không có khu vực tạm thời nào.")).to_be_visible()


def _pallet(hand: Hand, dashboard: Dashboard) -> None:
    _find(hand, "4471", "089346010000044711")
    expect(hand.page.get_by_role("heading", name="089346010000044711")).to_be_visible()


def _pause_one(hand: Hand, dashboard: Dashboard) -> None:
    hand.click(hand.page.get_by_role("button", name="Tạm dừng AMR-02"))
    expect(hand.page.get_by_role("button", name="Chạy lại AMR-02")).to_be_visible()


def _pause_all(hand: Hand, dashboard: Dashboard) -> None:
    hand.click(hand.page.get_by_role("button", name="Tạm dừng tất cả"))
    hand.click(hand.page.get_by_test_id("confirm"))
    expect(hand.page.get_by_text("Tất cả robot đang tạm dừng.")).to_be_visible()
    dashboard.fleet.paused.clear()


def _take_an_alarm(hand: Hand, dashboard: Dashboard) -> None:
    hand.click(hand.page.get_by_role("status").get_by_role("link", name="AMR-01"))
    hand.click(hand.page.get_by_role("button", name="Tôi nhận việc này"))
    expect(hand.page.get_by_test_id("alarm-A000001")).to_contain_text("lan đã nhận")
    assert any(isinstance(asked, AckAlarm) for asked in dashboard.fleet.asked)


def _cancel(hand: Hand, dashboard: Dashboard) -> None:
    page = hand.page
    hand.click(page.get_by_role("tab", name="Đơn vận chuyển"))
    hand.click(page.get_by_test_id("order-T00006").get_by_role("button", name="Hủy đơn"))
    hand.click(page.get_by_test_id("confirm"))
    expect(page.get_by_test_id("order-T00006")).to_have_count(0)


def _put_first(hand: Hand, dashboard: Dashboard) -> None:
    page = hand.page
    hand.click(page.get_by_role("navigation").get_by_role("link", name="Đơn hàng"))
    hand.click(page.get_by_test_id("order-T00005"))
    hand.click(page.get_by_test_id("change-order").get_by_text("Khẩn", exact=True))
    expect(page.get_by_text("Đơn T00005: ưu tiên: Khẩn")).to_be_visible()
    assert any(isinstance(asked, ChangeOrder) for asked in dashboard.fleet.asked)


def _barge(hand: Hand, dashboard: Dashboard) -> None:
    hand.click(hand.page.get_by_role("navigation").get_by_role("link", name="Chuyến", exact=True))
    expect(hand.page.get_by_role("main")).to_contain_text("3 đơn sẽ trễ giờ cắt máng")


def _hand_over(hand: Hand, dashboard: Dashboard) -> None:
    hand.click(hand.page.get_by_role("navigation").get_by_role("link", name="Giao ca"))
    hand.click(hand.page.get_by_role("button", name="Nhận ca"))
    expect(hand.page.get_by_text("Đã ghi vào ghi chú giao ca")).to_be_visible()
    assert any(isinstance(asked, AddNote) for asked in dashboard.fleet.asked)


TASKS = (
    Task("See why a robot waits", 0, _why),
    Task("Order an urgent transport", 4, _urgent),
    Task("Close a lane", 3, _close_a_lane),
    Task("Open it again", 3, _open_it),
    Task("Find a pallet by the end of its SSCC", 1, _pallet),
    Task("Pause one robot", 1, _pause_one),
    Task("Pause all robots", 2, _pause_all),
    Task("Take an alarm", 2, _take_an_alarm),
    Task("Cancel an order that waits", 3, _cancel),
    Task("Put a waiting order first", 3, _put_first),
    Task("See whether a barge will be in time", 1, _barge),
    Task("Take over a shift", 2, _hand_over),
)


def _set_the_scene(dashboard: Dashboard) -> None:
    fleet = dashboard.fleet
    stop = Reason("alarm.e_stop", {"robot": "amr_01"}, fleet.now)
    fleet.alarms["A000001"] = AlarmView(alarm_id="A000001", reason=stop, robot="amr_01", order_id="")
    pallet = "089346010000044711"
    fleet.loads[pallet] = CargoView(
        load_id=pallet, cargo=Cargo(kind="pallet"), place="BLK-03", robot="", since=fleet.now - 600.0, legs=(), said=()
    )
    barge = Cutoff(name="SL-12", kind="barge", at=fleet.now + 1800.0, visit_id="V000007", planned=20)
    late = replace(view_of(barge, [], fleet.now, {}), done=12, left=8, open=8, rate=8.0, window=1800.0)
    fleet.visits = (replace(late, ends=fleet.now + 3600.0, late=3, unsure="", state="working"),)


def test_twelve_tasks_take_no_more_clicks_than_their_goals(page: Page, dashboard: Dashboard) -> None:
    _set_the_scene(dashboard)
    dashboard.open(page)
    rows = ["| task | clicks | goal | keys | s |", "|---|---|---|---|---|"]
    over = []
    for task in TASKS:
        page.goto(dashboard.url)
        expect(page.get_by_test_id("robot-amr_01")).to_be_visible()
        hand = Hand(page)
        task.do(hand, dashboard)
        rows.append(f"| {task.name} | {hand.clicks} | {task.goal} | {hand.keys} | {hand.seconds:.1f} |")
        over += [task.name] if hand.clicks > task.goal else []
    assert over == []
    text = PAGE.read_text(encoding="utf-8")
    table = text.split(MARK)[1] if MARK in text else ""
    if KEEP:
        PAGE.write_text(text.split(MARK)[0] + MARK + "\n".join(rows) + "\n", encoding="utf-8")
    else:
        assert re.sub(r"\n+$", "", table) == "\n".join(rows)
