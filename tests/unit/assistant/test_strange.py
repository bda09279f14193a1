"""Words that tell something must be held by the call, what a question is about must be spoken of by its tool."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.assistant.accounts import unaccounted
from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.reading import Call, Reading
from amr_fleet.assistant.strange import strange, unused
from amr_fleet.assistant.tools import TOOLS
from amr_fleet.assistant.understanding import Understanding
from amr_fleet.assistant.wording import read

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))


def ask(text: str) -> DialogueReply:
    return Conversation(user="hoa", role="operator").ask(UNDERSTANDING, text)


def tools(*calls: Call) -> Reading:
    return Reading(kind="tools", calls=calls)


@pytest.mark.parametrize(
    ("text", "call", "left"),
    [
        ("robot nào đang rảnh", Call("robots_list"), ["ranh"]),
        ("robot nào đang rảnh", Call("robots_list", {"state": "idle"}), []),
        ("robot nào rảnh mà hỏng", Call("robots_list", {"state": "idle"}), ["hong"]),
        ("hôm nay có đơn nào thất bại", Call("orders_find", {"period": "today"}), ["bai"]),
        ("hôm nay có đơn nào thất bại", Call("orders_find", {"state": "failed", "period": "today"}), []),
        ("điện năng mỗi đơn hôm nay", Call("kpi", {"name": "energy_per_order"}), []),
        ("robot 6 đang rảnh", Call("robot_get", {"robot": "AMR-06"}), []),  # says it with every answer
    ],
)
def test_a_word_that_tells_something_is_held_by_the_call(text: str, call: Call, left: list[str]) -> None:
    assert unused(tools(call), UNDERSTANDING.hear(text)) == left


def test_commands_and_several_calls_are_not_looked_at() -> None:
    heard = UNDERSTANDING.hear("robot nào đang rảnh")
    assert not unused(Reading(kind="propose", calls=(Call("robots_list"),)), heard)
    assert not unused(tools(Call("robots_list"), Call("robots_list")), heard)
    assert not strange(Reading(kind="propose", calls=(Call("robots_list"),)), heard)


def test_words_that_no_pattern_of_the_tool_holds_are_strange() -> None:
    call = tools(Call("robots_list"))
    assert strange(call, UNDERSTANDING.hear("robot nào gugu lolo mumu"))
    assert not strange(call, UNDERSTANDING.hear("robot nào đang rảnh vậy em"))
    assert not strange(tools(Call("what_if")), UNDERSTANDING.hear("robot nào gugu lolo mumu"))


@pytest.mark.parametrize(
    ("text", "call", "kinds"),
    [
        ("cảnh báo của robot 11 nói gì", Call("robot_get", {"robot": "AMR-11"}), ["alarms"]),
        ("cảnh báo của robot 11 nói gì", Call("alarms_list", {"robot": "AMR-11"}), []),
        ("khi nào đơn 415 tới nơi", Call("station_state", {"station": "A2"}), ["when"]),
        ("đơn 420 hạn mấy giờ", Call("order_get", {"order": "DH-0420"}), []),  # a deadline is no arrival
        ("nếu đóng A2 thì sao", Call("station_state", {"station": "A2"}), ["supposing", "closings"]),
        ("trong kho co gi", Call("cargo_where", {}), []),  # without marks "trong" is no "trống"
        ("mở lại lối A2", Call("station_state", {"station": "A2"}), ["openings"]),
        ("kẹt nhau tuần trước mấy lần", Call("kpi", {"name": "throughput", "period": "last_week"}), []),
        ("suýt va chạm tháng này theo khu vực", Call("kpi", {"name": "near_misses", "period": "this_month"}), ["by"]),
    ],
)
def test_the_tool_speaks_of_what_a_question_is_about(text: str, call: Call, kinds: list[str]) -> None:
    assert list(unaccounted((call,), UNDERSTANDING.hear(text), "tools")) == kinds


@pytest.mark.parametrize("text", ["tháo rào đóng lối A2", "thông rồi chặn lối A2"])
def test_a_wish_with_words_for_its_opposite_closes_nothing(text: str) -> None:
    assert not any(proposal.call.name == "zone_close" for proposal in ask(text).proposals)


def test_the_tools_of_the_word_lists_are_there() -> None:
    named = {tool for subject in read("subjects.yaml").values() for tool in subject["tools"].split()}
    assert named | set(read("own_words.yaml")) <= set(TOOLS)
