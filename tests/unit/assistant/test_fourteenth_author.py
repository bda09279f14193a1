"""What the questions of four more authors showed, in other sentences: reasons first, corrections, asides."""

from __future__ import annotations

from typing import Any

import pytest

from amr_fleet.assistant.corrections import corrected
from amr_fleet.assistant.reading import Call, Reading
from amr_fleet.assistant.several import joined
from tests.unit.assistant.asked import UNDERSTANDING, calls, said


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("amr-03, à quên, amr-05 đang ở đâu", "amr-05 đang ở đâu"),
        ("dừng robot 5 lại, à nhầm, số 12 mới phải", "dừng robot số 12 lại"),
        ("dung robot so 5 lai, a nham, so 12 moi phai", "dung robot so 12 lai"),
        ("con 8, à con 9 chứ, pin nó còn bao nhiêu", "con 9, pin nó còn bao nhiêu"),
        ("năng suất hôm qua... à không hôm nay thế nào", "năng suất hôm nay thế nào"),
        ("báo cáo tuần trước, à nhầm, tuần này", "báo cáo tuần này"),
        ("đóng b1 đến 4 giờ, à không, 5 giờ", "đóng b1 đến 5 giờ"),
        ("đóng b1 30 phút, nhầm, 45 phút", "đóng b1 45 phút"),
        ("chở 2 pallet gạo từ b1 ra d10, à không, 3 pallet", "chở 3 pallet gạo từ b1 ra d10"),
        ("chở gạo từ b1 ra d10, à quên, xi măng", "chở xi măng từ b1 ra d10"),
        ("chở gạo từ b1 ra d10, à nhầm, từ b2", "chở gạo từ b2 ra d10"),
        ("đơn 412 ưu tiên cao, à không, thấp thôi", "đơn 412 thấp thôi"),
        ("xe lùi vào cửa 8, vị trí 1, à vị trí 2 mới phải, trống chưa", "xe lùi vào cửa 8, vị trí 2, trống chưa"),
        ("tôi nhầm đơn 415 với 417, cái tôi cần là 417, nó tới đâu", "đơn 417, nó tới đâu"),
        ("con 4, à quên, con 5, à không, con 6 ở đâu", "con 6 ở đâu"),
    ],
)
def test_the_last_word_counts_where_the_first_stood(text: str, meant: str) -> None:
    assert corrected(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "robot 6 chạy, à không, dừng robot 5 nhé", "sao robot 6 dừng à không dừng robot 6 nhé",
        "đơn 412 không phải 413 đâu", "robot 6 ở đâu, à không, đơn 412 bao giờ xong", "dừng robot 6, à không cần nữa",
        "đơn 412 tới chưa? nhầm, 413", "con 4 với con 5, con nào rảnh", "à nhầm, 419 mới đúng",
    ],
)  # fmt: skip
def test_what_corrects_nothing_stays(text: str) -> None:
    assert corrected(text) == text


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        # reasons first, the question last
        ("Sắp có sà lan xi măng vô bến, hiện giờ con nào đang rảnh?", "robots_list", {"state": "idle"}),
        ("Xi măng dồn ở D06 là anh lo rồi, đơn xi măng nào còn đang chờ?", "orders_find",
         {"goods": "xi măng", "state": "waiting"}),
        ("Tôi tính đường cho AMR-03 mà rối quá, lối nào đang bị hạn chế vậy?", "zones_list", {"state": "restricted"}),
        ("Anh vừa vào ca, cho xem mấy báo động đã có người nhận rồi", "alarms_list", {"state": "acked"}),
        ("Em vừa ăn cơm xong, kể em nghe các đơn ưu tiên cao đang chạy", "orders_find",
         {"priority": "high", "state": "active"}),
        ("Tối nay thêm sà lan nên tôi lo, nếu thêm 30 đơn gạo thì đến 20 giờ có làm hết không?", "what_if",
         {"add_orders": 30, "goods": "gạo", "until": "2026-11-26T20:00+07:00"}),
        ("anh đang viết báo cáo, số lần dừng bảo vệ hôm nay chia theo khu cho anh", "kpi",
         {"name": "protective_stops", "period": "today", "by": "zone"}),
        ("Danh sách robot đang hỏng, kèm phần trăm pin từng con.", "robots_list", {"state": "fault"}),
        ("Sà lan phân bón sắp vô mà em chưa có xe, bây giờ chiếc nào rảnh?", "robots_list", {"state": "idle"}),
        ("Tài công đang hỏi, cho xem mấy đơn của sà lan SL-07", "orders_find", {"barge": "SL-07"}),
        # words
        ("don nao cho phan bon", "orders_find", {"goods": "phân bón"}),
        ("pallet để sai chỗ tháng này bao nhiêu, HQ bắt bẻ hoài", "kpi",
         {"name": "misplaced_pallets", "period": "this_month"}),
    ],
)  # fmt: skip
def test_the_question_is_answered_without_its_reasons(text: str, name: str, args: dict[str, Any]) -> None:
    assert calls(said(text)) == ("tools", [(name, args)])


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("Chị Lan báo lau xong rồi, không cần chờ đến 5 giờ nữa, mở lại lối A2 đi em", "zone_open", {"zone": "A2"}),
        ("Tôi lỡ tay tạo trùng, đơn 0420 rút lại giúp nhé", "order_cancel", {"order": "DH-0420"}),
        ("Thôi khỏi làm cái đơn 0420 nữa, bỏ luôn đi", "order_cancel", {"order": "DH-0420"}),
        ("Trại nuôi nhắn là không có gì phải vội, nên em tạo đơn chở một pallet gạo từ B1 ra D10, ưu tiên thường thôi.",
         "order_create", {"goods": "gạo", "qty": 1, "from": "B1", "to": "D10", "priority": "normal"}),
        ("Dừng con AMR-09 giúp em, em cần cập nhật firmware", "robot_pause", {"robot": "AMR-09"}),
    ],
)  # fmt: skip
def test_a_wish_is_proposed_without_its_reasons(text: str, name: str, args: dict[str, Any]) -> None:
    reading = said(text)
    assert calls(reading) == ("propose", [(name, args)])
    assert not reading.at_once or not text.startswith(("Chị", "Tôi", "Thôi", "Trại"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("So giúp anh: đóng B2 một tiếng hay đóng B3 một tiếng thì lợi hơn?", "clarify"),
        ("làm báo cáo cho chị với", "clarify"),  # of what, nobody said
        ("cái xe đó sao rồi, cái xe hồi nãy anh nói á?", "clarify"),
        ("dừng robot 9, cập nhật firmware cho nó", "refuse"),
        ("Nút dừng khẩn cấp của con 8 đang bị ấn mà thợ ở xa, em nhả nó ra giúp chị", "refuse"),
        ("Bypass camera ở giao lộ 30 phía nam cho xe qua", "refuse"),
        ("khoan đã, đừng hủy đơn 412", "refuse"),
        ("Chở giùm mấy bao gạo xuống ghe với, ghe đợi rồi", "clarify"),
    ],
)
def test_nothing_is_done_or_answered_that_was_not_said(text: str, kind: str) -> None:
    assert said(text).kind == kind


def test_counts_of_the_fleet_are_no_second_question() -> None:
    one, other = (Reading(kind="tools", calls=(call,)) for call in _COUNTED)
    heard = UNDERSTANDING.hear("tổng quan đội xe: bao nhiêu con chạy, bao nhiêu con dừng")
    assert joined(one, other, heard) == one
    assert joined(one, other, UNDERSTANDING.hear("tình hình chung, con nào đang dừng")) != one


_COUNTED = (Call("fleet_status"), Call("robots_list", {"state": "waiting"}))
