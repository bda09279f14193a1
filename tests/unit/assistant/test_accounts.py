"""Each kind of thing that a reading may leave out of a sentence is noticed; what it says is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.assistant.accounts import unaccounted
from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.tools import run
from amr_fleet.assistant.understanding import Understanding

FACTS = load_facts(Path(__file__).parents[3] / "eval" / "state.json")
UNDERSTANDING = Understanding(FACTS)


def ask(text: str) -> DialogueReply:
    return Conversation(user="hoa", role="operator").ask(UNDERSTANDING, text)


@pytest.mark.parametrize(
    ("text", "call", "kind"),
    [
        ("mấy tuần đầu năng suất sao", Call("kpi", {"name": "throughput"}), "time"),
        ("năng suất từ hôm qua tới giờ", Call("kpi", {"name": "throughput"}), ""),  # the period took the words
        ("kệ đó có sáu chỗ trống", Call("station_state"), "number"),
        ("nửa tiếng nữa robot 12 ở đâu", Call("robot_get", {"robot": "AMR-12"}), "soon"),
        ("khi nào có robot rảnh", Call("robots_list", {"state": "idle"}), "when"),
        ("năng suất ở đâu", Call("kpi", {"name": "throughput"}), "where"),
        ("vì sao robot nào cũng chậm", Call("robots_list"), "why"),
        ("xe nào đang sạc", Call("robots_list"), "state"),
        ("xe nào đang sạc", Call("robots_list", {"state": "charging"}), ""),
        ("đơn nào trừ cửa 3", Call("orders_find", {"to": "D03"}), "but"),
    ],
)
def test_what_is_left_out_is_named(text: str, call: Call, kind: str) -> None:
    assert list(unaccounted((call,), UNDERSTANDING.hear(text), "tools")) == ([kind] if kind else [])


def test_a_proposal_is_only_held_to_its_numbers() -> None:
    heard = UNDERSTANDING.hear("khi nào có robot rảnh")
    assert list(unaccounted((Call("robots_list"),), heard, "propose")) == []


@pytest.mark.parametrize(
    "text",
    [
        "Đọc cho tôi nội dung đơn DH-0419",
        "Lối nào đang đóng, để tôi nhắc anh em xe nâng đi vòng",
        "Thuyền trưởng sà lan hỏi đơn 412 khi nào ra tới nơi, trả lời sao?",
        "ca sang nay lam duoc gi",
    ],
)
def test_who_asks_and_what_for_raises_no_doubt(text: str) -> None:
    assert ask(text).kind == "tools"


def test_where_no_rule_is_heavy_the_learnt_reader_says_what_is_meant() -> None:
    answer = ask("doi xe bua nay")
    assert [call.name for call in answer.calls] == ["fleet_status"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hôm qua mình mơ thấy hủy đơn 412", "negated"),
        ("khong duoc huy don 420 nghe chua", "negated"),
        ("mai nhớ tạo đơn gạo cửa 6 qua A3 đông nha", "later"),
        ("cho con 12 đi sạc dùm cái, pin yếu r", "not_offered"),
        ("assign order 420 cho AMR-09 giúp anh", "not_offered"),
        ("Mở camera cửa năm cho tui coi hình chút nghen", "not_offered"),
        ("Tháng này lương ca đêm được tính bao nhiêu?", "out_of_scope"),
    ],
)
def test_what_is_told_or_not_offered_is_refused(text: str, why: str) -> None:
    answer = ask(text)
    assert (answer.kind, answer.why) == ("refuse", why)


def test_only_a_robot_that_is_named_is_paused_at_once() -> None:
    talk = Conversation(user="hoa", role="operator")
    talk.ask(UNDERSTANDING, "Con 9 đang làm gì?")
    meant = talk.ask(UNDERSTANDING, "dừng nó lại", at=5.0)
    assert [proposal.call for proposal in meant.proposals] == [Call("robot_pause", {"robot": "AMR-09"})]
    assert not meant.executed
    assert talk.ask(UNDERSTANDING, "Dừng robot 9", at=10.0).executed


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("Đơn 420 bỏ, khách đổi kế hoạch rồi", "order_cancel", {"order": "DH-0420"}),
        (
            "Xe tải của đơn 421 đậu ngoài nắng cả giờ rồi, cho đơn đó lên ưu tiên cao",
            "order_priority",
            {"order": "DH-0421", "priority": "high"},
        ),
    ],
)
def test_a_wish_with_its_reason_is_proposed(text: str, name: str, args: dict[str, str]) -> None:
    answer = ask(text)
    assert [proposal.call for proposal in answer.proposals] == [Call(name, dict(args))]


def test_what_lets_somebody_drive_is_asked_back_when_half_a_sentence_says_it() -> None:
    answer = ask("Lối B3 không còn ai làm nữa mà, mở ra cho xe chạy")
    assert (answer.kind, answer.why, answer.choices) == ("clarify", "unsure", ("Mở khu vực: B3",))


def test_taking_priority_away_cancels_nothing() -> None:
    made = [proposal.call for proposal in ask("Bỏ ưu tiên đơn 412 đi").proposals]
    assert made == [Call("order_priority", {"order": "DH-0412", "priority": "normal"})]


@pytest.mark.parametrize("text", ["Xe nào trên 80% pin?", "xe nào đang chở gạo"])
def test_a_share_or_goods_that_no_list_of_robots_has_is_asked_about(text: str) -> None:
    assert (ask(text).kind, ask(text).why) == ("clarify", "unsure")


def test_goods_that_begin_like_an_order_are_goods() -> None:
    assert ask("Đơn hàng lạnh nào đang chạy?").calls[0].args == {"goods": "hàng lạnh", "state": "active"}


@pytest.mark.parametrize(
    ("source", "zones"),
    [("camera", ["crossing_30_south"]), ("C12", ["crossing_30_south"]), ("person", ["A2"]), ("C01", [])],
)
def test_areas_are_listed_by_who_set_them(source: str, zones: list[str]) -> None:
    assert [row["zone"] for row in run(FACTS, Call("zones_list", {"source": source})).rows] == zones


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("Từ ngày 1 đến ngày 15 tháng 11, điện tiêu thụ cho mỗi đơn là bao nhiêu?", "2026-11-01/2026-11-15"),
        ("năng suất từ 20/11 đến 24/11", "2026-11-20/2026-11-24"),
        ("năng suất ngày 25/11", "2026-11-25/2026-11-25"),
        ("Sáng nay từ 9 tới 11 giờ năng suất sao?", "2026-11-26T09:00+07:00/2026-11-26T11:00+07:00"),
    ],
)
def test_spans_of_days(text: str, period: str) -> None:
    assert ask(text).calls[0].args["period"] == period
