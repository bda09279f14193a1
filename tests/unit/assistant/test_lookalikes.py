"""Codes that look like names of the site's things and are none: nothing else takes their place, and it is said."""

from __future__ import annotations

import pytest

from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.lookalikes import codes_like
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import AlarmRow
from amr_fleet.assistant.understanding import Understanding
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
    said = answer(text)
    assert said.kind == "clarify"
    assert not any(said.whole) or "27" in text, said.choices


@pytest.mark.parametrize("alarms", [UNDERSTANDING.facts.alarms, ()])
def test_an_alarm_that_is_not_open_is_said_by_its_name_and_nothing_is_offered(alarms: tuple[AlarmRow, ...]) -> None:
    facts = UNDERSTANDING.facts.model_copy(update={"alarms": alarms})
    said = Conversation(user="lan", role="operator").ask(Understanding(facts), "xác nhận cảnh báo CB-99", at=0.0)
    assert "không có cảnh báo nào đang mở tên CB-99" in said.text, said
    assert (said.kind, said.offered, said.proposals) == ("clarify", (), ())


@pytest.mark.parametrize(
    "text",
    ["phân bón npk d16 còn không", "p25 phân bón còn không", "giấy A4 còn không", "bao B50 còn không",
     "vitamin b12 còn không"],
)  # fmt: skip
def test_a_grade_of_goods_is_no_code_of_a_place(text: str) -> None:
    assert answer(text).why != "no_such_thing"


@pytest.mark.parametrize("text", ["chở gạo từ B2 sang D03 ghi chú c99", "hủy đơn DH-0413 vì D99 đóng"])
def test_a_note_and_a_reason_may_name_what_is_not_there(text: str) -> None:
    assert answer(text).kind == "propose"


def test_alarms_are_looked_like_with_a_hyphen_alone() -> None:
    alike = codes_like(("D01",), ("A000123",))
    assert alike is not None
    assert alike.findall("a4 a-99 d33") == ["a-99", "d33"]


@pytest.mark.parametrize(
    "text",
    ["dừng robot 3 ngay, nó kẹt ở C50", "dừng robot 3 ở cột b9, có người", "dừng khẩn cấp robot 3 ở C50"],
)
def test_a_stop_waits_for_no_word_of_where(text: str) -> None:
    said = answer(text)
    assert [made.call for made in said.proposals] == [Call("robot_pause", {"robot": "AMR-03"})], said
    assert not said.executed


@pytest.mark.parametrize("text", ["dừng robot 2 hay robot 9 gì đó ở C50", "bỏ lệnh dừng robot 3 ở C50"])
def test_what_may_be_no_stop_of_this_robot_is_still_asked_about(text: str) -> None:
    assert answer(text).kind == "clarify"


def test_a_stop_of_one_robot_is_done_at_once_as_before() -> None:
    assert answer("dừng robot 3").executed == (Call("robot_pause", {"robot": "AMR-03"}),)


@pytest.mark.parametrize(
    ("text", "place"), [("đóng A2", "A2"), (f"chở kiện {LOAD} từ A1W_2 sang D03", "A1W_2"), ("đóng D12_1", "D12_1")]
)
def test_what_is_there_is_found_as_before(text: str, place: str) -> None:
    [made] = answer(text).proposals
    assert place in made.call.args.values()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("có gì ở D12", "D12"),  # D01_2 was answered
        ("D11 có hàng gì", "D11"),
        ("robot nào ở D12", "D12"),
        ("chở từ D12 sang B2", "D12"),
        ("có gì ở d 12", "D12"),
        ("có gì ở D01 2", "D01_2"),
        ("có gì ở cửa 12 vị trí 2", "D12_2"),
    ],
)
def test_a_place_is_not_taken_for_another_whose_numbers_run_together(text: str, place: str) -> None:
    said = answer(text)
    calls = [*said.calls, *(made.call for made in said.proposals)]
    assert [place in call.args.values() for call in calls] == [True], said


@pytest.mark.parametrize("text", ["đóng d 22", "d 22 có gì"])
def test_numbers_run_together_after_a_letter_alone_are_no_place_either(text: str) -> None:
    said = answer(text)
    assert (said.proposals, said.calls) == ((), ()), said


def test_where_nothing_is_named_with_a_number_no_code_is_strange() -> None:
    assert codes_like(("SE", "fire_opening_south")) is None
