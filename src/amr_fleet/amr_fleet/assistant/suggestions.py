"""What may be worth asking now: by what goes on in the fleet first, then by role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from amr_fleet.assistant.answers import label
from amr_fleet.assistant.order_filter import late
from amr_fleet.assistant.state import ENDED, Facts

MOST: Final = 6
_STANDS: Final = ("fault", "offline", "paused", "waiting")
_BY_ROLE: Final = {
    "viewer": ("Tình hình chung thế nào?", "Tóm tắt ca trước", "Hôm nay giao được bao nhiêu đơn?"),
    "authority": ("Giấy phép thử nghiệm còn hạn đến khi nào?", "Tuần này có sự cố nào không?", "Tóm tắt ca trước"),
    "operator": ("Tóm tắt ca trước", "Đơn nào sắp trễ?", "Robot nào đang rảnh?", "Khu vực nào đang đóng?"),
    "engineer": ("Tóm tắt ca trước", "Hôm nay kẹt nhau mấy lần?", "Độ sẵn sàng tuần này?", "Robot nào sắp hết pin?"),
    "admin": ("Tóm tắt ca trước", "Tình hình chung thế nào?", "Độ sẵn sàng tuần này?"),
}


def suggested(facts: Facts, role: str) -> tuple[str, ...]:
    """Return at most MOST questions, those about what stands or is late first."""
    found = dict.fromkeys((*_now(facts), *_BY_ROLE.get(role, _BY_ROLE["viewer"])))
    return tuple(found)[:MOST]


def _now(facts: Facts) -> Iterator[str]:
    standing = sorted((row for row in facts.robots if row.state in _STANDS), key=lambda row: _STANDS.index(row.state))
    for row in standing[:2]:
        yield f"Vì sao {label(row.robot)} đứng?"
    behind = next((row for row in facts.orders if late(row, facts.now)), None)
    if behind is not None:
        yield f"Đơn {behind.order} khi nào tới?"
    if any(row.state == "open" for row in facts.alarms):
        yield "Cảnh báo nào chưa ai nhận?"
    if any(row.state == "closed" for row in facts.zones):
        yield "Khu vực nào đang đóng?"
    if sum(row.state not in ENDED for row in facts.orders) > len(facts.robots) > 0:
        yield "Nếu bớt 1 robot thì có trễ không?"
