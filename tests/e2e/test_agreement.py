"""In six different incidents all pages, the phone, the replay, the report and the API say the same of one moment."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from amr_fleet.ports import OrderRequest, Reason, ZoneRequest
from amr_fleet.requests import AckAlarm, ClearZone, CreateOrder, ReleaseRobot, SetZone
from tests.e2e import agreement, agreement_beside
from tests.e2e.e2e_support import PHONE, log_in
from tests.e2e.shift_fleet import ShiftFleet

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

WISHES = (
    ("D01", "A1W"), ("D03", "A2E"), ("A3W", "D03"), ("D05", "B2"), ("B4", "D02"), ("D08", "A2E"), ("D01", "B4"),
    ("D04", "A3W"),
)  # fmt: skip
QUEUE = 16
"""Open orders: more than there are robots."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, accounts: Path) -> Iterator[ShiftFleet]:
    """A fleet with doors."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(accounts.parent, folder, dirs_exist_ok=True)
    fleet = ShiftFleet(folder, doors=True)
    yield fleet
    fleet.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A phone that nobody is logged in on."""
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True, is_mobile=True, locale="vi-VN",
        service_workers="block",
    )  # fmt: skip
    context.set_default_timeout(45_000)
    yield context.new_page()
    context.close()


def busy(house: ShiftFleet) -> str:
    """Return one that is on the way with or to a load, now; wait for it where all wait for something."""
    for _ in range(12):
        found = [r.name for r in house.service.snapshot().robots if r.status == "BUSY" and not r.waiting]
        if found:
            return found[0]
        house.skip(10)
    raise AssertionError("no robot is on its way")


def a_lane_is_closed(house: ShiftFleet) -> None:
    zone = ZoneRequest(zone_id="spill", kind="closed", elements=("A2",), text="Hàng đổ", user="lan")
    house.service.ask(SetZone(zone=zone)).result(30.0)


def an_emergency_stop(house: ShiftFleet) -> None:
    house.stands[busy(house)] = {"e_stop": "MANUAL"}


def a_lost_robot(house: ShiftFleet) -> None:
    house.stands[busy(house)] = {"localized": False}


def something_in_the_way(house: ShiftFleet) -> None:
    house.stands[busy(house)] = {"waiting_for": "obstacle"}


def a_door_that_does_not_answer(house: ShiftFleet) -> None:
    for door in house.doors.values():
        door.silent = True


def empty_batteries(house: ShiftFleet) -> None:
    """After a night without power: more robots want a charger than there are, and orders wait for all of them."""
    for robot in house.robots.values():
        robot.soc, robot.changed = 0.12, True


def over(house: ShiftFleet) -> None:
    """End every incident, as people do."""
    for robot in house.robots.values():
        robot.soc, robot.changed = max(0.9, robot.soc), True
    stopped = [name for name, said in house.stands.items() if "e_stop" in said]
    house.stands.clear()
    for door in house.doors.values():
        door.silent = False
    house.skip(5)
    for name in stopped:
        house.service.ask(ReleaseRobot(robot=name, person="Lan", user="lan")).result(30.0)
    for zone in house.service.snapshot().zones:
        house.service.ask(ClearZone(zone_id=zone.zone_id, user="lan")).result(30.0)
    for alarm in house.service.snapshot().alarms:
        house.service.ask(AckAlarm(alarm_id=alarm.alarm_id, user="lan")).result(30.0)
    house.skip(60)


@pytest.mark.parametrize(
    ("incident", "code"),
    [
        (a_lane_is_closed, "wait.zone"),
        (an_emergency_stop, "wait.e_stop"),
        (a_lost_robot, "robot.lost"),
        (something_in_the_way, "wait.obstacle"),
        (a_door_that_does_not_answer, "wait.door"),
        (empty_batteries, "wait.battery"),
    ],
)
def test_in_an_incident_nothing_contradicts_anything(
    page: Page, phone: Page, house: ShiftFleet, incident: Callable[[ShiftFleet], None], code: str
) -> None:
    """A shift leader acts on what is seen first: a page that says another thing sends somebody to the wrong robot."""
    for i in range(QUEUE - len(house.service.snapshot().orders)):
        pick, drop = WISHES[i % len(WISHES)]
        house.service.ask(CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop))).result(30.0)
    house.skip(40)
    log_in(page, house.api.url, "lan")
    try:
        incident(house)
        house.skip(100)
        for _ in range(40):  # until somebody has come to what is in the way, or the last has brought what it had
            if code in {reason.code for reason in roots(house)}:
                break
            house.skip(20)
        with house.held():
            assert code in {reason.code for reason in roots(house)}
            robots, orders = agreement.check(page, house.api.url, house.service.snapshot())
            assert robots + orders >= 1
            told = agreement_beside.check(page, phone, house)
            assert told or incident is not a_lane_is_closed, "no order waits behind the lane, none was looked at"
    finally:
        over(house)


def roots(house: ShiftFleet) -> list[Reason]:
    snapshot = house.service.snapshot()
    both = [r.root for r in snapshot.robots if r.waits_since] + [o.root for o in snapshot.orders]
    return [reason for reason in both if reason is not None]
