"""A question, or a wish, with a story before or behind it: who speaks, what happened, what is planned, why.

What the story names is none of the question's, unless the question points at it ("nó", "chỗ đó").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from amr_fleet.assistant.orders_given import CONDITION, VERBS, command
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Heard, Reading
from amr_fleet.assistant.remarks import INTENDS, PARTS, answer_of, asks_truly, has_own_thing, pointed_at
from amr_fleet.assistant.text import clean

Hear = Callable[[str], Heard]
Check = Callable[[Reading, Heard], Reading]

_OPEN: Final = frozenset({"unsure", "which", "unknown", "which_place", "what_to_do", "condition", "later"})
"""Why a sentence was not answered, where it may be clear without its story."""
_ASKS_NOW: Final = re.compile(
    r"^(?:\S+ ){0,3}?(?:(?:cho|xin) (?:(?:tôi|tui|em|anh|chị|chú|bác|mình|tụi em|tụi tui|toi|chi|minh) )?"
    r"(?:xin |được )?(?:hỏi|biết|xin|hay|hoi|biet)|(?:coi|xem|kiểm tra|kiếm|tìm|tra|nói|đọc|liệt kê|lọc|tóm tắt|"
    r"gom lại|tóm lại|kể|báo|tính|kiem tra|tim|noi|liet ke|tom tat)(?: \S+){0,2}? "
    r"(?:giùm|giúp|dùm|hộ|thử|lẹ|sơ|gium|giup|dum|ho|thu)|nhờ (?:anh|chị|em|chú|bác)|"
    r"(?:không|hổng|hông|chưa|khong) (?:biết|rõ|biet))(?= |$)"
)
"""How a part begins that asks at last: "cho em hỏi", "coi giùm em", "nhờ anh", "hổng biết"."""
_POINTS: Final = pattern("nó|(con|xe|đơn|chiếc|thằng|chỗ|cửa|khúc|lối|trong|ở|ngoài|cái|hàng|lô) (đó|này|ấy|kia)|bển")
_I_SAW: Final = pattern(
    "^([^ ]+ ){0,1}(tôi|em|anh|chị|mình|chú|bác|tụi tôi|tụi em) (đang |mới |vừa |hồi nãy )*"
    "(đứng|ngồi|thấy|đi|chạy|ở|làm|ra|vào|lái|lui|là)"
)
_IF_SO: Final = pattern("^(mà )?nếu .. (thì )?(tôi|em|anh|chị|mình|tụi tôi|tụi em) ")
"""What the speaker will do then: "nếu rảnh thì em nhờ nó chở"."""
_OTHERS: Final = pattern(
    "^(tại |vì |do |tại vì |bởi vì )?(BARGE|sà lan|tàu|khách|chủ hàng|xe tải|xe người ta|tài xế|"
    "người ta|sếp|đoàn|thợ|họ|hàng)"
)
_SAILS: Final = pattern("xuất (bến|phát|cảng)|nhận hàng|chuyển (bến|hướng)")
"""What others do with verbs of commands."""
_SAYS: Final = 4
"""Words from which on a part says something: "xin lỗi anh" does not."""
_NEVER: Final = frozenset({"zone_open", "robot_resume"})


_OVER: Final = pattern(
    "(xong|hết|sạch|khô|rồi) (xuôi |rồi|hết|trơn|ráo|sớm|vướng|kẹt|bụi|nước|người)|xong$|"
    "(xong|sạch|khô|ổn|an toàn)( rồi| hết)*$|"
    "(sửa|dọn|kiểm|kiểm tra|làm|xử lý|lau) .. xong"
)
_NOT_OVER: Final = pattern("chưa|không|đừng|khoan|còn|đang|sắp|nếu|khi|gần|hình như|chắc|tưởng|nghe|ai")


def is_over(text: str) -> bool:
    """Say whether a part tells that what stood in the way is over, and leaves no doubt about it."""
    return bool(_OVER.search(text)) and not _NOT_OVER.search(text)


def told_apart(reading: Reading, typed: str, hear: Hear, check: Check) -> Reading | None:
    """Return what a sentence means without its story, None where there is none or it stays unclear."""
    if reading.at_once or (reading.kind in ("clarify", "refuse") and reading.why not in _OPEN):
        return None
    parts = [part for part in PARTS.split(clean(typed).strip(" ?.!")) if part]
    if len(parts) < 2:
        return None
    heards = [hear(part) for part in parts]
    if reading.why == "later":
        return _for_a_reason(heards)
    if reading.kind == "propose":
        return _only_intended(parts, heards, check)
    if reading.why == "condition" or CONDITION.search(heards[-1].text):
        return _asked_first(parts, heards, hear, check)
    if any(CONDITION.search(one.text) for one in heards):
        return None
    return _behind(parts, hear, check)


def _behind(parts: list[str], hear: Hear, check: Check) -> Reading | None:
    """Return the answer to what is asked behind a story: "em ở kho A, cho em hỏi con nào rảnh" is about every hall."""
    at = next((at for at, part in enumerate(parts) if at and _ASKS_NOW.search(part)), 0)
    if not at and _I_SAW.search(hear(parts[0]).text) and asks_truly(hear(parts[-1]).text):
        at = len(parts) - 1  # "em đứng ngay cửa 5 thấy con 12 đậu đó, nó đang làm gì vậy"
    if not at:
        return None
    story = hear(", ".join(parts[:at]))
    said = hear(", ".join(parts[at:]))
    if _POINTS.search(said.text) and not has_own_thing(said):
        said = pointed_at(said, [story])
        if said.mentions == hear(", ".join(parts[at:])).mentions:  # heard anew: what it points at is put into the other
            return None
    return answer_of(said, [story], check)


def _asked_first(parts: list[str], heards: list[Heard], hear: Hear, check: Check) -> Reading | None:
    """Return the answer to a question behind which somebody says what he does then."""
    rest = [part for part, heard in zip(parts, heards, strict=True) if not _IF_SO.search(heard.text)]
    if len(rest) == len(parts) or not rest:
        return None
    said = hear(", ".join(rest))
    return answer_of(said, [], check) if asks_truly(said.text) and not CONDITION.search(said.text) else None


def _only_intended(parts: list[str], heards: list[Heard], check: Check) -> Reading | None:
    """Return the answer where the wish is only what the speaker does himself: "cho em xin ..., em đang làm báo cáo"."""
    wishes = [at for at, one in enumerate(heards) if (found := command(one)) is not None and found.kind == "propose"]
    if not wishes or not all(INTENDS.search(heards[at].text) for at in wishes):
        return None
    asking = [
        at for at, part in enumerate(parts)
        if at not in wishes and (asks_truly(heards[at].text) or _ASKS_NOW.search(part))
    ]  # fmt: skip
    if len(asking) != 1:
        return None
    at = asking[0]
    return answer_of(heards[at], heards[:at] + heards[at + 1 :], check)


def _for_a_reason(heards: list[Heard]) -> Reading | None:
    """Return a wish whose reason names a time: "đẩy đơn 417 lên, sà lan đi lúc 5 giờ" is for now."""
    wishes = [(at, found) for at, one in enumerate(heards) if (found := command(one)) and found.kind == "propose"]
    if len(wishes) != 1 or wishes[0][1].calls[0].name in _NEVER:
        return None
    others = [one for at, one in enumerate(heards) if at != wishes[0][0]]
    said = [one for one in others if len(one.text.split()) >= _SAYS]
    if not said or not all(_OTHERS.search(one.text) and not VERBS.search(_SAILS.sub(" ", one.text)) for one in said):
        return None
    return replace(wishes[0][1], at_once=False)
