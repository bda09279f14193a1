"""A question, or a wish, with a story before or behind it: who speaks, what happened, what is planned, why.

What the story names is none of the question's, unless the question points at it ("nó", "chỗ đó").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from amr_fleet.assistant.held_back import NEVER_HALF
from amr_fleet.assistant.orders_given import CONDITION, VERBS, command, is_asked
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.questions import question
from amr_fleet.assistant.reading import Heard, Reading
from amr_fleet.assistant.remarks import (
    INTENDS,
    PARTS,
    THAT_TIME,
    answer_of,
    asks_truly,
    has_its_own_time,
    has_own_thing,
    pointed_at,
)
from amr_fleet.assistant.rules import weights
from amr_fleet.assistant.supposing import supposed
from amr_fleet.assistant.text import clean
from amr_fleet.assistant.times import Times

Hear = Callable[[str], Heard]
Check = Callable[[Reading, Heard], Reading]

_OPEN: Final = frozenset({"unsure", "which", "unknown", "which_place", "what_to_do", "condition", "later", "negated"})
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
    "người ta|sếp|đoàn|thợ|họ|hàng|(anh|chị|chú|bác|cô|ông) [a-zđ']+ (bảo|báo|nói|nhắn))"
)
_FEELS: Final = pattern(
    "(là|thì) (tôi|em|anh|chị|mình|chú|bác) (lo|không rõ|chịu)|"
    "(tôi|em|anh|chị|mình|chú|bác) (không|chưa|chẳng) (rõ|nhớ|hay)|"
    "thức (trắng|đêm|suốt)|(tôi|em|anh|chị|mình|chú|bác) (mệt|rối|vội|quên)"
)
"""How somebody feels about what he tells: nothing of it narrows what he asks then."""
_NOW_BUT: Final = re.compile(
    r"^(?:nhưng |mà |còn |thế |vậy |nhung |ma )*"
    r"(?:bây giờ|hiện giờ|hiện tại|hiện|lúc này|giờ|bay gio|hien gio|hien|gio)(?: thì| thi)? "
)
_NEEDLESS: Final = pattern("^(không|khỏi|chẳng) (cần|phải) (chờ|đợi) .. nữa$")
_MISTAKEN: Final = pattern(
    "^(tôi|em|anh|chị|mình) (lỡ tay|lỡ|đặt|tạo|nhập) (lỡ |tay |đặt |tạo |nhập |bị )*(trùng|nhầm|lộn|sai|dư)"
)
_WHOLE_PHRASE: Final = 8
_SAILS: Final = pattern("xuất (bến|phát|cảng)|nhận hàng|chuyển (bến|hướng)")
"""What others do with verbs of commands."""
_SAYS: Final = 4
"""Words from which on a part says something: "xin lỗi anh" does not."""


_OVER: Final = pattern(
    "(xong|hết|sạch|khô|rồi) (xuôi |cả |rồi|hết|trơn|ráo|sớm|vướng|kẹt|bụi|nước|người)|xong$|"
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
        return _for_a_reason(heards) or _wish_at_last(heards)
    if reading.why == "negated":
        return _wish_at_last(heards)
    if reading.kind == "propose":
        return _only_intended(parts, heards, check)
    if reading.kind == "tools" and (
        apart := _asked_at_last(reading, parts, heards, check) or _own_words(reading, heards)
    ):
        return apart
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
    if len(parts) > 1 and not any(CONDITION.search(one.text) or asks_truly(one.text) for one in heards[:-1]):
        reading = supposed(heards[-1]) or question(
            heards[-1]
        )  # "tối nay lại thêm sà lan, nếu cộng thêm 25 đơn thì có kịp không"
        what_if = reading is not None and [call.name for call in reading.calls] == ["what_if"]
        if reading is not None and what_if and not any(command(one) for one in heards[:-1]):
            return check(reading, heards[-1])
    rest = [part for part, heard in zip(parts, heards, strict=True) if not _IF_SO.search(heard.text)]
    if len(rest) == len(parts) or not rest:
        return None
    said = hear(", ".join(rest))
    return answer_of(said, [], check) if asks_truly(said.text) and not CONDITION.search(said.text) else None


def _only_intended(parts: list[str], heards: list[Heard], check: Check) -> Reading | None:
    """Return the answer where the wish is only what the speaker does himself: "cho em xin ..., em đang làm báo cáo"."""
    wishes = [at for at, one in enumerate(heards) if (found := command(one)) is not None and found.calls]
    if not wishes or not all(INTENDS.search(heards[at].text) for at in wishes):
        return None
    asking = [
        at for at, part in enumerate(parts)
        if at not in wishes and (asks_truly(heards[at].text) or _ASKS_NOW.search(part) or _says_what(heards[at]))
    ]  # fmt: skip
    if len(asking) != 1:
        return None
    at = asking[0]
    return answer_of(heards[at], heards[:at] + heards[at + 1 :], check)


def _says_what(heard: Heard) -> bool:
    """Say whether a part is a question without a word that asks: "số lần dừng bảo vệ hôm nay, chia theo khu"."""
    reading = question(heard)
    return bool(
        reading and reading.kind == "tools" and weights(heard.text).get(reading.calls[0].name, 0) >= _WHOLE_PHRASE
    )


def _asked_at_last(reading: Reading, parts: list[str], heards: list[Heard], check: Check) -> Reading | None:
    """Return the answer to the last part alone, where what stands before is how somebody feels, or how it was.

    "gạo dồn ở D06 là chị lo rồi, đơn gạo nào còn chờ" is about every place; "..., hiện giờ con nào rảnh" about now.
    """
    last, story = heards[-1], heards[:-1]
    if (
        reading.kind != "tools"
        or _POINTS.search(last.text)
        or not asks_truly(last.text)
        or any(asks_truly(one.text) for one in story)
    ):
        return None
    felt, now = any(_FEELS.search(one.text) for one in story), bool(_NOW_BUT.search(parts[-1]))
    if not felt and not now:
        return None
    found = answer_of(last, story, check)
    if found is None or found.calls == reading.calls or not found.calls[0].args:
        return None
    own, whole = found.calls[0], reading.calls[0]
    timed = set(whole.args) - set(own.args) <= {"period"}
    return found if felt or own.name != whole.name or len(reading.calls) > 1 or timed else None


_TIMES: Final = ("due_before", "period")


def _own_words(reading: Reading, heards: list[Heard]) -> Reading | None:
    """Return a list without the time that only a remark beside the question has, and with the question's own state.

    "tàu đi lúc 4 giờ, còn đơn nào", "tài xế đang đợi, đơn nào chưa xong".
    """
    call = reading.calls[0] if reading.kind == "tools" and len(reading.calls) == 1 else None
    asking = [one for one in heards if asks_truly(one.text)]
    if call is None or call.name not in ("orders_find", "cargo_where") or len(asking) != 1:
        return None
    args = dict(call.args)
    own = question(asking[0])
    if own is not None and own.kind == "tools" and [one.name for one in own.calls] == [call.name]:
        args |= {name: own.calls[0].args[name] for name in ("state",) if {name} <= set(args) & set(own.calls[0].args)}
    timed = [one for one in heards if one.times != Times()]
    if asking[0] not in timed and not THAT_TIME.search(asking[0].text) and all(map(has_its_own_time, timed)):
        args = {name: value for name, value in args.items() if name not in _TIMES}
    return replace(reading, calls=(replace(call, args=args),)) if args != call.args else None


def _wish_at_last(heards: list[Heard]) -> Reading | None:
    """Return the wish of the last part, where what others do or somebody did by mistake only sounds like a refusal.

    "khách không lấy hàng nữa, hủy đơn giúp", "tôi lỡ tay đặt trùng, đơn 420 rút lại", "không cần chờ tới 4 giờ nữa".
    """
    wish = command(heards[-1])
    if wish is None or (wish.kind == "refuse") or is_asked(heards[-1].text):
        return None
    told = [one for one in heards[:-1] if not _NEEDLESS.search(one.text)]
    others = [one for one in told if not _MISTAKEN.search(one.text)]
    if not told or any(VERBS.search(one.text) or _wants_now(one) for one in others):
        return None
    if not all(_OTHERS.search(one.text) or _MISTAKEN.search(one.text) for one in told):
        return None
    if any(call.name in NEVER_HALF for call in wish.calls) and not any(is_over(one.text) for one in told):
        return None
    return replace(wish, at_once=False)


def _wants_now(heard: Heard) -> bool:
    """Say whether a part wants something; what others no longer want is none of it."""
    found = command(heard)
    return found is not None and found.why != "negated"


def _for_a_reason(heards: list[Heard]) -> Reading | None:
    """Return a wish whose reason names a time: "đẩy đơn 417 lên, sà lan đi lúc 5 giờ" is for now."""
    wishes = [(at, found) for at, one in enumerate(heards) if (found := command(one)) and found.kind == "propose"]
    if len(wishes) != 1 or wishes[0][1].calls[0].name in NEVER_HALF:
        return None
    others = [one for at, one in enumerate(heards) if at != wishes[0][0]]
    said = [one for one in others if len(one.text.split()) >= _SAYS]
    if not said or not all(_OTHERS.search(one.text) and not VERBS.search(_SAILS.sub(" ", one.text)) for one in said):
        return None
    return replace(wishes[0][1], at_once=False)
