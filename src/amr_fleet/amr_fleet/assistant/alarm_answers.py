"""What the assistant says of alarms: those that stand now, by robot or station; those of a period, by the journal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.assistant.answers import MAX_ROWS, Row, ToolResult, alike, label
from amr_fleet.assistant.clocks import clock
from amr_fleet.assistant.periods import interval
from amr_fleet.assistant.places import stands_at
from amr_fleet.assistant.reading import Value
from amr_fleet.assistant.state import AlarmRow, Facts
from amr_fleet.assistant.strangers import named, quoted
from amr_fleet.report.people import Intervention
from amr_fleet.report.texts import TEXTS

_LINK: Final = "/attention"
_HISTORY: Final = "/replay"
_SHOWN: Final = 5
_APART: Final = re.compile(r"[\W_]+")
_HOW: Final = {"here": "đang ở", "last": "lần cuối thấy ở", "to": "đang đến", "of": "lấy hoặc trả ở"}


def list_alarms(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """List the alarms that stand now; those that were raised in a period when one is named."""
    if args.get("period"):
        return _of_period(facts, args)
    rows = [row for row in facts.alarms if _fits(row, args, facts)]
    station = str(args.get("station") or "")
    if not rows:
        return ToolResult(text=_none_at(facts, station) if station else _NONE, link=_LINK)
    lines = "; ".join(f"{row.alarm}{_about(row, station)}: {quoted(row.text)}" for row in rows[:_SHOWN])
    return ToolResult(text=f"{len(rows)} cảnh báo: {lines}.", rows=tuple(map(_row, rows[:MAX_ROWS])), link=_LINK)


_NONE: Final = "Không có cảnh báo nào như vậy."


def _fits(row: AlarmRow, args: Mapping[str, Value], facts: Facts) -> bool:
    robot, station = str(args.get("robot") or ""), str(args.get("station") or "")
    return (
        (not robot or alike(row.about, robot))
        and (
            not station
            or _is(row.about, station)
            or any(_is(near.place, station) for near in row.near)
            or _in_hall(row, station, facts)
        )
        and (args.get("severity") in (None, row.severity) or not row.severity)
        and (args.get("state") in (None, row.state) or not row.state)
    )


def _in_hall(row: AlarmRow, hall: str, facts: Facts) -> bool:
    """Say whether an alarm is one of a hall: of what is in it, or of a robot that is anywhere in it."""
    there = facts.in_hall.get(hall.upper(), ())
    if not there:
        return False
    robots = [one for one in facts.robots if one.robot == row.about]
    return (
        row.about in there
        or any(near.place in there for near in row.near)
        or any(stands_at(one, hall) for one in robots)
    )


def _is(name: str, station: str) -> bool:
    return _APART.sub("", name).lower() == _APART.sub("", station).lower()


def _about(row: AlarmRow, station: str) -> str:
    """Return in brackets what an alarm is about, and what that has to do with the station that was asked for."""
    near = next((near for near in row.near if station and _is(near.place, station)), None)
    how = f" {_HOW[near.how]} {station}" if near is not None else ""
    what = "đơn " if near is not None and near.how == "of" else ""
    return f" ({what}{named(label(row.about))}{how})" if row.about else ""


def _none_at(facts: Facts, station: str) -> str:
    """Say what was looked at, and which alarms may be there: a closed order's places are not known any more."""
    said = f"Không có cảnh báo nào của {station}, của robot đang ở hay đang đến đó, hay của đơn lấy hoặc trả ở đó."
    lost = [f"{row.alarm} ({named(label(row.about))})" for row in facts.alarms if row.about and not row.placed]
    return f"{said} Không biết ở đâu: {', '.join(lost[:_SHOWN])}." if lost else said


def _row(row: AlarmRow) -> Row:
    return {"alarm": row.alarm, "about": row.about, "severity": row.severity, "state": row.state}


# --- a period


def _of_period(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    span = interval(str(args["period"]), facts.now)
    unknown = ToolResult(text="Không biết cảnh báo của kỳ này; xem trang này.", link=_HISTORY, known=False)
    if facts.happened is None or span is None:
        return unknown
    try:
        found: Sequence[Intervention] = facts.happened(*span)
    except AmrError:
        return unknown
    rows = [one for one in found if _fits_past(one, args)]
    place = " Sổ không ghi chỗ xảy ra, nên chưa lọc theo chỗ." if args.get("station") else ""
    now = _still(facts, args) if span[1] >= facts.now else ""
    if not rows:
        return ToolResult(text=f"Sổ không ghi cảnh báo nào như vậy phát sinh trong kỳ này.{now}", link=_HISTORY)
    lines = "; ".join(map(_past_line, rows[:_SHOWN]))
    shown = tuple(map(_past_row, rows[:MAX_ROWS]))
    return ToolResult(text=f"{len(rows)} cảnh báo phát sinh trong kỳ: {lines}.{place}{now}", rows=shown, link=_HISTORY)


def _still(facts: Facts, args: Mapping[str, Value]) -> str:
    """Say how many stand now, those from before the period among them: who asks about today wants to know."""
    asked = {name: args[name] for name in ("robot", "station", "severity", "state") if name in args}
    count = sum(row.state != "closed" and _fits(row, asked, facts) for row in facts.alarms)
    return f" Đang còn {count} cảnh báo như vậy, kể cả từ trước kỳ này." if count else ""


def _state(one: Intervention) -> str:
    return "closed" if one.cleared else "acked" if one.acked_by else "open"


def _fits_past(one: Intervention, args: Mapping[str, Value]) -> bool:
    robot = str(args.get("robot") or "")
    state = args.get("state")
    return (
        (not robot or alike(one.robot, robot))
        and args.get("severity") in (None, one.severity)
        and (state in (None, _state(one)) or (state == "acked" and one.acked_by != ""))
    )


def _past_line(one: Intervention) -> str:
    about = label(one.robot) or one.order_id
    what = TEXTS["vi"].get(one.code, one.code)
    end = f", hết {clock(one.cleared):%H:%M}" if one.cleared else ", chưa hết"
    return f"{clock(one.raised):%H:%M} {what}{f' ({about})' if about else ''}{end}"


def _past_row(one: Intervention) -> Row:
    about = one.robot or one.order_id
    return {"alarm": one.alarm_id, "about": about, "severity": one.severity, "state": _state(one)}
