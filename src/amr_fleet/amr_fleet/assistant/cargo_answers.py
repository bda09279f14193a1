"""What the assistant says of loads: where they are by the book, and where they were in a period."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from amr_fleet.assistant import at_hand
from amr_fleet.assistant.answers import MAX_ROWS, Row, ToolResult, label
from amr_fleet.assistant.codes import norm
from amr_fleet.assistant.order_filter import Span
from amr_fleet.assistant.periods import interval, moment
from amr_fleet.assistant.places import names_of, place_key
from amr_fleet.assistant.reading import Value
from amr_fleet.assistant.state import CargoRow, Facts, StayRow
from amr_fleet.assistant.strangers import named

_LINK: Final = "/cargo"
_SHOWN: Final = 10


def _none(facts: Facts) -> ToolResult:
    return ToolResult(
        text=f"Không biết: trong sổ không có hàng nào như vậy. {at_hand.goods(facts)}", link=_LINK, known=False
    )


def where_is_cargo(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """Say where loads are; with a period where they were in it."""
    rows = [row for row in facts.cargo if _is_load(row, args)]
    if args.get("period"):
        return _in_period(facts, args, rows)
    station = str(args.get("station") or "")
    rows = _at(rows, station, facts)
    if not rows:
        return _none(facts)
    lines = ", ".join(f"{_name(row)} ở {_where(row, facts)}" for row in rows[:_SHOWN])
    return ToolResult(text=f"{len(rows)} kiện: {lines}.", rows=_rows(rows), link=_LINK)


def _at(rows: list[CargoRow], station: str, facts: Facts) -> list[CargoRow]:
    names = names_of(station, facts)  # once: the book is long
    return [row for row in rows if not station or (row.where and place_key(row.where) in names)]


def _is_load(row: CargoRow, args: Mapping[str, Value]) -> bool:
    pairs = (("sscc", row.sscc), ("container", row.container), ("goods", row.goods))
    return all(not args.get(name) or norm(value) == norm(str(args[name])) for name, value in pairs)


def _name(row: CargoRow) -> str:
    return named(row.sscc or row.container or row.goods)


def _where(row: CargoRow, facts: Facts) -> str:
    on_robot = any(robot.robot == row.where for robot in facts.robots)
    return label(row.where) if on_robot else row.where or "nơi không rõ"


def _rows(rows: list[CargoRow]) -> tuple[Row, ...]:
    return tuple(
        {"sscc": row.sscc, "container": row.container, "goods": row.goods, "where": row.where}
        for row in rows[:MAX_ROWS]
    )


# --- a period


def _in_period(facts: Facts, args: Mapping[str, Value], rows: list[CargoRow]) -> ToolResult:
    span, station = interval(str(args["period"]), facts.now), str(args.get("station") or "")
    lay = [(row, row.lay()) for row in rows]
    if span is None or not any(stays for _, stays in lay):
        known = _at(rows, station, facts)
        now = ", ".join(f"{_name(row)} ở {_where(row, facts)}" for row in known[:_SHOWN])
        said = f"Không biết hàng ở đâu trong kỳ này.{f' Bây giờ: {now}.' if now else ''}"
        return ToolResult(text=said, rows=_rows(known), link=_LINK, known=False)
    found = [(row, [stay for stay in stays if _overlaps(stay, span, facts)]) for row, stays in lay]
    names = names_of(station, facts)
    there = [
        (row, stays)
        for row, stays in found
        if stays and (not station or any(place_key(stay.place) in names for stay in stays))
    ]
    if not there:
        return ToolResult(text="Sổ không ghi hàng nào như vậy ở đó trong kỳ này.", link=_LINK)
    lines = "; ".join(f"{_name(row)}: {', '.join(map(_stay, stays))}" for row, stays in there[:_SHOWN])
    return ToolResult(
        text=f"{len(there)} kiện trong kỳ: {lines}.", rows=_rows([row for row, _ in there]), link=_LINK
    )  # fmt: skip


def _overlaps(stay: StayRow, span: Span, facts: Facts) -> bool:
    """Say whether a load was there in a period; of one whose coming nobody wrote down only its last day counts."""
    since, until = (moment(text, facts.now) if text else None for text in (stay.since, stay.until))
    if since is None:
        return until is not None and span[0] <= until < span[1]
    return since < span[1] and (until is None or until >= span[0])


def _stay(stay: StayRow) -> str:
    since = f" từ {stay.since[11:16]} {stay.since[8:10]}/{stay.since[5:7]}" if stay.since else ""
    until = f" đến {stay.until[11:16]} {stay.until[8:10]}/{stay.until[5:7]}" if stay.until else ""
    return f"{stay.place}{since}{until}"
