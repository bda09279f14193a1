"""Several things wanted in one sentence: each thing belongs to its own verb; what has none is asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.mentions import Mentions
from amr_fleet.assistant.understanding import Understanding
from amr_fleet.assistant.wishes import count, only_listed, parted, several_wishes

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))


def ask(text: str) -> DialogueReply:
    return Conversation(user="hoa", role="operator").ask(UNDERSTANDING, text)


def proposed(text: str) -> list[tuple[str, dict[str, object]]]:
    return [(proposal.call.name, dict(proposal.call.args)) for proposal in ask(text).proposals]


def test_each_order_belongs_to_its_own_verb() -> None:
    raised = ("order_priority", {"order": "DH-0416", "priority": "high"})
    for text in (
        "Bỏ đơn 421, đơn 416 cho lên cao.",
        "Hủy đơn 421 rồi nâng đơn 416 lên cao",
        "hủy đơn 421 và đẩy đơn 416 lên đầu",
    ):
        assert proposed(text) == [("order_cancel", {"order": "DH-0421"}), raised]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Dừng robot 4, robot 5 cho chạy tiếp", ["robot_pause", "robot_resume"]),
        ("dong loi A2 va mo loi B1", ["zone_close", "zone_open"]),
        ("Đóng lối A2 và tạm dừng robot 5", ["zone_close", "robot_pause"]),
        ("Nhận cảnh báo 31, còn robot 5 cho dừng lại", ["alarm_ack", "robot_pause"]),
        ("ưu tiên đơn 416, đơn 420 để sau", ["order_priority", "order_priority"]),
    ],
)
def test_two_verbs_are_two_commands(text: str, names: list[str]) -> None:
    answer = ask(text)
    assert [proposal.call.name for proposal in answer.proposals] == names
    assert not answer.executed


def test_two_levels_stay_with_their_orders() -> None:
    levels = [args["priority"] for _, args in proposed("ưu tiên đơn 416, đơn 420 để sau")]
    assert levels == ["high", "low"]


@pytest.mark.parametrize("text", ["Hủy đơn 421 và 416", "Hủy đơn 421, đơn 416", "hủy đơn 421, đơn 416 luôn nhé"])
def test_one_verb_is_for_all_that_is_listed(text: str) -> None:
    assert [args["order"] for _, args in proposed(text)] == ["DH-0421", "DH-0416"]


@pytest.mark.parametrize(
    "text",
    [
        "Dừng robot 5, robot 6 nó hỏng rồi",
        "Hủy đơn 421, đơn 416 vẫn giữ",
        "Hủy đơn 421, đừng hủy đơn 416",
    ],
)
def test_a_thing_without_a_verb_of_its_own_is_asked_about(text: str) -> None:
    answer = ask(text)
    assert (answer.kind, answer.why, answer.proposals) == ("clarify", "unsure", ())


def test_a_reason_is_no_second_wish() -> None:
    assert [name for name, _ in proposed("Đóng lối A2, robot 6 đang kẹt ở đó")] == ["zone_close"]


@pytest.mark.parametrize("text", ["Nếu hủy đơn 421, đẩy đơn 416 lên thì sao?", "Ai hủy đơn 421 và dừng robot 5 vậy?"])
def test_what_is_supposed_or_asked_wants_nothing(text: str) -> None:
    assert ask(text).proposals == ()


def test_parts_are_cut_at_commas_and_joining_words() -> None:
    assert parted("bỏ đơn 421, rồi đơn 416 cho lên cao.") == ["bỏ đơn 421", "đơn 416 cho lên cao"]
    assert parted("dừng robot 4 và cho robot 5 chạy") == ["dừng robot 4", "cho robot 5 chạy"]
    assert parted("dừng robot 4") == ["dừng robot 4"]


def test_things_are_counted_and_lists_known() -> None:
    assert count(Mentions()) == 0
    assert count(Mentions(robots=["AMR-01"], orders=["DH-0412", "DH-0413"])) == 3
    assert only_listed(UNDERSTANDING.hear("và đơn 416 nữa nhé"))
    assert not only_listed(UNDERSTANDING.hear("đơn 416 cho lên cao"))


def test_one_part_is_left_to_the_plain_reading() -> None:
    heard = UNDERSTANDING.hear("Dừng robot 5")
    assert several_wishes(heard, [heard]) is None


def test_what_follows_about_the_same_kind_of_thing_is_not_taken_along() -> None:
    parts = [UNDERSTANDING.hear(text) for text in ("Dừng robot 5", "robot 6 nó hỏng rồi")]
    reading = several_wishes(UNDERSTANDING.hear("Dừng robot 5, robot 6 nó hỏng rồi"), parts)
    assert reading is not None
    assert (reading.kind, reading.why) == ("clarify", "unsure")
    reason = [UNDERSTANDING.hear(text) for text in ("Đóng lối A2", "robot 6 kẹt ở đó")]
    closed = several_wishes(UNDERSTANDING.hear("Đóng lối A2, robot 6 kẹt ở đó"), reason)
    assert closed is not None
    assert [call.name for call in closed.calls] == ["zone_close"]


def test_a_remark_before_the_verb_is_not_taken_along() -> None:
    answer = ask("Robot 5 bị kẹt, dừng robot 6 lại giùm")
    assert (answer.kind, answer.proposals) == ("clarify", ())
    assert [args["robot"] for _, args in proposed("Robot 5, robot 6 dừng lại")] == ["AMR-05", "AMR-06"]
