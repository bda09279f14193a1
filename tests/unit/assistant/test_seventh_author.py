"""What the questions and dialogues of a seventh author showed, in other sentences than that author's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from amr_fleet.assistant import wording
from amr_fleet.assistant.evaluate import Evaluation, figures, load_facts, load_rows
from amr_fleet.assistant.reading import Reading
from amr_fleet.assistant.talked_about import TalkedAbout
from amr_fleet.assistant.understanding import Understanding
from tests.unit.assistant.asked import calls

EVAL = Path(__file__).parents[3] / "eval"
FACTS = load_facts(EVAL / "state.json")
UNDERSTANDING = Understanding(FACTS)


def said(*sentences: str) -> Reading:
    """Return what the last of some sentences in a row means."""
    frame = TalkedAbout()
    return [UNDERSTANDING.read(text, frame, at=float(at))[0] for at, text in enumerate(sentences)][-1]


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("Chừng nào lô trái cây mới vô tới chỗ B2", "order_eta", {"order": "DH-0415"}),
        ("hàng đi cửa 3 mấy giờ mới tới", "order_eta", {"order": "DH-0412"}),
        ("Giờ về của 416 là mấy giờ", "order_eta", {"order": "DH-0416"}),
        ("Bao lâu nữa con năm mới chở gạo ra tới", "order_eta", {"order": "DH-0416"}),
        ("trong kho b dang co may con xe", "robots_list", {"place": "B"}),
        ("Mấy xe nào đang nghỉ tạm", "robots_list", {"state": "paused"}),
        ("Con nào rảnh để tôi kêu qua cửa 5", "robots_list", {"state": "idle"}),
        ("Thằng số 9 giờ nó nằm ở đâu", "robot_get", {"robot": "AMR-09"}),
        ("con 11 lan cuoi o dau", "robot_get", {"robot": "AMR-11"}),
        ("Sà lan SL-12 còn mấy đơn chưa chạy xong", "orders_find", {"barge": "SL-12", "state": "open"}),
        ("Có đơn gạo nào không thành công không", "orders_find", {"goods": "gạo", "state": "failed"}),
        ("Khúc nào phải chạy chậm", "zones_list", {"state": "slow"}),
        ("Hôm nay có vụ suýt va nào ở A1 không", "incidents_list",
         {"kind": "near_miss", "period": "today", "place": "A1"}),
        ("Tháng này suýt va mấy vụ", "kpi", {"name": "near_misses", "period": "this_month"}),
        ("Hôm qua mỗi đơn ăn hết bao nhiêu điện", "kpi", {"name": "energy_per_order", "period": "yesterday"}),
        ("Nếu tắt trạm sạc CH2 và CH3 thì sao", "what_if", {"remove_chargers": ["CH2", "CH3"]}),
    ],
)  # fmt: skip
def test_a_question_is_understood(text: str, name: str, args: dict[str, Any]) -> None:
    assert calls(said(text)) == ("tools", [(name, args)])


@pytest.mark.parametrize("text", ["Nhận cảnh báo ba một", "xac nhan canh bao ba mot", "Ghi nhận báo động số ba một"])
def test_an_alarm_is_known_by_its_digits(text: str) -> None:
    assert calls(said(text)) == ("propose", [("alarm_ack", {"alarm": "CB-31"})])


def test_what_alarms_are_counted_by_is_no_number_of_one() -> None:
    assert UNDERSTANDING.hear("cảnh báo ba lần rồi").mentions.alarms == []


def test_a_forklift_with_a_driver_is_no_robot_of_ours() -> None:
    assert not any("type" in call.args for call in said("Có xe nâng người lái nào đang rảnh không").calls)


@pytest.mark.parametrize(
    ("sentences", "name", "args"),
    [
        (("Con bốn sao đứng vậy", "Đơn của nó mấy giờ tới"), "order_eta", {"order": "DH-0415"}),
        (("Con nào hư", "Nó bị vướng gì"), "robot_why_waiting", {"robot": "AMR-08"}),
        (("Đơn nào trễ", "sao nó đứng hoài"), "robot_why_waiting", {"robot": "AMR-06"}),
        (("Con bốn sao đứng vậy", "Ai giữ chỗ đó"), "zones_list", {"state": "held"}),
        (("cont MSCU1234565 ở đâu", "có đơn nào chở nó không"), "orders_find", {"container": "MSCU1234565"}),
        (("cont TCLU4567891 ở đâu", "Chừng nào tới"), "order_eta", {"order": "DH-0415"}),
        (("Con mười ở đâu", "sạc bao nhiêu phần trăm rồi"), "robot_get", {"robot": "AMR-10"}),
        (("con 9 còn bao nhiêu pin", "chạy tới 8 giờ tối nổi không"), "battery_forecast",
         {"robot": "AMR-09", "until": "2026-11-26T20:00+07:00"}),
        (("Sà lan SL-12 có mấy đơn", "mấy đơn xong rồi"), "orders_find", {"barge": "SL-12", "state": "done"}),
        (("Con sáu sao đứng vậy", "nó đang chở đơn gì"), "orders_find", {"robot": "AMR-06", "state": "active"}),
        (("Gạo ở đâu", "ý tôi là container TCLU4567891"), "cargo_where", {"container": "TCLU4567891"}),
    ],
)  # fmt: skip
def test_what_is_left_out_is_that_of_the_answer_before(
    sentences: tuple[str, ...], name: str, args: dict[str, Any]
) -> None:
    assert calls(said(*sentences)) == ("tools", [(name, args)])


@pytest.mark.parametrize(
    ("sentences", "name", "args"),
    [
        (("Nếu đóng B2 một tiếng thì sao", "vậy đóng nửa tiếng thôi"), "zone_close", {"zone": "B2", "minutes": 30}),
        (("Đơn nào trễ", "Vậy hủy nó đi"), "order_cancel", {"order": "DH-0413"}),
        (("chở 1 pallet gạo tới cửa 10", "lấy ở A1E"), "order_create",
         {"from": "A1E", "to": "D10", "goods": "gạo", "qty": 1}),
        (("đẩy đơn 420 lên gấp", "thôi để bình thường"), "order_priority", {"order": "DH-0420", "priority": "normal"}),
    ],
)  # fmt: skip
def test_a_wish_about_the_answer_before_is_proposed(
    sentences: tuple[str, ...], name: str, args: dict[str, Any]
) -> None:
    reading = said(*sentences)
    assert calls(reading) == ("propose", [(name, args)])
    assert not reading.at_once


@pytest.mark.parametrize(
    "sentences",
    [
        ("Robot nào đang rảnh", "hủy nó đi"),  # several: nobody knows which
        ("con 9 ở đâu", "còn con kia"),  # another than the one before
        ("Nếu đóng B2 một tiếng thì sao", "đóng nửa tiếng có sao không"),  # asked, not wished
        ("Nếu đóng B2 một tiếng thì sao", "khoan, đừng đóng nửa tiếng"),
    ],
)
def test_what_may_be_several_things_is_no_wish(sentences: tuple[str, ...]) -> None:
    assert said(*sentences).kind != "propose"


def test_what_the_answer_showed_is_forgotten_after_five_minutes() -> None:
    frame = TalkedAbout()
    UNDERSTANDING.read("Đơn nào trễ", frame, at=0.0)
    assert UNDERSTANDING.read("hủy nó đi", frame, at=301.0)[0].kind == "clarify"


@pytest.mark.parametrize("name", ["dialogues_5.jsonl", "dialogues_6.jsonl"])
def test_dialogues_of_two_authors_are_mostly_understood(name: str) -> None:
    found = figures(Evaluation(FACTS).run(load_rows(EVAL / name)))
    assert found["variants"]["all"]["share"] >= 0.9
    assert found["executed"] <= 1, "but a pause of a robot that is named"


LISTS = ["cues", "rules", "commands", "guards", "questions", "short_forms", "english", "places"]


@pytest.mark.parametrize("name", LISTS)
def test_no_list_of_words_stands_twice_in_its_file(name: str) -> None:
    """Of two lists with one name YAML keeps the last: the words of the first would be lost in silence."""
    text = (Path(wording.__file__).parent / "words" / f"{name}.yaml").read_text(encoding="utf-8")
    twice: list[str] = []

    def look(node: yaml.Node | None) -> None:
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            twice.extend(key for key in set(keys) if keys.count(key) > 1)
            for _, value in node.value:
                look(value)

    look(yaml.compose(text, Loader=yaml.CSafeLoader))
    assert twice == []
