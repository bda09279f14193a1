"""The second reader: what it learns from labelled sentences, what it says of others, what that changes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from amr_fleet.assistant import second_opinion as opinion
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.second_reader import (
    NOTHING,
    SecondReader,
    features,
    label_of,
    loaded,
    scale,
    second_reader,
    shares,
)
from amr_fleet.assistant.understanding import Understanding

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "scripts"))
import second_reader as learning  # noqa: E402

UNDERSTANDING = Understanding(load_facts(ROOT / "eval" / "state.json"))
TAUGHT = [
    *(("ROBOT dau", ("tools:robot_get",)), ("ROBOT o dau", ("tools:robot_get",))),
    *(("dung ROBOT", ("propose:robot_pause",)), ("dung ROBOT lai", ("propose:robot_pause",))),
    *(("an com", (NOTHING,)), ("an com chua", (NOTHING,))),
]


def heard(text: str) -> Heard:
    return UNDERSTANDING.hear(text)


def test_features_are_words_with_and_without_marks_and_pairs() -> None:
    found = features("dung'fh ROBOT lai'")
    assert {"dung", "dung'fh", "ROBOT", "lai", "^ dung", "dung ROBOT", "lai $", "^ . ROBOT", "dung . lai"} <= found
    assert "lai'" not in found, "a lone apostrophe marks a word that has no marks"


def test_long_sentences_are_no_surer_than_short_ones() -> None:
    assert scale(0) == 0.0
    assert scale(1) ** 2 == pytest.approx(100 * scale(100) ** 2)


@pytest.mark.parametrize(
    ("kind", "tools", "label"),
    [("tools", ["kpi"], "tools:kpi"), ("propose", ["zone_open", "zone_open"], "propose:zone_open"),
     ("refuse", [], NOTHING), ("clarify", ["kpi"], NOTHING), ("tools", [], NOTHING)],
)  # fmt: skip
def test_a_label_is_the_kind_and_the_first_tool(kind: str, tools: list[str], label: str) -> None:
    assert label_of(kind, tools) == label


def test_it_learns_what_words_ask_for() -> None:
    reader = learning.learnt(TAUGHT)
    assert reader.likeliest("ROBOT dau roi") == "tools:robot_get"
    assert reader.likeliest("dung ROBOT ngay") == "propose:robot_pause"
    assert sum(reader.shares("dung ROBOT").values()) == pytest.approx(1.0)
    assert len(set(reader.shares("xyz").values())) == 1, "of words that it never met it knows nothing"


def test_a_sentence_that_may_be_two_things_speaks_for_both() -> None:
    reader = learning.learnt([*TAUGHT, *[("ROBOT bao gi", ("tools:alarms_list", "tools:robot_get"))] * 4])
    said = reader.shares("ROBOT bao gi")
    assert said["tools:alarms_list"] > 0.2
    assert said["tools:robot_get"] > 0.2


def test_it_is_written_and_read_back_alike() -> None:
    reader = learning.learnt(TAUGHT, "abc")
    again = loaded(reader.written())
    assert again == reader
    assert again.learnt_from == "abc"
    assert any(step >= 128 for weights in again.weights.values() for step in weights), "weights below nought, too"


def test_it_knows_the_words_that_it_has_learnt() -> None:
    reader = learning.learnt(TAUGHT)
    assert reader.knows("dung ROBOT 5 ?")
    assert not reader.knows("xuy ROBOT")


def test_it_has_met_the_letters_of_words_whatever_their_marks() -> None:
    reader = SecondReader(("a",), {"dung": b"1", "lai": b"1"}, "")
    assert reader.met("dung'fh ROBOT lai' 5 ?")
    assert not reader.met("dung xuy' ROBOT")
    assert not reader.met("xuy")


def test_a_feature_of_no_sentence_weighs_nothing_and_changes_no_other() -> None:
    rows = sparse.csr_matrix([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    wanted = np.eye(2)
    found = learning.fitted(rows, wanted, 20, 1e-3)
    assert not found[1].any()
    assert np.allclose(found[[0, 2]], learning.fitted(rows[:, [0, 2]], wanted, 20, 1e-3))


def test_the_release_has_learnt_from_the_rows_that_are_there() -> None:
    assert second_reader().learnt_from == learning.digest(learning.files()), "run python scripts/second_reader.py"


def test_it_labels_most_sentences_of_an_author_whom_it_has_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small one: two sets and 60 rounds, since all of them take a minute on a busy machine."""
    monkeypatch.setattr(learning, "ROUNDS", 60)
    reader = learning.learnt(learning.sentences([ROOT / "eval" / f"vi_{number}.jsonl" for number in (5, 7)]))
    said = learning.sentences([ROOT / "eval" / "vi_11.jsonl"])
    assert learning.agreed(reader, said) >= 0.6 * len(said)


def test_an_answer_that_hardly_any_word_speaks_for_is_asked_back(monkeypatch: pytest.MonkeyPatch) -> None:
    taught(monkeypatch, {"tools:kpi": 0.03, "tools:robots_list": 0.9, NOTHING: 0.07})
    said = heard("mấy con xe rảnh")
    reading = Reading(kind="tools", calls=(Call("kpi", {"name": "throughput"}),))
    asked = opinion.second_opinion(reading, said, lambda other: other)
    assert (asked.kind, asked.why) == ("clarify", "unsure")
    assert [call.name for call in asked.calls] == ["kpi", "robots_list"]
    taught(monkeypatch, {"tools:kpi": 0.05, "tools:robots_list": 0.95})
    assert opinion.second_opinion(reading, said, lambda other: other) is reading


def test_a_pause_at_once_never_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    taught(monkeypatch, {"tools:kpi": 1.0})
    reading = Reading(kind="propose", calls=(Call("robot_pause", {"robot": "AMR-03"}),), at_once=True)
    assert opinion.second_opinion(reading, heard("dừng robot 3"), lambda other: other) is reading


def test_a_sentence_without_a_reading_is_answered_where_it_is_likely(monkeypatch: pytest.MonkeyPatch) -> None:
    taught(monkeypatch, {"tools:robots_list": 0.6, NOTHING: 0.4})
    nothing, said = Reading(kind="refuse", why="unknown"), heard("xe rảnh")
    answered = opinion.second_opinion(nothing, said, lambda other: other)
    assert [(call.name, call.args) for call in answered.calls] == [("robots_list", {"state": "idle"})]
    doubtful = Reading(kind="clarify", why="unsure")
    assert opinion.second_opinion(nothing, said, lambda _: doubtful) is nothing, "an answer must stand the checks"
    assert opinion.second_opinion(nothing, heard("xyz rảnh"), lambda other: other) is nothing, "a word nobody knows"
    taught(monkeypatch, {"tools:robots_list": 0.4, NOTHING: 0.6})
    assert opinion.second_opinion(nothing, said, lambda other: other) is nothing
    taught(monkeypatch, {"tools:robot_get": 0.9, NOTHING: 0.1})
    assert opinion.second_opinion(nothing, said, lambda other: other) is nothing, "of which robot nobody said"


@pytest.mark.parametrize("why", ["injection", "not_offered", "out_of_scope", "later", "all", "negated"])
def test_what_is_refused_for_a_reason_stays_refused(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    taught(monkeypatch, {"tools:robots_list": 1.0})
    refused = Reading(kind="refuse", why=why)
    assert opinion.second_opinion(refused, heard("xe rảnh"), lambda other: other) is refused


@pytest.mark.parametrize("label", ["propose:robot_pause", "tools:robot_pause"])
def test_no_command_is_made_of_it(monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    """Rows that pause at once are labelled as tools, too."""
    assert label in second_reader().labels
    taught(monkeypatch, {label: 1.0})
    nothing = Reading(kind="refuse", why="unknown")
    assert opinion.second_opinion(nothing, heard("xe rảnh"), lambda other: other) is nothing
    reading = Reading(kind="tools", calls=(Call("kpi", {"name": "throughput"}),))
    asked = opinion.second_opinion(reading, heard("xe rảnh"), lambda other: other)
    assert [call.name for call in asked.calls] == ["kpi"]


def test_a_figure_that_nobody_names_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    taught(monkeypatch, {"tools:kpi": 1.0})
    nothing = Reading(kind="refuse", why="unknown")
    assert opinion.second_opinion(nothing, heard("xe rảnh"), lambda other: other) is nothing


def taught(monkeypatch: pytest.MonkeyPatch, said: dict[str, float]) -> None:
    reader = SecondReader(tuple(said), {"xe": bytes(len(said)), "ranh": bytes(len(said))}, "")
    monkeypatch.setattr(opinion, "shares", lambda _: said)
    monkeypatch.setattr(opinion, "second_reader", lambda: reader)


@pytest.mark.parametrize(
    ("text", "tool"),
    [("Xe càng nào đang rảnh?", "robots_list"), ("show list xe đang charging", "robots_list"),
     ("Nếu rút con mười ra đem sửa thì tới mười giờ tối công việc có dồn lại không", "what_if")],
)  # fmt: skip
def test_sentences_that_no_rule_fits_are_answered(text: str, tool: str) -> None:
    reading, _ = UNDERSTANDING.read(text)
    assert [call.name for call in reading.calls] == [tool]
    assert reading.kind == "tools"


@pytest.mark.parametrize("text", ["dừng con đang sạc", "đừng dừng con đang sạc", "khỏi đóng khu vực", "ưu tiên đơn"])
def test_a_command_that_was_not_understood_gets_no_list_in_its_place(text: str) -> None:
    reading, _ = UNDERSTANDING.read(text)
    assert reading.kind in ("refuse", "clarify")
    assert not reading.calls


def test_a_sentence_is_weighed_once() -> None:
    assert shares("ROBOT o dau") is shares("ROBOT o dau")
