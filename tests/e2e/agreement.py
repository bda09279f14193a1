"""Whether every page, the replay and the API say the same of one snapshot: who waits, why, since when."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from amr_fleet.domain.causes import SILENT
from amr_fleet.ports import FleetSnapshot, OrderView, Reason, RobotView

_CODES = Path(__file__).resolve().parents[2] / "src/amr_fleet/web/src/shared/i18n/codes_vi.ts"
_SINCE = re.compile(r"(.+) · từ (.+) trước")
_ROWS = """kind => Object.fromEntries(
    [...document.querySelectorAll(`[data-testid^="${kind}-"]`)].map(row => [
        row.dataset.testid.slice(kind.length + 1), row.innerText.split(/[\\n\\t]+/).map(line => line.trim())]))"""

Rows = dict[str, list[str]]


def check(page: Page, url: str, snapshot: FleetSnapshot) -> tuple[int, int]:
    """Look at every page of a fleet that stands still; return of how many robots and orders each said the same."""
    page.goto(url)
    page.get_by_test_id("robot-amr_01").wait_for()
    live, header, overview = _rows(page, "robot"), _counter(page), _overview(page)
    behind = page.get_by_test_id("overview-held").all_inner_texts()
    page.get_by_role("tab", name="Đơn vận chuyển").click()
    page.locator("[data-testid^=order-]").first.wait_for()
    panel = _rows(page, "order")
    page.goto(f"{url}/robots")
    page.get_by_test_id("robot-amr_01").wait_for()
    robots = _rows(page, "robot")
    page.goto(f"{url}/orders")
    page.locator("[data-testid^=order-]").first.wait_for()
    orders = _rows(page, "order")
    page.goto(f"{url}/attention")
    page.get_by_test_id("causes").wait_for()
    waits, alarms, whole = _rows(page, "wait"), _rows(page, "alarm"), page.get_by_role("main").inner_text()
    _check_api(page, url, snapshot)

    stuck = sorted((r for r in snapshot.robots if r.waits_since and r.waiting), key=lambda r: r.waits_since)
    if stuck:
        longest = next(r for r in stuck if r.name == snapshot.waits.longest)
        assert header == age(snapshot.t - longest.waits_since) == age(snapshot.waits.longest_s)
        assert f"Chờ lâu nhất: {_label(longest.name)}, {header}" in whole
    else:
        assert (snapshot.waits.longest, header, "Chờ lâu nhất: " in whole) == ("", "–", False)
    assert set(waits) == {r.name for r in stuck}
    for robot in stuck:
        _check_robot(robot, snapshot.t, live[robot.name], robots[robot.name], " ".join(waits[robot.name]))
    for robot in stuck[: len(overview)]:
        assert any(line.startswith(_label(robot.name)) for line in overview), (robot.name, overview)
    _check_behind(snapshot, behind)
    held = [o for o in snapshot.orders if o.reason is not None and o.reason.code.startswith("wait.")]
    for order in held:
        _check_order(order, snapshot.t, panel[order.order_id], orders[order.order_id], whole)
    _check_alarms(snapshot, alarms, live)
    for robot in stuck[:2]:
        _check_page_of(page, url, robot, live[robot.name])
    for order in held[:2]:
        _check_page_of_order(page, url, order, panel[order.order_id])
    assert _check_replay(page, url, snapshot) >= bool(stuck)
    return len(stuck), len(held)


def age(seconds: float) -> str:
    """Return how long ago, as the dashboard writes it."""
    s = max(0, int(seconds + 0.5))
    if s < 60:
        return f"{s} giây"
    hours, minutes = divmod(s // 60, 60)
    return f"{minutes} phút" if hours == 0 else f"{hours} giờ {minutes} phút" if minutes else f"{hours} giờ"


def _check_behind(snapshot: FleetSnapshot, told: list[str]) -> None:
    """What a person has to end is told under the map with how many orders without a robot it holds."""
    free = {o.order_id for o in snapshot.orders if not o.robot}
    counts = [len(free & set(c.orders)) for c in snapshot.causes if c.ends != "itself"]
    wanted = [f"{count} đơn chưa có robot:" for count in counts if count]
    assert [line.split(":")[0] + ":" for line in told] == wanted[: len(told)]
    assert bool(told) == bool(wanted)


def _check_robot(robot: RobotView, now: float, live: list[str], listed: list[str], waits: str) -> None:
    assert robot.waiting is not None
    long, at = age(now - robot.waits_since), _clock(robot.waits_since)
    line = _line(live, robot.waiting)
    assert line == _line(listed, robot.waiting) == f"{_sentence(line)} · từ {long} trước", (robot, live, listed)
    said = _sentence(line).removeprefix(f"{_label(robot.name)} ").casefold()
    assert said in waits.casefold(), (said, waits)
    assert f"từ {at} ({long})" in waits
    roots = [[text for text in lines if text.startswith("Gốc: ")] for lines in (live, listed)]
    assert roots[0] == roots[1]
    assert all(root.casefold() in waits.casefold() for root in roots[0]), (roots, waits)


def _check_order(order: OrderView, now: float, panel: list[str], listed: list[str], attention: str) -> None:
    assert order.reason is not None
    long, at = age(now - order.reason.since), _clock(order.reason.since)
    line = _line(panel, order.reason)
    assert line == _line(listed, order.reason) == f"{_sentence(line)} · từ {long} trước", (order, panel, listed)
    row = next(text for text in attention.splitlines() if text.startswith(f"Đơn {order.order_id} "))
    assert f"{_sentence(line)}, từ {at} ({long})".casefold() in row.casefold(), (line, row)


def _check_page_of(page: Page, url: str, robot: RobotView, live: list[str]) -> None:
    """The robot's own page, reloaded, says what the list beside the map said."""
    page.goto(f"{url}/robots/{robot.name}")
    said = page.locator(".trouble")
    said.wait_for()
    assert robot.waiting is not None
    lines = [line.strip() for line in said.inner_text().splitlines()]
    assert _line(lines, robot.waiting) == _line(live, robot.waiting)
    assert [line for line in lines if line.startswith("Gốc: ")] == [line for line in live if line.startswith("Gốc: ")]


def _check_page_of_order(page: Page, url: str, order: OrderView, panel: list[str]) -> None:
    """The order's own page says why it waits, since when and what is behind it, as the list beside the map said."""
    page.goto(f"{url}/orders/{order.order_id}")
    about = page.locator("section.card", has=page.locator("dl.facts"))
    about.locator(".lead").first.wait_for()
    assert order.reason is not None
    lines = [line.strip() for line in about.inner_text().splitlines()]
    assert _line(lines, order.reason) == _line(panel, order.reason)
    assert [line for line in lines if line.startswith("Gốc: ")] == [line for line in panel if line.startswith("Gốc: ")]


def _check_replay(page: Page, url: str, snapshot: FleetSnapshot) -> int:
    """What was recorded of who has waited since before the last frame on disk; return of how many."""
    t = snapshot.t
    chunk = page.request.get(f"{url}/api/v1/replay/tracks?begin={t - 60}&end={t}").json()["chunks"][-1]
    until = chunk["t"][-1]
    seen = 0
    for robot in snapshot.robots:
        if robot.waiting is None or known_since(robot.waiting) >= until:
            continue
        *_, wait, _, since = chunk["robots"][robot.name]["state"][-1][1]
        assert wait == robot.waiting.code, (robot, wait)
        assert abs(since - robot.waiting.since) <= 1.0, (robot, since)
        seen += 1
    return seen


def known_since(reason: Reason) -> float:
    """Return since when a wait may be on record: that one stands without a word is known only after a while."""
    return reason.since + (SILENT if reason.code == "wait.standing" else 0.0)


def _check_alarms(snapshot: FleetSnapshot, alarms: Rows, live: Rows) -> None:
    for alarm in (one for one in snapshot.alarms if one.alarm_id in alarms):  # of many alike some are folded away
        assert any(f"từ {_clock(alarm.reason.since)} (" in line for line in alarms[alarm.alarm_id]), alarms
    red = {r.name for r in snapshot.robots if r.status == "ERROR"}
    assert red <= {alarm.robot for alarm in snapshot.alarms}
    assert red == {name for name, lines in live.items() if "Lỗi" in lines}


def _check_api(page: Page, url: str, snapshot: FleetSnapshot) -> None:
    told: dict[str, Any] = {}
    for path, key, name in (("robots", "waiting", "name"), ("orders?state=open", "reason", "order_id")):
        answer = page.request.get(f"{url}/api/v1/{path}").json()[path.split("?")[0]]
        told |= {one[name]: one[key] for one in answer}
    ours: dict[str, Reason | None] = {r.name: r.waiting for r in snapshot.robots}
    ours |= {o.order_id: o.reason for o in snapshot.orders}
    for name, reason in ours.items():
        there = told[name]
        assert (there is None) == (reason is None), (name, there, reason)
        if reason is not None:
            assert there["code"] == reason.code, (name, there)
            assert abs(there["since"] - reason.since) < 0.1, (name, there)


def _line(lines: list[str], reason: Reason) -> str:
    """Return the line that says this reason and since when."""
    way = reason.code == "wait.traffic" and not reason.facts.get("robot")
    paused = reason.code == "wait.paused" and reason.facts.get("user")
    by = "client.paused_at" if "at" in reason.facts else "client.paused_by"
    template = re.escape(_texts()["client.wait_way" if way else by if paused else reason.code])
    sentence = re.compile(re.sub(r"\\\{\w+\\\}", ".*", template), re.IGNORECASE)
    found = [line for line in lines if (told := _SINCE.fullmatch(line)) and sentence.fullmatch(told[1])]
    assert len(found) == 1, (reason, lines)
    return found[0]


def _sentence(line: str) -> str:
    told = _SINCE.fullmatch(line)
    assert told is not None
    return told[1]


def _texts() -> dict[str, str]:
    return dict(re.findall(r'"((?:wait|robot|client)\.\w+)": "(.*)",', _CODES.read_text(encoding="utf-8")))


def _rows(page: Page, kind: str) -> Rows:
    rows: Rows = page.evaluate(_ROWS, kind)
    return rows


def _counter(page: Page) -> str:
    return page.locator(".counter").filter(has_text="Chờ lâu nhất").locator("dd").inner_text()


def _overview(page: Page) -> list[str]:
    card = page.locator(".overview-card").filter(has_text="Vì sao đang chờ")
    return [text for text in card.locator("button.overview-row").all_inner_texts() if text]


def _label(robot: str) -> str:
    return robot.upper().replace("_", "-")


def _clock(t: float) -> str:
    return f"{int(t / 3600) % 24:02d}:{int(t / 60) % 60:02d}:{int(t) % 60:02d}"
