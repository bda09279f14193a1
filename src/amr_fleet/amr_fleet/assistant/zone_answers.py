"""What the assistant says of one place or lane, and of what is closed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from amr_fleet.assistant.answers import MAX_ROWS, ToolResult, label
from amr_fleet.assistant.places import is_known, names_of, place_key, place_of, stands_at
from amr_fleet.assistant.reading import Value
from amr_fleet.assistant.state import Facts, RobotRow, ZoneRow
from amr_fleet.assistant.strangers import named, quoted


def station_state(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """Tell about one place; about the empty ones when none is named."""
    station = str(args.get("station", ""))
    if not station:
        taken = {place_key(row.where) for row in facts.cargo}  # the book knows places, not which of their stations
        free = sorted(name for name in facts.vocabulary.places if place_key(name) not in taken)
        return ToolResult(
            text=f"{len(free)} chỗ không có hàng trong sổ.",
            rows=tuple({"station": name} for name in free[:MAX_ROWS]),
            link="/",
        )
    if station in (*facts.vocabulary.aisles, *facts.vocabulary.zones) and station not in facts.vocabulary.places:
        return _lane_state(facts, station)
    if not is_known(station, facts):
        return ToolResult(text=f"Không có chỗ {quoted(station)}.", link="/", known=False)
    place = place_of(station, facts)
    names = names_of(station, facts)
    loads = [row for row in facts.cargo if row.where and place_key(row.where) in names]
    robots = [_standing(row) for row in facts.robots if stands_at(row, station)]
    closed = [row for row in facts.zones if station in (row.zone, *row.lanes)]
    held = f"{len(loads)} kiện trong sổ{f' (của cả {place})' if place != station else ''}"
    text = f"{station}: {held}, {'robot ' + ', '.join(robots) if robots else 'không có robot'}"
    text += f", đang {ZONE_NAMES.get(closed[0].state) or named(closed[0].state)}" if closed else ""
    return ToolResult(
        text=f"{text}.", rows=({"station": station, "loads": len(loads), "robots": ", ".join(robots)},), link="/"
    )


def _standing(row: RobotRow) -> str:
    """Return a robot's name; of one that is not heard, that it was seen there last."""
    return f"{label(row.robot)}{' (lần cuối thấy)' if row.state == 'offline' else ''}"


def _lane_state(facts: Facts, lane: str) -> ToolResult:
    """Say whether a lane or a zone of the site is closed, held or slow, who set it, why, from when until when."""
    set_there = [row for row in facts.zones if lane in (row.zone, *row.lanes)]
    lines = []
    for row in set_there:
        since = f"từ {row.since[11:16]}" if row.since else ""
        until = f"đến {row.until[11:16]}" if row.until else "đến khi bỏ"
        if row.by.startswith("camera"):  # it renews it every 2 s, which is no end that anybody should wait for
            until = "tự bỏ khi camera không còn thấy"
        part = "một phần " if row.drawn else ""
        by = f" bởi {named(row.by)}" if row.by else ""
        why = f", lý do: {quoted(row.why)}" if row.why else ""
        span = ", ".join(filter(None, (since, until)))
        lines.append(f"{part}đang {(ZONE_NAMES.get(row.state) or named(row.state))}{by} {span}{why}")
    waiting = [label(row.robot) for row in facts.robots if re.search(rf"[(,] ?{re.escape(lane)}[,)]", row.reason)]
    text = f"{lane}: {'; '.join(lines) if lines else 'không có lệnh đóng, giữ hay đi chậm'}."
    if waiting:
        text += f" Đang chờ: {', '.join(waiting)}."
    rows = tuple({"zone": lane, "state": row.state, "by": row.by, "until": row.until} for row in set_there)
    return ToolResult(text=text, rows=rows or ({"zone": lane, "state": "", "by": "", "until": ""},), link="/")


ZONE_NAMES: Final = {"closed": "đóng", "held": "bị giữ", "restricted": "hạn chế", "slow": "chạy chậm"}


def _set_by(by: str, source: str) -> bool:
    of_camera = by.lower().startswith("camera")
    if source in ("", "camera", "person"):
        return not source or of_camera == (source == "camera")
    return source.lower() in by.lower().split()


def _listed(row: ZoneRow) -> str:
    state = ZONE_NAMES.get(row.state) or named(row.state)
    if row.drawn and row.by.startswith("camera"):  # its name is for programs, and it is renewed every 2 s
        return f"vùng của {named(row.by)} {state}{' (' + named(row.why) + ')' if row.why else ''}"
    until = f" đến {row.until[11:16]}" if row.until else ""
    return f"{row.zone} {state}{' bởi ' + named(row.by) if row.by else ''}{until}"


def list_zones(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """List zones in force; source: camera, person, or a camera's name. Of what kind they are is not known here."""
    source = str(args.get("source") or "")
    rows = [row for row in facts.zones if args.get("state") in (None, row.state) and _set_by(row.by, source)]
    if not rows:
        return ToolResult(text="Không có khu vực nào như vậy.", link="/")
    kind = " Chưa lọc theo loại khu vực." if args.get("kind") else ""
    lines = ", ".join(map(_listed, rows[:10]))
    return ToolResult(
        text=f"{len(rows)} khu vực: {lines}.{kind}",
        known=not kind,
        rows=tuple({"zone": row.zone, "state": row.state, "by": row.by, "until": row.until} for row in rows[:MAX_ROWS]),
        link="/",
    )
