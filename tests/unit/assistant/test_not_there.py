"""What is not there, or is denied, is said to be unknown with what can be asked: never passed over in an answer."""

from __future__ import annotations

import pytest

from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.reading import Call
from tests.unit.assistant.asked import UNDERSTANDING, said


def reply(*sentences: str) -> DialogueReply:
    """Return the last answer of a conversation."""
    talk = Conversation(user="lan", role="operator")
    return [talk.ask(UNDERSTANDING, text, at=5.0 * at) for at, text in enumerate(sentences)][-1]


@pytest.mark.parametrize("text", ["Pallet 389345679999999994 ở đâu", "container TCLU9999999 ở đâu?"])
def test_a_load_that_no_book_has_is_unknown_and_what_the_book_has_is_named(text: str) -> None:
    answer = reply(text)
    assert [result.known for result in answer.results] == [False]
    assert answer.text.startswith("Không biết")
    assert "gạo" in answer.text


def test_goods_that_nobody_knows_are_asked_for_with_those_of_the_book() -> None:
    answer = reply("hang dien tu o dau")
    assert answer.kind == "clarify"
    assert "Trong sổ đang có: gạo" in answer.text


@pytest.mark.parametrize(
    "text", ["cửa 99 đang thế nào?", "Kho Z còn robot nào không?", "khu C đang đóng à", "đơn 9999 tới đâu rồi"]
)
def test_a_place_or_order_that_is_not_there_is_no_answer_about_all_of_them(text: str) -> None:
    """ "Kho Z còn robot nào không?" listed all robots of the site."""
    answer = reply(text)
    assert (answer.kind, answer.results) == ("clarify", ())
    assert "Có thể hỏi về chỗ D01" in answer.text
    assert "đơn đang mở DH-0412" in answer.text


def test_a_hall_that_is_there_and_small_letters_that_are_words_are_no_strange_hall() -> None:
    for text in ("Kho A còn robot nào không?", "con nào rảnh ở kho a", "con nào ở khu e nè", "KHO NAO CON ROBOT"):
        assert said(text).why != "no_such_thing", text


def test_a_robot_that_is_not_there_is_answered_with_those_that_are() -> None:
    assert "Ở đây có: AMR-01" in reply("robot hai mươi mốt ở đâu").text


@pytest.mark.parametrize("text", ["robot màu xanh đang ở đâu", "robot nhãn hiệu gì vậy"])
def test_what_a_robot_looks_like_is_no_list_of_all(text: str) -> None:
    assert reply(text).results == ()


@pytest.mark.parametrize(
    "text",
    ["chở sầu riêng từ B2 sang cửa 5", "chuyển ống nhựa từ B2 sang cửa 5 gấp", "chở 3 pallet ống nhựa từ B2 qua cửa 5"],
)
def test_an_order_is_not_offered_without_its_goods(text: str) -> None:
    """It offered an order from place to place, and who read quickly pressed it."""
    answer = reply(text)
    assert (answer.kind, answer.why, answer.proposals) == ("clarify", "no_such_goods", ())
    assert "gạo" in answer.text


@pytest.mark.parametrize(
    "text",
    ["chở hàng từ B2 sang cửa 5", "chở giúp em 2 pallet từ B2 sang cửa 5", "lấy gạo ở B1 giao cửa 5",
     "chở trước 2 pallet từ B2 sang cửa 5"],
)  # fmt: skip
def test_an_order_whose_goods_nobody_names_or_everybody_knows_is_offered(text: str) -> None:
    assert reply(text).kind == "propose"


def test_of_two_goods_with_two_numbers_each_is_offered_without_the_other_s() -> None:
    """The choice was phân bón with the number of the rice."""
    reading = said("chở hai pallet gạo với ba pallet phân bón từ B1 qua cửa 5")
    assert reading.kind == "clarify"
    assert sorted(str(call.args["goods"]) for call in reading.calls) == ["gạo", "phân bón"]
    assert not any("qty" in call.args for call in reading.calls)


@pytest.mark.parametrize(
    ("text", "denied"),
    [("robot nào không chạy", "moving"), ("có con nào hổng chịu chạy hông", "moving"),
     ("robot nao chua sac", "charging"),
     ("con nào không rảnh", "idle"), ("đơn nào không trễ", "late"), ("which robots are not moving", "moving")],
)  # fmt: skip
def test_a_state_that_is_denied_is_not_answered_with_who_is_in_it(text: str, denied: str) -> None:
    reading = said(text)
    assert reading.kind == "clarify"
    assert 0 < len(reading.calls) <= 3
    assert denied not in [call.args.get("state") for call in reading.calls]


def test_a_question_whether_one_is_in_a_state_denies_nothing() -> None:
    for text, state in (("có con nào chạy không", "moving"), ("robot nào rảnh không", "idle")):
        assert said(text).calls == (Call("robots_list", {"state": state}),), text
    assert said("đơn nào chưa xong").calls == (Call("orders_find", {"state": "open"}),)


def test_a_wish_on_a_condition_adds_nothing_to_the_question_before() -> None:
    """Behind a question about one robot it was answered about the other."""
    answer = reply("sao con 6 đứng hoài vậy", "nếu robot 3 hết pin thì dừng nó lại")
    assert (answer.kind, answer.why) == ("refuse", "condition")


@pytest.mark.parametrize("verb", ["xả", "nhả", "gỡ", "mở", "rút", "tháo", "kéo"])
def test_nobody_releases_an_emergency_stop_whatever_word_is_used(verb: str) -> None:
    """ "Xả dừng khẩn robot 4" was offered as a pause of robot 4."""
    assert reply(f"{verb} dừng khẩn robot 4").why == "not_offered"


def test_an_order_of_a_load_that_lies_nowhere_says_so() -> None:
    answer = reply("dua pallet 389345679999999994 toi A1E_3")
    assert (answer.kind, answer.why) == ("clarify", "need_from")
    assert "389345679999999994" in answer.text
    assert "trong sổ không có" in answer.text


@pytest.mark.parametrize(
    "text",
    ["robot 4 kéo hàng bị lệch, dừng khẩn cấp robot 4", "kéo hàng kẹt rồi dừng khẩn robot 4 ngay",
     "dây rút bị quấn vào bánh, dừng khẩn robot 4", "nước xả ra sàn, dừng khẩn cấp robot 4",
     "Kho Z cháy, dừng robot 4"],
)  # fmt: skip
def test_why_somebody_must_stop_and_where_keep_no_stop_from_being_offered(text: str) -> None:
    """Words of releasing an emergency stop are everyday words of its cause: such a stop was refused."""
    answer = reply(text)
    assert answer.kind == "propose"
    assert [(one.call.name, one.call.args.get("robot")) for one in answer.proposals] == [("robot_pause", "AMR-04")]
