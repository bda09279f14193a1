"""What the questions of a sixth author showed, in other sentences than that author's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.reading import Reading
from amr_fleet.assistant.talked_about import TalkedAbout
from amr_fleet.assistant.understanding import Understanding

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))


def read(text: str) -> Reading:
    return UNDERSTANDING.read(text)[0]


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("Con tám giờ đang ở đâu", "robot_get", {"robot": "AMR-08"}),
        ("xe nao dang cam dien", "robots_list", {"state": "charging"}),
        ("Con nào pin chưa tới phân nửa", "robots_list", {"battery_below": 50.0}),
        ("Cửa 9 có ai choán chỗ không", "station_state", {"station": "D09"}),
        ("A2E_1 còn chất thêm được không", "station_state", {"station": "A2E_1"}),
        ("Alarm nào severity error vẫn còn mở", "alarms_list", {"state": "open", "severity": "error"}),
        ("hum qua dừng khẩn bao nhiêu lần", "kpi", {"name": "estops", "period": "yesterday"}),
        ("Hôm qua mỗi giờ chạy được mấy chuyến", "kpi", {"name": "throughput", "period": "yesterday", "by": "hour"}),
        ("Tỉ lệ ghép trạm hôm nay", "kpi", {"name": "docking_success", "period": "today"}),
        ("Tổ trước bàn giao lại cái gì", "shift_summary", {"shift": "previous"}),
        ("Hải quan đòi danh sách sự cố từ đầu quý", "incidents_list", {"period": "this_quarter"}),
        ("Người ta cho mình chạy thử tới khi nào", "trial_status", {}),
    ],
)
def test_a_question_is_understood(text: str, name: str, args: dict[str, Any]) -> None:
    reading = read(text)
    assert (reading.kind, [(call.name, call.args) for call in reading.calls]) == ("tools", [(name, args)])


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("Trả đơn 416 về mức thường", "order_priority", {"order": "DH-0416", "priority": "normal"}),
        ("Cancel DH-0418, customer không cần nữa", "order_cancel", {"order": "DH-0418"}),
    ],
)
def test_a_wish_becomes_a_proposal(text: str, name: str, args: dict[str, Any]) -> None:
    reading = read(text)
    assert (reading.kind, [(call.name, call.args) for call in reading.calls]) == ("propose", [(name, args)])


@pytest.mark.parametrize(
    "text",
    [
        "cho con ba chạy nhanh lên một mét rưỡi một giây",
        "cho con sau chay cham lai",
        "bảo robot 9 chạy nhanh hơn",
        "Cho con ba nghỉ, thêm mười đơn, liệu có kham nổi",
    ],
)
def test_how_fast_a_robot_drives_and_what_would_be_are_no_wish_to_let_it_go_or_stand(text: str) -> None:
    assert read(text).kind != "propose"


def test_a_clock_time_after_a_remainder_is_no_robot() -> None:
    assert UNDERSTANDING.hear("còn 9 giờ đang chờ").mentions.robots == []


def test_typed_without_marks_it_may_be_a_remainder() -> None:
    assert UNDERSTANDING.hear("con 9 gio nam cho").times.at


@pytest.mark.parametrize(
    ("first", "then", "args"),
    [
        ("tóm tắt ca trước", "trong ca đó có sự cố gì không", {"period": "shift:previous"}),
        ("tóm tắt ca trước", "làm báo cáo ca đó", {"kind": "shift", "period": "shift:previous"}),
        ("hôm qua đúng hẹn bao nhiêu %", "hôm đó dừng khẩn mấy lần", {"name": "estops", "period": "yesterday"}),
    ],
)
def test_that_shift_and_that_day_are_those_of_the_question_before(first: str, then: str, args: dict[str, Any]) -> None:
    frame = TalkedAbout()
    UNDERSTANDING.read(first, frame, at=0.0)
    reading, _ = UNDERSTANDING.read(then, frame, at=1.0)
    assert [call.args for call in reading.calls] == [args]


def test_that_shift_is_nobodys_where_no_shift_was_talked_about() -> None:
    frame = TalkedAbout()
    UNDERSTANDING.read("robot 5 ở đâu", frame, at=0.0)
    assert "period" not in UNDERSTANDING.read("làm báo cáo ca đó", frame, at=1.0)[0].calls[0].args
