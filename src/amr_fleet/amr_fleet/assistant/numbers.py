"""Numbers in Vietnamese words: "mười hai" 12, "hai mươi lăm" 25, "một trăm linh năm" 105, "hai chục" 20."""

from __future__ import annotations

from typing import Final

from amr_fleet.assistant.text import bare, key

_DIGITS: Final = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5, "sáu": 6,
    "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_SCALES: Final = {"trăm": 100, "nghìn": 1000, "ngàn": 1000}
_TENS: Final = ("mười", "mươi", "chục")
_JOINS: Final = ("linh", "lẻ")
# After these a word of letters without marks is a number ("robot sau" is robot 6), before those likewise ("nam phut").
_HEADS: Final = (
    "robot con xe chiếc số đơn amr cửa cổng trạm camera khối kệ lối lan sà tàu thứ thêm bớt bỏ cắt hall quý tháng ngày "
    "kém khoảng chừng cỡ tầm dưới trên hơn từ đến lúc trước sau và với trong lại chỗ chuyến máy tới vòng"
)
_UNITS: Final = (
    "phút giờ tiếng ngày tuần tháng pallet kiện đơn robot con trạm chuyến cái chiếc thùng bao tấn container % cửa lần "
    "xe bộ rưỡi mươi chục trăm nghìn ngàn máy"
)
_VALUE: Final = {key(word): value for word, value in _DIGITS.items()}
_BARE: Final = {bare(word): value for word, value in _VALUE.items()}
_SCALE_OF: Final = {form: value for word, value in _SCALES.items() for form in (key(word), bare(key(word)))}
_TEN: Final = {form for word in _TENS for form in (key(word), bare(key(word)))}
_TEN_ITSELF: Final = key("mười")
_JOIN: Final = {form for word in _JOINS for form in (key(word), bare(key(word)))}
_HEAD: Final = {form for word in _HEADS.split() for form in (key(word), bare(key(word)))} | {
    key("thằng"),
    "o",
    key("ô"),
}
_UNIT: Final = {form for word in _UNITS.split() for form in (key(word), bare(key(word)))}
# These alone mean something else far more often than a number.
_SHY: Final = {
    key("không"),
    "khong",
    key("tư"),
    "tu",
    "ba",
    "nam",
    "sau",
    "bay",
    "tam",
    "chin",
    "mot",
    key("lăm"),
    key("mốt"),
}
NUMBER_WORDS: Final = (*_DIGITS, *_SCALES, *_TENS, *_JOINS, "rưỡi", "nửa")


def _value(word: str, *, marked: bool) -> int | None:
    return _VALUE.get(word) if marked or "'" in word else _BARE.get(word, _VALUE.get(word))


_AFTER_TENS: Final = frozenset(key(word) for word in ("lăm", "nhăm", "mốt"))
"""What is only said behind tens: "bốn lăm" has left its "mươi" out."""
# After a bare "tu" these say that it is "từ" or "tự", not four.
_FROM_WORDS: Final = (
    "hanh dong ngay dau hom luc thang tuan ca khi nay sang trua chieu toi dem quy nam hoi "
    "cua kho ke loi cong khoi day tram bai hall san goc"
)
_FROM: Final = frozenset(_FROM_WORDS.split())
_NO_HUNDRED: Final = frozenset(("sac", "nao", "nap", "cuoi", "dau"))


def _parse(words: list[str], *, marked: bool = False) -> tuple[int, int]:
    """Return the number that words begin with and how many words it takes; (0, 0) for none."""
    total, part, used, seen = 0, 0, 0, False
    for at, word in enumerate(words):
        if word == "tram" and bare("".join(words[at + 1 : at + 2])) in _NO_HUNDRED:
            break  # "hai tram sac" typed without marks
        value = None if marked and seen and word == "nam" else _value(word, marked=False)  # south, not five
        if value is not None:
            after_digit = seen and part % 10 and used and words[used - 1] not in _TEN
            tens = part % 100  # "bốn lăm" is 45, "bốn trăm hai mốt" 421
            if after_digit and (word not in _AFTER_TENS or not 1 < tens < 10):
                break
            part += 9 * tens + value if after_digit else value
        elif word == _TEN_ITSELF and seen and part % 10:
            break  # "bốn mười ba" is 4 and 13, as order numbers are said
        elif word in _TEN:
            part += 9 * (part % 10) or 10
        elif word in _SCALE_OF and seen:
            scale = _SCALE_OF[word]
            part, total = (part * scale, total) if scale == 100 else (0, (total + part) * scale)
        elif word in _JOIN and seen:
            pass
        else:
            break
        seen = True
        used += 1
    while used and words[used - 1] in _JOIN:
        used -= 1
    return total + part, used


def into_digits(words: list[str]) -> list[str]:
    """Return words (keys) with numbers in words as digits, where they can be meant as numbers."""
    out: list[str] = []
    words = _spelt_out(words)
    marked = any("'" in word for word in words)
    at = 0
    while at < len(words):
        value, used = _parse(words[at:], marked=marked)
        if used and _meant(words, at, used, out):
            out.append(str(value))
            at += used
        else:
            out.append(words[at])
            at += 1
    return out


def _spelt_out(words: list[str]) -> list[str]:
    """Return words with an order's number as digits, said one by one from its zero on: "số không bốn hai không"."""
    for at, word in enumerate(words[:-_SPELT]):
        head = word in _ORDER_HEADS or (word in ("so", key("số")) and at > 0 and words[at - 1] in _ORDER_HEADS)
        said = [_value(one, marked=False) for one in words[at + 1 : at + 1 + _SPELT]]
        if head and said[0] == 0 and all(value is not None for value in said):
            return [*words[: at + 1], "".join(map(str, said)), *words[at + 1 + _SPELT :]]
    return words


_SPELT: Final = 4


def _meant(words: list[str], at: int, used: int, before: list[str]) -> bool:
    """Say whether words[at:at + used] is a number here and not another word with the same letters."""
    after = words[at + used] if at + used < len(words) else ""
    last = before[-1] if before else ""
    word = words[at]
    if word == "bon" and last == "phan":
        return False  # phân bón, not four
    if word == "lam":
        return False  # làm, not lăm
    if word in ("nam", key("năm")) and bare(after) in ("nay", "ngoai", "roi", "truoc", "qua"):
        return False  # this year, not five
    if word == "tu" and bare(after) in _FROM:
        return False
    if used > 1:
        return word not in (key("không"), "khong")
    if word in (key("không"), "khong"):
        return last in ("so", key("số"))
    counts = word != "tu" and bare(after) in _LOADS  # "chuyen nam pallet": neither the year, the south nor "after"
    if after in _UNIT and (word not in ("tu", "nam", "sau") or last in _HEAD or not before or counts):
        return True
    if (last.isdigit() and _after_order(before)) or (_after_alarm(before) and (last.isdigit() or _parse([after])[1])):
        return True  # "đơn bốn hai hai", "cảnh báo ba một" are said digit by digit
    if last.isdigit() and (len(before) > 1 and before[-2] in _HEAD):
        return False
    if last in _LETTERS and len(before) > 1 and before[-2] in _LETTERED:
        return True
    if last in _HEAD:
        # "đơn sau", "con sau": unmarked and at a head it is a number only for what is counted.
        return "'" in word or last in _COUNTED or word not in _SHY
    return False


_LOADS: Final = frozenset(("pallet", "kien", "thung"))
_LETTERS: Final = frozenset("abxpdg")
_LETTER_HEADS: Final = "kệ khối lối dãy kho cửa cổng ô trạm chỗ từ vào ra ở tới đến về qua sang hàng tại"
_LETTERED: Final = {form for word in _LETTER_HEADS.split() for form in (key(word), bare(key(word)))}
_ORDER_HEADS: Final = {form for word in ("đơn", "mã", "lệnh") for form in (key(word), bare(key(word)))}


def _after_order(before: list[str]) -> bool:
    """Say whether the words so far end in an order's first digits: "đơn 4", "đơn số 4 2"."""
    head = [word for word in before if not word.isdigit() or len(word) > 2]
    digits = len(before) - len(head)
    said = before[-digits:] if digits else []
    rest = before[: len(before) - digits]
    rest = rest[:-1] if rest[-1:] and rest[-1] in ("so", key("số")) else rest
    return 0 < digits < 4 and all(word.isdigit() for word in said) and rest[-1:] != [] and rest[-1] in _ORDER_HEADS


def _bare_key(word: str) -> str:
    return bare(key(word))


_ALARM_HEADS: Final = {
    tuple(fold(word) for word in words.split()) for words in ("cảnh báo", "báo động") for fold in (key, _bare_key)
}


def _after_alarm(before: list[str]) -> bool:
    """Say whether the words so far end in an alarm, or in the first digit of its number."""
    rest = before[:-1] if before[-1:] and before[-1].isdigit() else before
    rest = rest[:-1] if rest[-1:] and rest[-1] in ("so", key("số")) else rest
    return tuple(rest[-2:]) in _ALARM_HEADS


_COUNTED: Final = {key("ô"), key("thằng"), key("thứ")} | {
    form
    for word in ("robot", "số", "amr", "con", "camera", "trạm", "cửa", "cổng", "xe", "quý", "tháng")
    for form in (key(word), bare(key(word)))
}
