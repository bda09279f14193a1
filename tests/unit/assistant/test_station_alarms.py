"""Alarms of a station, in a running fleet: an alarm is about a robot, an order or a thing, and those are somewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.assistant import tools
from amr_fleet.assistant.answers import ToolResult
from amr_fleet.assistant.dialogue import Conversation
from amr_fleet.assistant.live import facts_of
from amr_fleet.assistant.lookups import looked_up
from amr_fleet.assistant.reading import Call, Reading
from amr_fleet.assistant.state import Facts
from amr_fleet.assistant.understanding import Understanding
from amr_fleet.ports import AlarmView, FleetSnapshot, Reason
from amr_fleet.report.people import Intervention
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site

SITE = small_site(4)
DOCK, OTHER = SITE.place("DOCK-01"), SITE.place("DOCK-02")
CHARGER = SITE.chargers[0].id


def alarm(code: str, robot: str = "", order_id: str = "", number: int = 1, **facts: Any) -> AlarmView:
    return AlarmView(alarm_id=f"A{number:06d}", reason=Reason(code, facts, 18000.0), robot=robot, order_id=order_id)


def fleet(*alarms: AlarmView, node: str = "", **robot: Any) -> FleetSnapshot:
    """Four robots, of which AMR-03 stands at a node; one order DOCK-01 -> BLK-02 that it has."""
    fake = FakeFleet(robots=4)
    fake.seed([("DOCK-01", "BLK-02", "TO_PICK", "amr_03", 0.0)])
    now = fake.snapshot()
    third = replace(now.robots[2], node=node or "L-M", order_id=now.orders[0].order_id, **robot)
    return replace(now, robots=(*now.robots[:2], third, *now.robots[3:]), alarms=alarms)


def asked(snapshot: FleetSnapshot, **args: str) -> ToolResult:
    return tools.run(facts_of(snapshot, (), SITE), Call("alarms_list", dict(args)))


def test_an_alarm_of_a_robot_is_one_of_the_station_where_it_stands() -> None:
    """It said "none" of every station, since no alarm is about one."""
    now = fleet(alarm("alarm.robot_error", "amr_03"), node=DOCK.stations[0].id)
    for name in (DOCK.id, DOCK.stations[0].id):
        told = asked(now, station=name)
        assert [row["alarm"] for row in told.rows] == ["A000001"]
        assert "AMR-03 đang ở" in told.text
    at_charger = fleet(alarm("alarm.robot_error", "amr_03"), node=CHARGER)
    assert "AMR-03 đang ở" in asked(at_charger, station=CHARGER).text
    assert not asked(at_charger, station=OTHER.id).rows


def test_of_a_robot_that_is_not_heard_it_says_where_it_was_last() -> None:
    now = fleet(alarm("alarm.robot_offline", "amr_03"), node=DOCK.stations[0].id, online=False)
    assert f"AMR-03 lần cuối thấy ở {DOCK.id}" in asked(now, station=DOCK.id).text
    lost = fleet(alarm("alarm.not_localized", "amr_03"), node=DOCK.stations[0].id, localized=False)
    assert f"AMR-03 lần cuối thấy ở {DOCK.id}" in asked(lost, station=DOCK.id).text


@pytest.mark.parametrize(
    ("state", "goal", "not_goal"),
    [("ASSIGNED", "DOCK-01", "BLK-02"), ("TO_PICK", "DOCK-01", "BLK-02"), ("TO_DROP", "BLK-02", "DOCK-01"),
     ("DROPPING", "BLK-02", "DOCK-01")],
)  # fmt: skip
def test_an_alarm_of_a_robot_is_one_of_the_place_that_it_heads_for(state: Any, goal: str, not_goal: str) -> None:
    now = fleet(alarm("alarm.blocked", "amr_03"))
    now = replace(now, orders=(replace(now.orders[0], state=state),))
    told = asked(now, station=goal)
    assert f"AMR-03 đang đến {goal}" in told.text
    assert [row["alarm"] for row in told.rows] == ["A000001"]
    assert asked(now, station=not_goal).rows == ()


def test_an_alarm_of_an_order_is_one_of_both_its_places() -> None:
    now = fleet(alarm("alarm.order_late", "", "T00001"))
    for place in ("DOCK-01", "BLK-02"):
        assert f"đơn T00001 lấy hoặc trả ở {place}" in asked(now, station=place).text
    assert asked(now, station="BLK-03").rows == ()


def test_where_none_is_known_it_says_what_was_looked_at_and_of_which_alarms_nobody_knows_where() -> None:
    assert asked(fleet(), station="DOCK-02").text == (
        "Không có cảnh báo nào của DOCK-02, của robot đang ở hay đang đến đó, hay của đơn lấy hoặc trả ở đó."
    )
    lost = fleet(alarm("alarm.order_failed", "", "T99999", 7), alarm("alarm.robot_error", "amr_03", number=8))
    told = asked(lost, station="DOCK-02")
    assert told.rows == ()
    assert told.text.endswith("Không biết ở đâu: A000007 (T99999).")


def test_a_number_that_a_dock_and_a_robot_share_makes_no_alarm_of_the_dock() -> None:
    now = fleet(alarm("alarm.robot_error", "amr_02"), alarm("alarm.camera_dark", number=2, camera="C12"))
    assert [row["alarm"] for row in asked(now, station="DOCK-02").rows] == []
    assert [row["alarm"] for row in asked(now, robot="AMR-02").rows] == ["A000001"]
    assert [row["alarm"] for row in asked(now, robot="AMR-12").rows] == []


def test_an_alarm_of_a_camera_a_door_or_a_conveyor_is_about_it() -> None:
    """It was about nothing: "camera C12 bị gì" was answered with "none"."""
    now = fleet(alarm("alarm.camera_dark", camera="C12"), alarm("alarm.door", number=2, door="GATE-1"))
    told = asked(now, station="C12")
    assert [(row["alarm"], row["about"]) for row in told.rows] == [("A000001", "C12")]
    assert [row["alarm"] for row in asked(now, station="GATE-1").rows] == ["A000002"]


def test_how_bad_an_alarm_is_is_known() -> None:
    """It had no grade: "lỗi" found none, "nghiêm trọng" all of them."""
    now = fleet(alarm("alarm.robot_error", "amr_03"), alarm("alarm.low_battery", "amr_01", number=2))
    facts = facts_of(now, (), SITE)
    heard = Understanding(facts).hear("cảnh báo nào")

    def found(severity: str) -> list[Any]:
        reading = Reading(kind="tools", calls=(Call("alarms_list", {"severity": severity}),))
        (call,) = looked_up(reading, facts, heard).calls
        return [row["alarm"] for row in tools.run(facts, call).rows]

    assert found("critical") == found("error") == ["A000001"]
    assert found("warning") == ["A000002"]
    assert found("info") == []
    only_warnings = fleet(alarm("alarm.low_battery", "amr_01"))
    assert asked(only_warnings, severity="critical").rows == ()


def past(*found: Intervention) -> Facts:
    def happened(begin: datetime, end: datetime) -> list[Intervention]:
        return list(found)

    now = fleet(alarm("alarm.low_battery", "amr_01"))
    return facts_of(now, (), SITE).model_copy(update={"happened": happened})


def test_alarms_of_a_period_are_those_of_the_journal_and_not_those_of_now() -> None:
    """ "Hôm nay có cảnh báo gì" was answered with those that stand now: with none when all were over."""
    facts = past(
        Intervention("A000009", "alarm.blocked", "amr_03", "", 17000.0, cleared=17100.0),
        Intervention("A000008", "alarm.robot_error", "amr_02", "", 16000.0, acked_by="lan", acked_at=16100.0),
    )
    told = tools.run(facts, Call("alarms_list", {"period": "today"}))
    assert [row["alarm"] for row in told.rows] == ["A000009", "A000008"]
    assert "AMR-03" in told.text
    assert told.text.endswith("Đang còn 1 cảnh báo như vậy, kể cả từ trước kỳ này."), (
        "the one that stands may be of yesterday"
    )
    only = tools.run(facts, Call("alarms_list", {"period": "today", "robot": "AMR-02", "severity": "critical"}))
    assert [row["alarm"] for row in only.rows] == ["A000008"]
    taken = tools.run(facts, Call("alarms_list", {"period": "today", "state": "acked"}))
    assert [row["alarm"] for row in taken.rows] == ["A000008"]
    nobody = tools.run(facts, Call("alarms_list", {"period": "today", "state": "open"}))
    assert nobody.rows == ()
    assert "Đang còn 1" in nobody.text
    over = tools.run(facts, Call("alarms_list", {"period": "today", "state": "closed"}))
    assert [row["alarm"] for row in over.rows] == ["A000009"]
    at_dock = tools.run(facts, Call("alarms_list", {"period": "today", "station": "DOCK-02"}))
    assert at_dock.text.endswith("Sổ không ghi chỗ xảy ra, nên chưa lọc theo chỗ.")


def test_without_a_journal_or_for_too_long_a_period_it_says_that_it_does_not_know() -> None:
    bare = facts_of(fleet(), (), SITE)
    told = tools.run(bare, Call("alarms_list", {"period": "today"}))
    assert (told.known, "Không biết" in told.text) == (False, True)

    def refuses(begin: datetime, end: datetime) -> list[Intervention]:
        raise AmrError("request.invalid", where="period", reason="too long")

    refused = bare.model_copy(update={"happened": refuses})
    assert tools.run(refused, Call("alarms_list", {"period": "this_year"})).known is False


def test_an_order_with_a_robot_s_number_is_no_reason_of_the_robot() -> None:
    """Why AMR-03 stands was answered with an alarm of order T00003."""
    now = fleet(alarm("alarm.order_late", "", "T00003"), status="PAUSED", waiting=None)
    why = tools.run(facts_of(now, (), SITE), Call("robot_why_waiting", {"robot": "amr_03"}))
    assert ("A000001" in why.text, why.known) == (False, False)


def test_the_whole_way_from_the_question() -> None:
    now = fleet(alarm("alarm.robot_error", "amr_03"), node=DOCK.stations[0].id)
    facts = facts_of(now, (), SITE)
    answer = Conversation(user="hoa", role="viewer").ask(Understanding(facts), "DOCK-01 có cảnh báo gì không?")
    assert [row["alarm"] for result in answer.results for row in result.rows] == ["A000001"]
