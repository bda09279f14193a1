"""A short sentence adds to the one before or puts it right; a whole sentence stands alone; nothing is ever done so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from amr_fleet.assistant.amending import amended, corrects, refines
from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.evaluate import Evaluation, load_facts, load_rows
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.understanding import Understanding

EVAL = Path(__file__).parents[3] / "eval"
FACTS = load_facts(EVAL / "state.json")
UNDERSTANDING = Understanding(FACTS)


def talk(*texts: str, after_s: float = 10.0) -> DialogueReply:
    conversation = Conversation(user="hoa", role="operator")
    answers = [conversation.ask(UNDERSTANDING, text, at=after_s * at) for at, text in enumerate(texts)]
    assert not answers[-1].executed
    return answers[-1]


def calls(answer: DialogueReply) -> list[Call]:
    return [proposal.call for proposal in answer.proposals] or list(answer.calls)


@pytest.mark.parametrize(
    ("texts", "name", "args"),
    [
        (
            ("Năng suất hôm nay thế nào?", "hôm qua thì sao?", "chia theo ca giúp tôi"),
            "kpi",
            {"name": "throughput", "period": "yesterday", "by": "shift"},
        ),
        (("robot nào pin dưới 40%?", "dưới 30 thôi"), "robots_list", {"battery_below": 30.0}),
        (
            ("Tuần trước có sự cố gì không?", "riêng con 8 thôi"),
            "incidents_list",
            {"robot": "AMR-08", "period": "last_week"},
        ),
        (
            ("Liệt kê đơn của SL-12", "chỉ lấy đơn chưa xong", "trước bốn giờ rưỡi thôi"),
            "orders_find",
            {"barge": "SL-12", "state": "open", "due_before": "2026-11-26T16:30+07:00"},
        ),
        (
            ("Nếu đóng lối A1 thì có trễ đơn nào không?", "trong nửa tiếng thôi", "còn nếu là A3?"),
            "what_if",
            {"close": "A3", "minutes": 30.0},
        ),
        (("thêm 10 đơn gạo thì có kịp không?", "nếu 20 đơn?"), "what_if", {"add_orders": 20, "goods": "gạo"}),
        (("Cửa 2 trống chưa?", "à ý tôi là cửa 3"), "station_state", {"station": "D03"}),
        (("Đơn 412 tới đâu rồi?", "mấy giờ thì xong?"), "order_eta", {"order": "DH-0412"}),
        (("Đơn 412 tới đâu rồi?", "xe nào chở nó?"), "order_get", {"order": "DH-0412"}),
        (("Đóng lối A3 lại", "ý tôi là B3", "20 phút thôi"), "zone_close", {"zone": "B3", "minutes": 20.0}),
        (
            ("Đóng lối qua 90 phía bắc 10 phút", "không, phía nam mới phải"),
            "zone_close",
            {"zone": "crossing_90_south", "minutes": 10.0},
        ),
        (("Dừng robot 6", "không, robot 5 cơ"), "robot_pause", {"robot": "AMR-05"}),
        (
            ("Đưa đơn 416 lên ưu tiên cao", "à nhầm, 419 mới đúng"),
            "order_priority",
            {"order": "DH-0419", "priority": "high"},
        ),
        (("lam bao cao thang 10", "khong, thang 9 moi dung"), "report_make", {"kind": "monthly", "period": "2026-09"}),
        (("làm báo cáo tháng 10", "không, hôm qua cơ"), "report_make", {"kind": "daily", "period": "yesterday"}),
        (("làm báo cáo hôm qua", "không, ca trước cơ"), "report_make", {"kind": "shift", "period": "shift:previous"}),
        (
            ("làm báo cáo sự cố tháng 10", "không, hôm qua cơ"),
            "report_make",
            {"kind": "incident", "period": "yesterday"},
        ),
        (
            ("làm báo cáo tháng 10", "bằng excel nhé"),
            "report_make",
            {"kind": "monthly", "period": "2026-10", "format": "xlsx"},
        ),
        (
            ("Tạo đơn chở gạo từ cửa 6", "vào A3 đông", "3 pallet nhé"),
            "order_create",
            {"from": "D06", "to": "A3E", "goods": "gạo", "qty": 3},
        ),
        (
            ("tạo đơn 2 pallet trái cây từ cửa 2 vào B2", "đổi thành B4 đi", "hạn 5 giờ chiều"),
            "order_create",
            {"from": "D02", "to": "B4", "goods": "trái cây", "qty": 2, "due": "2026-11-26T17:00+07:00"},
        ),
    ],
)
def test_what_was_said_is_amended(texts: Sequence[str], name: str, args: dict[str, str | float | int]) -> None:
    assert calls(talk(*texts)) == [Call(name, dict(args))]


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (("Năng suất hôm nay thế nào?", "Robot 6 đang ở đâu?"), "robot_get"),
        (("Đóng lối A3 lại", "cửa 7 có trống không?"), "station_state"),
        (("Đóng lối A3 lại", "hủy đơn 421"), "order_cancel"),
        (("Tuần này có sự cố gì không?", "ca trước năng suất sao?"), "kpi"),
    ],
)
def test_a_whole_sentence_stands_alone(texts: Sequence[str], name: str) -> None:
    assert [call.name for call in calls(talk(*texts))] == [name]


def test_it_is_forgotten_after_five_minutes() -> None:
    assert calls(talk("Đóng lối A3 lại", "20 phút thôi", after_s=301.0)) == []
    assert calls(talk("20 phút thôi")) == []


def test_nothing_new_amends_nothing() -> None:
    heard = UNDERSTANDING.hear("thôi nhé")
    for name in ("kpi", "zone_close", "help", "order_create", "shift_summary"):
        assert amended(Call(name, {"name": "throughput"} if name == "kpi" else {}), heard, ()) is None
    same = UNDERSTANDING.hear("lối A3")
    assert amended(Call("zone_close", {"zone": "A3"}), same, ()) is None
    south = UNDERSTANDING.hear("phía nam")
    assert amended(Call("zone_close", {"zone": "A3"}), south, ("A3_south",)) is None
    assert amended(Call("zone_close", {"zone": "a_north"}), south, ()) is None, "there is no such zone"


def test_an_order_that_lacks_an_end_is_asked_for() -> None:
    made = amended(Call("order_create", {"from": "D06"}), UNDERSTANDING.hear("3 pallet"), ())
    assert made is not None
    assert (made.kind, made.why, made.calls[0].args) == ("clarify", "need_to", {"from": "D06", "qty": 3})


@pytest.mark.parametrize(("text", "corrected", "refined"), [
    ("không, robot 5 cơ", True, True), ("20 phút thôi", False, True),
    ("cho tôi xem tất cả các đơn đang trễ của hôm nay với", False, False),
])  # fmt: skip
def test_cues(text: str, corrected: bool, refined: bool) -> None:
    heard = UNDERSTANDING.hear(text)
    assert (corrects(heard), refines(heard)) == (corrected, refined)


def test_the_dialogues_of_another_author() -> None:
    outcomes = Evaluation(FACTS).run(load_rows(EVAL / "dialogues_2.jsonl"))
    assert len(outcomes) >= 100
    assert sum(row["right"] for row in outcomes) >= len(outcomes) - 3
    executed = [call for row in outcomes for call in row["executed"]]
    assert [call["name"] for call in executed] == ["robot_pause"] * 2  # each an operator's own "dừng robot N"


def test_the_dialogues_of_a_fourth_author() -> None:
    outcomes = Evaluation(FACTS).run(load_rows(EVAL / "dialogues_3.jsonl"))
    assert len(outcomes) == 55
    assert sum(row["right"] for row in outcomes) >= 48
    assert [call["name"] for row in outcomes for call in row["executed"]] == ["robot_pause"]


@pytest.mark.parametrize(
    ("before", "more", "call"),
    [
        ("dừng robot 5 giùm", "con 1 nữa", Call("robot_pause", {"robot": "AMR-01"})),
        ("nhận cảnh báo 31", "cái 33 luôn", Call("alarm_ack", {"alarm": "CB-33"})),
        ("hủy đơn 413", "đơn 415 luôn nhé", Call("order_cancel", {"order": "DH-0415"})),
        ("hủy cái đơn đi chị", "đơn 415 á", Call("order_cancel", {"order": "DH-0415"})),
    ],
)
def test_one_more_thing_is_a_proposal_of_its_own(before: str, more: str, call: Call) -> None:
    conversation = Conversation(user="hoa", role="operator")
    first = conversation.ask(UNDERSTANDING, before)
    answer = conversation.ask(UNDERSTANDING, more, at=5.0)
    assert ([one.call for one in answer.proposals], answer.executed) == ([call], ())
    waiting = [one.call for one in conversation.proposals.values()]
    assert waiting == [*(one.call for one in first.proposals if not first.executed), call]


def test_one_more_thing_behind_nothing_or_as_a_question_is_no_wish() -> None:
    for text in ("con 1 nữa", "cái 33 luôn", "đơn 415 á"):
        assert Conversation(user="hoa", role="operator").ask(UNDERSTANDING, text).proposals == ()
    conversation = Conversation(user="hoa", role="operator")
    conversation.ask(UNDERSTANDING, "hủy đơn 413")
    assert conversation.ask(UNDERSTANDING, "đơn 415 nữa sao?", at=5.0).proposals == ()
