"""A command that nobody asked for is proposed by no sentence: not behind another command, not forbidden, not told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.understanding import Understanding

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))
CARRY = "chở 2 pallet gạo từ cửa 3 đến cửa 4"


def talk(*texts: str, role: str = "operator") -> DialogueReply:
    conversation = Conversation(user="hoa", role=role)
    return [conversation.ask(UNDERSTANDING, text, at=10.0 * at) for at, text in enumerate(texts)][-1]


def proposed(answer: DialogueReply) -> list[Call]:
    return [proposal.call for proposal in answer.proposals]


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (command, text)
        for command, texts in {
            "dừng robot 3": (
                *("robot 5 ở đâu", "pin robot 5", "robot 5 chở gì", "robot 5?", "robot 5", "còn robot 5"),
                *("robot 5 thì sao", "pin 5", "xe 5 sao"),
                *("robot 5 đang bận à", "thế robot 5", "robot 5 sao đứng", "robot 5 thôi"),
                *("trừ robot 5", "robot 5 o dau"),
                *("pin robot 5 còn mấy", "robot 5 được chưa", "vậy robot 5 chạy chưa", "robot 5 nhé?"),
                *("không robot 5", "không phải robot 5", "robot 5 không cần", "robot 5 và robot 6", "robot 5 ngon chứ"),
            ),
            "cho robot 3 chạy tiếp": ("robot 5 sao rồi", "robot 5 đang làm gì", "robot 5 kẹt à", "con 5"),
            "hủy đơn 412": (
                *("đơn 413 sao rồi", "đơn 413 ở đâu", "có đơn 413 không", "đơn 413", "đơn 413 trễ", "còn đơn 413"),
                *("đơn 413 xe nào chở", "don 413 sao roi", "đơn 413 gấp không", "đơn 413 thì giữ"),
            ),
            "đưa đơn 416 lên ưu tiên cao": ("đơn 413 ưu tiên gì", "đơn 413 hạn mấy giờ", "đơn 413 cao không"),
            "mở lối A2": ("lối B2 thế nào", "trạm sạc 2 rảnh không", "lối B2", "lối B2 đang đóng", "ở lối B2 có ai"),
            "đóng lối B1": ("cửa 5 đang bận à", "cửa 5 sao rồi", "lối B2 trống", "phía nam có ai không"),
            CARRY: ("cửa 5 thế nào", "xi măng ở đâu", "cửa 5", "gạo còn mấy pallet", "đến cửa 5 mất bao lâu"),
            "chở gạo từ cửa 6": ("cửa 5 thế nào", "xi măng ở đâu", "cửa 5 rảnh không", "đến cửa 5 bao lâu"),
            "xác nhận cảnh báo 31": ("cảnh báo 33 là gì", "cảnh báo 33", "cảnh báo 33 của ai"),
            "làm báo cáo tháng 10": ("tháng 9 thế nào", "năng suất tháng 9", "hôm qua có sự cố không"),
        }.items()
        for text in texts
    ],
)  # fmt: skip
def test_a_question_behind_a_command_is_no_command(command: str, text: str) -> None:
    answer = talk(command, text)
    assert (proposed(answer), answer.executed) == ([], ())


def test_a_question_behind_a_command_is_answered() -> None:
    assert talk("dừng robot 3", "robot 5 ở đâu").calls == (Call("robot_get", {"robot": "AMR-05"}),)
    assert talk("hủy đơn 412", "đơn 413 sao rồi").calls == (Call("order_get", {"order": "DH-0413"}),)
    assert talk("chở gạo từ cửa 6", "cửa 5 thế nào").calls == (Call("station_state", {"station": "D05"}),)


def test_who_may_not_command_is_answered_behind_a_command() -> None:
    assert talk("dừng robot 3", role="viewer").why == "not_allowed"
    for text in ("robot 5 ở đâu", "không, robot 5 cơ"):
        answer = talk("dừng robot 3", text, role="viewer")
        assert (answer.kind, answer.calls) == ("tools", (Call("robot_get", {"robot": "AMR-05"}),))


@pytest.mark.parametrize(
    ("command", "text", "wanted"),
    [
        ("cho robot 3 chạy tiếp", "không, dừng robot 5", ("robot_pause", "AMR-05")),
        ("cho robot 3 chạy tiếp", "không, dừng ngay robot 5", ("robot_pause", "AMR-05")),
        ("cho robot 3 chạy tiếp", "sai rồi, dừng robot 5 lại", ("robot_pause", "AMR-05")),
        ("cho robot 3 chạy tiếp", "dừng robot 5 mới đúng", ("robot_pause", "AMR-05")),
        ("cho robot 3 chạy tiếp", "không phải, dừng robot 5", ("robot_pause", "AMR-05")),
        ("cho robot 3 chạy tiếp", "không cho robot 5 chạy tiếp", ()),
        ("cho robot 3 chạy tiếp", "đừng cho robot 5 chạy chứ", ()),
        ("cho robot 3 chạy tiếp", "không, đừng cho robot 5 chạy tiếp", ()),
        ("cho robot 3 chạy tiếp", "không được cho robot 5 chạy tiếp", ()),
        ("cho robot 3 chạy tiếp", "không, robot 5 ở đâu", ()),
        ("dừng robot 3", "không, cho robot 5 chạy tiếp", ("robot_resume", "AMR-05")),
        ("dừng robot 3", "không phải robot 5 mà là robot 6", ("robot_pause", "AMR-06")),
        ("dừng robot 3", "không, robot 5 với robot 6", ()),
        ("dừng robot 3", "nhầm rồi, cho robot 3 chạy tiếp", ("robot_resume", "AMR-03")),
        ("dừng robot 3", "không, robot 5 đang hỏng", ()),
        ("dừng robot 3", "ý là đừng dừng robot 5", ()),
        ("dừng robot 3", "no, robot 5", ("robot_pause", "AMR-05")),
        ("chở gạo từ cửa 6", "cửa 6", ()),
        ("đóng lối B1", "không phải lối B1, lối B2", ("zone_close", "B2")),
        ("dừng robot 3", "không dừng robot 5", ()),
        ("dừng robot 3", "không dừng robot 5 cơ", ()),
        ("dừng robot 3", "không phải dừng robot 5", ()),
        ("dừng robot 3", "khoan dừng robot 5", ()),
        ("dừng robot 3", "không cần robot 5 đâu", ()),
        ("mở lối A2", "không, đóng lối B2", ("zone_close", "B2")),
        ("mở lối A2", "không được mở lối B2", ()),
        ("mở lối A2", "không, cấm lối B2", ("zone_close", "B2")),
        ("mở lối A2", "nhầm, đừng mở lối B2", ()),
        ("mở lối A2", "không mở lối B2 nhé", ()),
        ("đóng lối B1", "không, mở lối B2 ra", ("zone_open", "B2")),
        ("đóng lối B1", "không, mở lối B2 mà", ("zone_open", "B2")),
        ("đóng lối B1", "đừng đóng lối B2", ()),
        ("hủy đơn 412", "không hủy đơn 413", ()),
        ("hủy đơn 412", "không, ưu tiên đơn 413", ("order_priority", "DH-0413")),
        ("hủy đơn 412", "không, giữ đơn 413 lại", ()),
        ("hủy đơn 412", "không, để đơn 413 đó", ()),
        ("hủy đơn 412", "không hủy đơn 413 cơ mà", ()),
        ("hủy đơn 412", "khong huy don 413", ()),
        ("hủy đơn 412", "no, keep order 413", ()),
    ],
)
def test_who_puts_right_what_was_said_gets_what_is_said(command: str, text: str, wanted: Sequence[str]) -> None:
    answer = talk(command, text)
    assert answer.executed == ()
    calls = [(call.name, next(iter(call.args.values()))) for call in proposed(answer)]
    assert calls == ([wanted] if wanted else [])


@pytest.mark.parametrize(
    "text",
    [
        "nếu không còn ai ở đó, cho robot 5 chạy tiếp",
        "nếu không còn ai ở đó, mở lối A2 ra",
        "miễn là không còn ai, cho robot 5 chạy tiếp",
        "trừ khi không có ai phản đối, hủy đơn 412",
        "khi không còn ai trong làn, cho robot 5 chạy tiếp",
        "chờ không còn ai trong làn, cho robot 5 chạy tiếp",
        "chẳng có ai lấy hàng ra, robot 5 đứng yên",
        "không có ai được phép mở, mở lối A2 lại",
        "nếu không có gì thay đổi, hủy đơn 412 đi",
        "cho robot 5 chạy tiếp, miễn là không còn ai ở đó",
        "mở lối A2 ra, khi nào không còn ai ở đó",
        "lối A2 không còn ai cả, mở lối A2 ra",
        "chờ không còn xe nào ở đó, đóng lối A2 lại",
        "nghe nói không còn ai cần, hủy đơn 412 đi",
        "phòng khi không có ai trông, dừng robot 5 lại",
        "mai không còn ai ở đó, đóng lối A2 lại",
        "không có ai ở lối đó, robot 5 đi tiếp",
        "không có con nào chạy, robot 5 đứng lại",
        "doi khong con ai trong lan, cho robot 5 chay tiep",
    ],
)
def test_a_condition_in_one_clause_is_not_dropped(text: str) -> None:
    answer = talk(text)
    assert (proposed(answer), answer.executed) == ([], ())


@pytest.mark.parametrize(
    "text",
    [
        "à không cho dừng robot 6",
        "dừng robot 6 làm gì à không cho dừng robot 6",
        "sao robot 6 dừng à không dừng robot 6 nhé",
        "robot 5 chạy à không cần dừng robot 6",
        "à không dừng robot 6 nhé",
        "ai bảo dừng vậy à không được dừng robot 6",
        "không cho dừng robot 6",
        "đừng cho dừng robot 6",
        "a khong dung robot 6 nhe",
        "không cho hủy đơn 412",
        *(
            "robot 6 không chạy tiếp",
            "robot 6 đừng chạy lại",
            "robot 6 chưa chạy tiếp được",
            "robot 5 đừng chạy tiếp nhé",
        ),
        *("đơn 412 không hủy", "đơn 412 đừng hủy nhé", "đơn 412 khỏi hủy", "đơn 412 đừng ưu tiên", "don 412 dung huy"),
        *(
            "lối A2 đừng mở lại",
            "lối A2 không mở ra",
            "lối A2 chưa mở lại",
            "lối A2 đừng đóng lại",
            "lối A2 khoan mở ra",
        ),
        *("robot 5 không dừng lại", "robot 5 đừng dừng lại", "robot 5 không đứng yên", "cảnh báo 31 đừng nhận"),
        *("robot 6 will not start", "robot 6 does not continue", "đơn 412 không cần ưu tiên"),
        "không cho ai mở lối A2 lại",
        *("cấm dừng robot 5", "dừng robot 5 là không được", "hủy đơn 412 là sai", "mở lối A2 là không an toàn"),
        *("có cần dừng robot 5", "lúc sáng dừng robot 5", "dừng robot 5 sau 5 phút", "hủy đơn 412 thì không nên"),
        *("robot 5 dừng lại rồi", "đóng lối A3 rồi", "mở lối A2 rồi", "đơn 412 hủy rồi"),
    ],
)
def test_what_is_forbidden_is_not_proposed(text: str) -> None:
    answer = talk(text)
    assert (proposed(answer), answer.executed) == ([], ())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("robot 6 không chạy, cho robot 6 chạy tiếp đi", "robot_resume"),
        ("đơn 412 không làm nữa", "order_cancel"),
        ("đơn 412 không cần gấp", "order_priority"),
        ("lối A2 cấm vào", "zone_close"),
    ],
)
def test_what_is_wanted_with_a_word_that_denies_is_proposed(text: str, wanted: str) -> None:
    assert [call.name for call in proposed(talk(text))] == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "sếp dừng robot 5",
        "paused robot 5 nhé",
        "robot 6 chạy, à không, dừng robot 5 nhé",
        "ý tôi là dừng robot 5 nhé",
        "stopped robot 5",
        "stop robot 5",
        "dừng robot 6, à nhầm, dừng robot 5",
        "nói lại: dừng robot 5 ngay",
        "khách dừng robot 5",
    ],
)
def test_only_a_persons_own_plain_words_act_at_once(text: str) -> None:
    assert talk(text).executed == ()


@pytest.mark.parametrize("text", ["dừng robot 5", "Dừng ngay robot 5!", "làm ơn dừng robot 5 lại", "ＤỪＮＧ robot 5"])
def test_a_persons_own_plain_words_do_act_at_once(text: str) -> None:
    assert talk(text).executed == (Call("robot_pause", {"robot": "AMR-05"}),)


@pytest.mark.parametrize(
    "text",
    [
        "do not resume robot 5",
        "don't cancel order 412",
        "please don't close aisle A3",
        "never pause robot 5",
        "should i cancel order 412",
        "don’t stop robot 5",
        "you must not open aisle A2",
        "you can't cancel order 412",
        "cannot close aisle A3",
        "no need to cancel order 412",
        "can i cancel order 412",
        "should we pause robot 5",
        "is it ok to cancel order 412",
        "i didn't cancel order 412",
        "we won't close aisle A3",
        "dont pause robot 5",
        "do not ever open aisle A2",
        "robot 5 must not be paused",
        "unless the customer objects, cancel order 412",
        "once order 413 is done cancel order 412",
        "provided nobody is there, resume robot 5",
        "đừng có cancel order 412",
        "don't prioritize order 412",
        "do not let robot 5 continue",
    ],
)
def test_english_that_forbids_asks_or_waits_is_no_command(text: str) -> None:
    answer = talk(text)
    assert (proposed(answer), answer.executed) == ([], ())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cancel order 412 please", "order_cancel"),
        ("can you cancel order 412", "order_cancel"),
        ("could you please pause robot 5", "robot_pause"),
        ("please do not forget to close aisle A3", "zone_close"),
        ("resume robot 5 right away", "robot_resume"),
    ],
)
def test_english_that_wants_something_is_proposed(text: str, name: str) -> None:
    assert [call.name for call in proposed(talk(text))] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "hủy đơn 412 99999999999999999 giờ nữa",
        "năng suất 30000 tháng qua",
        "sự cố ngày 31 tháng 12 năm 9999",
        "ca đêm ngày 31 tháng 12 năm 9999",
        "sự cố ngày 1 tháng 1 năm 0001",
        f"đóng A3W trong {'1' * 54} phút",
        "năng suất ngày 31/2",
        "năng suất ngày 31 tháng 2",
        "năng suất tháng 13",
        "năng suất quý 7",
        "năng suất tháng 5 năm 9999",
        "năng suất ngày 45",
        "có cảnh báo nào trong 99999 phút gần đây",
        "robot 5 còn chạy được 1000000 giờ nữa không",
        "làm báo cáo ngày 30/2",
    ],
)
def test_a_time_that_does_not_exist_is_asked_back(text: str) -> None:
    answer = talk(text)
    assert (answer.kind, answer.calls, answer.executed) == ("clarify", (), ())
    assert answer.why in ("no_such_time", "no_such_thing", "unsure")


@pytest.mark.parametrize(
    "text",
    [
        *("năng suất ngày 20/11", "năng suất 300 phút qua", "năng suất tháng 12 năm 2025"),
        "pallet 893012345678901234 ngày qua ở đâu",
    ],
)
def test_a_time_that_exists_is_read(text: str) -> None:
    assert talk(text).kind == "tools"


@pytest.mark.parametrize(
    ("texts", "waiting"),
    [
        ((CARRY, "không, đến cửa 5 cơ"), [("order_create", "D05")]),
        ((CARRY, "3 pallet thôi"), [("order_create", "D04")]),
        (("đóng lối A3 lại", "ý tôi là B3", "20 phút thôi"), [("zone_close", "B3")]),
        (("mở lối A2", "không, đóng lối B2"), [("zone_close", "B2")]),
        (("hủy đơn 412", "hủy đơn 413"), [("order_cancel", "DH-0412"), ("order_cancel", "DH-0413")]),
    ],
)
def test_a_proposal_that_was_put_right_waits_no_longer(texts: Sequence[str], waiting: list[tuple[str, str]]) -> None:
    conversation = Conversation(user="hoa", role="operator")
    made = [conversation.ask(UNDERSTANDING, text, at=5.0 * at) for at, text in enumerate(texts)]
    left = [proposal.call for proposal in conversation.proposals.values()]
    assert [(call.name, call.args.get("to") or next(iter(call.args.values()))) for call in left] == waiting
    if len(waiting) == 1:
        with pytest.raises(LookupError, match="no_proposal"):
            conversation.waiting(made[0].proposals[0].proposal_id, user="hoa", at=20.0)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("dừng robot 6, à không, dừng robot 5 và hủy đơn 412", ["AMR-05", "DH-0412"]),
        ("hủy đơn 413, à nhầm, hủy đơn 412 rồi đóng lối B2", ["DH-0412", "B2"]),
    ],
)
def test_of_several_wishes_none_is_one_that_was_taken_back(text: str, wanted: Sequence[str]) -> None:
    answer = talk(text)
    assert ([next(iter(call.args.values())) for call in proposed(answer)], answer.executed) == (wanted, ())


def test_a_question_that_was_taken_back_is_not_answered_too() -> None:
    answer = talk("robot 6 ở đâu và pin sao, à không, đơn 412 bao giờ xong")
    assert answer.calls == (Call("order_eta", {"order": "DH-0412"}),)


def test_reading_a_sentence_twice_finds_the_same_robots() -> None:
    text = "robot nào ngoài con 8 và con 5 ra đang lỗi"
    alone, behind = talk("robot nào ngoài con 8 ra đang lỗi"), talk("dừng robot 3", "robot nào ngoài con 8 ra đang lỗi")
    assert alone.calls == behind.calls != ()
    assert talk(text).calls == talk("năng suất hôm nay", text).calls


@pytest.mark.parametrize(
    "texts",
    [
        ("robot 12 đang ở đâu?", "thôi được rồi, dừng nó đi"),
        ("Chuyển đơn của con 11 cho con 9 chạy thay.",),
        ("Release e-stop con 8 đi, mechanic fix xong rồi",),
        ("Nửa tiếng nữa hãy đóng lối B3, giờ còn xe ở trong.",),
        ("15 phút nữa đóng lối B3 nhé",),
    ],
)
def test_what_wants_the_opposite_or_wants_it_later_is_not_proposed(texts: tuple[str, ...]) -> None:
    conversation = Conversation(user="hoa", role="operator")
    answer = [conversation.ask(UNDERSTANDING, text, at=float(at)) for at, text in enumerate(texts)][-1]
    assert answer.kind in ("clarify", "refuse"), answer.proposals
    assert not answer.executed
