"""What was talked about stands for "nó" and is asked about another thing, for five minutes and no longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.assistant import learnt_call, understanding
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.learnt_call import Check
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.talked_about import FRAME_SECONDS, TalkedAbout, about, followed, resolved, said_by_itself
from amr_fleet.assistant.understanding import Understanding

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))


def talked(text: str) -> TalkedAbout:
    frame = TalkedAbout()
    UNDERSTANDING.read(text, frame, at=0.0)
    return frame


@pytest.mark.parametrize(
    ("before", "text", "kind", "names"),
    [
        ("robot 6 đang ở đâu?", "nó còn bao nhiêu pin", "robots", ["AMR-06"]),
        ("đơn 412 tới đâu rồi?", "đơn đó có trễ không", "orders", ["DH-0412"]),
        ("cửa 3 thế nào?", "chỗ đó còn trống không", "places", ["D03"]),
        ("robot 6 đang ở đâu?", "robot 5 còn bao nhiêu pin", "robots", ["AMR-05"]),  # named: nothing is filled in
    ],
)
def test_it_is_the_last_thing_of_its_kind(before: str, text: str, kind: str, names: list[str]) -> None:
    heard = resolved(UNDERSTANDING.hear(text), talked(before), FRAME_SECONDS)
    found = getattr(heard.mentions, kind)
    assert [name if isinstance(name, str) else next(iter(name.values())) for name in found] == names


def test_after_five_minutes_nothing_is_filled_in() -> None:
    heard = UNDERSTANDING.hear("nó còn bao nhiêu pin")
    assert resolved(heard, talked("robot 6 đang ở đâu?"), FRAME_SECONDS + 0.1) is heard
    assert resolved(heard, TalkedAbout(), 0.0) is heard


@pytest.mark.parametrize(
    ("before", "text", "call"),
    [
        ("vì sao robot 6 đứng?", "còn robot 5?", Call("robot_why_waiting", {"robot": "AMR-05"})),
        ("năng suất hôm nay?", "còn hôm qua?", Call("kpi", {"name": "throughput", "period": "yesterday"})),
        ("tóm tắt ca trước", "còn ca sáng?", Call("shift_summary", {"shift": "morning"})),
    ],
)
def test_the_last_question_is_asked_about_another_thing(before: str, text: str, call: Call) -> None:
    heard = UNDERSTANDING.hear(text)
    assert followed(heard, talked(before), 1.0) == Reading(kind="tools", calls=(call,))
    assert followed(heard, talked(before), FRAME_SECONDS + 1.0) is None


@pytest.mark.parametrize("before", ["dừng robot 6", "bạn giúp được gì?"])
def test_a_command_and_help_are_followed_by_nothing(before: str) -> None:
    assert followed(UNDERSTANDING.hear("còn robot 5?"), talked(before), 1.0) is None


def test_what_a_call_is_about() -> None:
    frame = talked("robot 6 đang ở đâu?")
    assert about(Call("battery_forecast", {"robot": "AMR-06"}), frame)
    assert not about(Call("battery_forecast", {"robot": "AMR-05"}), frame)


def test_a_whole_question_is_none_that_adds_to_the_one_before() -> None:
    heard = UNDERSTANDING.hear("tại sao robot 5 đứng im nãy giờ vậy")
    call = Call("robot_why_waiting", {"robot": "AMR-05"})
    assert said_by_itself(Reading(kind="tools", calls=(call,)), heard, Call("kpi"))
    assert not said_by_itself(None, heard, Call("kpi"))
    assert said_by_itself(Reading(kind="propose", calls=(Call("robot_pause"),)), heard, Call("kpi"))


def test_what_names_its_things_is_weighed_behind_an_answer_as_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    weighed = learnt_call.with_learnt

    def listened(reading: Reading, said: Heard, check: Check, look: Check) -> Reading:
        heard.append(said.typed)
        return weighed(reading, said, check, look)

    monkeypatch.setattr(understanding, "with_learnt", listened)
    for text in ("hủy đơn 412", "nó còn bao nhiêu pin", "nó có ở cửa 5 không"):
        UNDERSTANDING.read(text, talked("robot 6 đang ở đâu?"), at=1.0)
    assert [text for text in heard if text != "robot 6 đang ở đâu?"] == ["hủy đơn 412"], "nó: a word is missing"


def test_a_truck_in_a_remark_narrows_no_list_of_robots_behind_an_answer() -> None:
    text = "xe tai doi o cua 11, tai xe chui qua troi, cua do dang co robot nao khong"
    reading, _ = UNDERSTANDING.read(text, talked("robot 5 đang ở đâu"), at=1.0)
    assert reading.calls == (Call("robots_list", {"place": "D11"}),)
