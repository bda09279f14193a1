"""What is not sure is asked back: lost pieces, numbers nobody explains, things that are not there, strange words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from amr_fleet.assistant import doubt
from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.doubt import doubted
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.orders_given import command
from amr_fleet.assistant.questions import question
from amr_fleet.assistant.reading import Call, Reading
from amr_fleet.assistant.second_reader import NOTHING
from amr_fleet.assistant.understanding import Understanding

FACTS = load_facts(Path(__file__).parents[3] / "eval" / "state.json")
UNDERSTANDING = Understanding(FACTS)


def ask(text: str, role: str = "operator") -> DialogueReply:
    return Conversation(user="hoa", role=role).ask(UNDERSTANDING, text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Đơn 0999 tới đâu rồi?", "no_such_thing"),
        ("Cửa 15 có trống không?", "no_such_thing"),
        ("Robot 20 đang làm gì?", "no_such_robot"),
        ("Đóng ngã tư phía nam", "which_place"),
        ("So với hôm qua thì hôm nay chạy thế nào?", "unsure"),
        ("Có nên đóng lối A2 không?", "unsure"),
        ("hết ca thì tắt hết mấy con xe luôn nha", "what_to_do"),
    ],
)
def test_it_asks_back(text: str, why: str) -> None:
    answer = ask(text)
    assert (answer.kind, answer.why) == ("clarify", why)
    assert len(answer.choices) <= 3
    assert not answer.executed
    assert not answer.proposals


def test_a_place_that_several_are_called_is_asked_for_by_name() -> None:
    assert len(ask("Đóng ngã tư phía nam").choices) == 2
    assert ask("Đóng ngã tư 30 phía nam").proposals[0].call.args["zone"] == "crossing_30_south"


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("Robot 6 đang ở đâu?", Call("fleet_status")),  # the robot is lost
        ("Gạo ở đâu?", Call("zones_list")),  # the goods are
        ("Hôm qua thế nào?", Call("fleet_status")),  # the day is
        ("Khi nào đơn 412 tới?", Call("order_eta", {"order": "DH-0413"})),  # another order
        ("pin dưới 37", Call("robots_list")),  # the number is
        ("xe nào bốc khói nghi ngút", Call("fleet_status")),  # words no pattern of the tool knows
    ],
)
def test_a_reading_that_leaves_something_out_is_doubted(text: str, call: Call) -> None:
    heard = UNDERSTANDING.hear(text)
    asked = doubted(Reading(kind="tools", calls=(call,)), heard)
    assert (asked.kind, asked.calls[0]) == ("clarify", call)


@pytest.mark.parametrize(
    "text",
    [
        "Vì sao robot 6 đứng nãy giờ?",  # "nãy giờ" needs no argument
        "Khi nào chuyến gạo 0412 tới cửa số 3?",  # the order says what and where to
        "Ai đóng lối A2 vậy?",
        "Nếu thêm 20 đơn gạo trong ba tiếng tới thì sao?",
        "Đóng dãy B4 nửa tiếng để quét dọn",
    ],
)
def test_what_needs_no_argument_raises_no_doubt(text: str) -> None:
    assert ask(text).kind in ("tools", "propose")


def test_refusals_and_questions_back_stay_as_they_are() -> None:
    heard = UNDERSTANDING.hear("robot 99 ở đâu")
    for reading in (Reading(kind="refuse", why="all"), Reading(kind="clarify", why="which"), Reading(kind="tools")):
        assert doubted(reading, heard) is reading


def test_a_doubted_pause_is_not_done_at_once() -> None:
    assert ask("Dừng robot 5").executed
    assert not ask("Dừng robot 5 ở cửa 3").executed


@pytest.mark.parametrize(
    ("text", "share", "kind"),
    [
        ("Con nào đang rảnh, anh thợ mượn chạy thử một bữa", 0.5, "tools"),  # a remark beside the question
        ("Con nào đang rảnh, anh thợ mượn chạy thử một bữa", 0.2, "clarify"),
        ("Con nào đang rảnh ở cửa 5, anh thợ mượn trước 17 giờ", 0.99, "clarify"),  # the time is left out
    ],
)
def test_an_odd_word_is_no_doubt_where_the_second_reader_agrees(
    monkeypatch: pytest.MonkeyPatch, text: str, share: float, kind: str
) -> None:
    monkeypatch.setattr(doubt, "shares", lambda _: {"tools:robots_list": share, "tools:kpi": 1 - share})
    heard = UNDERSTANDING.hear(text)
    reading = question(heard)
    assert reading is not None
    assert reading.calls[0].name == "robots_list"
    assert doubted(reading, heard).kind == kind


def test_an_odd_word_stays_a_doubt_where_the_sentence_may_be_about_something_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doubt, "shares", lambda _: {"tools:robot_get": 0.6, NOTHING: 0.3})
    heard = UNDERSTANDING.hear("robot 9 dep hon robot 4 nhieu")
    calls = tuple(Call("robot_get", {"robot": name}) for name in heard.mentions.robots)
    assert doubted(Reading(kind="tools", calls=calls), heard).kind == "clarify"


def test_an_odd_word_may_be_the_one_that_a_bare_list_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubt, "shares", lambda _: {"tools:orders_find": 0.9})
    heard = UNDERSTANDING.hear("Hôm nay đơn nào bế quá vậy")
    assert doubted(Reading(kind="tools", calls=(Call("orders_find", {"period": "today"}),)), heard).kind == "clarify"


def test_a_word_that_nobody_reads_may_be_the_one_that_a_bare_list_lacks() -> None:
    heard = replace(UNDERSTANDING.hear("Hôm qua có cảnh báo gì không"), slips=(("nawg", "nawg"),))
    bare = Reading(kind="tools", calls=(Call("alarms_list", {"period": "yesterday"}),))
    assert doubted(bare, heard).kind == "clarify"
    assert doubted(bare, replace(heard, slips=())) is bare
    told = Reading(kind="tools", calls=(Call("alarms_list", {"period": "yesterday", "severity": "error"}),))
    assert doubted(told, heard) is told


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("đóng một lối kho B", "clarify"),
        ("đóng 1 lối nhà B", "clarify"),
        ("đóng một lối bên kho B", "clarify"),
        ("đóng một lối B2", "propose"),
    ],
)
def test_one_aisle_of_a_hall_is_not_the_hall(text: str, kind: str) -> None:
    heard = UNDERSTANDING.hear(text)
    reading = command(heard)
    assert reading is not None
    assert doubted(reading, heard).kind == kind
