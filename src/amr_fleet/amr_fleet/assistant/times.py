"""Times as people say them: periods ("hôm qua", "từ 8 giờ đến 10 giờ rưỡi") and moments ("trước 5 giờ chiều")."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from amr_fleet.assistant.clocks import is_clock, length, of_the_span, reworded, until_here
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.text import bare, key

NOON: Final = 12
MIDNIGHT_HOURS: Final = 24
DAYS: Final = 7
_LAST_EARLY: Final = 11  # "11 giờ đêm" is 23:00

# Named periods, longest first; a named period becomes one word of the sentence.
_NAMED: Final = (
    ("24 (giờ|tiếng) (qua|gần đây|vừa qua|trước)|(một|1) ngày (qua|vừa qua|đêm)", "last_24h"),
    (
        "7 ngày (qua|gần đây|vừa qua)|(một|1) tuần (qua|nay|gần đây)|hổm rày|bữa rày|"
        "mấy (bữa|hôm|ngày) (nay|rày|qua|gần đây|vừa rồi|này)|dạo (này|gần đây)|thời gian (gần đây|vừa qua)|lâu nay",
        "last_7_days",
    ),
    ("(từ )?đầu tuần( này)?( (tới|đến) (giờ|nay|bây giờ))?", "this_week"),
    ("(từ )?đầu tháng( này)?( (tới|đến) (giờ|nay|bây giờ))?", "this_month"),
    ("(từ )?đầu quý( này)?( (tới|đến) (giờ|nay|bây giờ))?", "this_quarter"),
    ("(từ )?đầu năm( nay)?( (tới|đến) (giờ|nay|bây giờ))?", "this_year"),
    ("(tuần) (trước|vừa rồi|rồi|qua)", "last_week"),
    ("(trong |cả |suốt )*tuần (này|nay)|(trong|cả) tuần", "this_week"),
    ("(tháng) (trước|vừa rồi|rồi|qua)", "last_month"),
    ("(trong |cả |suốt )*tháng (này|nay)", "this_month"),
    ("(quý) (trước|vừa rồi|rồi)", "last_quarter"),
    ("(trong |cả |suốt )*quý (này|nay)", "this_quarter"),
    ("(năm) (ngoái|trước|rồi)", "last_year"),
    ("(năm) (nay|này)", "this_year"),
    ("hôm qua|ngày hôm qua|bữa qua|ngày qua|bữa hôm qua|hồi hôm( qua)?", "yesterday"),
    (
        "(trong |cả |suốt |nguyên )*(ngày )?hôm nay|bữa nay|trong ngày|(từ )?sáng (đến |tới )?giờ|"
        "từ sáng (đến|tới) nay|(cả )?ngày nay|"
        "nãy giờ|từ sáng|nguyên ngày|^nay(?= (có|còn|mấy|bao nhiêu))",
        "today",
    ),
)
_NO_SHIFT: Final = "(?! (?:cảnh báo|đơn|robot|con|xe|trạm|cửa|lối|cái|ALARM|ORDER|ROBOT|PLACE|bên))"
SHIFTS: Final = {
    "morning": f"sáng( nay)?|(một|1){_NO_SHIFT}",
    "afternoon": f"chiều( nay)?|(hai|2){_NO_SHIFT}",
    "night": f"(đêm|tối(?! giờ)|khuya)( qua| nay)?|(ba|3){_NO_SHIFT}",
}
_CURRENT: Final = pattern(
    "ca (này|nay|hiện tại|đang (chạy|làm|trực)|bây giờ|mình|hiện nay)( (tới|đến) (giờ|nay)| nãy giờ)?|"
    "ca của (tôi|mình|tụi tôi|tụi em|chúng tôi|anh em)|trong ca(?! (đó|ấy))|"
    "(từ )?đầu ca( (tới|đến) (giờ|nay|bây giờ|hiện tại))?|"
    "(từ )?(lúc )?(vào|nhận|lên) ca (tới|đến) (giờ|nay)"
)
_PREVIOUS: Final = pattern(
    "ca (trước|vừa rồi|vừa qua|rồi|cũ|vừa xong)|(người|tổ|nhóm|kíp|tốp) trước(?= (bàn giao|giao (ca|lại)|để lại))"
)
_SHIFT: Final = {name: pattern(f"ca (hồi |lúc |buổi )*({words})") for name, words in SHIFTS.items()}
_NAMED_RE: Final = tuple((pattern(words), name) for words, name in _NAMED)
_YEAR: Final = r"( năm (\d{4}|nay|này|ngoái|trước))?"
_MONTH: Final = pattern(rf"(trong )?tháng (\d+){_YEAR}")
_QUARTER: Final = pattern(rf"quý (\d){_YEAR}")
_LONG_DATE: Final = pattern(
    r"(ngày |hôm |bữa |mùng |mồng )+(\d{1,2})( tháng (\d{1,2})( năm (\d{4}))?| tháng (?:này|nay))?"
)
_DAYS_AGO: Final = ((pattern("(hôm|bữa|ngày) (kia|kìa|kiều)|hôm trước hôm qua"), 2),)
_WEEKDAY: Final = pattern(
    r"(?:(?:hôm|ngày|bữa) )?(thứ (2|3|4|5|6|7|tư)|chủ nhật|cn)( (tuần )?(này|nay|trước|vừa rồi|rồi|qua))?"
)
_LAST_NIGHT: Final = pattern("(hồi )?khuya (qua|hôm qua)")
_NIGHT: Final = f"{key('đêm')} {key('qua')}"
_CLOCK: Final = r"(?<![^ ])(\d{1,2}) giờ( (\d{1,2}|rưỡi)( phút)?)?( (sáng|trưa|chiều|tối|đêm))?"
_SPAN: Final = pattern(f"(từ|khoảng|trong khoảng)? ?{_CLOCK} (đến|tới) {_CLOCK}")
_NIGHT_SPAN: Final = pattern(
    f"(từ|khoảng|trong khoảng)? ?{_CLOCK} (?:qua|hôm qua) (đến|tới) {_CLOCK}(?: (?:nay|hôm nay))?"
)
_SPAN_SHORT: Final = pattern(r"từ (\d{1,2}) (đến|tới) (\d{1,2}) giờ")
_HALF_SHORT: Final = pattern(r"(từ|đến|tới|lúc|trước|sau|khoảng|tầm) (\d{1,2}) rưỡi(?! [^ ]*(?:gio|tieng|ngay))")
_DATES: Final = pattern(
    r"(từ )?(?:(ngày|hôm|mùng) )?(\d{1,2})(?: tháng (\d{1,2}))? (đến|tới) (?:hết |cuối )?(?:(ngày|hôm|mùng) )?(\d{1,2})"
    r"(?: tháng (\d{1,2}|này|nay|trước|rồi))?(?![^ ])(?! (?:giờ|phút|tiếng))"
)
_POINT: Final = pattern(f"{_CLOCK}( (hôm nay|hôm qua|ngày mai|mai|nay))?")
_LAST: Final = pattern(
    r"(?<![^ ])(\d{1,4}|nửa) (phút|giờ|tiếng|ngày|tuần|tháng)( rưỡi)? "
    "(qua|gần đây|gần nhất|vừa qua|vừa rồi|trở lại( đây)?|nay|đổ lại( đây)?|trước(?! (khi|lúc|giờ)))"
)
# How long from now; it stays in the sentence, where a command that should wait is recognized by it.
_SOON: Final = pattern(r"(?<![^ ])(\d{1,4}|nửa) (phút|giờ|tiếng)( rưỡi)?( đồng hồ)? (nữa|tới|kế tiếp|tiếp theo)")
# A pallet's number has 18 digits: "893012345678901234 giờ ở đâu" is no length.
_TOO_LONG: Final = pattern(r"(?<![^ ])(\d{5,17}|\d{19,}) (phút|giờ|tiếng|ngày|tuần|tháng)")
_YEARS: Final = range(2000, 2100)
"""Years that people mean; another one is a slip."""
_SINCE: Final = pattern(
    f"từ (lúc |hồi )?({_CLOCK}|trưa|chiều|hôm qua|bữa qua|đêm qua|tối qua)"
    "( (sáng nay|hôm nay))?( (tới|đến) (giờ|nay|bây giờ|hiện tại|hiện giờ)| trở đi| nay)"
)
_SINCE_MORNING: Final = pattern("(từ )?hồi sáng (tới|đến) (giờ|nay|bây giờ)")
_FROM_DAY: Final = pattern("từ (ngày |hôm |bữa )?PERIOD (tới|đến) (giờ|nay|bây giờ|hiện tại)")
_TILL_NOW: Final = pattern("(từ )?(lúc )?(đầu )?SHIFT (tới|đến) (giờ|nay|bây giờ|lúc này)")
_SHIFT_END: Final = pattern("(trước |tới |đến )(khi |lúc )?(cuối|hết|tan|xong|kết thúc) ca( này| nay| mình)?")
_HALF_DAY: Final = pattern(
    "(hồi )?(?!sáng giờ)(sáng|chiều|tối|trưa|đêm|khuya) (nay|này|hôm nay|hôm qua|bữa qua|qua|giờ)"
)
_HALF_DAY_AGO: Final = pattern("hồi (sáng|chiều|trưa|khuya)")
_HALVES: Final = {
    "sang": (6, 12),
    "trua": (11, 13),
    "chieu": (12, 18),
    "toi": (18, 24),
    "dem": (22, 30),
    "khuya": (22, 30),
}
_SMALL_HOURS: Final = (0, 6)
"""Of today: what "hồi khuya" is by day; "khuya nay" is still to come."""


@dataclass(frozen=True, kw_only=True)
class Shifts:
    """When shifts begin, hours of the day; in the port's three-shift day."""

    morning: float = 6.0
    afternoon: float = 14.0
    night: float = 22.0


@dataclass(frozen=True, kw_only=True)
class Times:
    """What a sentence says about time.

    period: a name, or start/end; at: a moment (ISO); soon: a moment that is said as a length from now; more: periods
    that were named beside the one of period; span: start/end of a named shift of another day; wrong: a day, month or
    length is named that does not exist.
    """

    period: str = ""
    shift: str = ""
    at: str = ""
    soon: str = ""
    date: str = ""
    more: tuple[str, ...] = ()
    span: str = ""
    wrong: bool = False

    @property
    def said(self) -> str:
        """The period as an argument: a shift is "shift:NAME"; "" for none."""
        return f"shift:{self.shift}" if self.shift else self.period


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes") if moment.second == 0 else moment.isoformat(timespec="seconds")


def _clock(hour: str, half: str | None, part: str | None) -> tuple[int, int]:
    """Return hour and minute of a clock time; part of the day in Vietnamese keys without marks."""
    hours = int(hour)
    minutes = 30 if half and not half.isdigit() else int(half or 0)
    name = (part or "").partition("'")[0]
    if name in ("chieu", "toi") or (name == "trua" and hours < _LAST_EARLY) or (name == "dem" and 6 < hours < NOON):
        hours += NOON if hours < NOON else 0
    return hours % MIDNIGHT_HOURS if hours != MIDNIGHT_HOURS else 0, minutes % 60


class TimeReader:
    """Takes what is said about time out of a sentence. now: the local time of the question."""

    def __init__(self, now: datetime, shifts: Shifts | None = None) -> None:
        """Keep the clock that "hôm nay" refers to."""
        self.now = now
        self.shifts = shifts or Shifts()

    def day(self, offset: int = 0) -> datetime:
        """Return midnight, offset days from today."""
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=offset)

    def take(self, sentence: str) -> tuple[str, Times]:
        """Return the sentence with times as one word each (PERIOD, SHIFT, AT), and what they say."""
        found: dict[str, str] = {}
        more: list[str] = []
        wrong: list[str] = ["LONG"] if _TOO_LONG.search(sentence) else []

        def put(name: str, word: str, value: str) -> str:
            if not value:
                wrong.append(word)
            elif found.setdefault(name, value) != value:
                more.append(value)
            return word

        def sub(matcher: re.Pattern[str], text: str, make: Callable[[re.Match[str]], str]) -> str:
            return " ".join(matcher.sub(lambda match: f" {make(match)} ", text, count=1).split())

        text = sub(_LAST_NIGHT, reworded(sentence, self.now), lambda _: _NIGHT)
        text = sub(_SPAN_SHORT, text, lambda match: f"từ {match[1]} giờ {match[2]} {match[3]} giờ")
        text = " ".join(key(word) if "'" not in word else word for word in text.split())
        text = sub(_HALF_SHORT, text, lambda match: f"{match[1]} {match[2]} {_HOUR} {_HALF}")
        text = sub(_DATES, text, lambda match: self._dates(match, found))
        text = sub(_SINCE_MORNING, text, lambda _: put("period", "PERIOD", f"{_iso(self._at(6, 0))}/{_iso(self.now)}"))
        text = sub(_SINCE, text, lambda match: put("period", "PERIOD", self._since(match)))
        text = sub(_NIGHT_SPAN, text, lambda match: put("period", "PERIOD", self._span(match, since_yesterday=True)))
        text = sub(_SPAN, text, lambda match: put("period", "PERIOD", self._span(match)))
        text = sub(_LONG_DATE, text, lambda match: put("date", "PERIOD", self._long_date(match)))
        text = sub(_WEEKDAY, text, lambda match: self._weekday_said(match, put))
        for matcher, days in _DAYS_AGO:
            text = sub(matcher, text, lambda _, days=days: put("date", "PERIOD", self.day(-days).date().isoformat()))  # type: ignore[misc]
        text = sub(_LAST, text, lambda match: put("period", "PERIOD", self._last(match)))
        text = sub(_FROM_DAY, text, lambda match: self._from_day(match, found))
        text = sub(_SHIFT_END, text, lambda match: put("at", f"{match[1]}AT", self._shift_end()))
        text = self._shift(text, put)
        text = _TILL_NOW.sub("SHIFT", text) if found.get("shift") in ("current", self._running()) else text
        text = sub(_POINT, text, lambda match: put("at", "AT", self._point(match)) if is_clock(match) else match[0])
        for match in _SOON.finditer(text):
            put("soon", "", _iso(self.now + length(match)))
        text = sub(_HALF_DAY, text, lambda match: self._put_half_day(match, found, put))
        text = sub(_HALF_DAY_AGO, text, lambda match: put("period", "PERIOD", self._half_day(match[1], "", ago=True)))
        for _ in range(2):
            text = sub(_MONTH, text, lambda match: put("period", "PERIOD", self._month(match)))
            text = sub(_QUARTER, text, lambda match: put("period", "PERIOD", self._quarter(match)))
        for matcher, name in _NAMED_RE:
            text = sub(matcher, text, lambda _, name=name: put("period", "PERIOD", name))  # type: ignore[misc]
        if "date" in found and "period" not in found:
            found["period"] = f"{found['date']}/{found['date']}"
        more = of_the_span(found, more, self.day())
        return text, Times(**found, more=tuple(more), span=self._shift_of_day(found), wrong=bool(wrong))

    def _shift_of_day(self, found: dict[str, str]) -> str:
        """Return start/end of "ca sáng hôm qua", "" where no day is named beside a shift."""
        day = found.get("date", self.day(-1).date().isoformat() if found.get("period") == "yesterday" else "")
        name = found.get("shift", "")
        if name in SHIFTS and found.get("period") == "today":
            begin = self.day() + timedelta(hours=getattr(self.shifts, name))
            day = begin.date().isoformat() if self.now < begin else ""  # not yet: not the last one of that name
        if not day or name not in SHIFTS:
            return ""
        begin = datetime.fromisoformat(day).replace(tzinfo=self.now.tzinfo) + timedelta(
            hours=getattr(self.shifts, name)
        )
        return f"{_iso(begin)}/{_iso(begin + timedelta(hours=MIDNIGHT_HOURS / len(SHIFTS)))}"

    def _running(self) -> str:
        hour = self.now.hour
        return "morning" if 6 <= hour < 14 else "afternoon" if 14 <= hour < 22 else "night"

    def _shift(self, text: str, put: Callable[[str, str, str], str]) -> str:
        """Take the first two shifts that are named."""
        named = ((_PREVIOUS, "previous"), *((matcher, name) for name, matcher in _SHIFT.items()), (_CURRENT, "current"))
        said = [(match, name, matcher) for matcher, name in named if (match := matcher.search(text)) is not None]
        # "trong ca trước" is no other shift beside "ca trước".
        said = [one for one in said if one[1] != "current" or not any(_overlap(one[0], other[0]) for other in said)]
        for _, name, matcher in sorted(said, key=lambda entry: entry[0].start())[:2]:
            put("shift", "SHIFT", name)
            text = " ".join(matcher.sub(" SHIFT ", text, count=1).split())
        return text

    def _dates(self, match: re.Match[str], found: dict[str, str]) -> str:
        """Return PERIOD for "ngày 10 đến ngày 20 tháng này"; what has neither a day's word nor a month is no date."""
        _, head, first, month, _, head2, last, month2 = match.groups()
        if not (head or head2) or not (month or month2 or (head and head2)):
            return match[0]
        in_month = month2 or month or ""
        back = in_month.partition("'")[0] in ("truoc", "roi")
        at = int(in_month) if in_month.isdigit() else (self.now.month - back - 1) % NOON + 1
        year = self.now.year - (at > self.now.month)
        try:
            begin = datetime(year, int(month) if month else at, int(first)).date()
            end = datetime(year, at, int(last)).date()
        except ValueError:
            return match[0]
        found["period"] = f"{begin.isoformat()}/{end.isoformat()}"
        return "PERIOD"

    def _put_half_day(self, match: re.Match[str], found: dict[str, str], put: Callable[[str, str, str], str]) -> str:
        """Return PERIOD; "sáng nay từ 9 đến 11 giờ" is the span of hours, on that day."""
        if until_here(match):
            return match[0]
        made = self._half_day(match[2], match[3])
        span = found.get("period", "")
        if len(span) > len("2026-11-26/2026-11-26") and "T" in span and "qua" not in match[3]:
            return "PERIOD"
        return put("period", "PERIOD", made)

    def _from_day(self, match: re.Match[str], found: dict[str, str]) -> str:
        """Make the day that was found the begin of a time until now; from Monday on it is this week."""
        begin = found.pop("date", "")
        if not begin:
            return match[0]
        monday = self.day(-self.now.weekday()).date().isoformat()
        found["period"] = "this_week" if begin == monday else f"{begin}T00:00/{_iso(self.now)}"
        return "PERIOD"

    def _shift_end(self) -> str:
        begins = (self.shifts.morning, self.shifts.afternoon, self.shifts.night, self.shifts.morning + MIDNIGHT_HOURS)
        ends = [self.day() + timedelta(hours=hours) for hours in begins]
        return _iso(next(end for end in ends if end > self.now))

    def _span(self, match: re.Match[str], *, since_yesterday: bool = False) -> str:
        _, hour, _, half, _, _, part, _, hour2, _, half2, _, _, part2 = match.groups()
        begin = self._at(*_clock(hour, half, part or (part2 if int(hour) < int(hour2) else None)))
        end = self._at(*_clock(hour2, half2, part2 or part))
        if since_yesterday:
            begin -= timedelta(days=1)
        end += timedelta(days=1) if end <= begin else timedelta()
        return f"{_iso(begin)}/{_iso(end)}"

    def _at(self, hour: int, minute: int, day: int = 0) -> datetime:
        return self.day(day) + timedelta(hours=hour, minutes=minute)

    def _point(self, match: re.Match[str]) -> str:
        hour, _, half, _, _, part, _, day = match.groups()
        hours, minutes = _clock(hour, half, part)
        name = (day or "").replace("'", " ").split(" ")[0] if day else ""
        offset = 1 if day and "mai" in day else -1 if day and "qua" in day else 0
        moment = self._at(hours, minutes, offset)
        # "trước 5 giờ" said at three in the afternoon means five in the afternoon.
        if not part and not name and hours < NOON and moment <= self.now < moment + timedelta(hours=NOON):
            moment += timedelta(hours=NOON)
        return _iso(moment)

    def _last(self, match: re.Match[str]) -> str:
        return f"{_iso(self.now - length(match))}/{_iso(self.now)}"

    def _since(self, match: re.Match[str]) -> str:
        """Return the time from a clock time, or a part of a day, to now."""
        if match[3]:
            begin = self._at(*_clock(match[3], match[5], match[8]))
            begin -= timedelta(days=1) if begin > self.now else timedelta()
        else:
            word = match[2].replace("'", " ").split()
            hours = {"sang": 6, "trua": 12, "chieu": 12, "dem": 22, "toi": 18}.get(word[0], 0)
            begin = self._at(hours, 0, -1 if "qua" in match[2] else 0)
        return f"{_iso(begin)}/{_iso(self.now)}"

    def _half_day(self, part: str, day_word: str, *, ago: bool = False) -> str:
        name = part.partition("'")[0]
        begin, end = _SMALL_HOURS if ago and name == "khuya" else _HALVES.get(name, _HALVES["dem"])
        day = self.day(-1 if "qua" in day_word else 0)
        return f"{_iso(day + timedelta(hours=begin))}/{_iso(day + timedelta(hours=end))}"

    def _long_date(self, match: re.Match[str]) -> str:
        """Return "ngày 20 tháng 11", or "ngày 20" of the month in which it was last."""
        month, year = int(match[4] or self.now.month), int(match[6] or self.now.year)
        if not match[4] and int(match[2]) > self.now.day:
            month, year = (month - 1, year) if month > 1 else (NOON, year - 1)
        return _day(year, month, int(match[2]))

    def _weekday_said(self, match: re.Match[str], put: Callable[[str, str, str], str]) -> str:
        """Return PERIOD, or what was said where "thứ hai" counts: "chỗ thứ hai"."""
        before = bare((match.string[: match.start()].split() or [""])[-1])
        return match[0] if before in _COUNTED_BY else put("date", "PERIOD", self._weekday(match))

    def _weekday(self, match: re.Match[str]) -> str:
        """Return the last such day; one of the week before when that is said."""
        number = (match[2] or "").partition("'")[0]
        index = 6 if not match[2] else 2 if number == "tu" else int(number) - 2
        week = (match[3] or "").replace("'", " ").split()
        ago = (self.now.weekday() - index) % DAYS
        if "tuan" in week and {"truoc", "qua", "roi"} & set(week):
            ago = self.now.weekday() - index + DAYS
        elif "tuan" in week:
            ago = self.now.weekday() - index
        return self.day(-ago).date().isoformat()

    def _month(self, match: re.Match[str]) -> str:
        month = int(match[2])
        year = self._year(match[4], self.now.year if month <= self.now.month else self.now.year - 1)
        return f"{year}-{month:02d}" if 1 <= month <= NOON and year in _YEARS else ""

    def _quarter(self, match: re.Match[str]) -> str:
        year = self._year(match[3], self.now.year)
        return f"{year}-Q{match[1]}" if match[1] in "1234" and year in _YEARS else ""

    def _year(self, said: str | None, otherwise: int) -> int:
        if not said:
            return otherwise
        if said.isdigit():
            return int(said)
        return self.now.year - (said.partition("'")[0] in ("ngoai", "truoc"))


_COUNTED_BY_WORDS: Final = "cho tri o ngan cai con don xe chiec lan diem sac tram tru cua cong ke khoi day"
_COUNTED_BY: Final = frozenset(_COUNTED_BY_WORDS.split())
_HOUR, _HALF = key("giờ"), key("rưỡi")


def _day(year: int, month: int, day: int) -> str:
    """Return a date (ISO), "" for one that does not exist or that nobody means."""
    try:
        return datetime(year, month, day).date().isoformat() if year in _YEARS else ""
    except ValueError:
        return ""


def _overlap(one: re.Match[str], other: re.Match[str]) -> bool:
    return one is not other and one.start() < other.end() and other.start() < one.end()
