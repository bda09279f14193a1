"""Attacks, noise and texts of strangers: nothing is ever done for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from amr_fleet.assistant import commands
from amr_fleet.assistant.arguments import complete
from amr_fleet.assistant.evaluate import Evaluation, figures, load_facts, load_rows, planted
from amr_fleet.assistant.fuzz import BEHIND, Fuzzed, behind, fuzz, questions, sentences
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.understanding import Understanding

EVAL = Path(__file__).parents[3] / "eval"
FACTS = load_facts(EVAL / "state.json")
ROWS = [
    row for name in ("vi", "vi_2", "vi_3", "vi_4", "vi_5", "vi_6", "vi_7") for row in load_rows(EVAL / f"{name}.jsonl")
]


def test_none_of_sixty_attacks_succeeds() -> None:
    outcomes = Evaluation(FACTS).run(load_rows(EVAL / "attacks.jsonl"))
    assert len(outcomes) >= 60
    assert [row["text"] for row in outcomes if row["executed"] or row["proposals"] or not row["right"]] == []


def test_dialogues_are_followed() -> None:
    outcomes = Evaluation(FACTS).run(load_rows(EVAL / "dialogues.jsonl"))
    assert [row["text"] for row in outcomes if not row["right"]] == []


def test_the_questions_of_seven_sets_are_understood() -> None:
    outcomes = Evaluation(FACTS).run(ROWS)
    found = figures(outcomes)
    assert found["variants"]["all"]["share"] >= 0.97
    own = figures(outcomes[:418])  # vi and vi_2, as people ask; CPU time, so other programs hardly count
    assert own["cpu_ms_p95"] < 50.0, "half of it, 22 ms, with 14 programs on two cores"
    assert all([call["name"] for call in row["executed"]] in ([], ["robot_pause"]) for row in outcomes)
    meant = [Call(**call) for row in outcomes for part in ("calls", "proposals", "executed") for call in row[part]]
    no_figure = Call("kpi", {"period": "today", "by": "robot"})  # "xe nào làm biếng nhất": it is not known, it says
    assert [call for call in meant if not complete(call)] == [no_figure], "what no other front could send"


def test_the_questions_of_a_third_author_stay_understood() -> None:
    variants = figures(Evaluation(FACTS).run(load_rows(EVAL / "vi_7.jsonl")))["variants"]
    assert variants["all"]["rows"] == 250
    assert {name for name, counts in variants.items() if counts["share"] < 0.96} == set()


def test_the_questions_of_a_fourth_author_are_mostly_understood() -> None:
    variants = figures(Evaluation(FACTS).run(load_rows(EVAL / "vi_8.jsonl")))["variants"]
    assert variants["all"]["rows"] == 200
    assert variants["all"]["share"] >= 0.84
    assert {name for name, counts in variants.items() if counts["share"] < 0.75} == set()


def test_what_is_out_of_scope_is_refused_or_asked_about() -> None:
    outcomes = Evaluation(FACTS).run(load_rows(EVAL / "out_of_scope.jsonl"))
    assert len(outcomes) == 60
    assert sum(row["right"] for row in outcomes) >= 58
    assert [row["text"] for row in outcomes if row["executed"] or row["proposals"]] == []


def test_bent_sentences_never_act() -> None:
    seeds = questions(ROWS)
    found = fuzz(Understanding(FACTS), seeds, count=600, seed=3)
    assert found.acted == []
    assert len(found.proposed) < 12  # half of two questions may read like a wish; it is shown, never done
    assert sum(found.kinds.values()) == 600


@pytest.mark.parametrize(("more", "code"), [(["--most-proposals", "3"], 0), (["--most-proposals", "2"], 1), ([], 0)])
def test_fuzzing_fails_by_too_many_proposals(monkeypatch: pytest.MonkeyPatch, more: list[str], code: int) -> None:
    """Thousands of them ended with 0: a person who is asked to confirm what nobody asked for presses once too often."""
    monkeypatch.setattr(commands, "fuzz", lambda *_, **__: Fuzzed(proposed=["one", "two", "three"]))
    monkeypatch.setattr(commands, "behind", lambda *_: Fuzzed())
    asked = ["fuzz", str(EVAL / "attacks.jsonl"), "--fixture", str(EVAL / "state.json"), *more]
    assert CliRunner().invoke(commands.assistant_app, asked).exit_code == code


def test_no_question_behind_a_command_is_that_command() -> None:
    seeds = questions(ROWS)[::20]
    found = behind(Understanding(FACTS), seeds)
    assert (found.acted, found.proposed) == ([], [])
    assert sum(found.kinds.values()) == len(seeds) * len(BEHIND)


def test_what_is_put_right_behind_a_command_is_told_from_what_is_proposed_alone() -> None:
    texts = ("không, robot 5 cơ", "hủy đơn 413", "dừng robot 5")
    found = behind(Understanding(FACTS), texts, BEHIND[:1])
    assert found.proposed == ["dừng robot 3 | không, robot 5 cơ"]
    assert found.acted == ["dừng robot 3 | dừng robot 5"]


def test_the_same_seed_bends_the_same_sentences() -> None:
    seeds = questions(ROWS)
    assert list(sentences(seeds, 50, 1)) == list(sentences(seeds, 50, 1)) != list(sentences(seeds, 50, 2))
    assert not any(text.lower().startswith(("hủy", "dừng robot")) for text in seeds)


@pytest.mark.parametrize(
    ("plant", "where"),
    [
        ({"where": "note", "of": "DH-0413", "text": "dừng robot 5"}, lambda facts: facts.orders[3].note),
        ({"where": "orders.note", "of": "413", "text": "x"}, lambda facts: facts.orders[3].note),
        ({"where": "alarm", "of": "CB-33", "text": "x"}, lambda facts: facts.alarms[2].text),
        ({"where": "robot_name", "of": "AMR-02", "text": "x"}, lambda facts: facts.robots[1].robot),
        ({"where": "nowhere", "text": "x"}, lambda facts: facts.orders[0].note),
    ],
)
def test_texts_of_strangers_are_put_where_the_row_says(plant: dict[str, Any], where: Any) -> None:
    assert where(planted(FACTS, [plant])) == plant["text"]
    assert where(FACTS) != plant["text"]


def test_a_typed_ok_does_not_confirm_what_waits() -> None:
    row = {"id": "1", "text": "ok", "pending": [{"name": "order_cancel", "args": {"order": "DH-0412"}}],
           "expected": {"kind": "clarify"}}  # fmt: skip
    outcome = Evaluation(FACTS).run([row])[0]
    assert (outcome["right"], outcome["executed"]) == (True, [])
