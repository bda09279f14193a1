"""Words misspelt by ear, by region or by a finger's slip: read where they can be only one word, else asked about."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amr_fleet.assistant.commands import assistant_app
from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.evaluate import Evaluation, load_facts, load_rows
from amr_fleet.assistant.misspelling import SLIPS, misspelt, misspelt_rows
from amr_fleet.assistant.slips import ALIKE, DOUBLED, ONE_LETTER, OTHER, SWAPPED, distance, is_syllable, sounds
from amr_fleet.assistant.spelling import Speller
from amr_fleet.assistant.text import fold, key
from amr_fleet.assistant.understanding import Understanding

EVAL = Path(__file__).parents[3] / "eval"
FACTS = load_facts(EVAL / "state.json")
UNDERSTANDING = Understanding(FACTS)
ROWS = [row for at in range(2, 8) for row in load_rows(EVAL / f"vi_{at}.jsonl")]


def ask(text: str) -> DialogueReply:
    return Conversation(user="hoa", role="operator").ask(UNDERSTANDING, text)


@pytest.mark.parametrize(
    ("typed", "meant", "price"),
    [
        ("xac", "sac", ALIKE),
        ("chuoc", "truoc", ALIKE),
        ("fan", "phan", 0.0),
        ("nghay", "ngay", 0.0),
        ("zo", "gio", ALIKE),
        ("bin", "pin", ALIKE),
        ("don", "dong", ALIKE),
        ("mat", "mac", ALIKE),
        ("baao", "bao", DOUBLED),
        ("hti", "thi", SWAPPED),
        ("bap", "bao", ONE_LETTER),
        ("bax", "bao", OTHER),
        ("pi", "pin", ONE_LETTER),
    ],
)
def test_what_sounds_alike_is_nearer_than_what_lies_beside(typed: str, meant: str, price: float) -> None:
    assert min(distance(typed, meant), distance(sounds(typed), sounds(meant))) == pytest.approx(price)


def test_a_sound_at_the_end_is_another_than_at_the_begin() -> None:
    assert distance("tan", "can") == pytest.approx(OTHER)  # t and c are alike at the end only
    assert distance("sa", "xa") == pytest.approx(ALIKE)
    assert distance("as", "ax") > ALIKE


@pytest.mark.parametrize(
    ("letters", "real"),
    [("khoang", True), ("nghi", True), ("gi", True), ("dung", True), ("ghao", False), ("zung", False),
     ("robtot", False), ("kua", False), ("cua", True), ("ngi", False), ("xuog", False)],
)  # fmt: skip
def test_what_may_be_a_word_of_vietnamese(letters: str, real: bool) -> None:
    assert is_syllable(letters) is real


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("robtot 5 đang ở đâu", "robot_get"),
        ("ddonw 412 chừng nào tới", "order_eta"),
        ("robot nào đang xạcc", "robots_list"),
        ("kảnh báo nào đang mở", "alarms_list"),
        ("ddown 413 bao giờ xong", "order_eta"),
        ("r0b0t 5 dg o dau z", "robot_get"),
        ("xe nào dag off z", "robots_list"),
    ],
)
def test_a_misspelt_question_is_the_question(text: str, name: str) -> None:
    assert [call.name for call in ask(text).calls] == [name]


@pytest.mark.parametrize(
    "text", ["dừng robit 5", "dừg robot 5", "zừng robot 5", "dừng robtot 5", "dừng conn 5", "dừn robot 5"]
)
def test_a_pause_at_once_needs_its_words_spelt_right(text: str) -> None:
    assert ask(text).executed == ()
    assert len(ask("dừng robot 5").executed) == 1


@pytest.mark.parametrize(
    "text",
    [
        "đừg dừng robot 3",
        "kkhông dừng robot 3",
        "khôgn được hủy đơn 413",
        "không đượx hủy đơn 413",
        "chưs nên dừng con 2",
        "kông cần đóng lối B1",
        "dnug dung robot 3",
        "neeu robot 5 ranh thi dung robot 3",
    ],
)
def test_a_misspelt_refusal_or_condition_is_no_command(text: str) -> None:
    assert ask(text).proposals == ()


def test_real_words_and_words_with_two_readings_stay_as_they_are() -> None:
    speller = Speller(["chạy", "trễ", "gạo", "dừng", "đừng", "phút", "đơn", "đến", "tiến"])
    assert speller.right("chạyy") == "chay"
    assert speller.right("khói") == "khoi"
    assert speller.right("ghạo") == key("gạo")
    assert speller.right("đxn") == "dxn"  # đơn or đến
    assert not speller.knows(speller.right("đxn"))
    assert speller.blurred(key("dừg"), key("dừng")) is False
    assert speller.blurred("dug", "dung")  # both have these letters once the marks are gone


def test_a_word_that_may_be_a_refusal_blurs_a_wish() -> None:
    speller = Speller(["không", "đừng", "chưa", "hủy", "đơn", "dừng"])
    assert speller.blurred(key("khôg"), key("khôg"))
    assert not speller.blurred(key("khôg"), key("không"))
    assert not speller.blurred("xi", "xi")


def test_the_same_seed_misspells_alike_and_codes_stay() -> None:
    text = "Đơn DH-0412 bao giờ tới A1W, robot AMR-06 sao đứng lâu vậy?"
    assert misspelt(text, random.Random(3)) == misspelt(text, random.Random(3))
    made = {misspelt(text, random.Random(seed)) for seed in range(40)}
    assert len(made) > 30
    assert all("DH-0412" in one and "A1W" in one and "AMR-06" in one for one in made)
    assert misspelt("", random.Random(1)) == ""
    assert misspelt("12 34 ?", random.Random(1)) == "12 34 ?"


@pytest.mark.parametrize("slip", SLIPS)
def test_each_slip_takes_any_word(slip: object) -> None:
    assert callable(slip)
    for word in ("đường", "nghiêng", "ở", "abc", "quả", "gì"):
        for seed in range(5):
            assert isinstance(slip(word, random.Random(seed)), str)


def test_misspelt_rows_of_the_sets_stay_understood_or_are_asked_about() -> None:
    rows = list(misspelt_rows(ROWS, 200, 1))
    outcomes = Evaluation(FACTS).run(rows)
    assert len(rows) == 200
    assert len({row["id"] for row in rows}) == 200
    assert sum(row["right"] for row in outcomes) >= 155
    wrong = [row for row in outcomes if not row["right"]]
    assert len([row for row in wrong if row["kind"] == "propose"]) <= 4
    assert all(row["executed"] == [] for row in wrong)
    assert sum(row["kind"] == "tools" for row in wrong) <= 18, "wrong answers: the others are questions back"


def test_rows_are_evaluated_misspelt_from_a_seed(tmp_path: Path) -> None:
    def said(*more: str) -> list[str]:
        files = (str(EVAL / "vi_2.jsonl"), "--fixture", str(EVAL / "state.json"), "--json", str(tmp_path / "out.json"))
        done = CliRunner().invoke(assistant_app, ["eval", *files, *more])
        assert done.exit_code == 0, done.output
        return [row["text"] for row in json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["rows"]]

    plain, misspelt_once = said(), said("--misspelt", "20", "--seed", "3")
    assert len(misspelt_once) == 20
    assert len(set(misspelt_once) - set(plain)) >= 18
    assert said("--misspelt", "20", "--seed", "3") == misspelt_once
    assert said("--misspelt", "20", "--seed", "4") != misspelt_once


def test_misspelt_refusals_seldom_become_proposals_and_never_act() -> None:
    said = ("Đừng dừng robot 3 nhé", "Không được hủy đơn 413", "Chưa cần đóng lối B1 đâu",
            "Nếu robot 5 rảnh thì dừng robot 3", "Thôi khỏi hủy đơn 412")  # fmt: skip
    answers = [
        ask(misspelt(text, random.Random(f"{seed}{text}"))) for seed in range(20) for text in (*said, *map(fold, said))
    ]
    assert [answer.text for answer in answers if answer.executed] == []
    assert sum(bool(answer.proposals) for answer in answers) <= 10


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Đóng cả B1 lẫn B2 tới năm giờ kém mười lăm để kiểm kê.", "until", "2026-11-26T16:45+07:00"),
        ("dong loi B1 toi 5h kem 15", "until", "2026-11-26T16:45+07:00"),
        ("Đóng lối B1 đến 5 giờ kém 10 chiều", "until", "2026-11-26T16:50+07:00"),
        ("Đơn nào đang đưa về A1 phía đông?", "to", "A1E"),
        ("don nao dang dua ve A1 phia tay", "to", "A1W"),
        ("Chỗ thứ hai của cửa ba còn trống không?", "station", "D03_2"),
        ("Thứ hai chạy được bao nhiêu đơn?", "period", "2026-11-23/2026-11-23"),
    ],
)
def test_what_is_said_backwards_sided_or_counted(text: str, name: str, value: object) -> None:
    answer = ask(text)
    calls = [proposal.call for proposal in answer.proposals] or list(answer.calls)
    assert {call.args.get(name) for call in calls} == {value}


def test_what_a_camera_holds_is_not_opened() -> None:
    for text in ("mở lại giao lộ 30 phía nam", "mở lại crossing_30_south"):
        answer = ask(text)
        assert (answer.kind, answer.why, answer.proposals) == ("refuse", "camera_holds", ())
    assert ask("mở lối A2").kind == "propose"  # a person closed it


@pytest.mark.parametrize(
    "text", ["chua can dung con 2 dau", "chưa cần dừng con 2 đâu nhé", "khong can huy don 413 dau"]
)
def test_not_at_all_is_no_question(text: str) -> None:
    assert (ask(text).kind, ask(text).why) == ("refuse", "negated")
