"""Which orders a question is about: by state, places, load, deadline and period. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.assistant.codes import norm, number
from amr_fleet.assistant.periods import interval, moment
from amr_fleet.assistant.places import is_place
from amr_fleet.assistant.reading import Value
from amr_fleet.assistant.state import ENDED, Facts, OrderRow

Span = tuple[datetime, datetime]
_ENDS: Final = ("from", "to")
_ENDED: Final = {"done": "đã xong", "cancelled": "đã hủy", "failed": "thất bại"}
_UNTIMED: Final = " Chưa lọc theo kỳ: không có giờ của đơn."


@dataclass(frozen=True)
class Chosen:
    """Orders of a question. note: what was not looked at, or not by what was asked; known: False where that counts."""

    rows: tuple[OrderRow, ...]
    note: str = ""
    known: bool = True


def late(row: OrderRow, now: datetime) -> bool:
    """Say whether an open order is late, or will be."""
    if row.state in ENDED:
        return False
    due, eta = _at(row.due, now), _at(row.eta, now)
    return row.late or row.state == "late" or (due is not None and (due < now or (eta is not None and eta > due)))


def chosen(facts: Facts, args: Mapping[str, Value]) -> Chosen:
    """Return the orders of a question, open ones first."""
    period = str(args.get("period") or "")
    span = interval(period, facts.now) if period else None
    rows = [row for row in facts.orders if _fits(row, facts, args)]
    if period and span is None:
        return Chosen(_open_first(rows), " Chưa lọc theo kỳ: không hiểu kỳ này.", known=False)
    kept, known = rows, True
    if span is None:
        kept = [row for row in rows if _in_state(row, str(args.get("state") or ""), facts.now)]
    else:
        found = [(row, _in_period(row, str(args.get("state") or ""), span, facts.now)) for row in rows]
        kept, known = [row for row, fits in found if fits or fits is None], all(fits is not None for _, fits in found)
    return Chosen(_open_first(kept), _UNTIMED if not known else _cut(facts, args, span), known)


def _open_first(rows: list[OrderRow]) -> tuple[OrderRow, ...]:
    return tuple(sorted(rows, key=lambda row: row.state in ENDED))


def _fits(row: OrderRow, facts: Facts, args: Mapping[str, Value]) -> bool:
    """Say whether an order is of the robot, the places, the load and the deadline that are asked for."""
    robot, before = str(args.get("robot") or ""), str(args.get("due_before") or "")
    if robot and not (norm(row.robot) == norm(robot) or number(row.robot) == number(robot) != ""):
        return False
    ends = zip(_ENDS, (row.pick, row.drop), strict=True)
    if not all(not args.get(end) or is_place(place, str(args[end]), facts) for end, place in ends):
        return False
    load = (("goods", row.goods), ("barge", row.barge), ("container", row.container), ("priority", row.priority))
    if not all(not args.get(name) or (value and norm(value) == norm(str(args[name]))) for name, value in load):
        return False
    if before and row.state in ENDED and not (args.get("state") or args.get("period")):
        return False  # what has to be there by then is not what is there
    limit, due = moment(before, facts.now) if before else None, _at(row.due, facts.now)
    return not before or (limit is not None and due is not None and due < limit)


def _in_state(row: OrderRow, state: str, now: datetime) -> bool:
    if state == "open":
        return row.state not in ENDED
    if state == "late":
        return late(row, now)
    if row.state == "late":  # whoever writes a file may say so: with a robot it is under way, else it waits
        return state in ("", "active" if row.robot else "waiting")
    return state in ("", row.state)


def _in_period(row: OrderRow, state: str, span: Span, now: datetime) -> bool | None:
    """Say whether an order was in a state in a period; None where nothing here knows.

    Ended ones count where they ended, late ones where they were due, those that were there where they had been made
    and had not ended. What nobody has written down is who was in the queue at a time gone by.
    """
    begin, end = span
    created, finished, due = _at(row.created, now), _at(row.finished, now), _at(row.due, now)
    if begin > now:  # of a time to come only deadlines are known
        return _in_state(row, state, now) and due is not None and begin <= due < end
    if state in ENDED:
        return row.state == state and (None if finished is None else begin <= finished < end)
    if state == "late":
        was = row.state == "done" and finished is not None and due is not None and finished > due
        return (was or late(row, now)) and (due is None or begin <= due < end)
    if state and end > now:
        return _in_state(row, state, now)
    if created is None or (row.state in ENDED and finished is None):
        return None
    if state:
        there = created < end and (finished is None or finished >= end)
        return there and (True if state == "open" else None)
    return created < end and (finished is None or finished >= begin)


def _cut(facts: Facts, args: Mapping[str, Value], span: Span | None) -> str:
    """Say since when those were made that are looked at, where ended orders count: any made before may end last."""
    since, state = _at(facts.ended_since, facts.now), str(args.get("state") or "")
    asked = state in ENDED or (span is not None and (state in ("", "late") or span[1] <= facts.now))
    if since is None or not asked:
        return ""
    return f" Đơn đã kết thúc chỉ xét những đơn tạo từ {since:%H:%M %d/%m}.{_whole(facts, args, span)}"


def _whole(facts: Facts, args: Mapping[str, Value], span: Span | None) -> str:
    """Return the count of a whole period by its report, where nothing but state and period is asked for."""
    state = str(args.get("state") or "")
    if span is None or facts.figures is None or state not in ENDED or set(args) != {"state", "period"}:
        return ""
    try:
        report = facts.figures(*span)
    except AmrError:
        return ""
    return f" Cả kỳ: {getattr(report, state)} đơn {_ENDED[state]}."


def _at(text: str, now: datetime) -> datetime | None:
    return moment(text, now) if text else None
