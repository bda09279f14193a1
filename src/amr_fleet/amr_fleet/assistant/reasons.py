"""A wish with its reasons around it: what is refused, not offered or misspelt there is none of the wish's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from amr_fleet.assistant.orders_given import command
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Heard, Reading
from amr_fleet.assistant.remarks import PARTS
from amr_fleet.assistant.text import clean

Hear = Callable[[str], Heard]

_SO: Final = re.compile(r",?\s+(?:nên|cho nên|nen)\s+(?=(?:em|anh|chị|chi|nhờ|cho|mình|bạn) )")
"""Before a wish that follows from what was told: "không gì phải vội, nên em tạo đơn"."""
_I_INTEND: Final = pattern(
    "^([^ ]+ ){0,1}(tôi|em|anh|chị|mình|chú|bác|tụi tôi|tụi em) "
    "(tính|định|sắp|chuẩn bị|đang|còn|phải|mới|sợ|lo|chờ|đợi|cần|đứng|ngồi)( |$)"
)
_NOT_NOW: Final = pattern(
    "mai|mốt|lát|(chút|tí|hồi|xíu) nữa|(tối|chiều|trưa|đêm|sáng|tuần|ca) (nay|sau|mai|tới)|AT|khi"
)


MAY_I: Final = pattern(
    "^(?!.*(hủy|xóa|bỏ|mở|thả|gỡ|(chạy|làm|đi) (tiếp|lại)) ).*"
    "(giúp|hộ|dùm|cao|thấp|phút|giờ|tiếng|tôi) (tôi |em |anh |chị |mình )?được không( vậy| em| anh| chị)?( [?])?$"
)
"""How a wish ends that is polite: "..., tạm dừng nó giúp được không?". Who may cancel or let go on is asked so, too."""


def wished_plainly(reading: Reading, heard: Heard, hear: Hear, refuses: re.Pattern[str]) -> bool:
    """Say whether one part of a sentence holds the whole wish, spelt right and without a word that refuses."""
    parts = [part for part in PARTS.split(_SO.sub(", ", heard.typed.strip(" ?.!"))) if part]
    if len(parts) < 2:
        return False
    ends = [", ".join(parts[at:]) for at in range(1, len(parts))]
    for said in map(hear, [*parts, *ends]):
        wish = None if said.slips or refuses.search(said.text) else command(said)
        if wish is not None and wish.kind == "propose" and wish.calls == reading.calls:
            return True
    return False


def paused_for(typed: str, hear: Hear, not_offered: re.Pattern[str]) -> bool:
    """Say whether only what the speaker does himself then is not offered: "dừng robot 9, em cần nạp firmware".

    What others need, and what is for later, is no reason to stop it now.
    """
    parts = [hear(part) for part in PARTS.split(clean(typed).strip(" ?.!")) if part]
    wish = command(parts[0]) if len(parts) > 1 else None
    if wish is None or wish.kind != "propose" or wish.calls[0].name != "robot_pause":
        return False
    if not_offered.search(parts[0].text):
        return False
    return all(_I_INTEND.search(one.text) and not _NOT_NOW.search(one.text) for one in parts[1:])
