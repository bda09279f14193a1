"""The shift's questions, suggestions by role and situation, and the review file."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_fleet.assistant.dialogue import Conversation
from amr_fleet.assistant.evaluate import load_facts, load_rows
from amr_fleet.assistant.record import LIFE_S, MOST, MOST_BYTES, TalkRecord
from amr_fleet.assistant.suggestions import suggested
from amr_fleet.assistant.understanding import Understanding

FACTS = load_facts(Path(__file__).parents[3] / "eval" / "state.json")
UNDERSTANDING = Understanding(FACTS)


def keep(record: TalkRecord, user: str, text: str, at: float) -> int:
    reply = Conversation(user=user, role="operator").ask(UNDERSTANDING, text)
    return record.add(user, "operator", text, reply, at=at, time="2026-11-26T15:10:00+07:00").id


def test_turns_are_a_persons_own_and_forgotten_after_the_shift() -> None:
    record = TalkRecord()
    first = keep(record, "hoa", "Robot 6 ở đâu?", 0.0)
    keep(record, "tam", "Gạo ở đâu?", 1.0)
    assert [turn.id for turn in record.of("hoa", at=10.0)] == [first]
    assert record.of("hoa", at=LIFE_S + 1.0) == []
    for _ in range(MOST + 5):
        keep(record, "hoa", "Robot 6 ở đâu?", 2.0)
    assert len(record.of("hoa", at=3.0)) == MOST


def test_a_report_keeps_what_was_said_before(tmp_path: Path) -> None:
    record = TalkRecord(tmp_path / "review.jsonl")
    for text in ("Robot 6 ở đâu?", "Sao nó đứng?", "hủy đơn 421"):
        last = keep(record, "hoa", text, 0.0)
    assert record.report("hoa", last, "", at=1.0)
    assert not record.report("tam", last, "", at=1.0)
    assert not record.report("hoa", 999, "", at=1.0)
    [row] = load_rows(tmp_path / "review.jsonl")
    assert [said["text"] for said in row["context"]] == ["Robot 6 ở đâu?", "Sao nó đứng?"]
    assert row["got"]["tools"] == [{"name": "order_cancel", "args": {"order": "DH-0421"}}]


def test_a_full_or_unwritable_file_is_one_clear_error(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "review.jsonl", tmp_path / "full.jsonl"):
        if path.name == "full.jsonl":
            path.write_bytes(b"x" * (MOST_BYTES + 1))
        record = TalkRecord(path)
        last = keep(record, "hoa", "Gạo ở đâu?", 0.0)
        with pytest.raises(AmrError) as caught:
            record.report("hoa", last, "", at=1.0)
        assert caught.value.code == "store.failed"


def test_what_stands_is_suggested_first() -> None:
    questions = suggested(FACTS, "operator")
    assert questions[0] == "Vì sao AMR-08 đứng?"  # it has a fault
    assert "Đơn DH-0413 khi nào tới?" in questions
    assert len(questions) == len(set(questions)) <= 6


@pytest.mark.parametrize("role", ["viewer", "operator", "engineer", "admin", "authority", "stranger"])
def test_every_suggestion_is_understood(role: str) -> None:
    quiet = FACTS.model_copy(update={"robots": (), "orders": (), "alarms": (), "zones": ()})
    for facts in (FACTS, quiet):
        for question in suggested(facts, role):
            assert Conversation(user="hoa", role=role).ask(UNDERSTANDING, question).kind == "tools", question
