"""What is supposed in "what if": what is closed, what is away, what is added, until when."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.assistant.dialogue import Conversation
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.supposing import what_if
from amr_fleet.assistant.understanding import Understanding

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("Nếu bổ sung 25 đơn gạo thì có kịp không?", {"add_orders": 25, "goods": "gạo"}),
        ("Giả sử 10 đơn gạo đổ về thì sao?", {"add_orders": 10, "goods": "gạo"}),
        ("Nếu phát sinh thêm 8 chuyến thì sao?", {"add_orders": 8}),
        ("Neu mat hai tram sac thi hoat dong bi anh huong the nao?", {"remove_chargers": 2}),
        ("Lỡ hai trạm sạc CH5 với CH6 chết luôn thì sao?", {"remove_chargers": ["CH5", "CH6"]}),
        ("Nếu trạm sạc CH5 hỏng thì sao?", {"remove_chargers": "CH5"}),
        ("Giả sử đóng lối B1 và lối B2 thì sao?", {"close": ["B1", "B2"]}),
        ("Neu robto 4 hong thi cac don co bi tre khong?", {"remove_robots": "AMR-04"}),
        ("Nếu bớt 3 robot thì sao?", {"remove_robots": 3}),
        ("Nếu đơn tăng 20% thì sao?", {"demand_factor": 1.2}),
        ("Nếu đơn giảm 20% thì sao?", {"demand_factor": 0.8}),
        ("Nếu nhu cầu gấp đôi thì sao?", {"demand_factor": 2.0}),
        ("Nếu đóng lối A2 trong 30 phút thì sao?", {"close": "A2", "minutes": 30.0}),
    ],
)
def test_what_a_sentence_supposes(text: str, args: dict[str, object]) -> None:
    assert what_if(UNDERSTANDING.hear(text)) == args
    answer = Conversation(user="hoa", role="operator").ask(UNDERSTANDING, text)
    assert [(call.name, call.args) for call in answer.calls] == [("what_if", args)]


def test_a_sentence_that_supposes_nothing_has_no_arguments() -> None:
    assert what_if(UNDERSTANDING.hear("Tình hình sao rồi?")) == {}


def test_until_is_the_moment_that_is_said() -> None:
    assert what_if(UNDERSTANDING.hear("Nếu thêm 5 đơn trước 18 giờ thì kịp không?"))["until"] == (
        "2026-11-26T18:00+07:00"
    )
