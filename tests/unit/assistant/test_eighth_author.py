"""What the questions of an eighth and a ninth author showed, in other sentences than theirs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.assistant.asked import UNDERSTANDING, calls, said


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("Tài xế đang hối ở cửa ba, con bốn kẹt gì vậy", "robot_why_waiting", {"robot": "AMR-04"}),
        ("Bên kiểm dịch sắp mở thùng TCLU4567891, hiện nó đang nằm ở đâu", "cargo_where", {"container": "TCLU4567891"}),
        ("Anh Tám nhờ em hỏi giùm xe số chín bây giờ ra sao", "robot_get", {"robot": "AMR-09"}),
        ("con n dag bi hu", "robots_list", {"state": "fault"}),
        ("Đứa nào đang ngồi chơi", "robots_list", {"state": "idle"}),
        ("Chiếc nào đang lăn bánh", "robots_list", {"state": "moving"}),
        ("c9 tới cửa 5 chưa", "robot_get", {"robot": "AMR-09"}),
        ("đơn 415 à lộn 416 chừng nào xong", "order_eta", {"order": "DH-0416"}),
        ("pallet 8938 5000 0000 0000 17 ở đâu", "cargo_where", {"sscc": "893850000000000017"}),
        ("cont MSCU 123456-5 dang nam dau", "cargo_where", {"container": "MSCU1234565"}),
        ("kiện có đuôi 0024 để đâu", "cargo_where", {"sscc": "893850000000000024"}),
        ("Đơn số không bốn một bảy tới đâu rồi", "order_get", {"order": "DH-0417"}),
        ("xe pin duoi bốn lăm %", "robots_list", {"battery_below": 45.0}),
        ("Ra góc đông nam có đụng con nào không", "robots_list", {"place": "SE"}),
    ],
)
def test_a_question_is_understood(text: str, name: str, args: dict[str, Any]) -> None:
    assert calls(said(text)) == ("tools", [(name, args)])


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("hai tam gao cua 3 dua vo a2 dong nghe", "order_create",
         {"from": "D03", "to": "A2E", "goods": "gạo", "qty": 2}),
        ("create order A1W -> D05 1 pallet", "order_create", {"from": "A1W", "to": "D05", "qty": 1}),
        ("Nhờ em xác nhận giúp tôi cảnh báo CB-33", "alarm_ack", {"alarm": "CB-33"}),
        ("don 421 cho len dau", "order_priority", {"order": "DH-0421", "priority": "high"}),
    ],
)  # fmt: skip
def test_a_wish_is_proposed(text: str, name: str, args: dict[str, Any]) -> None:
    reading = said(text)
    assert calls(reading) == ("propose", [(name, args)])
    assert not reading.at_once


@pytest.mark.parametrize(
    "text",
    [
        "mo den kho B len giup",
        "dung het may con xe lai",
        "Anh Hòa có dặn đóng lối A2",
        "Lối B3 hết ai làm rồi mà, ai mở cho xe chạy",  # a remark and a wish are no question
        "Cẩu bờ số hai dừng lại",
    ],
)
def test_what_is_no_wish_of_ours_is_not_proposed(text: str) -> None:
    assert said(text).kind != "propose"


def test_a_camera_is_no_robot() -> None:
    assert UNDERSTANDING.hear("camera C08 đang giữ chỗ nào").mentions.robots == []


@pytest.mark.parametrize("text", ["dừng robot 4, à nhầm robot 5", "dừng c5"])
def test_what_is_put_right_or_shortened_pauses_nothing_at_once(text: str) -> None:
    assert not said(text).at_once
