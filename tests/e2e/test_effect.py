"""What a command strands, and by how much, is told in its question before it is given: as the engine foresees it."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from amr_fleet.api import foreseeing
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.requests import ClearZone, CreateOrder, SetIntegration
from amr_fleet.whatif.foresee import foresee
from amr_fleet.whatif.scenario import Question, Scenario
from tests.e2e import agreement
from tests.e2e.drawing import pick_lane
from tests.e2e.e2e_support import log_in
from tests.e2e.serving import inside
from tests.e2e.shift_fleet import ShiftFleet

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600), inside]

WISHES = (("D01", "A1W"), ("D03", "A2E"), ("A3W", "D03"), ("D05", "B2"), ("B4", "D02"))
QUEUE = 10
FAR_S = 60
"""s that must be foreseen before "no order is a minute late" says anything."""
PATIENCE_S = 120.0
"""s for an answer: on a busy computer the 4.5 s that people wait are too few to foresee anything."""


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory, accounts: Path) -> Iterator[ShiftFleet]:
    """Three robots: what is ordered waits for them, and a busy computer foresees them to the end."""
    folder = tmp_path_factory.mktemp("few")
    shutil.copytree(accounts.parent, folder, dirs_exist_ok=True)
    fleet = ShiftFleet(folder, robots=3)
    yield fleet
    fleet.close()


@pytest.fixture
def page(page: Page, monkeypatch: pytest.MonkeyPatch) -> Page:
    """A page and a server that wait for the answer."""
    monkeypatch.setattr(foreseeing, "ANSWER_SECONDS", PATIENCE_S)
    page.add_init_script("AbortSignal.timeout = () => new AbortController().signal")
    return page


@pytest.fixture
def queue(few: ShiftFleet) -> ShiftFleet:
    """Open orders enough for a queue."""
    for i in range(QUEUE - len(few.service.snapshot().orders)):
        wish(few, *WISHES[i % len(WISHES)])
    return few


def wish(fleet: ShiftFleet, pick: str, drop: str) -> str:
    return fleet.service.ask(CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop))).result(30.0).order_id


class Foreseen:
    """What the fleet's rehearsal answered to what the page asked it."""

    def __init__(self, page: Page) -> None:
        self._page, self._answers = page, list[Response]()
        page.on("response", self._take)

    def _take(self, response: Response) -> None:
        if response.url.endswith("/api/v1/what-if"):
            self._answers.append(response)

    def told_in(self, effect: Locator, *, enough: bool = True) -> Any:
        """Wait until a question says just what the newest answer says, and that is enough or not; return the answer."""
        end = time.monotonic() + PATIENCE_S + 30.0
        said: list[str] = []
        while time.monotonic() < end:
            if self._answers:
                assert self._answers[-1].ok, self._answers[-1].text()
                answer = self._answers[-1].json()
                said = [line.strip() for line in effect.inner_text().splitlines() if line.strip()]
                if said == sentences(answer) and says_nothing(answer) != enough:
                    return answer
            self._page.wait_for_timeout(100)
        raise AssertionError(said)


def stranded(answer: Any) -> list[str]:
    """Return the orders that would be stuck and are not now, but for what is cancelled itself."""
    free = {o["order_id"] for o in answer["before"]["orders"] if not o["stuck"]}
    stuck = (o for o in answer["after"]["orders"] if o["stuck"] not in ("", "whatif.cancelled"))
    return [o["order_id"] for o in stuck if o["order_id"] in free]


def later(answer: Any) -> dict[str, float]:
    """Return by how many seconds orders end later, the worst first, where that is a minute or more."""
    ends = {o["order_id"]: o["finish"] for o in answer["before"]["orders"]}
    both = [o for o in answer["after"]["orders"] if o["finish"] and ends.get(o["order_id"])]
    delays = {o["order_id"]: o["finish"] - ends[o["order_id"]] for o in both}
    return dict(sorted(((o, s) for o, s in delays.items() if s >= 60.0), key=lambda one: -one[1]))


def only(answer: Any) -> float:
    """Return how far it was followed (fleet s), inf for to the end."""
    return min((c["simulated_s"] for c in (answer["before"], answer["after"]) if not c["complete"]), default=math.inf)


def says_nothing(answer: Any) -> bool:
    return not stranded(answer) and not later(answer) and only(answer) < FAR_S


def sentences(answer: Any) -> list[str]:
    """Return what the page has to say of an answer."""
    held, late = stranded(answer), later(answer)
    if says_nothing(answer):
        return ["Chưa xem trước được đủ xa: máy tính đang bận. Đang thử lại…"]
    lines = [] if only(answer) == math.inf else [f"Mới xem trước được {agreement.age(only(answer))}:"]
    for words, orders in (
        ("Sẽ giữ lại các đơn", held),
        ("Sẽ chậm hơn", [f"{order} {agreement.age(seconds)}" for order, seconds in late.items()]),
    ):
        more = f" và {len(orders) - 6} nữa" if len(orders) > 6 else ""
        lines += [f"{words}: {', '.join(orders[:6])}{more}"] if orders else []
    return lines if held or late else [*lines, "Không đơn nào bị giữ lại hay chậm quá 1 phút."]


def is_the_engines(answer: Any, fleet: ShiftFleet, scenario: Scenario) -> None:
    """Hold an answer about a fleet that stands still against the engine that runs on here, asked without a hurry."""
    courses = [answer["before"], answer["after"]]
    horizon = 4 * 3600.0 if only(answer) == math.inf else max(c["simulated_s"] for c in courses) + 5.0
    snapshot = fleet.service.snapshot()
    truth = foresee(Question(site=fleet.site, snapshot=snapshot, scenario=scenario, horizon=horizon))
    assert answer["now"] == snapshot.t
    for course, true in zip(courses, (truth.before, truth.after), strict=True):
        told = {o["order_id"]: o for o in course["orders"]}
        assert set(told) == {o.order_id for o in true.orders}
        seen_until = math.inf if course["complete"] else snapshot.t + course["simulated_s"] - 1.0
        for order in true.orders:
            if told[order.order_id]["finish"] or 0 < order.finish < seen_until:
                assert told[order.order_id]["finish"] == round(order.finish, 1), order
            if course["complete"]:
                assert told[order.order_id]["stuck"] == order.stuck


def wait_for_load(fleet: ShiftFleet) -> None:
    """Let the fleet live until somebody is on the way with a load."""
    for _ in range(100):
        if any(o.state == "TO_DROP" for o in fleet.service.snapshot().orders):
            return
        fleet.skip(3)
    raise AssertionError("nobody takes a load")


def test_closing_a_lane_says_first_whom_it_strands(page: Page, queue: ShiftFleet) -> None:
    """Nobody may find out by closing it that the only way to the racks is shut."""
    to_the_racks = {wish(queue, "D03", "A2E") for _ in range(2)}
    log_in(page, queue.api.url, "lan")
    foreseen = Foreseen(page)
    page.get_by_role("tab", name="Khu vực").click()
    page.get_by_role("button", name="Chọn làn").click()
    pick_lane(page, queue.site, "A2")
    expect(page.get_by_text("Làn: A2")).to_be_visible()
    with queue.held():
        page.get_by_role("button", name="Tiếp tục").click()
        answer = foreseen.told_in(page.get_by_test_id("effect"))
        zone = ZoneRequest(zone_id="x", kind="closed", elements=("A2",), text="x", user="lan")
        is_the_engines(answer, queue, Scenario(zones=(zone,)))
    assert only(answer) < 600 or to_the_racks <= set(stranded(answer)), "A2 is the only way to A2E"
    page.get_by_role("button", name="Thôi").click()
    expect(page.get_by_test_id("effect")).to_have_count(0)
    assert not queue.service.snapshot().zones

    page.get_by_role("button", name="Chọn làn").click()
    pick_lane(page, queue.site, "A2")
    page.get_by_role("button", name="Tiếp tục").click()
    page.get_by_label("Lý do").fill("Hàng đổ")
    page.get_by_role("button", name="Áp dụng").click()
    expect(page.locator("[data-testid^=zone-]")).to_contain_text("Hàng đổ")
    zones = queue.service.snapshot().zones
    assert [(z.kind, z.elements) for z in zones] == [("closed", ("A2",))]
    queue.service.ask(ClearZone(zone_id=zones[0].zone_id, user="lan")).result(30.0)


def test_cancelling_an_order_says_first_what_it_does_to_the_others(page: Page, queue: ShiftFleet) -> None:
    log_in(page, queue.api.url, "lan")
    foreseen = Foreseen(page)
    order = next(o.order_id for o in queue.service.snapshot().orders[::-1] if o.state == "QUEUED")
    page.goto(f"{queue.api.url}/orders/{order}")
    button, question = page.get_by_role("button", name="Hủy sau chặng này"), page.get_by_role("dialog")
    button.wait_for()
    with queue.held():
        button.click()
        answer = foreseen.told_in(question.get_by_test_id("effect"))
        is_the_engines(answer, queue, Scenario(cancelled_orders=(order,)))
        question.get_by_role("button", name="Không").click()
    assert order not in stranded(answer), "who cancels it knows"
    queue.skip(2)
    assert order in {o.order_id for o in queue.service.snapshot().orders if not o.cancelling}
    button.click()
    question.get_by_test_id("confirm").click()
    expect(page.get_by_role("heading", name=f"Đơn {order} · Đã hủy")).to_be_visible()


def test_a_computer_that_is_too_busy_says_so_and_asks_again(
    page: Page, queue: ShiftFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence would be taken for "nobody gets late"; the cancelling itself waits for nothing."""
    monkeypatch.setattr(foreseeing, "ANSWER_SECONDS", 0.0)
    log_in(page, queue.api.url, "lan")
    foreseen = Foreseen(page)
    order = next(o.order_id for o in queue.service.snapshot().orders[::-1] if o.state == "QUEUED")
    page.goto(f"{queue.api.url}/orders/{order}")
    page.get_by_role("button", name="Hủy sau chặng này").click()
    question = page.get_by_role("dialog")
    foreseen.told_in(question.get_by_test_id("effect"), enough=False)
    expect(question.get_by_test_id("confirm")).to_be_enabled()
    monkeypatch.setattr(foreseeing, "ANSWER_SECONDS", PATIENCE_S)
    foreseen.told_in(question.get_by_test_id("effect"))  # nobody pressed anything
    question.get_by_role("button", name="Không").click()


@pytest.mark.parametrize(
    ("level", "word"), [("respected", "Nghỉ việc"), ("ignored", "Bỏ qua")], ids=["no work", "ignored"]
)
def test_taking_a_robot_out_says_first_who_gets_late(page: Page, queue: ShiftFleet, level: str, word: str) -> None:
    """A robot that only gets no new orders brings what it has: its order is not told as stranded."""
    log_in(page, queue.api.url, "hung")
    foreseen = Foreseen(page)
    choice, question = page.get_by_text(word, exact=True).first, page.get_by_role("dialog")
    wait_for_load(queue)
    with queue.held():
        loaded = next(o for o in queue.service.snapshot().orders if o.state == "TO_DROP")
        page.goto(f"{queue.api.url}/robots/{loaded.robot}")
        choice.click()
        answer = foreseen.told_in(question.get_by_test_id("effect"))
        robots = (loaded.robot,)
        lost = Scenario(resting_robots=robots) if level == "respected" else Scenario(lost_robots=robots)
        is_the_engines(answer, queue, lost)
        question.get_by_role("button", name="Không").click()
    assert (loaded.order_id in stranded(answer)) == (level == "ignored"), "with the robot its load is gone"
    assert only(answer) < 900 or later(answer), "two robots do the work of three"
    assert all(r.integration == "utilised" for r in queue.service.snapshot().robots)
    if level == "ignored":
        return  # the fleet refuses that of one with an order
    choice.click()
    question.get_by_test_id("confirm").click()
    expect(page.locator("dl.facts").first).to_contain_text(word)
    assert {r.name for r in queue.service.snapshot().robots if r.integration == level} == {loaded.robot}
    queue.service.ask(SetIntegration(robot=loaded.robot, level="utilised", user="hung")).result(30.0)


def test_the_question_of_pause_all_says_what_it_strands_before_the_yes(page: Page, queue: ShiftFleet) -> None:
    log_in(page, queue.api.url, "hung")
    foreseen = Foreseen(page)
    question = page.get_by_role("dialog")
    with queue.held():
        page.get_by_role("button", name="Tạm dừng tất cả").click()
        expect(question.get_by_test_id("confirm")).to_be_enabled()  # the stop never waits for the answer
        answer = foreseen.told_in(question.get_by_test_id("effect"))
        is_the_engines(answer, queue, Scenario(paused_robots=tuple(r.name for r in queue.service.snapshot().robots)))
        question.get_by_role("button", name="Không").click()
    assert set(stranded(answer)) == {o.order_id for o in queue.service.snapshot().orders}
    assert not queue.service.snapshot().all_paused
