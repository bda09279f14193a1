"""Slips of the finger that the words beside them explain, and arguments that are never lost in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.patterns import pattern, word_pairs
from amr_fleet.assistant.spelling import Speller
from amr_fleet.assistant.text import key
from amr_fleet.assistant.understanding import Understanding

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))


def ask(text: str) -> DialogueReply:
    return Conversation(user="hoa", role="operator").ask(UNDERSTANDING, text)


def first(text: str) -> dict[str, object]:
    answer = ask(text)
    calls = [proposal.call for proposal in answer.proposals] or list(answer.calls)
    return dict(calls[0].args) if calls else {}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Danh sách cảnh báoo đang mở của trạm sạc CH2.", "state", "open"),
        ("Tổng kết ca sánng hôm nay giúp tôi.", "shift", "morning"),
        ("Tạo đơn chở pân bón từ cổng G1 vào A3E, hạn 18 giờ.", "goods", "phân bón"),
        ("Đóng lối B2 trong 15 phú.", "minutes", 15.0),
        ("Đóng lối B2 trong mười lăm phú", "minutes", 15.0),
        ("độ sẵn sàg hôm nay", "name", "availability"),
        ("năng suấ hôm qua", "period", "yesterday"),
    ],
)
def test_a_slip_is_read_as_what_stands_beside_its_neighbour(text: str, name: str, value: object) -> None:
    assert first(text)[name] == value


@pytest.mark.parametrize("text", ["dừnng robot 5", "dừn robot 5", "hủuy đơn 412", "đóngg lối A2 lại"])
def test_a_slip_in_the_verb_of_a_command_does_nothing_at_once(text: str) -> None:
    assert ask(text).executed == ()


def test_a_length_that_nobody_reads_is_asked_about() -> None:
    assert ask("Đóng lối B2 trong 15 phxx").kind == "clarify"
    assert ask("Đóng lối B2").kind == "propose"


@pytest.mark.parametrize(
    ("said", "minutes"),
    [("2 ngày rưỡi", 3600.0), ("5 phút rưỡi", 5.5), ("2 tiếng rưỡi", 150.0), ("nửa tiếng", 30.0), ("1 ngày", 1440.0)],
)
def test_half_a_unit_more_is_half_of_that_unit(said: str, minutes: float) -> None:
    assert first(f"Đóng lối B2 trong {said}")["minutes"] == minutes


def test_neighbours_come_from_the_patterns() -> None:
    pattern("bò (đỏ|vàng) sữa")
    assert {("bò", "đỏ"), ("bò", "vàng"), ("đỏ", "sữa"), ("vàng", "sữa")} <= word_pairs()


def test_only_one_word_a_slip_away_is_taken() -> None:
    speller = Speller(
        ["phân", "bón", "dừng", "lại", "cảnh", "báo"], [("phân", "bón"), ("dừng", "lại"), ("cảnh", "báo")]
    )
    assert speller.beside(["pân", "bón"])[0] == "phan'c"
    assert speller.beside(["dứn", "lại"])[0] == "dứn"  # a verb of command is never guessed
    assert speller.beside(["xyz", "bón"])[0] == "xyz"
    assert speller.beside(["15", "phú"])[1] == "phut's"
    assert speller.beside(["15", "ph"])[1] == "ph"  # too short to say


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("Những đơn ưu tiên cao nào vẫn đang chờ phân công?", {"state": "waiting", "priority": "high"}),
        ("Cho xem các cảnh báo mức lỗi của robot 11.", {"severity": "error", "robot": "AMR-11"}),
        ("Danh sách robot đang rảnh và pin thấp hơn 70%.", {"state": "idle", "battery_below": 70.0}),
        ("Độ sẵn sàng quý III năm 2026", {"name": "availability", "period": "2026-Q3"}),
        ("do san sang tu ngay 1 den het ngay 15 thang 11", {"name": "availability", "period": "2026-11-01/2026-11-15"}),
        ("dien ton bao nhieu moi don thang nay", {"name": "energy_per_order", "period": "this_month"}),
        ("Ca sáng hôm nay làm được mấy đơn?", {"name": "throughput", "period": "shift:morning"}),
        ("Chuông reo nãy giờ là cảnh báo gì?", {}),
    ],
)
def test_arguments_are_neither_lost_nor_invented(text: str, args: dict[str, object]) -> None:
    assert ask(text).kind == "tools"
    assert first(text) == args


def test_a_shift_of_today_that_has_not_begun_is_not_the_last_one() -> None:
    assert first("năng suất ca đêm hôm nay")["period"] == "2026-11-26T22:00+07:00/2026-11-27T06:00+07:00"


def test_two_loads_are_two_questions() -> None:
    for text, loads in (
        (
            "Container TCLU4567891 và MSCU1234565 đang ở đâu?",
            [{"container": "TCLU4567891"}, {"container": "MSCU1234565"}],
        ),
        (
            "pallet 893850000000000017 đâu rồi, còn thùng MSCU1234565 nữa",
            [{"sscc": "893850000000000017"}, {"container": "MSCU1234565"}],
        ),
    ):
        assert [call.args for call in ask(text).calls] == loads


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Chuyển một pallet gạo từ cửa số 4 vào lối A1.", "which_place"),  # no load stands in an aisle
        ("Hủy đơn phân bón giúp tôi.", "need_order"),
        ("Đóng cái lối đằng bển lại nghen.", "need_station"),
        ("Đổi mức ưu tiên của đơn 417", "unsure"),
        ("chuyen cai pallet do wa kho B dum", "need_from"),
    ],
)
def test_what_is_missing_is_asked_for(text: str, why: str) -> None:
    answer = ask(text)
    assert (answer.kind, answer.why, answer.proposals) == ("clarify", why, ())


def test_to_which_level_is_what_is_said_last() -> None:
    for text, level in (
        ("Nâng đơn 417 từ thấp lên cao", "high"),
        ("Hạ đơn 412 từ cao xuống bình thường", "normal"),
        ("Set priority của DH-0420 về normal.", "normal"),
        ("Ha muc uu tien cua don DH-0419 xuong thap.", "low"),
    ):
        assert first(text)["priority"] == level
    assert ask("mức ưu tiên của đơn 415 là gì?").kind == "tools"


def test_to_see_all_of_the_fleet_is_a_question() -> None:
    assert [call.name for call in ask("Cho tôi xem status của toàn bộ fleet.").calls] == ["fleet_status"]
    assert ask("Dừng toàn bộ robot").why == "all"


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("đóng lối A2 một giờ", "minutes", 60.0),  # not until one o'clock
        ("đóng lối A2 2 giờ để dọn", "minutes", 120.0),
        ("đóng lối A2 tới 5 giờ chiều", "until", "2026-11-26T17:00+07:00"),
        ("đóng lối A2 từ 15 giờ đến 17 giờ", "until", "2026-11-26T17:00+07:00"),
        ("Nếu ngưng robot 2 trong một giờ thì đơn nào trễ?", "minutes", 60.0),
        ("Yêu cầu đóng lối B1 trong 45 phút do sửa chữa.", "reason", "sửa chữa"),
        ("dong loi B1 45 phut de sua chua", "minutes", 45.0),
        ("ton kho phan bon con nhieu k", "goods", "phân bón"),
        ("pallet phan bon con bao nhieu o A2W", "station", "A2W"),
    ],
)
def test_lengths_moments_and_reasons_are_told_apart(text: str, name: str, value: object) -> None:
    assert first(text)[name] == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("đóng lối A2 lúc 16 giờ", "later"),
        ("đóng lối A2 từ 16 giờ đến 17 giờ", "later"),
        ("Đổi hạn đơn 412 thành 17 giờ", "not_offered"),
        ("Cho robot 3 về trạm sạc", "not_offered"),
        ("Gia hạn giấy phép thử nghiệm thêm ba tháng", "not_offered"),
        ("xóa lịch sử cảnh báo hôm nay đi", "not_offered"),
    ],
)
def test_what_cannot_be_done_now_is_refused(text: str, why: str) -> None:
    answer = ask(text)
    assert (answer.kind, answer.why, answer.proposals) == ("refuse", why, ())


def test_a_figure_that_nobody_keeps_is_asked_about() -> None:
    assert ask("Tỷ lệ robot rảnh trong tuần này").kind == "clarify"
    assert ask("tốc độ trung bình của robot hôm nay").kind == "clarify"
    assert first("robot nào chạy nhiều nhất tuần này")["name"] == "throughput"


def test_further_notice_is_an_open_end_and_a_condition_is_not() -> None:
    assert ask("Khóa lối A3 tới khi có thông báo mới").kind == "propose"
    assert ask("Khóa lối A3 khi robot 5 tới").kind == "refuse"


@pytest.mark.parametrize(
    "text",
    [
        "bo qua don 413",  # to skip is not to cancel
        "dua don 412 len man hinh",
        "cho xe 5 qua cua 3",  # to let one robot through opens no door
        "Khách hỏi hủy đơn 420 được không",
        "Cho tôi xem camera 3",
    ],
)
def test_a_verb_that_is_not_in_the_sentence_is_never_proposed(text: str) -> None:
    assert ask(text).proposals == ()


def test_a_part_of_a_month_is_not_the_month() -> None:
    assert ask("Năng suất nửa đầu tháng 11").kind == "clarify"
    assert first("mức bận robot trong giờ qua")["period"] == "2026-11-26T14:10+07:00/2026-11-26T15:10+07:00"


@pytest.mark.parametrize(
    "text",
    [
        "Đơn gạo và đơn phân bón đang chạy",  # two goods, one argument
        "Chở 3 pallet gạo và 2 pallet cám từ cửa 5 tới A3W",
        "Tạo 2 đơn gạo từ cửa 5 tới A3W",
        "Tạo đơn chở phân từ G2 vào A2E, giao cho robot 4",  # which robot is not for people to say
        "Đơn từ cửa 2 và cửa 5",
        "Dừng robot 4 trong 10 phút",
        "Ưu tiên đơn 420 hơn đơn 412",
    ],
)
def test_what_an_argument_cannot_hold_is_asked_about(text: str) -> None:
    answer = ask(text)
    assert (answer.kind, answer.why, answer.proposals) == ("clarify", "unsure", ())


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("Cho con số 4 nghỉ xả hơi chút đi", ["robot_pause"]),
        ("Dỡ cái chặn chỗ lối A2 ra đi", ["zone_open"]),
        ("Bít cái lối B2 lại nửa tiếng nghen", ["zone_close"]),
        ("Đóng lối A2 và lối B1 trong 20 phút", ["zone_close", "zone_close"]),
        ("đóng lối A2 khoảng 10 phút", ["zone_close"]),
        ("Tạo đơn 2 pallet gạo từ cửa 5 tới A3W", ["order_create"]),
    ],
)
def test_southern_wishes_are_the_right_ones(text: str, tools: list[str]) -> None:
    assert [proposal.call.name for proposal in ask(text).proposals] == tools


def test_a_wish_for_ten_minutes_from_now_is_refused() -> None:
    assert ask("Cho robot 5 chạy tiếp sau 10 phút").why == "later"


def test_goods_with_two_names_are_one() -> None:
    assert ask("Lúa gạo để ở đâu?").kind == "tools"


def test_the_words_of_a_site_are_learnt_once_until_a_new_name_is_there() -> None:
    facts = UNDERSTANDING.facts
    assert Understanding(facts).speller is Understanding(facts).speller
    order = facts.orders[0].model_copy(update={"goods": "sầu riêng"})
    other = Understanding(facts.model_copy(update={"orders": (order, *facts.orders[1:])}))
    assert other.speller.right("sầuu") == key("sầu")
    assert other.hear("đơn sầuu riêng tới đâu").mentions.goods == "sầu riêng"
