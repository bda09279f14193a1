"""A wish that its own sentence takes back, or that somebody else said no to: it is asked back, never proposed.

"cho robot 5 chạy tiếp, à không, robot 5 còn người đứng cạnh", "khách nói không, hủy đơn 420", "thợ chưa xong, mở A2".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from amr_fleet.assistant.amending import AMENDED
from amr_fleet.assistant.corrections import corrected, taken_back
from amr_fleet.assistant.orders_given import VERBS, command
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Heard, Reading
from amr_fleet.assistant.reasons import MAY_I
from amr_fleet.assistant.remarks import PARTS
from amr_fleet.assistant.text import clean

Hear = Callable[[str], Heard]

NEVER_HALF: Final = frozenset({"zone_open", "robot_resume"})
"""What lets somebody drive is never read from one clause alone, nor from a sentence that puts itself right."""
_SAYS_NO: Final = pattern(
    "(không|chưa|đừng|khoan|chớ)( cần| được| cho| chịu| duyệt| đồng ý)?$|(không|chưa) (duyệt|đồng ý|cho phép|chốt)|"
    "(bảo|báo|nói|nhắn) (không|chưa|đừng|khoan)(?! (lấy|nhận|mua|cần|giao) .. nữa)"
)
_STILL: Final = pattern("chưa|không|đang|còn(?! (ROBOT|robot|đó|này|kia|số))")
_NO_MATTER: Final = pattern(
    "(không|chẳng) (còn|có) (ai|gì|người|vướng|xe nào|con nào)|(không|khỏi|chẳng) (cần|phải)|không (vướng|sao|kẹt)|"
    "(đang|còn) (chờ|đợi|gấp|vội|cần|hối)|"
    "ROBOT (vẫn |cứ |nó )*(không|chưa|đang|còn) (chịu )?(chạy|đi|dừng|đứng)|(mới|chưa) (tới|đến|được) AT"
)
"""What stands in nobody's way: "không còn ai", "không cần chờ nữa", "hàng đang chờ", "robot 6 không chạy"."""


def held_back(reading: Reading, typed: str, hear: Hear) -> Reading:
    """Return a reading as it is, a wish that its own sentence speaks against as a question back."""
    if reading.kind != "propose" or reading.why == AMENDED:
        return reading
    text = clean(typed)
    frees, tail = any(call.name in NEVER_HALF for call in reading.calls), taken_back(text)
    if tail is None:
        meant = corrected(text)
        against = frees and meant != text
    else:
        meant, against = tail, frees or not _wished_anew(reading, hear(tail))
    pauses = all(call.name == "robot_pause" for call in reading.calls)  # nobody's no keeps a robot going
    if against or (not pauses and _spoken_against(meant, hear, frees=frees)):
        return replace(reading, kind="clarify", why="unsure", calls=reading.calls[:3], at_once=False)
    return reading


def _wished_anew(reading: Reading, tail: Heard) -> bool:
    """Say whether the words behind a taking back are the wish itself: "..., à không, dừng robot 5 nhé"."""
    wish, verb = command(tail), VERBS.search(tail.text)
    first = next((at for at, word in enumerate(tail.text.split()) if word.isupper()), None)
    begins = verb is not None and (first is None or len(tail.text[: verb.start()].split()) < first)
    if not begins or wish is None or wish.kind == "refuse":
        return False
    things = tail.mentions
    named = {*things.robots, *things.orders, *things.alarms, *(name for one in things.places for name in one.values())}
    wanted = {call.args[name] for call in reading.calls for name in _OF if name in call.args}
    return wish.calls == reading.calls or (bool(wanted) and wanted <= named)


_OF: Final = ("robot", "order", "zone", "alarm")


def _spoken_against(text: str, hear: Hear, *, frees: bool) -> bool:
    """Say whether a part beside the wish says no to it, or that it is not over yet; the latter only where it frees."""
    parts = [hear(part) for part in PARTS.split(text.strip(" ?.!")) if part]
    if len(parts) < 2:
        return False
    beside = [part for part in parts if (wish := command(part)) is None or wish.kind == "refuse"]
    beside = [part for part in beside if not MAY_I.search(part.text)]  # "..., đẩy nó lên cao được không" says no no
    return any(
        _SAYS_NO.search(part.text) or (frees and _STILL.search(_NO_MATTER.sub(" ", part.text))) for part in beside
    )
