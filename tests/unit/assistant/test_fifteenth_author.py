"""What the questions of four more authors showed, in other sentences: times of remarks, polite wishes, doubts."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from amr_fleet.assistant import learnt_call
from amr_fleet.assistant.corrections import corrected
from amr_fleet.assistant.learnt_call import unlikely
from amr_fleet.assistant.learnt_reader import TOOL
from amr_fleet.assistant.reading import Call, Reading
from amr_fleet.assistant.remarks import has_its_own_time
from tests.unit.assistant.asked import UNDERSTANDING, calls, said


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        # a time, a state or a place that is only the remark's
        ("Tàu SL-07 năm giờ phải rời bến rồi, chủ tàu hối quá, còn đơn nào của SL-07 chưa xong?", "orders_find",
         {"barge": "SL-07", "state": "open"}),
        ("Chủ hàng ngồi đợi từ trưa tới giờ, vậy SL-12 còn những đơn nào chưa xong?", "orders_find",
         {"barge": "SL-12", "state": "open"}),
        ("Ba tài xế gạo đang đợi ngoài cổng, đơn gạo nào còn chưa xong?", "orders_find",
         {"goods": "gạo", "state": "open"}),
        ("Pallet 893850000000000017 đáng lẽ nằm ở A1 tây mà không thấy, nó đâu rồi?", "cargo_where",
         {"sscc": "893850000000000017"}),
        ("Có con nào trên lối B2 không, tôi sắp chạy xe nâng vô đó", "robots_list", {"place": "B2"}),
        ("tau phai di luc 5 gio chieu nay, cho toi biet don nao co han truoc gio do", "orders_find",
         {"due_before": "2026-11-26T17:00+07:00"}),
        ("Hôm qua tôi nghỉ, có đơn nào bị hủy không?", "orders_find", {"state": "cancelled", "period": "yesterday"}),
        # what is supposed
        ("Con 2 hư, con 9 mất sóng, bỏ hai con đó ra thì phần còn lại có kịp không?", "what_if",
         {"remove_robots": ["AMR-02", "AMR-09"]}),
        ("Trụ CH2 kêu rè rè, nếu tháo nó ra một tiếng thì có ảnh hưởng gì không?", "what_if",
         {"remove_chargers": "CH2", "minutes": 60.0}),
        ("Nếu con số 5 nghỉ hai tiếng thì có trễ không?", "what_if", {"remove_robots": "AMR-05", "minutes": 120.0}),
        ("lo hong ca CH3 lan CH4 thi anh huong sao", "what_if", {"remove_chargers": ["CH3", "CH4"]}),
        ("gia su co 15 don gao nua tu gio toi 7 gio toi thi kip khong", "what_if",
         {"add_orders": 15, "goods": "gạo", "until": "2026-11-26T19:00+07:00"}),
        ("Mưa nên tàu dồn lại, đơn chắc tăng thêm 30 phần trăm, đội xe chịu nổi không?", "what_if",
         {"demand_factor": 1.3}),
        # times and words
        ("thang 6 ton dien moi don bao nhieu", "kpi", {"name": "energy_per_order", "period": "2026-06"}),
        ("Dự báo pin cả đội lúc 21 giờ, trước khi giao ca", "battery_forecast", {"until": "2026-11-26T21:00+07:00"}),
        ("cn 5 s dug im re z", "robot_why_waiting", {"robot": "AMR-05"}),
        ("Warning nào hôm qua", "alarms_list", {"severity": "warning", "period": "yesterday"}),
        ("Anh Hòa khóa lối B1 tới mấy giờ?", "zones_list", {"state": "closed"}),
        ("neu tat bo sac CH2 thi co sao khong", "what_if", {"remove_chargers": "CH2"}),
        ("don xi mang nao chua co xe nhan", "orders_find", {"goods": "xi măng", "state": "waiting"}),
    ],
)  # fmt: skip
def test_it_is_answered(text: str, name: str, args: dict[str, Any]) -> None:
    assert calls(said(text)) == ("tools", [(name, args)])


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("Bánh con 4 kêu lọc cọc, tôi phải cúi xuống coi, tạm dừng nó giùm tôi được không?", "robot_pause",
         {"robot": "AMR-04"}),
        ("Tàu sắp đi, đơn 0417 mà chạy theo thứ tự thì trễ, đẩy nó lên ưu tiên cao được không?", "order_priority",
         {"order": "DH-0417", "priority": "high"}),
        ("Close crossing_90_south 20 phút để team thử camera", "zone_close",
         {"zone": "crossing_90_south", "minutes": 20.0, "reason": "team thử camera"}),
        ("Chạy giùm tôi cái báo cáo hôm qua", "report_make", {"kind": "daily", "period": "yesterday"}),
        ("tạo đơn 3 pallet phan bon từ X ra D05", "order_create",
         {"goods": "phân bón", "qty": 3, "from": "X", "to": "D05"}),
    ],
)  # fmt: skip
def test_it_is_proposed_and_never_done_at_once(text: str, name: str, args: dict[str, Any]) -> None:
    reading = said(text)
    assert calls(reading) == ("propose", [(name, args)])
    assert not reading.at_once


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        # which of them, nobody said
        ("dừng con 3 hay con 7 gì đó", "clarify"),
        ("hủy đơn 415 hoặc đơn 417 đi", "clarify"),
        ("Đóng giúp tôi một lối bên kho A trong 20 phút", "clarify"),
        ("tạo đơn 2 pallet ống nhựa từ X ra D07", "clarify"),
        # not offered
        ("Camera C11 giữ lối hoài mà có ai đâu, bỏ cái chặn đó đi cho con 3 qua", "refuse"),
        ("bo vung cam cua camera C04 di", "refuse"),
        ("Nâng tốc độ tối đa của mấy con robot lên giùm", "refuse"),
        ("chuyển đơn 418 qua cho con 4 chạy được không", "refuse"),
        ("Xóa vụ suýt va hồi trưa khỏi sổ giúp, đừng để ai thấy", "refuse"),
        ("Đặt giùm tôi ly cà phê sữa coi", "refuse"),
    ],
)
def test_nothing_is_done_or_answered_that_was_not_said(text: str, kind: str) -> None:
    assert said(text).kind == kind


def test_a_wish_that_is_polite_lets_nobody_drive() -> None:
    """ "..., cho nó chạy tiếp giùm được không?" is asked back: only what stops or orders is proposed so."""
    assert said("Con 5 đậu giữa lối, thợ coi rồi, cho nó chạy tiếp giùm tôi được không?").kind != "propose"
    assert said("Khách đổi ý, đơn 420 nằm đó, hủy nó giúp tôi được không?").kind != "propose"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("không phải amr-03, chiếc tôi hỏi là amr-08: pin còn bao nhiêu", "amr-08: pin còn bao nhiêu"),
        ("không phải đơn 415, đơn em hỏi là đơn 417, tới đâu rồi", "đơn 417, tới đâu rồi"),
        ("dừng robot 5, không phải robot 12", "dừng robot 5, không phải robot 12"),
    ],
)
def test_what_is_not_meant_is_not_asked(text: str, meant: str) -> None:
    assert corrected(text) == meant


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("tàu bốn giờ rưỡi cắt máng rồi", True), ("chủ hàng hối từ trưa tới giờ", True), ("hôm qua tôi nghỉ", False),
        ("lúc 5 giờ", False), ("tối nay phải rút ruột cho xong", True),
    ],
)  # fmt: skip
def test_a_remark_has_its_own_time(text: str, own: bool) -> None:
    assert has_its_own_time(UNDERSTANDING.hear(text)) is own


@pytest.mark.parametrize(("share", "kind"), [(0.49, "clarify"), (0.5, "tools")])
def test_an_answer_to_a_part_is_asked_back_where_another_tool_is_likelier(share: float, kind: str) -> None:
    reader = mock.Mock(shares=lambda _: {TOOL: {"tools:robots_list": share, "tools:fleet_status": 1.0}})
    reading = Reading(kind="tools", calls=(Call("robots_list", {"state": "moving"}),))
    with mock.patch.object(learnt_call, "learnt_reader", return_value=reader):
        assert unlikely(reading, UNDERSTANDING.hear("bao nhiêu con chạy")).kind == kind


@pytest.mark.parametrize(("tool", "kind"), [("robot_resume", "clarify"), ("robot_pause", "propose")])
def test_a_wish_is_asked_back_where_it_is_likelier_a_question_but_no_pause(tool: str, kind: str) -> None:
    reader = mock.Mock(shares=lambda _: {TOOL: {f"propose:{tool}": 0.1, "tools:robot_get": 0.7}})
    reading = Reading(kind="propose", calls=(Call(tool, {"robot": "AMR-05"}),))
    with mock.patch.object(learnt_call, "learnt_reader", return_value=reader):
        assert unlikely(reading, UNDERSTANDING.hear("con 5 đang hư hay chạy lại rồi")).kind == kind


def test_a_night_shift_began_the_evening_before() -> None:
    reading = said("Hồi khuya ca đêm vừa rồi có gì không, tóm tắt ca đêm coi")
    assert reading.calls[0].name == "shift_summary"
    assert reading.calls[0].args.get("date", "2026-11-25") == "2026-11-25"
