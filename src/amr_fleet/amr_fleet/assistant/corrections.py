"""What somebody takes back in the same breath: "AMR-03, à quên, AMR-05 đang ở đâu" asks about the last one.

The last word counts, and it stands where the first one stood: "dừng robot 5 lại, à nhầm, số 12" is about robot 12.
It works on kinds of things: robots, orders, alarms, places, times, levels, amounts, goods, numbers. What says more of
the new thing than its name ("à không, robot 5 còn người đứng cạnh"), or names the same again, corrects nothing: it
takes back what was said.
"""

from __future__ import annotations

import re
from typing import Final

from amr_fleet.assistant.goods import GOODS
from amr_fleet.assistant.text import fold

_DIGIT: Final = r"(?:\d{1,4}|một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười(?: (?:một|hai|ba|bốn|lăm))?)"
_NO: Final = r"(?: số| so)?"
_SPOTS: Final = (
    r"cửa|cua|cổng|cong|kệ|ke|khối|khoi|khu|sân|san|bãi|bai|dãy|day|lối|loi|trạm sạc|tram sac|trạm|tram|chỗ đậu|"
    r"giao lộ|vị trí|vi tri|hall|kho|camera"
)
_DAY: Final = r"(?:hôm|bữa|hom|bua) (?:nay|qua|kia)"
_KINDS: Final = {
    "order": rf"(?:đơn|don|chuyến|chuyen)(?: hàng| hang)?{_NO} (?:[a-z]{{2}}-?)?\d{{3,4}}|dh-?\d{{3,4}}",
    "alarm": rf"(?:cảnh báo|canh bao){_NO} (?:cb-?)?\d+|cb-?\d+",
    "robot": rf"(?:robot|amr|con|xe|chiếc|chiec|thằng)(?: robot)?{_NO} (?:amr-?)?{_DIGIT}|amr-?\d+",
    "place": rf"(?:{_SPOTS}){_NO} (?:[a-z]{{0,2}}\d+[a-z]?(?:_\d)?|[a-z]|{_DIGIT})|[abdgpx]\d{{1,2}}[a-z]?(?:_\d)?",
    "clock": r"\d{1,2} ?(?:giờ|gio|h)(?: ?(?:rưỡi|ruoi|\d{2}))?"
    r"(?: (?:sáng|trưa|chiều|tối|đêm|sang|trua|chieu|toi|dem))?",
    "length": r"(?:\d+|nửa|nua|một|mot|hai) ?(?:phút|phut|tiếng|tieng)(?: rưỡi| ruoi)?",
    "amount": r"(?:\d+|một|hai|ba|bốn|năm|sáu) (?:pallet|bao|thùng|thung|tấn|tan|kiện|kien)",
    "period": rf"{_DAY}|(?:ca|tuần|tháng|quý|tuan|thang|quy|sáng|chiều|tối|đêm|sang|chieu|toi|dem) "
    rf"(?:này|trước|nay|truoc|sáng|chiều|tối|đêm|khuya|rồi|qua|sang|chieu|toi|dem)(?: {_DAY})?",
    "level": r"(?:ưu tiên |uu tien |mức |muc )?(?:cao|thấp|thap|thường|thuong|bình thường|binh thuong)",
    "goods": "|".join(sorted({*GOODS, *(fold(name) for name in GOODS if " " in name)}, key=lambda one: -len(one))),
    "number": r"(?:số |so )?\d{1,4}(?! ?(?:%|(?:phút|phut|giờ|gio|tiếng|tieng|giây|giay|ngày|ngay|pallet|bao|thùng|"
    r"thung|tấn|tan|kiện|kien|mét|met|đơn|don|chuyến|chuyen|người|nguoi)(?!\w)))",
}
_FOUND: Final = {kind: re.compile(rf"(?<![\w-])(?:{text})(?![\w-])") for kind, text in _KINDS.items()}
_HAS_NUMBER: Final = ("order", "alarm", "robot", "place")
_LAST_NUMBER: Final = re.compile(r"(?:số |so )?\d+(?!.*\d)")
_TOWARDS: Final = r"(?:từ|tu|ra|đến|den|tới|toi|về|ve|vào|vao|vô|vo|qua|sang)"
_AH: Final = r"(?:à|á|ờ|ủa|ý|ấy|ối|úi|í|a|y|ua|ơ|ừ|chết|chet|thôi chết)"
_WRONG: Final = (
    r"(?:không phải|khong phai|hổng phải|hông phải|nói nhầm|noi nham|nói lộn|noi lon|nhầm|nham|lộn|quên|xin lỗi|"
    r"xin loi|lon roi|đính chính|sửa lại|sua lai|lỡ lời|sorry)"
)
_AGAIN: Final = r"(?: (?:rồi|roi|chớ|chứ|mất|mat|em|anh|chị|nha|nhé|là|phải là|ý là|lại là))*"
_REALLY: Final = r"(?:mới phải|mới đúng|moi phai|moi dung)"
_I: Final = r"(?:tôi|tui|em|anh|chị|mình|toi|chi|minh)"
_MEAN: Final = r"(?:muốn |đang |cần |muon |dang |can )?(?:hỏi|nói|hoi|noi)"
_TAKEN_BACK: Final = re.compile(
    rf"[\s,.…!;–-]+(?:{_AH}[\s,.…]*(?:{_WRONG}|không|khong|hông|hổng|lon|quen){_AGAIN}[\s,.:…!]+"
    rf"|(?<=[,.…!;–-] )(?:{_WRONG}{_AGAIN}[\s,.:…!]+|(?:không|khong|lon|quen),\s+)"
    rf"|{_AH}[ ,]+(?=(?:(?!{_WRONG})[\w-]+ ){{1,4}}(?:{_REALLY}|cơ|chứ|chu|chớ)(?! không| khong| hổng)(?!\w)))"
    rf"(?:phải là |là |ý là )?(?:{_I} {_MEAN} (?:là )?)?"
)
_REALLY_SO: Final = re.compile(rf"\s+(?:{_REALLY}|cơ|chứ|chu|chớ)(?! không| khong| hổng| hông)(?!\w)")
_ONLY: Final = re.compile(
    r"(?:[ ]+(?:lại|lai|nhé|nhe|nha|nghen|nghe|em|anh|chị|chi|chú|bác|cô|ơi|oi|thôi|thoi|cơ|chứ|chớ|chu|mới|moi|phải|"
    r"phai|đúng|moi dung|đó|đấy|ấy|này|nay|kia|á|ạ|a|đi|di|giùm|gium|giúp|giup|dùm|dum|hộ|với|voi|luôn|luon|ngay|liền|"
    r"nè|ne|mà|là|thì))*(?=$|\s*[,.;!?…–-])"
)
"""All that may stand behind the new thing up to the end of its part; anything else says something of it."""
_ASKS: Final = re.compile(
    r"(?<!\w)(?:gì|nào|sao|đâu|mấy|bao nhiêu|bao lâu|bao giờ|nao|bao nhieu|bao gio)(?!\w)|(?<!\w)(?:o dau|"
    r"(?:không|chưa|khong|chua|hông|hong)(?: vậy| ạ| anh| em| chị| ta| hả| vay)*)\s*\??$|\?$"
)
_BEGINS: Final = re.compile(rf"(?:(?P<towards>{_TOWARDS}) )?(?=\S)")
_FAR: Final = 8
"""So many words may stand between what is taken back and the word that says so."""
_MIXED_UP: Final = re.compile(
    r"[^,.]*(?<!\w)(?:nhầm|nham|lộn)(?: giữa)?(?P<head> đơn| don| con| robot| cửa| cua)?(?: số| so)? (?P<one>[\w-]+) "
    r"(?:với|voi|thành|thanh|qua|sang)(?: (?:đơn|don|con|robot|cửa|cua))?(?: số| so)? (?P<other>[\w-]+)\s*,\s*"
    r"[^,]*?(?P<meant>(?P=one)|(?P=other))(?![\w-])"
)
"""Two things mixed up, and then the one that is meant: "chị nhầm đơn 415 với 417, cái chị cần là 417"."""


_NOT_THIS: Final = re.compile(
    rf"^(?:không phải|khong phai|hổng phải|hông phải|đâu phải)(?: là)? (?P<one>{_KINDS['robot']}|{_KINDS['order']}|"
    rf"{_KINDS['alarm']})\s*,\s*(?:(?:cái|con|chiếc|xe|đơn|chiec|don) )?{_I} {_MEAN} (?:là |la )?"
    rf"(?=(?P<other>{_KINDS['robot']}|{_KINDS['order']}|{_KINDS['alarm']})(?!\w))"
)
"""What is not meant, and then what is: "không phải AMR-05, chiếc tôi hỏi là AMR-04"."""


def corrected(text: str) -> str:
    """Return a cleaned text with only the last of what somebody corrects in the same breath."""
    text = _NOT_THIS.sub("", text)
    text = _MIXED_UP.sub(lambda match: f"{(match['head'] or '').strip()} {match['meant']}".strip(), text)
    for _ in range(_MOST):
        match = next((match for match in _TAKEN_BACK.finditer(text) if _put_right(text, match)), None)
        if match is None:
            break
        text = _put_right(text, match)
    return text


_MOST: Final = 3
"""So often somebody corrects himself."""


def _put_right(text: str, match: re.Match[str]) -> str:
    """Return the text with what follows a word of taking back in the place of its like before; "" for none."""
    begins = _BEGINS.match(text, match.end())
    if begins is None or _NOT_THAT.fullmatch(match[0]):
        return ""
    said, towards = text[: match.start()], begins["towards"]
    for kind, matcher in _FOUND.items():
        again = matcher.match(text, begins.end())
        if again is None:
            continue
        before = _last(kind, said, towards or "", again[0])
        if before is None or _same(kind, said[slice(*before)], again[0]):
            continue
        rest = _without_goods(kind, said, text[again.end() :])
        if not (_ONLY.match(rest) or (_ASKS.search(rest))):
            continue
        rest = _REALLY_SO.sub("", rest, count=1) if _REALLY_SO.match(rest) else rest
        return f"{said[: before[0]]}{_in_full(kind, again[0])}{said[before[1] :]}{rest}"
    return ""


def _without_goods(kind: str, said: str, rest: str) -> str:
    """Return the rest without the goods that an amount repeats: "2 pallet gạo, à không, 3 pallet gạo"."""
    goods = _FOUND["goods"].match(rest, 1) if kind == "amount" else None
    return rest[goods.end() :] if goods is not None and goods[0] in said else rest


def _same(kind: str, one: str, other: str) -> bool:
    """Say whether two names of a kind are of the same thing: "robot 5" and "con 05", but no "cửa 5" and "kệ 5"."""
    if kind not in (*_HAS_NUMBER, "number"):
        return one == other
    heads, names = zip(*(_NAME.sub("", name).rpartition(" ")[::2] for name in (one, other)), strict=True)
    bare = [name.lstrip("0") for name in names]
    return bare[0] == bare[1] and (kind != "place" or heads[0] == heads[1] or not all(heads))


_NAME: Final = re.compile(r"(?:amr|dh|cb)-?(?=\d)")
_NOT_THAT: Final = re.compile(r"[\s,.…!;–-]+(?:không phải|khong phai|hổng phải|hông phải) ")
"""No pause behind it: "dừng robot 5, không phải robot 12" names what is not meant."""


def _in_full(kind: str, name: str) -> str:
    """Return "thường" as "bình thường": alone behind a wish the word says no level."""
    return _ORDINARY.get(name, name) if kind == "level" else name


_ORDINARY: Final = {"thường": "bình thường", "thuong": "binh thuong"}


def taken_back(text: str) -> str | None:
    """Return what follows the last words that take something back and put nothing in its place; None for none.

    text: cleaned. "xin lỗi" that names nothing only is polite.
    """
    text = corrected(text)
    ends = [match.end() for match in _TAKEN_BACK.finditer(text) if not _only_sounds_so(text, match)]
    return text[ends[-1] :] if ends else None


def _only_sounds_so(text: str, match: re.Match[str]) -> bool:
    """Say whether words take nothing back: "xin lỗi làm phiền", "khu A không cho xe vào", "lối ấy không ai đi"."""
    named = re.search(r"\d", text[match.end() :])
    in_passing = _POINTS.fullmatch(match[0]) or (_LETTER.fullmatch(match[0]) and _SPOT.search(text[: match.start()]))
    return not named and bool(_POLITE.search(match[0]) or in_passing)


_POINTS: Final = re.compile(r" (?:ấy|ý|í) (?:không|khong|hông|hổng) ")
_LETTER: Final = re.compile(r" a (?:không|khong|hông|hổng) ")
_SPOT: Final = re.compile(rf"(?<!\w)(?:{_SPOTS})$")
_POLITE: Final = re.compile(r"(?<!\w)(?:xin lỗi|xin loi|sorry)(?!\w)")


def _last(kind: str, said: str, towards: str, again: str) -> tuple[int, int] | None:
    """Return where the last thing of a kind stands that may be taken back: of the same head, behind the same word."""
    if kind == "number":
        found = [
            match for name in _HAS_NUMBER for match in _FOUND[name].finditer(said) if _LAST_NUMBER.search(match[0])
        ]
        if not found:
            return None
        match = max(found, key=lambda one: one.end())
        number = _LAST_NUMBER.search(match[0])
        span = (match.start() + number.start(), match.end()) if number else (0, 0)
    else:
        found = list(_FOUND[kind].finditer(said))
        head = again.split()[0]
        same = [one for one in found if one[0].split()[0] == head]
        behind = [one for one in found if towards and said[: one.start()].rstrip().endswith(towards)]
        match = (behind or ([] if towards else same) or ([] if towards else found) or [None])[-1]  # type: ignore[list-item]
        if match is None:
            return None
        span = match.span()
    between = said[span[1] :]
    return span if "?" not in between and len(between.split()) <= _FAR else None
