"""How people say it: a slip of the tongue put right, a denial with "đâu", a thing and then "nó", who speaks and why.

All of it works on the kinds of things, not on the words of one tool.
"""

from __future__ import annotations

import re
from typing import Final

from amr_fleet.assistant.corrections import corrected
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.text import key

_HEAD: Final = (
    "robot|amr|con|xe|chiếc|thằng|đơn|don|chuyến|cửa|cua|kệ|ke|khối|khoi|khu|sân|san|bãi|bai|lô|dãy|day|lối|loi|cổng|cong|"
    "trạm sạc|tram sac|trạm|trụ|chỗ đậu|giao lộ|cảnh báo|canh bao"
)
_NAME: Final = r"(?:số |so )?[\w-]+(?: (?:tây|đông|nam|bắc|tay|dong|phía \w+))?"
_PAUSE: Final = r"\s*[ ,.…!]\s*"
_OOPS: Final = (
    r"(?:(?:à|á|ờ|ủa|ý|ấy|ối|í|a)[ ,]*(?:không phải|khong phai|hổng phải|hông phải|không|khong|hông|hổng)|"
    r"(?:à|á|ờ|ủa|ý|ấy|ối|í|a)?[ ,]*(?:lộn|lon|nhầm|nham|quên|nói lộn|nói nhầm))"
    r"(?: rồi| chớ| chứ| em| anh| chị| nha| mất)*"
)
_SAID_TWICE: Final = re.compile(
    rf"(?<!\w)(?P<head>{_HEAD})(?P<mid>(?: robot)?) (?:{_NAME}){_PAUSE}(?:{_OOPS}){_PAUSE}(?:phải là |là |ý là )?"
    rf"(?P<again>{_HEAD})(?: robot)? (?!nào|gì|đó|này|kia|nao|gi)(?=(?:số |so )?\S)"
)
"""A thing, a word that takes it back, and a thing of the same kind: "con 4, à không con 2", "khối B1, lộn, khối B2"."""
_CODE_TWICE: Final = re.compile(rf"(?<!\w)(?:cb[- ]?\d+){_PAUSE}(?:{_OOPS}){_PAUSE}(?=cb[- ]?\d)")
_KINDS: Final = (
    frozenset(["robot", "amr", "con", "xe", "chiếc", "thằng"]),
    frozenset(["đơn", "don", "chuyến"]),
    frozenset(["cảnh báo", "canh bao"]),
)
_IT_IS: Final = re.compile(
    rf"(?<!\w)((?:{_HEAD})(?: robot)? {_NAME}|cb[- ]?\d+) (?:mới|moi) (?:đúng|phải|là nó|dung|phai)(?!\w)"
)
_NOT_THE_OTHER: Final = re.compile(
    rf"[ ,]+(?:chứ|chớ|chu) (?:không|khong|hông|hổng|ko) (?:phải|phai)(?: là)?"
    rf"(?: (?:{_HEAD}))*(?: số| so)? [a-z]{{0,3}}-?\d+(?!\w)"
)
_YES: Final = re.compile(r"(?:^|(?<=[,.!] ))dạ[ ,.]+(?=\S)")

AS_IT_GOES: Final = pattern(
    "nếu (?=([^ ]+ ){1,4}(cứ|vẫn|tiếp tục) (chạy|làm|đi|hoạt động) "
    "(kiểu|như|hoài|vầy|vậy|thế) ([^ ]+ ){0,6}(pin|bình|điện|sạc|chịu))"
)
"""No condition either: "nếu con 5 cứ chạy như vầy thì tới 9 giờ pin còn không"."""


def put_straight(text: str) -> str:
    """Return a cleaned text without "dạ", and with only the last of what somebody corrects in the same breath."""
    text = corrected(_YES.sub("", text))
    text = _SAID_TWICE.sub(_last, text)
    text = _CODE_TWICE.sub("", text)
    text = _WHOLE_DAY.sub(r"\1", _HANDS_OVER.sub(r"\1", text))
    text = _FROM_THEN.sub(r"từ \1 \2", _NOT_BUT.sub("", text))
    text = _IT_IS.sub(r"\1", text)
    for matcher, meant in _SAID_SO:
        text = matcher.sub(meant, text)
    return _NOT_THE_OTHER.sub(" ", text)


def _last(match: re.Match[str]) -> str:
    head, again = match["head"], match["again"]
    same = (
        head == again
        or any({head, again} <= kind for kind in _KINDS)
        or not any({head, again} & kind for kind in _KINDS)
    )
    return f"{again} " if same else match[0]


_FROM_THEN: Final = re.compile(
    r"(?<!từ )(?<!\w)((?:hôm|bữa) (?:qua|kia)|thứ (?:hai|ba|tư|năm|sáu|bảy)) ((?:tới|đến) (?:giờ|nay|bây giờ))(?!\w)"
)
_NOT_BUT: Final = re.compile(
    r"^(?:thôi[ ,]*)?(?:khỏi|đừng)(?: cần| có)? (?P<verb>đóng|chặn|dừng|hủy|mở|chở|ưu tiên) "
    r"[^,]+, *(?:mà )?(?=(?P=verb) )"
)
_SAID_SO: Final = (
    (  # a list of robots has it anyway
        re.compile(
            r"[, ]+(?:kèm|kem)(?: theo| luôn)* (?:phần trăm |phan tram |% |mức |muc |số )*pin(?: của)?"
            r"(?: (?:từng|mỗi|tung|moi) (?:con|chiếc|xe|robot|chiec))?(?=[ .?!]*$)"
        ),
        "",
    ),
    (re.compile(r"(?<!\w)(giùm|dùm|giúp|gium|dum|giup|hộ) e(?=[ ,.!?]|$)"), r"\1 em"),  # and no "A2 e"
    (re.compile(r"(?<!\w)sb-\d{4}-\d+(?!\w)"), "giấy phép"),
    (re.compile(r"(?<!\w)đầu ca (?:tới|đến) (?:giờ|nay)(?!\w)"), "đầu ca này tới giờ"),
    (re.compile(r"(?<!\w)dau ca (?:toi|den) (?:gio|nay)(?!\w)"), "ca nay"),
    (re.compile(r"(?<!\w)mãn ca(?!\w)"), "hết ca"),
    (re.compile(r"(?<!\w)(giữ|giu|cầm|cam) (?:máy|may)(?=[ ,.!?])"), r"\1 điện thoại"),  # and no "mấy hôm nay"
    (re.compile(r"(?<!\w)(?:chờ|đợi|cho|doi) (?=(?:điện thoại|dien thoai|trả lời|tra loi)(?!\w))"), "cầm "),
    (re.compile(r"(?<!\w)từ đây (?=(?:tới|đến|cho tới) )"), "từ giờ "),
    (re.compile(r"(?<!\w)(?<!(?<!\w)\d )(?<!một )(?<!mot )(?<!hai )(?<!ba )(?<!bốn )(?<!năm )tiếng rưỡi"), "90 phút"),
    (re.compile(r"(?<!\w)mai mốt(?: này)? (?=[^,]*(?:tăng|dồn|thêm|đóng|hư|bớt))"), ""),
)
_HANDS_OVER: Final = re.compile(r"(?<!\w)((?:giao|đổi|vô|vào|hết|xuống) ca) rồi(?!\w)")
_WHOLE_DAY: Final = re.compile(r"(?<!\w)((?:hôm|bữa) (?:qua|nay|kia)) (?:nguyên|cả|suốt|trọn) (?:ngày|bữa)(?!\w)")
_AND_IT: Final = re.compile(r"(ROBOT|ORDER|PLACE|BARGE|ALARM|CONTAINER|GOODS) no(?:'s)? (?=[a-z])")
_CARRIES: Final = re.compile(r"(?<![^ ])cho GOODS(?![^ ])")
"""Typed without marks it carries them: nobody waits for rice, or lets it."""
_CALLED: Final = "( em| anh| chị| chú| bác| cô| ơi| nhé| nha| nghen| ạ| bây| tôi| con| cưng| này| giúp)*"
_NOT_AT_ALL: Final = pattern(
    "(?:không|chưa|chẳng) (?!thấy|biết|rõ|hiểu)"
    f"((?!ở|nằm|đi|thấy|biết|tới|đến|về)[^ A-Z]+ ){{1,3}}(đâu)(?={_CALLED}( [?])?$)"
)


_ALL_RIGHT: Final = pattern("không (sao|hề gì|có sao)( hết| cả| đâu)+(?= |$)|(không sao(?= ROBOT| ORDER| PLACE|$))")
"""Nothing is the matter: "hổng sao hết" asks no why."""
_ANY_ROBOT: Final = re.compile(
    r"(?<![^ ])(?:con|xe|chiec(?:'cs)?|robot|dua(?:'ds)?)'? (?:robot'? )?nao(?:'f)? "
    r"(?:do'ds|cung(?:'r)? duoc(?:'dhj)?) "
)
"""No words of patterns: "nào đó" beside each other would make the speller read "nao dog" so."""
_JUST: Final = re.compile(r"(thoi(?:'c)?) a'f(?= |$)")
_THAT_PLACE: Final = pattern("(?:chỗ|khúc|lối|đoạn|dãy|khu vực) (?:đó|này|ấy|kia)")


def without_echo(text: str) -> str:
    """Return a sentence of keys as it is meant: no "nó" right behind a thing, no "đâu" of "không lấy nữa đâu"."""
    text = _CARRIES.sub(f"{key('chở')} GOODS", _AND_IT.sub(r"\1 ", text))
    text = _ANY_ROBOT.sub(f"{key('robot')} ", _ALL_RIGHT.sub(" ", text))
    text = _THAT_PLACE.sub("PLACE", text) if text.split().count("PLACE") == 1 else text
    text = _JUST.sub(r"\1", text)
    match = _NOT_AT_ALL.search(text)
    return " ".join(f"{text[: match.start(2)]} {text[match.end(2) :]}".split()) if match else text
