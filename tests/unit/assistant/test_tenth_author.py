"""What the questions of four more authors showed, in other sentences than theirs."""

from __future__ import annotations

from typing import Any

import pytest

from amr_fleet.assistant.patterns import Choice, letters, needed_words
from tests.unit.assistant.asked import calls, said


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        # a blank that is missing
        ("dh0417tới đâu rồi", "order_get", {"order": "DH-0417"}),
        ("hômnay có bao nhiêu đơn trễ", "orders_find", {"state": "late", "period": "today"}),
        ("robotnao dang ranh", "robots_list", {"state": "idle"}),
        # how it stands, asked by "tới đâu"
        ("sà lan SL-12 bốc tới đâu rồi em", "orders_find", {"barge": "SL-12"}),
        ("sao con so 3 ko chiu chay", "robot_why_waiting", {"robot": "AMR-03"}),
        # a guess, a reason, what it is for, what is left out
        ("tại sao robot 8 không chịu di chuyển, có phải bị kẹt không?", "robot_why_waiting", {"robot": "AMR-08"}),
        ("có đơn thép nào không, vì xe tôi chờ nãy giờ", "orders_find", {"goods": "thép"}),
        ("danh sách đơn trễ để tôi báo khách chiều nay", "orders_find", {"state": "late"}),
        ("bao nhiêu robot đang sạc, không tính con lỗi", "robots_list", {"state": "charging"}),
        ("báo cáo tình trạng robot số 9, em cần để ghi sổ giao ca", "robot_get", {"robot": "AMR-09"}),
        ("hôm nay có đơn nào thất bại không, nếu có thì là những đơn nào", "orders_find",
         {"state": "failed", "period": "today"}),
        ("cho em hỏi xíu, đơn 418 mấy giờ xong ạ", "order_eta", {"order": "DH-0418"}),
        # times
        ("tháng trước nữa năng suất bao nhiêu", "kpi", {"name": "throughput", "period": "2026-09"}),
        ("tuần trước nữa có mấy vụ suýt va", "kpi", {"name": "near_misses", "period": "2026-11-09/2026-11-15"}),
        ("hôm qua tới giờ giao được bao nhiêu đơn", "kpi",
         {"name": "throughput", "period": "2026-11-25T00:00+07:00/2026-11-26T15:10+07:00"}),
        ("cái container TCLU4567891 nãy giờ tìm không ra, ở đâu vậy", "cargo_where", {"container": "TCLU4567891"}),
        # words for places and loads
        ("trụ sạc thứ nhất rảnh không", "station_state", {"station": "CH1"}),
        ("cửa xuất nhập số tám rảnh chưa", "station_state", {"station": "D08"}),
        ("còn mấy đơn chưa được phân robot", "orders_find", {"state": "waiting"}),
        ("lô gạo hiện đang được cất giữ tại đâu trong kho", "cargo_where", {"goods": "gạo"}),
        ("cho tôi biết dãy A3 do ai đóng", "zones_list", {"state": "closed"}),
        ("thôi khỏi xem đơn 412 nữa, xem đơn 413 giùm", "order_get", {"order": "DH-0413"}),
    ],
)  # fmt: skip
def test_a_question_is_understood(text: str, name: str, args: dict[str, Any]) -> None:
    assert calls(said(text)) == ("tools", [(name, args)])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("kêu con 4 lại đây chở tui", "refuse"),  # a robot is sent nowhere: no "chạy tiếp"
        ("bảo con số 6 chạy qua cửa 3", "refuse"),
        ("robot 5 có kẹt không, nếu có thì dừng nó lại", "refuse"),
        ("khôngdừng robot 5", "refuse"),
        ("liệt kê robot, trừ mấy con đang sạc", "clarify"),
        ("robot 3 xinh hơn robot 5 nhiều", "clarify"),
        ("robot 9 dep hon robot 4 nhieu", "clarify"),
    ],
)
def test_what_is_not_offered_or_not_sure_is_no_call(text: str, kind: str) -> None:
    assert said(text).kind == kind


def test_a_blank_that_is_missing_makes_no_pause_at_once() -> None:
    reading = said("dừngrobot 5")
    assert (reading.kind, reading.at_once) == ("propose", False)


def test_a_pattern_says_which_words_it_needs() -> None:
    assert needed_words("ROBOT .. (vì sao|tại sao) .. đứng") == (
        frozenset({"ROBOT"}),
        frozenset({"vi", "tai"}),
        frozenset({"dung"}),
    )
    assert needed_words("^giúp$") == (frozenset({"giup"}),)
    assert needed_words("(đang |bị )*báo (lỗi )?gì chưa") == (frozenset({"chua"}),)
    assert needed_words("một|hai") == needed_words(r"\d+ %?") == needed_words("((mấy|bao nhiêu) đơn)?") == ()


@pytest.mark.parametrize("text", ["robot nao ranh", "ROBOT dang'd o'hr dau'cd", "12 don'dh", ""])
def test_a_choice_finds_what_its_patterns_find(text: str) -> None:
    texts = ["(robot|con) nào .. rảnh", "(robot|con) nào rảnh", "ROBOT .. (ở )?đâu", r"\d+ đơn"]
    assert Choice(texts).has(text, letters(text)) is bool(text)
    assert not Choice(texts).has("gao o cua 3", letters("gao o cua 3"))
