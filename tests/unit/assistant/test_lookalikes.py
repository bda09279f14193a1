"""Codes that look like names of the site's things and are none: nothing else takes their place, and it is said."""

from __future__ import annotations

import pytest

from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.lookalikes import codes_like
from tests.unit.assistant.asked import UNDERSTANDING

LOAD, BOX = "893850000000000024", "TCLU4567891"


def answer(text: str) -> DialogueReply:
    return Conversation(user="lan", role="operator").ask(UNDERSTANDING, text, at=0.0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f"chở thùng {LOAD} từ B2E sang D03", "B2E"),  # the book knows where it is: A1W was proposed
        (f"lấy kiện {LOAD} ở B2E giao D03", "B2E"),
        (f"chở kiện {LOAD} từ dãy B9 sang D03", "B9"),
        (f"giao kiện {LOAD} từ A1W_9 sang D03", "A1W_9"),
        (f"Chuyển container {BOX} từ B9 qua D03", "B9"),
        (f"chuyen container {BOX} tu b9 qua d03", "B9"),
        (f"đem container {BOX} ở D22 về B2", "D22"),  # D02_2 was proposed
        ("đóng X7", "X7"),
        ("mở lối A9", "A9"),
        ("dong loi b9 30 phut", "B9"),
        ("nếu mất trạm sạc CH9 thì sao", "CH9"),
        ("đơn nào đi D33?", "D33"),
        ("robot nào ở B2E", "B2E"),
        ("phân bón ở B2E còn không", "B2E"),
        ("sự cố ở B2E tuần này", "B2E"),
        ("camera C99 đang giữ chỗ nào", "C99"),
        ("CB-99 là cảnh báo gì", "CB-99"),
        ("chở xi măng của SL-99 từ X tới D07", "SL-99"),
    ],
)
def test_what_is_not_there_is_said_by_its_name_and_nothing_else_is_taken_for_it(text: str, named: str) -> None:
    said = answer(text)
    assert (said.kind, said.why) == ("clarify", "no_such_thing"), said
    assert named in said.text
    assert not said.proposals


@pytest.mark.parametrize("text", ["xác nhận cảnh báo CB-99", "nhận cảnh báo 99", "dong loi c3", "dừng robot 27"])
def test_a_command_about_what_is_not_there_is_no_proposal(text: str) -> None:
    assert answer(text).kind == "clarify"


@pytest.mark.parametrize(
    ("text", "place"), [("đóng A2", "A2"), (f"chở kiện {LOAD} từ A1W_2 sang D03", "A1W_2"), ("đóng D12_1", "D12_1")]
)
def test_what_is_there_is_found_as_before(text: str, place: str) -> None:
    [made] = answer(text).proposals
    assert place in made.call.args.values()


def test_where_nothing_is_named_with_a_number_no_code_is_strange() -> None:
    assert codes_like(("SE", "fire_opening_south")) is None
