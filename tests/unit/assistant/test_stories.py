"""People tell who they are, what they saw and what they plan before they ask, and put themselves right meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.frames import put_straight
from amr_fleet.assistant.stories import is_over
from amr_fleet.assistant.understanding import Understanding

UNDERSTANDING = Understanding(load_facts(Path(__file__).parents[3] / "eval" / "state.json"))


@pytest.mark.parametrize(
    ("typed", "tool", "args"),
    [
        ("Em chạy xe nâng bên kho A nè anh, cho em hỏi con nào rảnh vậy anh", "robots_list", {"state": "idle"}),
        ("Dạ em mới vô ca chiều, nhờ anh tóm tắt giùm em ca sáng", "shift_summary", {"shift": "morning"}),
        ("Em đứng cửa 5 thấy con 12 đậu ở đó, nó đang làm gì vậy anh?", "robot_get", {"robot": "AMR-12"}),
        ("Con một còn pin chạy bao lâu nữa, em tính giao thêm đơn cho nó", "battery_forecast", {"robot": "AMR-01"}),
        ("Không biết con 9 có đang rảnh không anh nhỉ, nếu rảnh thì em nhờ nó", "robot_get", {"robot": "AMR-09"}),
        ("Bữa nay trời mưa ngập, khu nào bị cấm robot chạy vậy", "zones_list", {"state": "closed"}),
        ("Con số tám nó báo lỗi gì vậy em", "alarms_list", {"robot": "AMR-08"}),
    ],
)
def test_a_story_is_none_of_the_question(typed: str, tool: str, args: dict[str, str]) -> None:
    reading, _ = UNDERSTANDING.read(typed)
    assert reading.kind == "tools", reading
    assert [(call.name, call.args) for call in reading.calls] == [(tool, args)]


def test_what_the_speaker_does_himself_is_no_wish() -> None:
    reading, _ = UNDERSTANDING.read("Cho em xin tỷ lệ vào trạm chính xác tháng trước với, em đang làm báo cáo kỹ thuật")
    assert (reading.kind, reading.calls[0].name) == ("tools", "kpi")


def test_a_time_in_the_reason_does_not_put_a_wish_off() -> None:
    reading, _ = UNDERSTANDING.read("Nhờ anh cho đơn 417 lên ưu tiên cao, sà lan xuất bến lúc năm giờ")
    assert (reading.kind, reading.at_once) == ("propose", False)
    assert UNDERSTANDING.read("Lúc năm giờ, cho con 7 chạy tiếp")[0].kind == "refuse"
    assert UNDERSTANDING.read("Khi nào con 4 tới cửa thì báo tui biết nghen")[0].kind == "refuse"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("con 4, à không con 2, pin đủ tới tối hông", "con 2, pin đủ tới tối hông"),
        ("chở gạo từ khối b1, à không, khối b2 mới đúng, ra cửa 4", "chở gạo từ khối b2, ra cửa 4"),
        ("hủy đơn 412, ý lộn, đơn 421 chứ hổng phải 412 nghen", "hủy đơn 421  nghen"),
        ("nhận cb-31, à không, cb-33 mới đúng", "nhận cb-33"),
        ("thôi khỏi đóng a3, đóng b3 hai mươi phút", "đóng b3 hai mươi phút"),
        ("con 5 không, con nào rảnh", "con 5 không, con nào rảnh"),
        ("cửa 5 không, con 6 kẹt", "cửa 5 không, con 6 kẹt"),
        ("đừng đóng a3, mở b3", "đừng đóng a3, mở b3"),
    ],
)
def test_the_last_of_two_things_counts_where_somebody_corrects_himself(said: str, meant: str) -> None:
    assert put_straight(said) == meant


def test_what_lets_somebody_drive_is_proposed_where_the_reason_leaves_no_doubt() -> None:
    reading, _ = UNDERSTANDING.read("Xe số bảy tui kiểm xong rồi, hết vướng, thả cho nó chạy tiếp đi")
    assert (reading.kind, reading.calls[0].args) == ("propose", {"robot": "AMR-07"})
    assert is_over(UNDERSTANDING.hear("thợ sửa xong rồi").text)
    assert not is_over(UNDERSTANDING.hear("hình như sửa xong rồi").text)
    assert not is_over(UNDERSTANDING.hear("còn người chưa dọn xong").text)


@pytest.mark.parametrize(
    "typed",
    ["Con 7 chưa xong, đừng cho nó chạy tiếp", "Con 7 đừng cho nó chạy tiếp", "con 7 khoan cho nó chạy lại nghen"],
)
def test_who_forbids_it_of_the_robot_named_before_proposes_nothing(typed: str) -> None:
    assert UNDERSTANDING.read(typed)[0].kind != "propose"


def test_a_wish_names_no_place_by_the_letter_that_calls_somebody() -> None:
    reading, _ = UNDERSTANDING.read("mở lại lối a2 dùm e, ok hết rồi")
    assert [call.args for call in reading.calls] == [{"zone": "A2"}]


def test_a_normal_order_is_none_in_a_hurry() -> None:
    reading, _ = UNDERSTANDING.read("đặt một chuyến phân bón từ G4 về D08, làm bình thường thôi chứ khỏi gấp")
    assert reading.calls[0].args["priority"] == "normal"


def test_a_question_outside_stays_outside() -> None:
    assert UNDERSTANDING.read("Thằng Bảy hôm nay nghỉ, bây gọi điện cho vợ nó giùm chú")[0].kind == "refuse"
    assert UNDERSTANDING.read("Kêu con số 3 chạy nhanh nhanh lên giùm anh cái")[0].kind == "refuse"
    assert UNDERSTANDING.read("nghe nói không còn ai cần, hủy đơn 412 đi")[0].kind != "propose"


@pytest.mark.parametrize(
    ("asks", "before"),
    [
        ("đơn nào phải xong trước đó?", "SL-12 "),
        ("đơn nào phải xong trước khi tàu chạy?", "SL-12 "),
        ("đơn nào kịp tàu?", "SL-12 "),
        ("cho hỏi đơn nào phải giao trước đó?", ""),
    ],
)
def test_a_time_that_the_question_leans_on_stays(asks: str, before: str) -> None:
    reading, _ = UNDERSTANDING.read(f"tàu {before}4 giờ chiều cắt máng, {asks}")
    assert [call.args.get("due_before") for call in reading.calls] == ["2026-11-26T16:00+07:00"]


def test_a_time_that_only_the_remark_has_still_goes() -> None:
    reading, _ = UNDERSTANDING.read("tàu 4 giờ rưỡi cắt máng rồi, còn mấy đơn chưa xong?")
    assert [call.args for call in reading.calls] == [{"state": "open"}]
