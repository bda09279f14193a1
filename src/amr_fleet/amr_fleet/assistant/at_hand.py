"""What can be asked about here, said where somebody named what is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from amr_fleet.assistant.answers import label
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import ENDED, Facts
from amr_fleet.assistant.strangers import named

_SHOWN: Final = 6


def _some(names: Sequence[str]) -> str:
    left = len(names) - _SHOWN
    return f"{', '.join(names[:_SHOWN])}{f' và {left} nữa' if left > 0 else ''}"


def robots(facts: Facts) -> str:
    """Return the robots that are here."""
    names = [label(row.robot) for row in facts.robots]
    return f"Ở đây có: {_some(names)}." if names else "Ở đây không có robot nào."


def goods(facts: Facts) -> str:
    """Return the goods in the book, the most first; with the numbers that may be asked for."""
    lots = [row.goods for row in facts.cargo if row.goods]
    known = sorted(set(lots), key=lambda name: (-lots.count(name), name))
    if known:
        return f"Trong sổ đang có: {_some([named(name) for name in known])}."
    numbers = [row.sscc or row.container for row in facts.cargo if row.sscc or row.container]
    return f"Có thể hỏi theo số: {_some(numbers)}." if numbers else "Sổ hàng đang trống."


def places_and_orders(facts: Facts) -> str:
    """Return places and open orders that can be asked about."""
    places, orders = facts.vocabulary.places, [row.order for row in facts.orders if row.state not in ENDED]
    parts = [f"chỗ {_some(places)}"] if places else []
    parts += [f"đơn đang mở {_some(orders)}"] if orders else []
    return f"Có thể hỏi về {'; '.join(parts)}." if parts else ""


def lies_nowhere(call: Call, facts: Facts) -> str:
    """Return that the book does not know where the load of an order lies; "" where none is named."""
    number = str(call.args.get("sscc") or call.args.get("container") or "")
    if not number:
        return ""
    known = any(number in (row.sscc, row.container) for row in facts.cargo)
    return f"Không biết {number} đang nằm ở đâu{'' if known else ': trong sổ không có'}."
