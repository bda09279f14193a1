"""What was typed, made comparable: tricks with Unicode, short forms, slips of the finger, numbers, times."""

from __future__ import annotations

from datetime import datetime

import pytest

from amr_fleet.assistant.numbers import into_digits
from amr_fleet.assistant.spelling import Speller, from_telex, write_out
from amr_fleet.assistant.text import MAX_LENGTH, clean, key, split
from amr_fleet.assistant.times import TimeReader

NOW = datetime.fromisoformat("2026-11-26T15:10:00+07:00")


@pytest.mark.parametrize(
    "typed",
    [
        "ｄừｎｇ ｒｏｂｏｔ ７",
        "d\u200bừng ro\u200dbot 7",
        "\u202edừng robot 7\u202c",
        "dừng r\u043eb\u043et 7",  # Cyrillic o
        "du\u031b\u0300ng robot 7",
        "dư\u0300\u0300\u0300\u0300ng robot 7",
        "DỪNG   ROBOT\t7\x00",
    ],
)
def test_tricks_with_letters_do_not_change_what_is_read(typed: str) -> None:
    assert clean(typed) == "dừng robot 7"


def test_a_long_text_is_cut() -> None:
    assert len(clean("ă" * 10_000)) == MAX_LENGTH


def test_words_that_differ_by_marks_have_different_keys_and_hoi_is_nga() -> None:
    assert len({key(word) for word in ("dừng", "đừng", "đứng", "dung", "đúng", "dùng")}) == 6
    assert key("hủy") == key("hũy") == key("huỷ")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("rb 7 s ko chạy z", "robot 7 sao không chạy vậy"),
        ("bữa nay mần đc bn đơn", "hôm nay làm được bao nhiêu đơn"),
        ("ngưng con 5 giùm", "dừng con 5"),
        ("ghe sl-12 chừng nào tới", "sà lan sl-12 khi nào tới"),
        ("khu vực nào", "khu vực nào"),
    ],
)
def test_short_forms_are_written_out(typed: str, read: str) -> None:
    assert " ".join(write_out(split(clean(typed)))) == read


@pytest.mark.parametrize(
    ("typed", "read"), [("robto", "robot"), ("dừg", "dừng"), ("cảh", "cảnh"), ("ddown", "đơn"), ("robottt", "robot")]
)
def test_slips_of_the_finger_are_forgiven(typed: str, read: str) -> None:
    assert Speller(["robot", "dừng", "cảnh", "đơn"]).right(typed) == key(read)


def test_a_short_word_is_never_bent_into_another() -> None:
    speller = Speller(["dừng", "robot"])
    assert speller.right("dung") == "dung"
    assert speller.right("rong") == "rong"
    assert speller.right("đừng") == "dung", "an unknown word keeps its letters only: it is read back, never acted on"


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("robot bảy", "robot 7"),
        ("robot mười hai", "robot 12"),
        ("robot số hai mươi mốt", "robot số 21"),
        ("hai mươi lăm phút", "25 phút"),
        ("một trăm linh năm đơn", "105 đơn"),
        ("hai chục pallet", "20 pallet"),
        ("robot ba và robot tư", "robot 3 và robot 4"),
        ("có lỗi không", "có lỗi không"),
        ("ba mình đi đâu", "ba mình đi đâu"),
        ("đơn sau", "đơn sau"),
        ("đơn bốn hai hai", "đơn 4 2 2"),
        ("kệ b sáu", "kệ b 6"),
        ("hai bên kệ", "hai bên kệ"),
        ("năm nay", "năm nay"),
    ],
)
def test_numbers_in_words(words: str, digits: str) -> None:
    assert into_digits([key(word) for word in words.split()]) == [key(word) for word in digits.split()]


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("hôm qua", "yesterday"),
        ("tuần này", "this_week"),
        ("tháng trước", "last_month"),
        ("tháng 10", "2026-10"),
        ("tháng 12", "2025-12"),
        ("quý 2", "2026-Q2"),
        ("từ 8 giờ đến 10 giờ rưỡi", "2026-11-26T08:00+07:00/2026-11-26T10:30+07:00"),
        ("sáng nay", "2026-11-26T06:00+07:00/2026-11-26T12:00+07:00"),
        ("2 giờ qua", "2026-11-26T13:10+07:00/2026-11-26T15:10+07:00"),
        ("24 giờ qua", "2026-11-25T15:10+07:00/2026-11-26T15:10+07:00"),
        ("nửa tiếng vừa rồi", "2026-11-26T14:40+07:00/2026-11-26T15:10+07:00"),
        ("một ngày rưỡi qua", ""),  # words come as digits
        ("1 tiếng rưỡi qua", "2026-11-26T13:40+07:00/2026-11-26T15:10+07:00"),
        ("từ 6 giờ tới giờ", "2026-11-26T06:00+07:00/2026-11-26T15:10+07:00"),
        ("từ 20 giờ đến giờ", "2026-11-25T20:00+07:00/2026-11-26T15:10+07:00"),
        ("từ hôm qua tới nay", "2026-11-25T00:00+07:00/2026-11-26T15:10+07:00"),
        ("từ thứ 2 đến giờ", "this_week"),
        ("từ thứ 3 đến giờ", "2026-11-24T00:00/2026-11-26T15:10+07:00"),
        ("hổm rày", "last_7_days"),
        ("mấy bữa nay", "last_7_days"),
        ("hom nay", "today"),
        ("từ đầu tuần tới giờ", "this_week"),
        ("đầu tháng tới nay", "this_month"),
        ("trong ngày hôm nay", "today"),
        ("trong tuần này", "this_week"),
        ("hồi sáng", "2026-11-26T06:00+07:00/2026-11-26T12:00+07:00"),
        ("khuya hôm qua", "2026-11-25T22:00+07:00/2026-11-26T06:00+07:00"),
        ("quý 3 năm ngoái", "2025-Q3"),
        ("tháng 9 năm nay", "2026-09"),
    ],
)
def test_periods(text: str, period: str) -> None:
    assert TimeReader(NOW).take(" ".join(key(word) for word in text.split()))[1].period == period


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("trước 17 giờ", "2026-11-26T17:00+07:00"),
        ("trước 5 giờ chiều", "2026-11-26T17:00+07:00"),
        ("trước 4 giờ", "2026-11-26T16:00+07:00"),
        ("lúc 8 giờ 15 sáng", "2026-11-26T08:15+07:00"),
        ("trong 2 giờ", ""),
        ("2 giờ nữa", ""),
        ("trước cuối ca", "2026-11-26T22:00+07:00"),
        ("4 giờ rưỡi chiều nay", "2026-11-26T16:30+07:00"),
        ("cửa 7 giờ trống không", ""),  # "now", not seven o'clock
    ],
)
def test_moments(text: str, moment: str) -> None:
    assert TimeReader(NOW).take(" ".join(key(word) for word in text.split()))[1].at == moment


@pytest.mark.parametrize(
    ("text", "shift"),
    [("ca này", "current"), ("ca trước", "previous"), ("trong ca trước", "previous"), ("ca đêm", "night")],
)
def test_shifts(text: str, shift: str) -> None:
    assert TimeReader(NOW).take(" ".join(key(word) for word in text.split()))[1].shift == shift


@pytest.mark.parametrize(
    ("text", "soon"),
    [("nửa tiếng nữa", "2026-11-26T15:40+07:00"), ("trong 2 giờ tới", "2026-11-26T17:10+07:00"), ("2 giờ qua", "")],
)
def test_a_length_from_now_is_a_moment_and_stays_in_the_sentence(text: str, soon: str) -> None:
    sentence = " ".join(key(word) for word in text.split())
    left, times = TimeReader(NOW).take(sentence)
    assert times.soon == soon
    assert not soon or left == sentence


@pytest.mark.parametrize(
    ("text", "first", "more"),
    [("ca này với ca trước", "current", "previous"), ("tháng 9 và tháng 10", "2026-09", "2026-10")],
)
def test_a_second_period_is_not_lost(text: str, first: str, more: str) -> None:
    times = TimeReader(NOW).take(" ".join(key(word) for word in text.split()))[1]
    assert (times.shift or times.period, times.more) == (first, (more,))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ddang", "đang"), ("lafm", "làm"), ("gif", "gì"), ("ddaays", "đấy"), ("ruwowix", "rưỡi"), ("robot", "robot")],
)
def test_telex_is_decoded(typed: str, meant: str) -> None:
    assert from_telex(typed) == meant


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("CN 8h có đơn nào", "cn 8 giờ có đơn nào"),
        ("CN 8:30 có đơn nào", "cn 8 giờ 30 có đơn nào"),
        ("CN 8 giờ có đơn nào", "cn 8 giờ có đơn nào"),
        ("CN 29/11 bao nhiêu đơn", "cn ngày 29 tháng 11 bao nhiêu đơn"),
        ("CN 3 ca chạy hết không", "cn 3 ca chạy hết không"),
        ("cn 8 giờ đang ở đâu", "con 8 giờ đang ở đâu"),
        ("dừng cn 5", "dừng con 5"),
        ("dừng cn 5.", "dừng con 5"),
        ("cn 5, cn 12 đâu rồi", "con 5 con 12 đâu rồi"),
    ],
)
def test_a_sunday_with_its_hour_is_no_robot(typed: str, read: str) -> None:
    assert " ".join(split(clean(typed))) == read
