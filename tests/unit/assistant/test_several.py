"""Two questions in one sentence are two calls; one question with two clauses is one; orders by what they carry."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.reading import Call, Reading
from amr_fleet.assistant.several import asks, by_period, by_state, clauses, joined
from amr_fleet.assistant.times import Times
from amr_fleet.assistant.understanding import Understanding

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))


def ask(text: str) -> DialogueReply:
    return Conversation(user="hoa", role="operator").ask(UNDERSTANDING, text)


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        (
            "Đơn 412 bao giờ xong, còn robot 6 sao đứng im vậy?",
            [Call("order_eta", {"order": "DH-0412"}), Call("robot_why_waiting", {"robot": "AMR-06"})],
        ),
        (
            "Ca trước năng suất bao nhiêu, có sự cố gì không?",
            [
                Call("kpi", {"name": "throughput", "period": "shift:previous"}),
                Call("incidents_list", {"period": "shift:previous"}),
            ],
        ),
        (
            "Đơn phân bón nào bị hủy hoặc chưa có xe?",
            [
                Call("orders_find", {"state": "cancelled", "goods": "phân bón"}),
                Call("orders_find", {"state": "waiting", "goods": "phân bón"}),
            ],
        ),
        (
            "do san sang cua doi xe thang 9 va thang 10",
            [
                Call("kpi", {"name": "availability", "period": "2026-09"}),
                Call("kpi", {"name": "availability", "period": "2026-10"}),
            ],
        ),
        (
            "Tới 7 giờ tối con 5 và con 6 có con nào cạn pin không?",
            [
                Call("battery_forecast", {"robot": "AMR-05", "until": "2026-11-26T19:00+07:00"}),
                Call("battery_forecast", {"robot": "AMR-06", "until": "2026-11-26T19:00+07:00"}),
            ],
        ),
    ],
)
def test_two_questions_are_two_calls(text: str, calls: list[Call]) -> None:
    assert list(ask(text).calls) == calls


@pytest.mark.parametrize(
    "text",
    [
        "Ai giữ con 6 lại trong A2 vậy, nó đang ôm đơn trễ mà!",
        "Người phải can thiệp mấy lần trong ca trước?",
        "Tuần rồi robot đứng chờ hết bao nhiêu phần trăm thời gian, chia theo robot?",
    ],
)
def test_one_question_is_one_call(text: str) -> None:
    assert len(ask(text).calls) == 1


def test_clauses_are_two_and_of_some_words() -> None:
    assert clauses("a b c, còn d e f?") == ("a b c", "d e f")
    assert clauses("a b c, d e f, g h i") is None
    assert clauses("a b c, d e") is None
    assert clauses("a b c d e f") is None
    assert asks("robot' nao'f ranh'r")
    assert not asks("no's dang'd om don'dh tre'cr ma'f")


def test_only_two_sure_tools_are_joined() -> None:
    heard = UNDERSTANDING.hear("hôm qua")
    one, other = (Reading(kind="tools", calls=(Call(name),)) for name in ("kpi", "incidents_list"))
    made = joined(one, other, heard)
    assert made is not None
    assert [call.args for call in made.calls] == [{"period": "yesterday"}] * 2
    assert joined(one, one, heard) is None
    assert joined(one, None, heard) is None
    assert joined(Reading(kind="refuse"), other, heard) is None
    assert joined(Reading(kind="tools", calls=(Call("help"),)), other, heard) is None


def test_states_and_periods_alone_make_no_second_call() -> None:
    heard = UNDERSTANDING.hear("đơn nào bị hủy hoặc gì đó")
    assert by_state("orders_find", heard, lambda _: {}) == ()
    assert by_state("kpi", heard, lambda _: {}) == ()
    call = Call("kpi", {"name": "throughput", "period": "today"})
    assert by_period("kpi", call, Times(period="today")) == ()
    assert by_period("orders_find", call, Times(period="today", more=("yesterday",))) == ()
    made = by_period("kpi", call, Times(period="today", more=("previous",)))
    assert [one.args["period"] for one in made] == ["today", "shift:previous"]


def test_an_order_is_known_by_what_it_carries() -> None:
    assert ask("Đơn thức ăn chăn nuôi mấy giờ mới giao xong?").calls == (Call("order_eta", {"order": "DH-0413"}),)
    several = ask("Đơn gạo khi nào tới?")
    assert (several.kind, several.why, len(several.choices)) == ("clarify", "which_order", 3)
    assert ask("Đơn gạo ra cửa 3 khi nào tới?").calls == (Call("order_eta", {"order": "DH-0412"}),)
    assert ask("Đơn cà phê khi nào tới?").why == "need_order"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bao robot 4 ngung lai di", "robot_pause"),
        ("tao don cho cont MSCU1234565 tu cong 2 vao A2 dong", "order_create"),
        ("Chưa tới bốn giờ nhưng lối A2 sửa xong rồi, bỏ đóng giúp tôi", "zone_open"),
        ("don 417 xi mang cho len muc cao nhat", "order_priority"),
        ("Báo động mất kết nối của con 11 tôi biết rồi, xác nhận giúp", "alarm_ack"),
    ],
)
def test_the_command_that_is_said_is_proposed(text: str, name: str) -> None:
    answer = ask(text)
    assert [proposal.call.name for proposal in answer.proposals] == [name]
    assert not answer.executed


def test_a_day_makes_a_daily_report() -> None:
    assert ask("Lập báo cáo ngày 20 tháng 11").proposals[0].call.args["kind"] == "daily"
    assert ask("Lập báo cáo quý 3 năm nay").proposals[0].call.args == {"kind": "quarterly", "period": "2026-Q3"}
