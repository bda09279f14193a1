"""What the questions of four more authors showed, in other sentences than theirs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.assistant.asked import calls, said


@pytest.mark.parametrize(
    "text",
    ["Tôi đang đứng ở cửa 5, cho tôi xem con tám", "em đứng kế robot 3 nè, nó còn bao nhiêu pin",
     "toi dang dung canh con 9, no ten gi"],
)  # fmt: skip
def test_where_somebody_stands_is_no_wish_to_stop_a_robot(text: str) -> None:
    assert said(text).kind != "propose"


def test_where_somebody_stands_adds_no_second_wish() -> None:
    reading = said("Nhận cảnh báo CB-32 giúp, tôi đang đứng ngay con 5")
    assert calls(reading) == ("propose", [("alarm_ack", {"alarm": "CB-32"})])


@pytest.mark.parametrize("text", ["Con số ba đang hỏng hay chạy lại rồi?", "robot 5 còn lỗi hay đã chạy tiếp rồi vậy"])
def test_whether_it_runs_again_is_a_question(text: str) -> None:
    assert said(text).kind != "propose"


@pytest.mark.parametrize(
    "text",
    ["tắt cam C05 giùm, nó chặn xe hoài", "ngắt camera C12 đi", "camera C05 chặn bậy rồi, bỏ đi cho xe qua",
     "bo vung ma camera C12 dang giu di", "override khu vực A2 đi"],
)  # fmt: skip
def test_what_a_camera_holds_is_not_lifted_by_words(text: str) -> None:
    reading = said(text)
    assert (reading.kind, reading.why) == ("refuse", "not_offered")


@pytest.mark.parametrize(
    ("text", "why"),
    [("Đóng lối lại, có hàng đổ", "need_station"), ("Chặn lối lại 20 phút", "need_station"),
     ("Nâng ưu tiên lên cao giúp anh", "need_order"), ("Đưa hàng qua bển giúp", "need_places")],
)  # fmt: skip
def test_a_wish_that_does_not_say_of_what_is_asked_about(text: str, why: str) -> None:
    reading = said(text)
    assert (reading.kind, reading.why) == ("clarify", why)


@pytest.mark.parametrize("text", ["don cua em bao gio xong", "đơn của khách chừng nào tới"])
def test_whose_order_it_is_says_not_which(text: str) -> None:
    assert said(text).kind == "clarify"


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        # numbers as the south says them
        ("con nào pin dưới hăm lăm phần trăm", "robots_list", {"battery_below": 25.0}),
        # times
        ("mấy lần can thiệp tay 7 ngày qa", "kpi",
         {"name": "interventions", "period": "2026-11-19T15:10+07:00/2026-11-26T15:10+07:00"}),
        ("incident trong last 24h", "incidents_list", {"period": "2026-11-25T15:10+07:00/2026-11-26T15:10+07:00"}),
        ("nay có cảnh báo lỗi nào không", "alarms_list", {"severity": "error", "period": "today"}),
        ("tu luc vao ca toi gio co canh bao gi", "alarms_list", {"period": "shift:current"}),
        ("Từ mười một giờ đêm qua đến năm giờ sáng nay có sự cố gì?", "incidents_list",
         {"period": "2026-11-25T23:00+07:00/2026-11-26T05:00+07:00"}),
        ("Từ 9 giờ tới 11 giờ hôm nay năng suất bao nhiêu?", "kpi",
         {"name": "throughput", "period": "2026-11-26T09:00+07:00/2026-11-26T11:00+07:00"}),
        ("từ 9 giờ tới 11 giờ hôm qua năng suất bao nhiêu", "kpi",
         {"name": "throughput", "period": "2026-11-25T09:00+07:00/2026-11-25T11:00+07:00"}),
        ("Ca sáng bữa hai mươi hai tháng này ra sao?", "shift_summary",
         {"shift": "morning", "date": "2026-11-22/2026-11-22"}),
        ("khach cam may, hom nay don nao that bai", "orders_find", {"state": "failed", "period": "today"}),
        # words typed without marks, short forms, English
        ("do san sang hom nay", "kpi", {"name": "availability", "period": "today"}),
        ("san luong tuan truoc theo ca", "kpi", {"name": "throughput", "period": "last_week", "by": "shift"}),
        ("ca dong lanh con don nao chua xong", "orders_find", {"state": "open", "goods": "cá đông lạnh"}),
        ("Reason con 9 đang pause là gì", "robot_why_waiting", {"robot": "AMR-09"}),
        ("SL-07 còn đơn nào chưa xg", "orders_find", {"state": "open", "barge": "SL-07"}),
        # whose waiting it is, who closes
        ("Xem những đơn xi măng đang chạy, khách chờ điện thoại", "orders_find",
         {"state": "active", "goods": "xi măng"}),
        ("Đoạn nào người ta đóng rồi?", "zones_list", {"state": "closed"}),
        ("Vợ tôi vừa hỏi, hôm nay có sự cố gì không?", "incidents_list", {"period": "today"}),
        # one thing taken back, two taken away
        ("con so 4 chu khong phai con so 2, pin con may phan tram", "robot_get", {"robot": "AMR-04"}),
        ("neu bot 1 tru sac va 2 robot thi sao", "what_if", {"remove_chargers": 1, "remove_robots": 2}),
        # how near an order is
        ("đơn 416 sắp tới chưa", "order_eta", {"order": "DH-0416"}),
        ("con 5 pin bn %", "robot_get", {"robot": "AMR-05"}),
        ("xi mang dang o khu vuc nao", "cargo_where", {"goods": "xi măng"}),
    ],
)  # fmt: skip
def test_a_question_is_understood(text: str, name: str, args: dict[str, Any]) -> None:
    assert calls(said(text)) == ("tools", [(name, args)])


def test_a_closure_is_as_long_as_the_south_says() -> None:
    reading = said("Chặn lối B1 lại hăm phút nghen")
    assert calls(reading) == ("propose", [("zone_close", {"zone": "B1", "minutes": 20.0})])


def test_it_behind_its_order_is_raised() -> None:
    reading = said("Trái cây của đơn 415 sắp hư, cho nó được ưu tiên cao hơn mấy cái khác với")
    assert calls(reading) == ("propose", [("order_priority", {"order": "DH-0415", "priority": "high"})])


@pytest.mark.parametrize(
    "text",
    ["pin con 2 con tru duoc may gio nua", "Tuần rồi mỗi ca làm ăn ra sao", "số lần can thiệp 9 ngày"],
)  # fmt: skip
def test_what_the_call_would_lose_is_asked_about(text: str) -> None:
    """A robot, a week of shifts, a length: no answer that leaves it out."""
    assert said(text).kind in ("clarify", "refuse")


def test_an_alarm_confirmed_with_please_is_no_trick() -> None:
    reading = said("Báo động mất mạng của con 11, xác nhận giúp anh")
    assert reading.why != "injection"


@pytest.mark.parametrize(
    "text",
    ["Anh dừng ngay con 8", "chị dừng ngay con 8!", "em dừng ngay con 8 giúp anh", "anh ơi dừng ngay con 8",
     "giúp em dừng ngay robot 8", "chị ơi em dừng con 8 lại ngay", "chị ơi dừng ngay robot 8"],
)  # fmt: skip
def test_whoever_is_called_on_stops_it_at_once(text: str) -> None:
    reading = said(text)
    assert calls(reading) == ("propose", [("robot_pause", {"robot": "AMR-08"})])
    assert reading.at_once


@pytest.mark.parametrize(
    "text",
    ["anh dung ngay con 8", "giup em dung ngay robot 8", "anh cứ dừng con 8 lại", "em dừng trước con 8 đi",
     "em dừng tại chỗ con 8 giúp", "em dung tai cho con 8 gium",
     "người ta kẹt trong đó, mấy anh dừng ngay con 8"],
)  # fmt: skip
def test_whoever_is_called_on_is_no_bystander(text: str) -> None:
    """Typed without marks, "dung ngay" may be either: a pause that is proposed is not lost."""
    reading = said(text)
    assert calls(reading) == ("propose", [("robot_pause", {"robot": "AMR-08"})])
    assert not reading.at_once


@pytest.mark.parametrize(
    "text",
    ["em đang đứng ngay con 8", "tôi đứng trước con 5", "tôi đứng ngay con 8", "anh đứng ngay robot 5 nè",
     "tài xế dừng kế con 8", "toi dung truoc con 5", "em dang dung ngay con 8"],
)  # fmt: skip
def test_a_bystander_wants_no_robot_to_stop(text: str) -> None:
    reading = said(text)
    assert reading.kind != "propose"
    assert not reading.at_once
