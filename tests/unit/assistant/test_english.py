"""English frames are read as the Vietnamese that they stand for; Vietnamese that looks like English stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.assistant.dialogue import Conversation
from amr_fleet.assistant.english import in_vietnamese, is_english
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.understanding import Understanding

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))


def call(text: str) -> Call:
    answer = Conversation(user="hoa", role="operator").ask(UNDERSTANDING, text)
    calls = [proposal.call for proposal in answer.proposals] or list(answer.calls)
    assert len(calls) == 1, (answer.kind, answer.why)
    return calls[0]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("close a2 for 30 minutes", "close a2 trong 30 phút"),
        ("alarms in the last 2 hours", "alarms trong 2 giờ qua"),
        ("need it by 5 pm", "need it by 5 giờ chiều"),
        ("battery until end of shift", "battery đến cuối ca"),
        ("what’s robot 6 doing", "robot 6 đang làm gì"),
        ("trong kho in báo cáo", "trong kho in báo cáo"),
        ("do đâu con 6 on", "do đâu con 6 on"),  # "do", "on" are words of Vietnamese
    ],
)
def test_frames(text: str, meant: str) -> None:
    assert in_vietnamese(text) == meant


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("where is robot 6 now", True),
        ("how many orders are late", True),
        ("robot 6 ở đâu", False),
        ("robot nào đang idle vậy em", False),
        ("", False),
    ],
)
def test_a_sentence_is_english_by_its_words(text: str, english: bool) -> None:
    assert is_english(text) is english


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("where is robot 6 now?", "robot_get", {"robot": "AMR-06"}),
        ("how much battery does AMR-05 have?", "robot_get", {"robot": "AMR-05"}),
        ("how long until order 413 gets to D04", "order_eta", {"order": "DH-0413"}),
        ("is AMR-08 still faulty?", "robot_get", {"robot": "AMR-08"}),
        ("what if we close A2 for 2 hours?", "what_if", {"close": "A2", "minutes": 120.0}),
        ("how busy are the robots today", "kpi", {"name": "utilisation", "period": "today"}),
        ("any incidents this week?", "incidents_list", {"period": "this_week"}),
        ("close aisle A2 for 30 minutes", "zone_close", {"zone": "A2", "minutes": 30.0}),
        ("robot nào low battery vậy?", "robots_list", {"battery_below": 30.0}),
    ],
)
def test_questions_in_english(text: str, name: str, args: dict[str, object]) -> None:
    assert call(text) == Call(name, args)  # type: ignore[arg-type]
