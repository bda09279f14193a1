"""A question with remarks around it: who asks, why, what somebody saw. The part that asks is read by itself.

Only questions are read so, and only where the rest wants nothing done, asks nothing else and names nothing that the
question should be about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from amr_fleet.assistant.cues import first
from amr_fleet.assistant.orders_given import CONDITION, command, is_asked
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.questions import question
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.rules import weights
from amr_fleet.assistant.several import has_question_word
from amr_fleet.assistant.talked_about import TalkedAbout, resolved
from amr_fleet.assistant.text import clean
from amr_fleet.assistant.tools import COMMANDS

PARTS: Final = re.compile(r"\s*(?:[,;.!?…]+\s+|\s+[-–]+\s+|\.\.+)\s*")
_WHO: Final = re.compile(
    r"^(?:\S+ ){0,5}?(?:nhờ|kêu|bảo|biểu|hối|đòi|muốn|cần|hỏi|nho|keu|bieu|hoi|muon|can) "
    r"(?:(?:tôi|em|anh|chị|mình|tui|tụi tui|tụi em|toi|chi|minh) )?"
    r"(?:(?:hỏi|coi|xem|biết|kiểm tra|tra|hoi|biet|kiem tra)(?: giùm| giúp| hộ| thử| lại| dùm| gium| giup| thu|"
    r" lai| là| la)*) "
)
_OPENS: Final = re.compile(
    r"^(?:\S+ ){0,3}?(?:(?:cho|xin|nhờ|xin phép|cho phép) )?(?:(?:tôi|em|anh|chị|mình|tui|toi|chi|minh) )?(?:xin )?"
    r"(?:hỏi|hoi|nhờ|nho)(?: (?:cái này|cai nay|chút|chut|xíu|xiu|tí|ti|một chút|hơi kỳ|hoi ky|nhanh|cái|với|voi|"
    r"anh|chị|chi|em|này|câu|một câu|giùm|giúp))*$"
)
"""A part that only says that something is asked: "cho em hỏi cái này chút"."""
_WHAT_FOR: Final = re.compile(
    r"[ ,]+(?:để|đặng|cho|de|dang) (?:(?:tôi|em|anh|chị|mình|tui|còn|kịp|tiện|dễ|toi|chi|minh|con|kip|tien) )*"
    r"(?:ghi|báo|gọi|kêu|đi|xin|lên|nộp|trình|gửi|chuẩn bị|sắp xếp|sắp|biết|tính|chốt|đối chiếu|so|kiểm|điều|bố trí|"
    r"trả lời|nói|yên tâm|làm|viết|cập nhật|nắm|liệu|bao|goi|keu|xin|len|nop|gui|chuan bi|biet|tinh|chot|tra loi|noi|"
    r"yen tam|viet|nam|lieu)(?= |$).*$"
)
_NEEDED: Final = frozenset({"need_alarm", "need_places"})
_MOST_PARTS: Final = 5
_CLEARLY: Final = 6
"""A rule of this weight lets a part say by itself what it asks."""
_OWN_WORDS: Final = 9
"""The same for what can be asked, which many words seem to ask for."""
_DATED: Final = frozenset({"kpi", "incidents_list", "shift_summary", "alarms_list", "orders_find"})
_OPEN: Final = frozenset({"unsure", "which", "unknown", "which_place", "need_alarm", "need_places"})
"""Why a sentence was asked back, where one part of it may be clear."""


def question_alone(
    reading: Reading, heard: Heard, typed: str, hear: Callable[[str], Heard], check: Callable[[Reading, Heard], Reading]
) -> Reading:
    """Return the answer to the one part of a sentence that asks, the reading as it is where there is no such part."""
    if reading.kind not in ("clarify", "refuse") or reading.why not in _OPEN or CONDITION.search(heard.text):
        return reading
    wanted = command(heard)
    misheard = reading.why in _NEEDED  # "cho xem báo động đã xác nhận" wants no alarm to be taken
    if wanted is not None and wanted.kind == "propose":
        return reading
    if any(call.name in COMMANDS for call in reading.calls) and not misheard:
        return reading
    for said, rest in _candidates(clean(typed), hear):
        if misheard and not shows(said.text):
            continue
        found = answer_of(said, rest, check)
        if found is None or (reading.why == "which" and found.calls[0].name == "fleet_status"):
            continue  # "cái xe đó sao rồi": one that was meant, and not the whole fleet
        return found
    return reading


def _candidates(text: str, hear: Callable[[str], Heard]) -> Iterator[tuple[Heard, list[Heard]]]:
    """Yield each part that may be the question, with the others."""
    parts = [part for part in PARTS.split(text.strip(" ?.!")) if part]
    whole = [part for part in parts if not _OPENS.search(part)]
    parts = whole or parts
    if len(parts) < len(PARTS.split(text.strip(" ?.!"))):
        text = ", ".join(parts)
        yield hear(text), []
    if 1 < len(parts) <= _MOST_PARTS:
        heards = [hear(part) for part in parts]
        asking = [at for at, one in enumerate(heards) if has_question_word(one.text) or _SHOWS.search(one.text)]
        truly = [at for at in asking if asks_truly(heards[at].text)]
        asking = truly if len(truly) == 1 else asking
        if len(asking) == 1:
            at = asking[0]
            yield heards[at], heards[:at] + heards[at + 1 :]
            text = parts[at]  # a remark may stand in the part that asks, too
            others = heards[:at] + heards[at + 1 :]
        else:
            others = []
            if len(asking) > 1:
                return
    else:
        others = []
    for matcher in (_WHO, _WHAT_FOR):
        shorter = matcher.sub("", text)
        if shorter != text and shorter:
            yield hear(shorter), [*others, hear(text.replace(shorter, " "))]
            text = shorter


_DENIES: Final = pattern(
    "(không|chưa|chẳng|chả) (có )?ai( [^ ]+){1,3} gì|(không|chưa) kịp [^ ]+ (ai|gì)|"
    "(không|chưa|chẳng) (thấy|biết|được|ra|rõ|rành|có|kịp|tới|đi|qua|chịu|sao|gì|ai)"
)
_TRULY: Final = pattern(
    "gì|nào|sao|đâu|ai|mấy|bao nhiêu|bao lâu|bao giờ|(không|chưa|chứ)"
    "( vậy| ạ| anh| em| chị| ta| hả| cà| cưng| nhỉ| nhé| em| bây| chú| mình| tôi| nghe| hen)*( [?])?$"
)
"""What asks without a doubt: "tui kiếm không thấy" denies."""


def asks_truly(text: str) -> bool:
    """Say whether a part asks without a doubt."""
    return bool(_TRULY.search(_DENIES.sub(" ", text)))


_SHOWS: Final = pattern(
    "(cho|đọc|liệt kê|xem|kiểm tra|tìm|báo|mở|kể) (tôi|em|anh|mình|chị|chi tiết|danh sách|lại|thử)|cho (xem|coi)|"
    "(tôi|em|anh|chị|mình) (cần|muốn) (xem |biết |coi )?(tỷ lệ|tỉ lệ|số|danh sách|mức)"
)


def shows(text: str) -> bool:
    """Say whether a part wants to be shown something."""
    return bool(_SHOWS.search(text))


_OF_NOW: Final = frozenset({"orders_find", "alarms_list", "cargo_where"})
"""Lists of how it is now: the time at which a barge leaves narrows none of them."""
_SAYS: Final = 4
_SINCE_THEN: Final = re.compile(r"(?<!\w)(?:nãy|tới|đến|từ|nay|toi|den) (?:giờ|gio|nay)(?!\w)")
_HAS_TO: Final = pattern("phải|cắt máng|kịp")


def has_its_own_time(heard: Heard) -> bool:
    """Say whether a time is only of what a remark tells: until when somebody has to leave, how long he waits.

    "tàu 4 giờ rưỡi cắt máng", "chủ hàng hối từ trưa tới giờ"; "hôm qua tôi nghỉ" may say which day is meant.
    """
    if len(heard.text.split()) < _SAYS:
        return False
    return bool(heard.times.at or _SINCE_THEN.search(heard.typed) or _HAS_TO.search(heard.text))


THAT_TIME: Final = pattern(
    "(giờ|lúc|khi|hồi|bữa|hôm|ngày|khoảng|mốc) (đó|ấy|này|kia)|(trước|tới|đến) (đó|ấy|khi|lúc)|kịp|(có|đến|tới) hạn"
)
"""What means the time of the remark: "tàu 4 giờ chạy, đơn nào phải xong trước đó", "đơn nào kịp tàu"."""


_KINDS: Final = ("robots", "orders")
_OF_NO_ROBOT: Final = frozenset({"zones_list", "trial_status", "shift_summary"})
"""Tools that no robot and no order narrows: what a remark names is none of theirs."""
_LOADS: Final = ("sscc", "container", "barge", "goods")


def answer_of(said: Heard, rest: list[Heard], check: Callable[[Reading, Heard], Reading]) -> Reading | None:
    """Return the clear answer to a part that asks, None where it is not clear or the rest wants something."""
    if any(_wants(one) for one in rest):
        return None
    said = pointed_at(said, rest)
    reading = question(said)
    if reading is None or reading.kind != "tools" or not reading.calls:
        return None
    reading = _narrowed(reading, rest)
    tool = reading.calls[0].name
    if weights(said.text).get(tool, 0) < (_OWN_WORDS if tool == "help" else _CLEARLY):
        return None
    timed = [one for one in rest if one.times.said]
    if tool in _DATED and THAT_TIME.search(said.text) and any(one.times.said or one.times.at for one in rest):
        return None  # a part of the sentence would lose the time that it is about
    if (
        tool in _DATED
        and not said.times.said
        and not ((tool in _OF_NOW and all(map(has_its_own_time, timed))) or not timed)
    ):
        return None
    names = {str(value) for call in reading.calls for value in call.args.values()}
    if any(
        name not in names and not has_own_thing(said) and tool not in _OF_NO_ROBOT
        for one in rest
        for kind in _KINDS
        for name in getattr(one.mentions, kind)
    ):
        return None  # the question may be about what the remark names
    found = check(reading, said)
    return found if found.kind == "tools" else None


def _narrowed(reading: Reading, rest: list[Heard]) -> Reading:
    """Return a list of everything with the state that the remarks tell: "có con bị dừng, đó là con nào"."""
    call = reading.calls[0]
    group = {"robots_list": "robot_states", "orders_find": "order_states"}.get(call.name, "")
    state = next((state for one in rest if group and (state := first(group, one.text))), "")
    if call.args or not state:
        return reading
    return replace(reading, calls=(Call(call.name, {"state": state}),))


def has_own_thing(heard: Heard) -> bool:
    """Say whether a sentence names a robot, an order or a load."""
    things = heard.mentions
    return bool(things.robots or things.orders or things.sscc or things.container)


def _wants(heard: Heard) -> bool:
    """Say whether a remark wants something done, or takes it back: then it is none."""
    if INTENDS.search(heard.text):
        return False  # "em tính giao thêm đơn cho nó"
    reading = command(heard)
    return reading is not None and (reading.kind != "refuse" or reading.why != "negated") and not is_asked(heard.text)


INTENDS: Final = pattern(
    "^([^ ]+ ){0,1}(tôi|em|anh|chị|mình|chú|bác|tụi tôi|tụi em|khách|tài xế|người ta|sếp) "
    "(tính|định|sắp|chuẩn bị|đang|còn|phải|"
    "mới|sợ|lo|hối|chờ|đợi|cần|đứng|ngồi|lái|lui)( |$)"
)


def pointed_at(said: Heard, rest: list[Heard]) -> Heard:
    """Return a question with the one thing of the remarks that "nó" or "chỗ đó" means."""
    for one in sorted(rest, key=lambda one: not has_own_thing(one)):  # "nó" is the robot before it is the place
        said = resolved(said, TalkedAbout(mentions=one.mentions, until=1.0), 0.0)
    things = said.mentions
    if has_own_thing(said) or things.places or things.goods or not _LEFT_OUT.search(said.text):
        return said
    robots = [name for one in rest for name in one.mentions.robots]
    orders = [name for one in rest for name in one.mentions.orders]
    if len(robots) == 1 and not orders:
        return replace(said, text=f"ROBOT {said.text}", mentions=replace(things, robots=robots))
    if len(orders) == 1 and not robots:
        return replace(said, text=f"ORDER {said.text}", mentions=replace(things, orders=orders))
    return said


_LEFT_OUT: Final = pattern(
    "(đang |bây giờ |hiện )*(ở )?đâu|sao|vì sao|tại sao|vướng gì|kẹt gì|bị gì|chờ gì|mấy %|bao nhiêu %|"
    "khi nào|bao giờ|mấy giờ|xong chưa|tới chưa|tới đâu|kịp|trễ"
)
