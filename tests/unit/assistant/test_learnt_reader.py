"""The learnt reader: what it learns, how it is kept, what it changes of a reading and what it never does."""

from __future__ import annotations

import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from amr_fleet.assistant import learnt_call
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.learnt_reader import ABSENT, TOOL, LearntReader, features, learnt_reader, loaded
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.second_reader import NOTHING
from amr_fleet.assistant.tools import COMMANDS
from amr_fleet.assistant.understanding import Understanding

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "scripts"))
import learnt_reader as learning  # noqa: E402
from second_reader import files  # noqa: E402

UNDERSTANDING = Understanding(load_facts(ROOT / "eval" / "state.json"))
UNSURE = Reading(kind="clarify", why="unsure")


def heard(text: str) -> Heard:
    return UNDERSTANDING.hear(text)


def as_it_is(reading: Reading, _: Heard) -> Reading:
    return reading


def said(text: str, tool: str, **states: str) -> learning.Said:
    right: dict[str, tuple[str, ...]] = {TOOL: (tool,)}
    for name, value in states.items():
        right[f"{tool.partition(':')[2]}.{name}"] = (value,)
    return learning.Said(features(heard(text)), right)


TAUGHT = [
    *[said("con nào đang rảnh", "tools:robots_list", state="idle")] * 2,
    *[said("con nào đang sạc", "tools:robots_list", state="charging")] * 2,
    *[said("liệt kê xe", "tools:robots_list", state=ABSENT)] * 2,
    *[said("robot 5 ở đâu", "tools:robot_get")] * 2,
    *[said("ăn cơm chưa", NOTHING)] * 2,
]


def test_features_are_words_pieces_of_words_and_what_was_found() -> None:
    words, pieces, found = features(heard("robot 5 đang sạc ở cửa 3 hôm nay"))
    assert {"ROBOT", "sac", "dang sac"} <= words
    assert {"c:<sa", "c:ac>", "c:sac>"} <= pieces
    assert not any("robot" in piece.lower() for piece in pieces), "a thing is no word with pieces"
    assert {"m:robots=1", "m:orders=0", "m:places=1", "t:period", "q:robot_states=charging"} <= found


def test_it_learns_the_tool_and_the_state_and_a_slip_does_not_hide_them() -> None:
    shares = learning.learnt(TAUGHT).shares(heard("con nào đang rảnhh"))
    assert max(shares[TOOL], key=lambda label: shares[TOOL][label]) == "tools:robots_list"
    states = shares["robots_list.state"]
    assert max(states, key=lambda label: states[label]) == "idle"
    for found in shares.values():
        assert sum(found.values()) == pytest.approx(1.0, abs=1e-5)


def test_of_what_it_never_met_it_knows_nothing() -> None:
    bare = LearntReader({TOOL: ("a", "b")}, {}, np.zeros((0, 2), dtype=np.int8), "")
    assert bare.shares(heard("xyz")) == {TOOL: {"a": 0.5, "b": 0.5}}


def test_it_is_written_and_read_back_alike() -> None:
    reader = learning.learnt(TAUGHT, "abc")
    again = loaded(reader.written())
    assert (again.labels, again.rows, again.learnt_from) == (reader.labels, reader.rows, "abc")
    assert np.array_equal(again.weights, reader.weights)
    assert again.weights.min() < 0 < again.weights.max()


def test_the_release_has_learnt_from_the_rows_that_are_there() -> None:
    assert learnt_reader().learnt_from == learning.digest(files()), "run python scripts/learnt_reader.py"


@pytest.mark.parametrize(
    ("call", "values"),
    [({"name": "kpi", "args": {"name": "estops"}, "accept": {"name": ["estops", "interventions"]}},
      ["estops", "estops", "interventions"]),
     ({"name": "kpi"}, [ABSENT]), ({"name": "kpi", "optional": {"name": "*"}}, [ABSENT]),
     ({"name": "kpi", "optional": {"name": "on_time"}}, [ABSENT, "on_time"])],
)  # fmt: skip
def test_values_are_those_that_a_row_accepts(call: dict[str, object], values: list[str]) -> None:
    assert learning._values(call, "name") == values


def taught(
    monkeypatch: pytest.MonkeyPatch,
    tools: dict[str, float],
    unheld: list[str] | None = None,
    **states: dict[str, float],
) -> None:
    shares = {TOOL: tools} | {name.replace("__", "."): found for name, found in states.items()}

    class Told:
        def shares(self, _: Heard) -> dict[str, dict[str, float]]:
            return shares

        def unheld(self, *_: object) -> list[str]:
            return unheld or []

    monkeypatch.setattr(learnt_call, "learnt_reader", Told)


def test_what_was_asked_back_is_answered_where_it_is_likely(monkeypatch: pytest.MonkeyPatch) -> None:
    taught(monkeypatch, {"tools:robots_list": 0.5, NOTHING: 0.5})
    answered = learnt_call.with_learnt(UNSURE, heard("xe rảnh"), as_it_is, as_it_is)
    assert answered == Reading(kind="tools", calls=(Call("robots_list", {"state": "idle"}),))
    taught(monkeypatch, {"tools:robots_list": 0.39, NOTHING: 0.61})
    assert learnt_call.with_learnt(UNSURE, heard("xe rảnh"), as_it_is, as_it_is) is UNSURE


def test_a_call_that_leaves_something_out_needs_more(monkeypatch: pytest.MonkeyPatch) -> None:
    taught(monkeypatch, {"tools:robots_list": 0.6, NOTHING: 0.4})
    assert learnt_call.with_learnt(UNSURE, heard("xe rảnh"), lambda *_: UNSURE, as_it_is) is UNSURE
    taught(monkeypatch, {"tools:robots_list": 0.75, NOTHING: 0.25})
    answered = learnt_call.with_learnt(UNSURE, heard("xe rảnh"), lambda *_: UNSURE, as_it_is)
    assert answered.kind == "tools"
    unknown = Reading(kind="clarify", why="no_such_robot")
    assert learnt_call.with_learnt(UNSURE, heard("xe rảnh"), lambda *_: unknown, as_it_is) is UNSURE
    assert learnt_call.with_learnt(UNSURE, heard("xe rảnh"), as_it_is, lambda *_: unknown) is UNSURE


def test_a_state_is_the_learnt_one_where_it_is_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    taught(monkeypatch, {"tools:robots_list": 0.9}, robots_list__state={"fault": 0.8, "idle": 0.1, ABSENT: 0.1})
    answered = learnt_call.with_learnt(UNSURE, heard("xe rảnh"), as_it_is, as_it_is)
    assert answered.calls == (Call("robots_list", {"state": "fault"}),)
    taught(monkeypatch, {"tools:robots_list": 0.9}, robots_list__state={"idle": 0.05, ABSENT: 0.95})
    answered = learnt_call.with_learnt(UNSURE, heard("xe rảnh"), as_it_is, as_it_is)
    assert answered.calls == (Call("robots_list", {}),)
    taught(monkeypatch, {"tools:robots_list": 0.9}, robots_list__state={"idle": 0.4, "fault": 0.6})
    assert learnt_call.with_learnt(UNSURE, heard("xe rảnh"), as_it_is, as_it_is) is UNSURE, "0.9 x 0.4 is too little"


def test_another_tool_takes_its_place_only_where_it_is_much_likelier(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(kind="tools", calls=(Call("zones_list", {}),))
    taught(monkeypatch, {"tools:robots_list": 0.8, "tools:zones_list": 0.2})
    assert learnt_call.with_learnt(reading, heard("xe rảnh"), as_it_is, as_it_is).calls[0].name == "robots_list"
    monkeypatch.setattr(learnt_call, "weights", lambda _: {"zones_list": 10})
    taught(monkeypatch, {"tools:robots_list": 0.6, "tools:zones_list": 0.4})
    assert learnt_call.with_learnt(reading, heard("xe rảnh"), as_it_is, as_it_is) is reading
    taught(monkeypatch, {"tools:robots_list": 0.6, NOTHING: 0.39, "tools:zones_list": 0.01})
    asked = learnt_call.with_learnt(reading, heard("xe rảnh"), as_it_is, as_it_is)
    assert (asked.kind, asked.why) == ("clarify", "unsure")
    assert [call.name for call in asked.calls] == ["zones_list", "robots_list"]


LISTED = Reading(kind="tools", calls=(Call("robots_list", {"state": "idle"}),))


def rules(monkeypatch: pytest.MonkeyPatch, weight: int) -> None:
    monkeypatch.setattr(learnt_call, "weights", lambda _: {"robots_list": weight})
    monkeypatch.setattr(learnt_call, "_candidates", lambda *_: [])


def answer(text: str = "xe rảnh", reading: Reading = LISTED) -> Reading:
    return learnt_call.with_learnt(reading, heard(text), as_it_is, as_it_is)


def test_what_a_sentence_says_and_the_call_leaves_out_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    rules(monkeypatch, 7)
    taught(monkeypatch, {"tools:robots_list": 0.9, NOTHING: 0.1}, robots_list__type={"lift_amr": 0.55, ABSENT: 0.45})
    assert (answer().kind, answer().why, answer().calls) == ("clarify", "unsure", LISTED.calls)
    typed = Reading(kind="tools", calls=(Call("robots_list", {"state": "idle", "type": "fork_robot"}),))
    assert answer(reading=typed) is typed, "what it holds is not left out"
    taught(monkeypatch, {"tools:robots_list": 0.9, NOTHING: 0.1}, robots_list__type={"lift_amr": 0.5, ABSENT: 0.5})
    assert answer() is LISTED


@pytest.mark.parametrize(
    ("weight", "text", "share", "kind"),
    [(7, "xe rảnh", 0.48, "tools"), (7, "xe rảnh", 0.46, "clarify"), (0, "xe rảnh", 0.46, "clarify"),
     (8, "xe rảnh", 0.1, "tools"), (8, "xe rảnh", 0.08, "clarify"), (9, "xe brzk rảnh", 0.46, "clarify"),
     (10, "xe brzk rảnh", 0.1, "tools"), (10, "xe brzk rảnh", 0.08, "clarify")],
)  # fmt: skip
def test_how_sure_it_must_be_is_by_how_the_rules_speak(
    monkeypatch: pytest.MonkeyPatch, weight: int, text: str, share: float, kind: str
) -> None:
    """A light rule, or a word that nobody has met beside one that is no whole phrase, asks sooner."""
    rules(monkeypatch, weight)
    taught(monkeypatch, {"tools:robots_list": share, NOTHING: 1 - share})
    assert answer(text).kind == kind


def test_tools_that_answer_alike_are_no_reason_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    rules(monkeypatch, 0)
    taught(monkeypatch, {"tools:robots_list": 0.32, "tools:fleet_status": 0.34, "tools:zones_list": 0.34})
    assert answer() is LISTED


def test_a_state_that_the_grammar_heard_is_taken_away_only_where_that_is_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(kind="tools", calls=(Call("robots_list", {"state": "idle"}),))
    taught(monkeypatch, {"tools:robots_list": 1.0}, robots_list__state={"idle": 0.1, ABSENT: 0.9})
    asked = learnt_call.with_learnt(reading, heard("xe rảnh"), as_it_is, as_it_is)
    assert (asked.kind, asked.calls) == ("clarify", (*reading.calls, Call("robots_list", {})))
    taught(monkeypatch, {"tools:robots_list": 1.0}, robots_list__state={"idle": 0.05, ABSENT: 0.95})
    answered = learnt_call.with_learnt(reading, heard("xe rảnh"), as_it_is, as_it_is)
    assert answered.calls == (Call("robots_list", {}),)


@pytest.mark.parametrize(
    "why",
    ["injection", "not_offered", "out_of_scope", "later", "all", "negated", "condition", "too_long", "press_button",
     "no_such_robot", "no_such_time", "no_such_thing", "which_place", "what_to_do"],
)  # fmt: skip
def test_what_is_refused_for_a_reason_stays_refused(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    taught(monkeypatch, {"tools:robots_list": 1.0})
    refused = Reading(kind="refuse", why=why)
    assert learnt_call.with_learnt(refused, heard("xe rảnh"), as_it_is, as_it_is) is refused


@pytest.mark.parametrize("text", ["dừng con đang sạc", "đóng hết mấy chỗ rảnh", "nếu xe rảnh thì báo"])
def test_a_wish_or_a_condition_gets_no_list_in_its_place(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    taught(monkeypatch, {"tools:robots_list": 1.0})
    assert learnt_call.with_learnt(UNSURE, heard(text), as_it_is, as_it_is) is UNSURE


@pytest.mark.parametrize("label", [f"{kind}:{name}" for kind in ("propose", "tools") for name in sorted(COMMANDS)])
def test_no_command_is_made_or_changed_by_it(monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    taught(monkeypatch, {label: 1.0})
    assert learnt_call.with_learnt(UNSURE, heard("robot 5"), as_it_is, as_it_is) is UNSURE
    wanted = Reading(kind="propose", calls=(Call("robot_pause", {"robot": "AMR-05"}),))
    taught(monkeypatch, {"tools:robot_get": 1.0})
    asked = Reading(kind="clarify", why="unsure", calls=wanted.calls)
    for reading in (wanted, asked):
        assert learnt_call.with_learnt(reading, heard("robot 5"), as_it_is, as_it_is) is reading


def test_what_it_stands_for_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    taught(monkeypatch, {"tools:robots_list": 1.0})
    points = Reading(kind="clarify", why="which")
    assert learnt_call.with_learnt(points, heard("xe rảnh"), as_it_is, as_it_is) is points


def test_a_robot_that_nobody_named_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    taught(monkeypatch, {"tools:robot_get": 1.0})
    assert learnt_call.with_learnt(UNSURE, heard("xe đâu rồi"), as_it_is, as_it_is) is UNSURE


def test_a_list_that_nothing_narrows_is_asked_about_beside_a_word_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    rules(monkeypatch, 10)
    taught(monkeypatch, {"tools:robots_list": 1.0}, unheld=["state"])
    assert answer() is LISTED, "it holds a state"
    every = Reading(kind="tools", calls=(Call("robots_list", {}),))
    assert (answer("đọc xe", every).kind, answer("đọc xe", every).why) == ("clarify", "unsure")
    taught(monkeypatch, {"tools:robots_list": 1.0})
    assert answer("đọc xe", every) is every


def test_a_word_that_nearly_always_says_a_state_is_kept_and_asked_for() -> None:
    reader = learning.learnt([*TAUGHT, said("xe nào nghỉ rảnh", "tools:robots_list", state="idle")])
    assert "ranh" in reader.telling["robots_list.state"], "said each time"
    assert "xe" not in reader.telling["robots_list.state"], "once of three times it is not"
    again = loaded(reader.written())
    assert again.telling == reader.telling
    assert again.unheld("robots_list", {}, heard("xe rảnh").text) == ["state"]
    assert again.unheld("robots_list", {"state": "idle"}, heard("xe rảnh").text) == []
    assert again.unheld("orders_find", {}, heard("đơn rảnh").text) == []
    assert again.unheld("robots_list", {}, heard("liệt kê xe").text) == []


def test_loading_it_leaves_no_crowd_of_small_pieces_behind() -> None:
    """Decoded from base 85 the weights came in 45,000 pieces, of which a process kept 2 MB for good."""
    text = learnt_reader().written()
    tracemalloc.start()
    try:
        reader = loaded(text)
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most - held < 10 * len(text), "what is held only while it is read: 7 times the text, 13 with base 85"
    assert reader.rows == learnt_reader().rows
