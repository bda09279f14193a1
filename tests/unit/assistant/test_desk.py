"""Many people at one desk: who asks for a long report lets nobody else wait; proposals of programs are one person's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import pytest

from amr_fleet.assistant.desk import MOST, MOST_OFFERS, Desk
from amr_fleet.assistant.dialogue import EXPIRES_S, DialogueReply
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import Facts

FACTS = load_facts(Path(__file__).parents[3] / "eval" / "state.json")
PAUSE = Call("robot_pause", {"robot": "AMR-05"})


@dataclass
class SlowReport:
    """Facts whose figures come only when somebody lets them."""

    facts: Facts
    begun: threading.Event
    go_on: threading.Event


@pytest.fixture
def slow() -> Iterator[SlowReport]:
    begun, go_on = threading.Event(), threading.Event()

    def figures(_begin: datetime, _end: datetime) -> NoReturn:
        begun.set()
        assert go_on.wait(30)
        raise RuntimeError("the journal is gone")

    yield SlowReport(FACTS.model_copy(update={"figures": figures}), begun, go_on)
    go_on.set()


def ask(desk: Desk, text: str, session: str = "s1", user: str = "hoa", facts: Facts = FACTS) -> DialogueReply:
    return desk.ask(session, user, "operator", text, facts, at=0.0)


def test_a_long_report_keeps_nobody_else_waiting(slow: SlowReport) -> None:
    desk = Desk()
    with ThreadPoolExecutor(2) as threads:
        long = threads.submit(ask, desk, "Hôm qua giao được bao nhiêu đơn?", "s1", "hoa", slow.facts)
        assert slow.begun.wait(30)

        def others() -> str:
            said = ask(desk, "hủy đơn 421", "s2", "tam")
            desk.keep("tam", "operator", "hủy đơn 421", said, at=0.0, time="2026-11-27T03:00:00+07:00")
            offered = desk.offer("tam", "operator", "mcp", PAUSE, FACTS, at=0.0)
            assert [one.proposal_id for one in desk.offered("tam", at=0.0)] == [offered.proposal_id]
            assert len(desk.history("tam", at=0.0)) == 1
            proposal = said.proposals[0].proposal_id
            assert desk.waiting("s2", "tam", proposal, at=0.0).user == "tam"
            return desk.confirm("s2", "tam", proposal, FACTS, at=0.0).name

        assert threads.submit(others).result(20) == "order_cancel"
        assert not long.done()
        slow.go_on.set()
        with pytest.raises(RuntimeError):
            long.result(20)
    assert ask(desk, "Robot 6 ở đâu?").kind == "tools"  # the conversation whose question failed goes on


def test_a_session_that_changes_its_user_starts_anew() -> None:
    desk = Desk()
    proposal = ask(desk, "hủy đơn 421").proposals[0].proposal_id
    ask(desk, "Robot 6 ở đâu?", user="tam")
    with pytest.raises(LookupError, match=r"assistant\.no_proposal"):
        desk.confirm("s1", "tam", proposal, FACTS, at=0.0)


def test_conversations_and_offers_are_bounded() -> None:
    desk = Desk()
    first = ask(desk, "hủy đơn 421", "s0").proposals[0].proposal_id
    for number in range(MOST):
        ask(desk, "Robot 6 ở đâu?", f"t{number}")
    with pytest.raises(LookupError, match=r"assistant\.no_proposal"):
        desk.waiting("s0", "hoa", first, at=0.0)
    for _ in range(MOST_OFFERS):
        desk.offer("hoa", "operator", "mcp", PAUSE, FACTS, at=0.0)
    with pytest.raises(LookupError, match=r"assistant\.too_many"):
        desk.offer("hoa", "operator", "mcp", PAUSE, FACTS, at=0.0)
    desk.offer("hoa", "operator", "mcp", PAUSE, FACTS, at=EXPIRES_S + 1.0)  # those before are too old by now
    assert len(desk.offered("hoa", at=EXPIRES_S + 1.0)) == 1


def test_an_offer_is_confirmed_from_any_session_of_its_user_once_and_by_nobody_else() -> None:
    desk = Desk()
    offered = desk.offer("hoa", "operator", "mcp", PAUSE, FACTS, at=0.0).proposal_id
    with pytest.raises(LookupError, match=r"assistant\.no_proposal"):
        desk.confirm("any", "tam", offered, FACTS, at=0.0)
    assert desk.confirm("any", "hoa", offered, FACTS, at=0.0) == PAUSE
    with pytest.raises(LookupError, match=r"assistant\.no_proposal"):
        desk.confirm("any", "hoa", offered, FACTS, at=0.0)
    late = desk.offer("hoa", "operator", "mcp", PAUSE, FACTS, at=0.0).proposal_id
    with pytest.raises(LookupError, match=r"assistant\.expired"):
        desk.confirm("any", "hoa", late, FACTS, at=EXPIRES_S + 1.0)


def test_the_grammar_is_learnt_once_in_the_background_and_a_fleet_that_is_not_there_yet_stops_no_question(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk, asked = Desk(), []

    def broken() -> Facts:
        asked.append(1)
        raise OSError("no fleet yet")

    desk.learn(broken).result(20.0)
    desk.learn(broken).result(20.0)
    assert asked == [1]
    assert "no fleet yet" in caplog.text
    assert desk.ask("s", "hoa", "viewer", "Robot nào rảnh?", FACTS, at=0.0).kind == "tools"
