"""Fleet seconds as local time and back, and clock times that are said backwards."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.text import bare, key
from amr_fleet.fleet_time import LOCAL, UNIX

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=LOCAL)
"""The midnight at which the clock of a simulation begins."""


def clock(t: float) -> datetime:
    """Return the local time of a fleet second; a simulation's day begins at its start."""
    return datetime.fromtimestamp(t, LOCAL) if t > UNIX else _EPOCH + timedelta(seconds=t)


def fleet_second(moment: datetime, now: float) -> float:
    """Return the fleet second of a local time. now: any fleet second of the same clock."""
    return moment.timestamp() if now > UNIX else (moment - _EPOCH).total_seconds()


_HOUR: Final = key("giờ")
_QUARTER_TO: Final = pattern(r"(?<![^ ])(\d{1,2}) giờ (?:kém|thiếu) (\d{1,2})(?![^ ])(?: phút)?")
_NOON: Final = 12


def quarter_to(sentence: str) -> str:
    """Return a sentence of keys with "5 giờ kém 15" as "4 giờ 45"."""

    def one(match: re.Match[str]) -> str:
        hour, less = int(match[1]), int(match[2])
        if not 0 < less < 60:
            return match[0]
        before = hour - 1 if hour > _NOON or hour == 0 else (hour - 2) % _NOON + 1
        return f"{before % 24} {_HOUR} {60 - less}"

    return _QUARTER_TO.sub(one, sentence)


_TILL_NOW: Final = pattern(
    "(từ |hồi |bắt đầu )*(trưa|hôm qua|bữa qua|đêm qua|tối qua) (tới|đến) (giờ|nay|bây giờ|hiện tại)"
)
_BEFORE_LAST: Final = pattern("(tháng|tuần) (trước|rồi) nữa")
_OWNED: Final = pattern(
    r"((?:cửa|cổng|xe|robot|con|kệ|khối|trạm|số|amr|chiếc|camera) \d{1,2}) (ngày|tuần|tháng|quý) nay(?![^ ])"
)
"""Whose number it is: "sự cố ở cửa 5 tháng nay" is about gate 5 and this month."""


def reworded(sentence: str, now: datetime) -> str:
    """Return a sentence of keys with what is said of time by half in whole words.

    "5 giờ kém 15", "hôm qua tới giờ" (from yesterday on), "tháng trước nữa" (the one before the last).
    """
    sentence = _OWNED.sub(lambda match: f"{match[1]} {match[2]} {key('này')}", sentence)
    text = _TILL_NOW.sub(lambda match: f"{key('từ')} {match[2]} {match[3]} {match[4]}", quarter_to(sentence))
    return _BEFORE_LAST.sub(lambda match: _before_last(match, now), text)


def _before_last(match: re.Match[str], now: datetime) -> str:
    if bare(match[1]) == "thang":
        months = now.year * _NOON + now.month - 3
        return f"{key('tháng')} {months % _NOON + 1} {key('năm')} {months // _NOON}"
    monday = now - timedelta(days=now.weekday() + 14)
    days = (monday, monday + timedelta(days=6))
    first, last = (f"{key('ngày')} {day.day} {key('tháng')} {day.month}" for day in days)
    return f"{first} {key('đến')} {last}"


_CLOSING: Final = pattern("đóng|chặn|khóa|cấm|rào|bít|phong tỏa|ngăn|dừng")
_BEFORE_A_CLOCK_WORDS: Final = "den toi luc truoc sau tu khoang tam vao hoi han kip qua la gan dung co cho"
_BEFORE_A_CLOCK: Final = frozenset(_BEFORE_A_CLOCK_WORDS.split())
_LENGTHS: Final = frozenset(("trong", "them", "suot", "vong", "moi"))
_NAMED_HEADS: Final = "cua robot con xe tram sac loi day ke khoi camera amr don cong lan o bai"
_NAMED_BEFORE: Final = frozenset(_NAMED_HEADS.split())
_DAY: Final = 24


def is_clock(match: re.Match[str]) -> bool:
    """Say whether "N giờ" is a time of day and not a length: "2 giờ nữa" and "trong 2 giờ" are lengths."""
    before, after = match.string[: match.start()].split()[-1:], match.string[match.end() :].split()[:1]
    if after and after[0] == "toi'hs" and not match[2]:
        return False  # "2 giờ tới"
    if _CLOSING.search(match.string[: match.start()]) and not match[2] and not match[6]:
        return bool(before) and bare(before[0]) in _BEFORE_A_CLOCK  # "đóng lối A2 2 giờ" is for how long
    named = before if before != [key("số")] else match.string[: match.start()].split()[-2:-1]
    if named and not match[2] and named[0].partition("'")[0] in _NAMED_BEFORE and match[0].endswith("gio'fh"):
        return False  # "cửa 7 giờ trống hay bận": it is free or busy now
    if before and bare(before[0]) in _LENGTHS:
        return False
    return int(match[1]) <= _DAY and after not in (["nua'hr"], ["nua"])


def length(match: re.Match[str]) -> timedelta:
    """Return the length that "nửa tiếng", "2 giờ rưỡi", "3 ngày" says; groups: count, unit, half."""
    count = float(match[1]) if match[1].isdigit() else 0.5
    count += 0.5 if match[3] else 0.0
    unit = {"phut": timedelta(minutes=1), "ngay": timedelta(days=1), "tuan": timedelta(weeks=1)}
    unit["thang"] = timedelta(days=30)
    return count * unit.get(match[2].partition("'")[0], timedelta(hours=1))


def of_the_span(found: dict[str, str], more: list[str], today: datetime) -> list[str]:
    """Return the other periods without the day of a span of hours: "từ 13 giờ tới 15 giờ hôm qua" is one time.

    found: the period is brought to that day.
    """
    days = [one for one in more if one in ("today", "yesterday")]
    begin, _, end = found.get("period", "").partition("/")
    if (
        "T" in begin
        and end
        and len(more) == 1
        and _SPAN.search(more[0])
        and (night := _in_the_night(begin, end, more[0]))
    ):
        found["period"] = night
        return []
    if "T" not in begin or len(days) != 1 or begin[:10] != today.date().isoformat():
        return more
    if days[0] == "yesterday":
        moments = (datetime.fromisoformat(one) - timedelta(days=1) for one in (begin, end))
        found["period"] = "/".join(moment.isoformat(timespec="minutes") for moment in moments)
    return [one for one in more if one not in days]


_SPAN: Final = re.compile("T.*/.*T")


def _in_the_night(begin: str, end: str, night: str) -> str:
    """Return a span of hours a day earlier where that lies in a night that is named, "" elsewhere."""
    moved = [datetime.fromisoformat(one) - timedelta(days=1) for one in (begin, end)]
    first, last = (datetime.fromisoformat(one) for one in night.split("/"))
    inside = moved[0].tzinfo == first.tzinfo and first <= moved[0] and moved[1] <= last
    return "/".join(moment.isoformat(timespec="minutes") for moment in moved) if inside else ""


def begins_on(shift: str, period: str) -> str:
    """Return the day on which a shift begins that a period names: "đêm qua bên ca khuya" began yesterday evening.

    The small hours of today, "hồi khuya", are of the night shift that began the day before.
    """
    day, _, hours = period.partition("T")
    if shift == "night" and hours.startswith("00:00") and "T06:00" in hours:
        return (datetime.fromisoformat(day) - timedelta(days=1)).date().isoformat()
    return day


_UNTIL_HERE: Final = pattern("(sáng|trưa|chiều|đêm|tuần|tháng|quý|năm|qua|nay|này|ca|PERIOD|SHIFT)$")


def until_here(match: re.Match[str]) -> bool:
    """Say whether "toi gio" or "toi nay", typed without marks, says until when: "tu sang toi gio" is no evening.

    match: the part of a day and what follows it, its groups 2 and 3.
    """
    if match[2] != "toi":
        return False
    return match[3].partition("'")[0] == "gio" or bool(_UNTIL_HERE.search(match.string[: match.start()].strip()))


_NOW_OF: Final = pattern(
    r"((?:con|xe|thằng|đứa|chiếc) (?:số )?\d{1,2}) (giờ) "
    "(?=(?:nó )?(nằm|ở|đang|đứng|đậu|làm|chạy|đi|sao|tới|bị|có|chở|rảnh|bận|còn|thế nào|ra sao|chưa|hư|hỏng)|nó )"
)
"""A robot and "giờ" for "bây giờ": "con 9 giờ nằm đâu" is about the robot; without marks it may be "còn"."""
_NOW_OF_XE: Final = pattern(
    r"((?:xe|chiếc|robot) (?:số )?\d{1,2}) (giờ) (?=(?:nó )?(đâu|nằm|ở|đang|làm|sao|tới|bị|còn)|nó )"
)
"""The same where it is typed without marks, for what is never "còn": "xe 7 h sao r"."""


def now_of(sentence: str, *, marked: bool) -> str:
    """Return a sentence of keys with "giờ" behind a robot as "bây giờ". marked: typed with marks, "con" is no "còn"."""
    return (_NOW_OF if marked else _NOW_OF_XE).sub(rf"\1 {key('bây')} \2 ", sentence)
