"""What was typed, made comparable: invisible tricks removed, accents kept apart from letters, short forms written out.

A word becomes a key: its letters without marks, then an apostrophe and its marks in alphabetical order, for example
dừng = dung'fh, đừng = dung'dfh, dung = dung. A word typed without marks may stand for each word with its letters; one
typed with marks only for itself. Hỏi and ngã are one mark, since half of the country speaks them alike.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_LENGTH: Final = 400
"""Characters of a question that are read; nobody asks more in one breath."""

# Tone and vowel marks of Vietnamese by the letter that Telex has for them; hook and tilde are one.
_MARKS: Final = {
    "\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "r", "\u0323": "j", "\u0302": "c", "\u0306": "w",
    "\u031b": "h",
}  # fmt: skip
_MAX_MARKS: Final = 2  # a Vietnamese vowel has one tone and one vowel mark at most; more is a trick

# Letters of other alphabets that look like Latin ones.
_LOOK_ALIKES: Final = str.maketrans(
    "аеорсухіјѕԁһкмнтвгпиԛԝɡıοαεικνρτυχΑΒΕΗΙΚΜΝΟΡΤΧΥΖАВЕКМНОРСТХ",
    "aeopcyxijsdhkmhtbrnuqwgioaeiknptuxabehikmnoptxyzabekmhopctx",
)
_CODE: Final = re.compile(r"[a-z]+[-_./]?\d[\da-z_-]*|\d+(?:[.,]\d+)?|[^\W\d_]+|[%?]")


def clean(text: str) -> str:
    """Return text in NFC and lower case without control and format characters, look-alikes and stacked marks."""
    shown = unicodedata.normalize("NFKC", text[: MAX_LENGTH * 4])
    shown = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in shown)
    shown = "".join(char for char in shown if unicodedata.category(char) not in ("Cf", "Co", "Cn", "Cs"))
    letters: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFD", shown.translate(_LOOK_ALIKES).lower()):
        if unicodedata.category(char) == "Mn":
            marks += 1
            if char in _MARKS and marks <= _MAX_MARKS:
                letters.append(char)
        else:
            marks = 0
            letters.append(char)
    return " ".join(unicodedata.normalize("NFC", "".join(letters)).split())[:MAX_LENGTH]


@lru_cache(maxsize=1 << 14)
def key(word: str) -> str:
    """Return the key of one lower-case word."""
    letters, marks = [], set()
    for char in unicodedata.normalize("NFD", word):
        if char in _MARKS:
            marks.add(_MARKS[char])
        elif char == "đ":
            letters.append("d")
            marks.add("d")
        else:
            letters.append(char)
    return "".join(letters) + ("'" + "".join(sorted(marks)) if marks else "")


def fold(text: str) -> str:
    """Return text without marks, đ as d."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")
    return bare.replace("đ", "d").replace("Đ", "D")


def bare(word_key: str) -> str:
    """Return the letters of a key."""
    return word_key.partition("'")[0]


def has_marks(text: str) -> bool:
    """Say whether anything in a cleaned text was typed with Vietnamese marks."""
    return fold(text) != text


_LESS: Final = r"((?:dưới|duoi|hơn|hon|chưa tới|chua toi|không tới|khong toi|trên|tren|chưa được)(?: khoảng)?)"
_QUARTER: Final = rf"{_LESS} (?:một|mot|1) (?:phần tư|phan tu)"
_HALF: Final = rf"{_LESS} (?:một |mot |1 )?(?:nửa|nua)(?= (?:bình|binh|pin|điện|dien|cục)|$)"


_SHORT_ROBOT: Final = re.compile(
    r"(?<!\w)cn (?=\d{1,2}(?!\d|[/.-]\d)(?!\s?[:hg](?!\w)|\s?[:h]\s?\d)"
    r"(?! (?:giờ|gio)(?! (?:đang|dang|ở|o|sao|ra|đâu|dau|thế|the|kẹt|ket|đứng|dung|nằm|nam)(?!\w))(?!\w))"
    r"(?! (?:ca(?! (?:sáng|chiều|tối|đêm|này|nay|trước|sang|chieu|toi|dem|truoc))|tuần|tuan)(?!\w)))"
)
"""A "cn" that is a robot: no Sunday has a number, but the hour or the date behind it has ("CN 8h", "CN 29/11")."""
_LAST_HOUR: Final = re.compile(
    r"(?<!\w)(?:trong|suốt|suot) (giờ|gio|tiếng|tieng) (?:đồng hồ |dong ho )?(?:vừa |vua )?qua(?!\w)"
)
_ROMAN: Final = re.compile(r"(?<!\w)(?:quý|quí|quy|qui) (iii|ii|iv|i)(?!\w)")
_QUARTERS: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def split(text: str) -> list[str]:
    """Return the words, numbers and codes (amr-06, a1w_2) of a cleaned text, with clock times written out."""
    text = re.sub(r"\s*(?:-+>|=+>|→)\s*", " đến ", text)
    text = re.sub(r"\s*[<≤]=?\s*(?=\d)", " dưới ", text)
    text = re.sub(r"\s*[>≥]=?\s*(?=\d)", " trên ", text)
    text = re.sub(r"(?<=[^\W\d_])0(?=[^\W\d_])", "o", text)  # "r0b0t"
    text = re.sub(r"(?<![\w])t(1|8|9|10|11|12)(?![\w])", r"tháng \1", text)
    text = _SHORT_ROBOT.sub("con ", text)
    text = re.sub(r"(\d{1,2})\s?[:h]\s?(\d{2})(?!\d)", r"\1 giờ \2", text)
    text = re.sub(r"(?<![\w])(\d{1,2})\s?[hg](?![\w])", r"\1 giờ", text)
    text = re.sub(r"(?<=\d)\s?m/s(?!\w)", " mét trên giây", text)
    text = re.sub(r"(\d+)\s?(?:p|ph|phut|phút|'|min|mins)(?![\w])", r"\1 phút", text)
    text = re.sub(r"(?<![\w])q([1-4])(?![\w])", r"quý \1", text)
    text = re.sub(r"(?<!\w)(bn|bnh|bao nhiêu|bao nhieu|mấy) p(?!\w)", r"\1 phút", text)
    text = re.sub(r"(?<!\w)(đúng|dung|dug|đug) h(?!\w)", r"\1 giờ", text)
    text = _LAST_HOUR.sub(r"1 \1 qua", text)
    text = _ROMAN.sub(lambda match: f"quý {_QUARTERS[match[1]]}", text)
    text = re.sub(r"(?<!giờ )(?<!tiếng )(?<![\w])(\d{1,2}) (?:rưỡi|ruoi)(?![\w])", r"\1 giờ rưỡi", text)
    text = re.sub(r"(\d+)(?=(?:giờ|gio|tiếng|tieng|pallet|pl|đơn|don|con|xe|robot)(?![\w]))", r"\1 ", text)
    text = re.sub(r"(?<![\w])cam\s?(?=\d)", "camera ", text)
    text = re.sub(r"(?<![\w])(con|xe|robot|bot|đơn|don|cửa|cua|cổng|cong|trạm|tram|kệ|ke)(?=\d)", r"\1 ", text)
    text = re.sub(r"(?<![\w/])(?:ngày |ngay )?(\d{1,2})/(\d{1,2})/(\d{4})(?![\w/])", r"ngày \1 tháng \2 năm \3", text)
    text = re.sub(r"(?<![\w/])(?:ngày |ngay )?(\d{1,2})/(\d{1,2})(?![\w/])", r"ngày \1 tháng \2", text)
    text = re.sub(r"(?<!\w)([a-zđ]{1,4}-?\d{1,4})(?=[^\W\d_]{2,})", r"\1 ", text)  # "dh0415bao giờ"
    text = re.sub(r"(?<![\w])([a-z]{4})\s?(\d{6})\s?-?(\d)(?!\d)", r"\1\2\3", text)
    text = re.sub(r"(?<![\w])([a-z]{3})\s?u\s?(\d{6})\s?-?(\d)(?!\d)", r"\1u\2\3", text)
    text = re.sub(_QUARTER, r"\1 25%", text)
    text = re.sub(_HALF, r"\1 50%", text)
    return _CODE.findall(text)
