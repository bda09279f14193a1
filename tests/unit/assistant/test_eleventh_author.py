"""What the questions of two more authors, and of two behind them, showed, in other sentences than theirs."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.unit.assistant.asked import calls, said


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        # a type by its forks
        ("có bao nhiêu robot nĩa đang rảnh", "robots_list", {"state": "idle", "type": "fork_robot"}),
        ("xe nia nao dang sac", "robots_list", {"state": "charging", "type": "fork_robot"}),
        # by what a figure is divided, with many words before "nhất"
        ("khung giờ nào trong tuần này giao được nhiều đơn nhất", "kpi",
         {"name": "throughput", "by": "hour", "period": "this_week"}),
        ("tháng này ca nào tốn điện cho mỗi đơn nhiều nhất", "kpi",
         {"name": "energy_per_order", "by": "shift", "period": "this_month"}),
        ("khu vực nào trong tháng này hay bị kẹt cứng nhất", "kpi",
         {"name": "deadlocks", "by": "zone", "period": "this_month"}),
        # what is still to be done
        ("sà lan SL-12 còn mấy chuyến nữa mới hoàn thành", "orders_find", {"barge": "SL-12", "state": "open"}),
        ("SL-07 con bao nhieu don nua thi xong", "orders_find", {"barge": "SL-07", "state": "open"}),
        # words typed without marks that are other words, too
        ("hom qua may don bi hong", "orders_find", {"state": "failed", "period": "yesterday"}),
        ("don hong thang nay", "orders_find", {"state": "failed", "period": "this_month"}),
        ("cac xe dang doi duong", "robots_list", {"state": "waiting"}),
        ("don gao nao dang doi xe", "orders_find", {"goods": "gạo", "state": "waiting"}),
        ("sa lan 12 co don nao giao cham khong", "orders_find", {"barge": "SL-12", "state": "late"}),
        # grades and levels
        ("đơn mức thấp nào chưa xong", "orders_find", {"priority": "low", "state": "open"}),
        ("cảnh báo mức info hôm nay", "alarms_list", {"severity": "info", "period": "today"}),
        # what passed a gate is no order
        ("tuần này hàng gì đã đi qua cửa 7", "cargo_where", {"period": "this_week", "station": "D07"}),
        ("hang nao qua cong 2 hom qua", "cargo_where", {"period": "yesterday", "station": "G2"}),
        # tens without their word behind hundreds
        ("đơn bốn trăm hai mốt ra sao rồi", "order_get", {"order": "DH-0421"}),
        # whose number it is
        ("su co o cua 3 thang nay", "incidents_list", {"place": "D03", "period": "this_month"}),
        ("su co cua robot 9 tuan nay", "incidents_list", {"robot": "AMR-09", "period": "this_week"}),
        # when an order is due is in the order
        ("hạn chót đơn 415 là mấy giờ", "order_get", {"order": "DH-0415"}),
        ("nhu cầu chỉ còn 70 % thì robot có rảnh nhiều không", "what_if", {"demand_factor": 0.7}),
    ],
)  # fmt: skip
def test_a_question_is_understood(text: str, name: str, args: dict[str, Any]) -> None:
    assert calls(said(text)) == ("tools", [(name, args)])


@pytest.mark.parametrize(
    ("text", "qty"),
    [("tạo đơn năm kiện gạo từ A3E ra cửa 11", 5), ("chuyen nam pallet xi mang tu X sang cua 9", 5),
     ("tạo đơn sáu kiện xi măng từ X ra D07", 6), ("cho sau pallet gao tu A3E ra cua 8", 6)],
)  # fmt: skip
def test_how_many_loads_are_said_in_words(text: str, qty: int) -> None:
    reading = said(text)
    assert reading.kind == "propose"
    assert reading.calls[0].args["qty"] == qty


@pytest.mark.parametrize(
    ("text", "call"),
    [("đóng ô tường lửa phía nam giúp", ("zone_close", {"zone": "fire_opening_south"})),
     ("chan o tuong chong chay phia bac", ("zone_close", {"zone": "fire_opening_north"})),
     ("mở cổng 2 lại giúp, xe về hết rồi", ("zone_open", {"zone": "G2"}))],
)  # fmt: skip
def test_a_wish_is_proposed(text: str, call: tuple[str, dict[str, Any]]) -> None:
    assert calls(said(text)) == ("propose", [call])


def test_an_order_of_common_priority_is_not_urgent() -> None:
    reading = said("chở gạo từ cửa 3 vào B1, ưu tiên vừa thôi")
    assert (reading.kind, reading.calls[0].args["priority"]) == ("propose", "normal")


@pytest.mark.parametrize(
    "text", ["Xem giùm đơn 416, mức ưu tiên của nó là gì", "đơn 412 đó, ưu tiên của nó là mức nào vậy"]
)
def test_a_clause_that_asks_is_no_wish_about_the_thing_of_the_other(text: str) -> None:
    assert said(text).kind != "propose"


LIFTS = (
    "bỏ",
    "gỡ",
    "hủy",
    "xóa",
    "rút",
    "rút lại",
    "thu hồi",
    "thôi",
    "dẹp",
    "chấm dứt",
    "hết",
    "ngưng",
    "dỡ",
    "kết thúc",
)
CLOSES = ("lệnh đóng", "lệnh chặn", "cấm", "lệnh khóa", "lệnh phong tỏa", "biển cấm", "cái lệnh cấm")
ORDERS = (
    "{lift} {close} lối A2 đi",
    "lối A2 xong rồi, {lift} {close} nhé",
    "{lift} {close} ở A2 giúp",
    "lệnh đóng A2 {lift} giùm",
)


@pytest.mark.parametrize("lift", LIFTS)
def test_a_wish_to_lift_never_becomes_a_closure(lift: str) -> None:
    for close, order in product(CLOSES, ORDERS[:-1] if lift in ("hết", "thôi") else ORDERS):
        text = order.format(lift=lift, close=close)
        closed = (
            [call for call in said(text).calls if call.name == "zone_close"] if said(text).kind == "propose" else []
        )
        assert not closed, text


@pytest.mark.parametrize("text", ["A2 dọn xong rồi, bỏ lệnh đóng đi", "A2 xong rồi, dẹp lệnh cấm giúp"])
def test_a_wish_to_lift_opens(text: str) -> None:
    assert calls(said(text)) == ("propose", [("zone_open", {"zone": "A2"})])


@pytest.mark.parametrize(
    ("text", "tool"),
    [("rút lại lệnh hủy đơn 412", "order_cancel"), ("bỏ lệnh hủy đơn 412 đi", "order_cancel"),
     ("bỏ lệnh dừng robot 5", "robot_pause"), ("gỡ lệnh tạm dừng cho con 5", "robot_pause"),
     ("hủy lệnh chạy tiếp của robot 5", "robot_resume"), ("rút lại lệnh mở lối A2", "zone_open"),
     ("hủy lệnh mở A2", "zone_open"), ("thôi hủy đơn 412 nữa", "order_cancel")],
)  # fmt: skip
def test_a_command_taken_back_is_not_proposed(text: str, tool: str) -> None:
    reading = said(text)
    assert reading.kind != "propose" or tool not in [call.name for call in reading.calls], text


@pytest.mark.parametrize(
    "text",
    ["7 giờ sáng mai chặn lối A1", "9 gio sang mai dong A2", "17 giờ đóng lối A2 nhé", "đúng 18 giờ khóa khối B1"],
)
def test_what_begins_later_is_refused(text: str) -> None:
    reading = said(text)
    assert (reading.kind, reading.why) == ("refuse", "later")


@pytest.mark.parametrize("text", ["thử thay đổi nhu cầu thì robot có kịp không", "giả sử khác đi thì có trễ không"])
def test_a_what_if_without_a_change_is_asked_back(text: str) -> None:
    assert said(text).kind in ("clarify", "refuse")
