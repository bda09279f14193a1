"""What a proposal would touch, at once and from the facts alone; who becomes late, the fleet's rehearsal says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.assistant.answers import ORDER_NAMES, STATE_NAMES, label
from amr_fleet.assistant.codes import norm
from amr_fleet.assistant.places import stands_at
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.reports import wanted_report
from amr_fleet.assistant.state import ENDED, Facts, OrderRow, RobotRow, ZoneRow
from amr_fleet.assistant.strangers import named, quoted
from amr_fleet.assistant.zones_set import by_camera, liftable, set_on

_SHOWN: Final = 6


def touched(facts: Facts, call: Call) -> tuple[str, ...]:
    """Return short sentences on what a command is about as it is now; empty for what touches nothing that runs."""
    make = _MAKERS.get(call.name)
    return tuple(filter(None, make(facts, call))) if make else ()


def _robot(facts: Facts, call: Call) -> list[str]:
    row = next((row for row in facts.robots if row.robot == call.args.get("robot")), None)
    if row is None:
        return ["Không thấy robot này."]
    order = next((order for order in facts.orders if order.order == row.order), None)
    state = (
        f"{label(row.robot)} {STATE_NAMES.get(row.state) or named(row.state)}{f' ở {row.where}' if row.where else ''}."
    )
    return [state, _waits(order) if order is not None else "Không mang đơn nào."]


def _resuming(facts: Facts, call: Call) -> list[str]:
    """Say whose pauses would end, as the page asks before it: who confirms stands for that."""
    row = next((row for row in facts.robots if row.robot == call.args.get("robot")), None)
    pauses = row.pauses if row is not None else ()
    owned = [pause for pause in pauses if pause.user]
    said = [
        f"{named(pause.user)} tạm dừng lúc {pause.since[11:16]}{f': {quoted(pause.why)}' if pause.why else ''}."
        for pause in owned
    ]
    if any(pause.unload for pause in pauses):
        said.append("Chỉ xác nhận khi hàng đã được lấy xuống và không còn ai ở robot.")
    elif owned:
        said.append("Người khác giữ thì chỉ xác nhận khi đã hỏi người đó, hoặc đã ra xem và không còn ai ở robot.")
    return [*_robot(facts, call), *said]


def _waits(order: OrderRow) -> str:
    due = f", hạn {order.due[11:16]}" if order.due else ", không có hạn"
    return f"Đơn đang mang: {order.order}{due}."


def _order(facts: Facts, call: Call) -> list[str]:
    row = next((row for row in facts.orders if row.order == call.args.get("order")), None)
    if row is None:
        return ["Không thấy đơn này."]
    ways = f", {row.pick} → {row.drop}" if row.pick or row.drop else ""
    return [
        f"Đơn {row.order} {ORDER_NAMES.get(row.state) or named(row.state)}{ways}.",
        f"Robot {label(row.robot)} đang làm đơn này." if row.robot and row.state not in ENDED else "",
        f"Hạn {row.due[11:16]}." if row.due else "",
    ]


def _zone(facts: Facts, call: Call) -> list[str]:
    zone = str(call.args.get("zone", ""))
    hall = [name for name in facts.in_hall.get(zone, ()) if name in facts.vocabulary.aisles]
    inside = [row for row in facts.robots if stands_at(row, zone) or (not hall and _within(row.where, zone))]
    ends = [
        row
        for row in facts.orders
        if row.state not in ENDED
        and any(end in facts.in_hall[zone] if hall else _within(end, zone) for end in (row.pick, row.drop))
    ]
    return [
        f"Đóng cả kho {zone}, {len(hall)} lối: {_first(hall)}." if hall else "",
        f"Robot đang ở đó: {_names(inside)}." if inside else "Không có robot nào ở đó.",
        f"Đơn lấy hoặc giao ở đó: {', '.join(row.order for row in ends[:_SHOWN])}." if ends else "",
    ]


def _within(where: str, zone: str) -> bool:
    """Say whether a place lies in a zone by its name: A2W and A2W_1 lie in A2."""
    return bool(where) and (
        where == zone or (where.startswith(zone) and not where[len(zone) : len(zone) + 1].isdigit())
    )


def _names(rows: list[RobotRow]) -> str:
    return ", ".join(label(row.robot) for row in rows[:_SHOWN])


def _opening(facts: Facts, call: Call) -> list[str]:
    """Say of each closure that would be lifted whose it is, and of one that covers more, what opens with it."""
    name = str(call.args.get("zone", ""))
    rows = liftable(facts, name)
    if not rows:
        return ["Chỗ này hiện không bị đóng."]
    there, halls = set_on(facts, name), facts.vocabulary.halls
    seen = [row for row in there if by_camera(row)]
    left = [row for row in there if row not in (*rows, *seen) and not row.flight and row.state != "slow"]
    return [
        *(_lifted(row, name, halls) for row in rows),
        *(f"Vùng của {quoted(row.by)} vẫn đóng chỗ này." for row in left[:1]),
        "Chuyến bay vẫn giữ chỗ này." if any(row.flight for row in there) else "",
        f"{_camera(seen[0])} vẫn giữ chỗ này." if seen else "",
    ]


def _lifted(row: ZoneRow, name: str, halls: Sequence[str]) -> str:
    until = f", đến {row.until[11:16]}" if row.until else ""
    more = [f"kho {lane}" if lane in halls else lane for lane in row.lanes if norm(lane) != norm(name)]
    also = f"; mở cả {_first(more)}" if more else ""
    return f"Đang đóng bởi {quoted(row.by)}{until}{also}." if row.by else f"Đang đóng{until}{also}."


def _first(names: list[str]) -> str:
    return f"{', '.join(names[:_SHOWN])}{'…' if len(names) > _SHOWN else ''}"


def _camera(row: ZoneRow) -> str:
    return named(row.by[:1].upper() + row.by[1:])


def _alarm(facts: Facts, call: Call) -> list[str]:
    row = next((row for row in facts.alarms if row.alarm == call.args.get("alarm")), None)
    return [f"{row.alarm}: {quoted(row.text)}"] if row is not None else ["Không thấy cảnh báo này."]


def _creating(facts: Facts, _: Call) -> list[str]:
    waiting = sum(row.state == "waiting" for row in facts.orders)
    idle = sum(row.state == "idle" for row in facts.robots)
    return [f"{waiting} đơn đang chờ, {idle} robot đang rảnh."]


def _reporting(facts: Facts, call: Call) -> list[str]:
    try:
        return list(wanted_report(call.args, facts.now).told())
    except AmrError:
        return ["Không hiểu kỳ của báo cáo này."]


_MAKERS: Final = {
    "robot_pause": _robot,
    "robot_resume": _resuming,
    "order_cancel": _order,
    "order_priority": _order,
    "zone_close": _zone,
    "zone_open": _opening,
    "alarm_ack": _alarm,
    "order_create": _creating,
    "report_make": _reporting,
}
