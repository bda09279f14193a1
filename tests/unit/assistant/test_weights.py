"""A weight is no number of loads: it is taken out of the sentence, and the proposal says that it is not in it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.understanding import Understanding
from amr_fleet.assistant.weights import taken

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))


def ask(*texts: str) -> DialogueReply:
    talk = Conversation(user="hoa", role="operator")
    return [talk.ask(UNDERSTANDING, text) for text in texts][-1]


@pytest.mark.parametrize(
    ("text", "weight", "qty"),
    [
        ("chở pallet 1,3 tấn từ D01 đến D02", "1,3 tấn", None),
        ("chở pallet nặng 1,2 tấn từ D01 đến D02", "1,2 tấn", None),
        ("chở pallet 3 tấn từ D01 đến D02", "3 tấn", None),
        ("tạo đơn từ D01 đến D02 nặng 1300 kg", "1300 kg", None),
        ("tạo đơn từ D01 đến D02 nặng 1.300kg", "1.300kg", None),
        ("thêm đơn 300 kg từ D01 đến D02", "300 kg", None),
        ("chở hai pallet một tấn rưỡi từ D01 đến D02", "một tấn rưỡi", 2),
        ("cho 3 tan gao tu D01 den D02", "3 tan", None),
        ("chở 1,3t gạo từ D01 đến D02", "1,3t", None),
        ("chở 5 tạ gạo từ D01 đến D02", "5 tạ", None),
        ("chở 4 pallet 800 ký từ D01 đến D02", "800 ký", 4),
        ("chở 412 kg gạo từ D01 đến D02", "412 kg", None),
    ],
)
def test_a_weight_is_never_a_number_of_loads_and_is_said_to_be_left_out(
    text: str, weight: str, qty: int | None
) -> None:
    answer = ask(text)
    (proposal,) = answer.proposals
    assert proposal.call.args.get("qty") == qty
    assert f"Khối lượng {weight} không có trong đơn này" in answer.text
    assert weight in proposal.effects[0]


@pytest.mark.parametrize("text", ["2 tấn thôi", "nặng hai tấn rưỡi", "không, 5 tấn cơ", "mỗi pallet nặng 1,2 tấn"])
def test_a_weight_behind_an_order_changes_no_number(text: str) -> None:
    answer = ask("chở 3 pallet từ D01 đến D02", text)
    assert [proposal.call.args["qty"] for proposal in answer.proposals] == [3]
    assert "không có trong đơn này" in answer.text


def test_a_part_of_a_pallet_is_asked_back() -> None:
    assert ask("chở 2,5 pallet gạo từ D01 đến D02").kind == "clarify"


@pytest.mark.parametrize("text", ["hủy đơn 412 kg", "robot 3 kg chạy nữa à", "cửa 3 ký nhận", "3t nữa", "17 tan ca"])
def test_short_units_that_are_other_words_stay(text: str) -> None:
    assert taken(text) == (text, ())


def test_the_number_of_a_door_stays_the_doors() -> None:
    assert taken("sang cửa 2 ba tạ rưỡi") == ("sang cửa 2 WEIGHT", ("ba tạ rưỡi",))


@pytest.mark.parametrize("text", ["ba " * 133, "111 " * 100, "1-" * 200, "1," * 200])
def test_a_long_row_of_numbers_is_read_in_time(text: str) -> None:
    begin = time.perf_counter()
    taken(text)
    assert time.perf_counter() - begin < 1.0


@pytest.mark.parametrize(
    "text", ["robot 3 chạy tiếp được không", "hủy đơn DH-0412 được không", "huy don 412 dc ko", "hủy đơn 412 được chứ"]
)
def test_whether_something_may_be_is_asked_back(text: str) -> None:
    answer = ask(text)
    assert (answer.kind, answer.why, answer.proposals) == ("clarify", "unsure", ())


def test_an_order_instead_of_a_cancelled_one_is_no_search() -> None:
    answer = ask("tạo đơn từ D01 đến D02 thay cho đơn bị hủy")
    assert answer.choices == ("Tạo đơn: từ D01, đến D02",)
