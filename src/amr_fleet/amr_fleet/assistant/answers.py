"""Answers from one picture of the fleet: a sentence, rows with figures and their units, and the page with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from amr_fleet.assistant.codes import number
from amr_fleet.assistant.order_filter import chosen, late
from amr_fleet.assistant.places import is_known, stands_at
from amr_fleet.assistant.reading import Value
from amr_fleet.assistant.state import ENDED, Facts, OrderRow, RobotRow
from amr_fleet.assistant.strangers import named, quoted
from amr_fleet.assistant.strangers import why as told_why
from amr_fleet.assistant.visit_lines import visit_line, visit_of
from amr_fleet.report.texts import ReportTexts

MAX_ROWS: Final = 50
_LETTERS: Final = re.compile(r"[^\W\d_]+")
Row = Mapping[str, str | float]


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """What a tool returns. text: one sentence in Vietnamese; rows: at most MAX_ROWS; link: the page that shows it.

    known: False when nothing here knows it. at: the local time of the picture that the figures are of.
    cause, root: of what does not get on, the code of what it waits for and of what has to end; "" = the fleet has none.
    """

    text: str
    rows: tuple[Row, ...] = ()
    link: str = ""
    known: bool = True
    at: str = ""
    cause: str = ""
    root: str = ""


STATE_NAMES: Final = {
    "idle": "đang rảnh",
    "moving": "đang chạy",
    "waiting": "đang chờ",
    "charging": "đang sạc",
    "paused": "đang tạm dừng",
    "fault": "đang lỗi",
    "offline": "mất kết nối",
}
ORDER_NAMES: Final = {
    "waiting": "chờ robot",
    "active": "đang chạy",
    "done": "đã xong",
    "cancelled": "đã hủy",
    "failed": "thất bại",
    "late": "trễ hạn",
    "open": "chưa xong",
}


def same(one: str, other: str) -> bool:
    """Say whether two names mean one thing: alike, or with the same number."""
    return one.lower() == other.lower() or (number(one) != "" and number(one) == number(other))


def alike(one: str, other: str) -> bool:
    """Say whether two names mean one thing of one sort: an order is no robot, though they share a number."""
    return same(one, other) and _LETTERS.findall(one.lower()) == _LETTERS.findall(other.lower())


def _find_robot(facts: Facts, name: str) -> RobotRow | None:
    return next((row for row in facts.robots if same(row.robot, name)), None)


def _find_order(facts: Facts, name: str) -> OrderRow | None:
    """Return an order by its name, or by its bare number; one that ended long ago is looked up."""
    here = (row for row in facts.orders if alike(row.order, name) or (name.isdecimal() and same(row.order, name)))
    found = next((row for row in facts.orders if row.order.lower() == name.lower()), None) or next(here, None)
    older: OrderRow | None = facts.older(name) if found is None and facts.older is not None else None
    return found or older


label = ReportTexts.robot
"""A robot's name as the screen writes it: amr_03 is AMR-03."""


def _state(name: str, names: Mapping[str, str]) -> str:
    return names.get(name, quoted(name) if name else "không rõ trạng thái")


def _robot_line(row: RobotRow) -> str:
    parts = [f"{label(row.robot)} {_state(row.state, STATE_NAMES)}"]
    parts += [f"ở {row.where}"] if row.where else []
    parts += [f"pin {row.battery:.0f} %"] if row.battery is not None else []
    parts += [f"đơn {row.order}"] if row.order else []
    return ", ".join(parts)


def _robot_row(row: RobotRow) -> Row:
    battery = f"{row.battery:.0f} %" if row.battery is not None else ""
    state = _state(row.state, STATE_NAMES)
    return {"robot": label(row.robot), "state": state, "where": row.where, "order": row.order, "battery": battery}


def list_robots(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """List robots by state, type, place, battery."""

    def fits(row: RobotRow) -> bool:
        below = args.get("battery_below")
        return (
            args.get("state") in (None, row.state)
            and args.get("type") in (None, row.type)
            and (not args.get("place") or stands_at(row, str(args["place"])))
            and (below is None or (row.battery is not None and row.battery < float(str(below))))
        )

    rows = [row for row in facts.robots if fits(row)]
    if args.get("place") and not rows and not is_known(str(args["place"]), facts):
        return ToolResult(text=f"Không có chỗ {quoted(str(args['place']))}.", link="/robots", known=False)
    if not rows:
        return ToolResult(text="Không có robot nào như vậy.", link="/robots")
    names = ", ".join(label(row.robot) for row in rows[:MAX_ROWS])
    what = STATE_NAMES.get(str(args.get("state", "")), "")
    return ToolResult(
        text=f"{len(rows)} robot{' ' + what if what else ''}: {names}.",
        rows=tuple(map(_robot_row, rows[:MAX_ROWS])),
        link="/robots",
    )


def one_robot(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """Tell about one robot."""
    row = _find_robot(facts, str(args.get("robot", "")))
    if row is None:
        return ToolResult(text=f"Không có robot {args.get('robot', '')}.", link="/robots", known=False)
    return ToolResult(text=f"{_robot_line(row)}.", rows=(_robot_row(row),), link=f"/robots/{row.robot}")


def why_waiting(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """Say why a robot stands, or that nobody wrote it down."""
    row = _find_robot(facts, str(args.get("robot", "")))
    if row is None:
        return ToolResult(text=f"Không có robot {args.get('robot', '')}.", link="/robots", known=False)
    why, cause, root = told_why(row.reason, ours=row.ours), row.cause, row.root
    alarm = next((alarm for alarm in facts.alarms if alike(alarm.about, row.robot)), None)
    if not why and alarm is not None:
        why, cause, root = f"cảnh báo {alarm.alarm}: {quoted(alarm.text)}", alarm.cause, alarm.cause
    if not why and row.state not in ("waiting", "paused", "fault", "offline"):
        return ToolResult(
            text=f"{_robot_line(row)}: không có lý do chờ nào được ghi.",
            rows=(_robot_row(row),),
            link=f"/robots/{row.robot}",
        )
    text = f"{_robot_line(row)}. Lý do: {why}." if why else f"{_robot_line(row)}. Không biết lý do: hệ thống không ghi."
    link = f"/robots/{row.robot}"
    return ToolResult(text=text, rows=(_robot_row(row),), link=link, known=bool(why), cause=cause, root=root)


def _order_row(row: OrderRow) -> Row:
    return {
        "order": row.order,
        "state": _state(row.state, ORDER_NAMES),
        "goods": row.goods,
        "from": row.pick,
        "to": row.drop,
        "robot": label(row.robot),
        "due": row.due,
    }


def find_orders(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """List orders: open ones first, those that ended behind them."""
    found = chosen(facts, args)
    visit = visit_of(facts, str(args.get("barge") or ""))
    link, about = (f"/visits/{visit.visit}", f" {visit_line(visit)}") if visit else ("/orders", "")
    if not found.rows:
        text = f"Không có đơn nào như vậy.{found.note}{about}"
        return ToolResult(text=text, link=link, known=found.known)
    ended = [row for row in found.rows if row.state in ENDED]
    if args.get("state") or not ended or len(ended) == len(found.rows):
        what = ORDER_NAMES.get(str(args.get("state", "")), "")
        text = f"{_counted(found.rows, what)}."
    else:
        here = [row for row in found.rows if row.state not in ENDED]
        text = f"{_counted(here, 'chưa xong')}; {_counted(ended, 'đã kết thúc')}."
    return ToolResult(
        text=f"{text}{found.note}{about}",
        rows=tuple(map(_order_row, found.rows[:MAX_ROWS])),
        link=link,
        known=found.known,
    )


def _counted(rows: Sequence[OrderRow], what: str) -> str:
    names = ", ".join(row.order for row in rows[:10])
    more = f" và {len(rows) - 10} đơn nữa" if len(rows) > 10 else ""
    return f"{len(rows)} đơn{' ' + what if what else ''}: {names}{more}"


def _when(text: str, facts: Facts) -> str:
    """Return a time of day, with its day where that is not today."""
    return text[11:16] if text[:10] == facts.now.date().isoformat() else f"{text[11:16]} ngày {text[8:10]}/{text[5:7]}"


def one_order(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """Tell about one order."""
    row = _find_order(facts, str(args.get("order", "")))
    if row is None:
        return ToolResult(text=f"Không có đơn {args.get('order', '')}.", link="/orders", known=False)
    parts = [f"Đơn {row.order} {ORDER_NAMES.get(row.state, quoted(row.state) if row.state else 'không rõ trạng thái')}"]
    parts += [f"{named(row.goods)} từ {row.pick} đến {row.drop}".strip()] if row.pick else []
    parts += [f"robot {label(row.robot)}"] if row.robot else []
    parts += [f"hạn {row.due[11:16]}"] if row.due else []
    parts += ["trễ hạn"] if late(row, facts.now) and row.state != "late" else []
    parts += [f"lúc {_when(row.finished, facts)}"] if row.finished and row.state in ENDED else []
    why = (
        f" {'Lý do' if row.state in ENDED else 'Chưa đi tiếp'}: {told_why(row.reason, ours=row.ours)}."
        if row.reason
        else ""
    )
    note = f" Ghi chú của đơn: {quoted(row.note)}." if row.note else ""
    text, rows = f"{', '.join(parts)}.{why}{note}", (_order_row(row),)
    return ToolResult(text=text, rows=rows, link=f"/orders/{row.order}", cause=row.cause, root=row.root)


def order_eta(facts: Facts, args: Mapping[str, Value]) -> ToolResult:
    """Say when an order is expected."""
    row = _find_order(facts, str(args.get("order", "")))
    if row is None:
        return ToolResult(text=f"Không có đơn {args.get('order', '')}.", link="/orders", known=False)
    due = f" Hạn {row.due[11:16]}." if row.due else ""
    if row.state in ENDED:
        when = f" lúc {_when(row.finished, facts)}" if row.finished else ""
        text = f"Đơn {row.order} {ORDER_NAMES[row.state]}{when}.{due}"
        return ToolResult(text=text, rows=(_order_row(row),), link=f"/orders/{row.order}")
    if not row.eta:
        why = told_why(row.reason, ours=row.ours) or "chưa có dự kiến"
        return ToolResult(
            text=f"Không biết giờ đến của đơn {row.order}: {why}.{due}",
            rows=(_order_row(row),),
            link=f"/orders/{row.order}",
            known=bool(row.reason),
            cause=row.cause,
            root=row.root,
        )
    behind = " Sẽ trễ hạn." if late(row, facts.now) else ""
    return ToolResult(
        text=f"Đơn {row.order} dự kiến đến lúc {row.eta[11:16]}.{due}{behind}",
        rows=(_order_row(row),),
        link=f"/orders/{row.order}",
    )


def fleet_status(facts: Facts, _: Mapping[str, Value]) -> ToolResult:
    """Tell about the whole fleet."""
    states = {state: sum(row.state == state for row in facts.robots) for state in STATE_NAMES}
    robots = ", ".join(f"{count} {STATE_NAMES[state]}" for state, count in states.items() if count)
    open_orders = [row for row in facts.orders if row.state not in ENDED]
    behind = sum(late(row, facts.now) for row in open_orders)
    text = f"{len(facts.robots)} robot: {robots or 'không rõ'}. {len(open_orders)} đơn chưa xong, {behind} đơn trễ."
    text += f" {len(facts.alarms)} cảnh báo."
    return ToolResult(
        text=text,
        rows=(
            {"robots": len(facts.robots), "open_orders": len(open_orders), "late": behind, "alarms": len(facts.alarms)},
        ),
        link="/",
    )


HELP: Final = (
    "Có thể hỏi: “Vì sao robot 6 đứng?”, “Đơn 105 khi nào tới?”, “Robot nào rảnh?”, “Đơn nào trễ?”, “Gạo ở đâu?”, "
    "“Khu vực nào đang đóng?”, “Tóm tắt ca trước”, “Nếu đóng lối A2 thì sao?”. Có thể nhờ: dừng robot, tạo, hủy, "
    "ưu tiên đơn, đóng hoặc mở khu vực, nhận cảnh báo, làm báo cáo."
)


def say_help(_: Facts, __: Mapping[str, Value]) -> ToolResult:
    """Say what can be asked."""
    return ToolResult(text=HELP, link="")


def elsewhere(what: str, link: str) -> Callable[[Facts, Mapping[str, Value]], ToolResult]:
    """Return an answer that sends people to the page which knows."""
    return lambda _, __: ToolResult(text=f"Không biết {what} từ đây; xem trang này.", link=link, known=False)
