"""Questions: which tool answers, and with which arguments."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from amr_fleet.assistant.asides import said_alone, without_bystanders
from amr_fleet.assistant.clocks import begins_on
from amr_fleet.assistant.cues import every, first
from amr_fleet.assistant.details import ends
from amr_fleet.assistant.orders_given import CONDITION
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Call, Heard, Reading, Value
from amr_fleet.assistant.rules import likelier, weights
from amr_fleet.assistant.several import by_period, by_state
from amr_fleet.assistant.supposing import NAMED_PLACE_KINDS, what_if
from amr_fleet.assistant.wording import named

_WORDS: Final = named("questions.yaml")
_PERCENT: Final = re.compile(r"(\d+(?:[.,]\d+)?)(?: ?%|$| (?=[^\d%]))")
_HALF: Final = pattern(
    "(dưới|chưa (?:tới|đến|được)|không (?:tới|đến)) (?:(?:một|1|phân|phần) )*nửa(?! (?:tiếng|giờ|ngày|ca|đường))"
)
_NOW: Final = pattern("đang|chờ|kẹt")
_BY: Final = pattern("(do|bởi|camera|người .. (đóng|đặt))")
_SHIFT_ENDS: Final = pattern("hết ca|cuối ca")
OF_ROBOT: Final = "@"
"""Before a robot's name in the place of an order: the order that the robot has."""
OF_CARGO: Final = "$"
"""Before a container, goods or a barge in the place of an order: the one open order that has it."""
CLEAR: Final = 5
"""From this weight on a reading needs no question back."""


def _period(heard: Heard) -> dict[str, Value]:
    if heard.times.span:
        return {"period": heard.times.span}
    return {"period": heard.times.said} if heard.times.said else {}


def _place(heard: Heard, at: int = 0) -> str:
    return heard.mentions.place(*NAMED_PLACE_KINDS, at=at)


def _robots(heard: Heard) -> dict[str, Value]:
    args: dict[str, Value] = {}
    low = _WORDS["low"].search(heard.text)
    percent = _PERCENT.search(_HALF.sub(r"\1 50 %", heard.text))
    if percent and (low or _WORDS["below"].search(heard.text)):
        args["battery_below"] = float(percent[1].replace(",", "."))
        state = first("robot_states", heard.text) if _WORDS["and_state"].search(heard.text) else ""
    elif low:
        args["battery_below"] = 30.0
        state = first("robot_states", heard.text) if _WORDS["and_state"].search(heard.text) else ""
    else:
        state = first("robot_states", heard.text)
    args |= {"state": state} if state else {}
    kind = first("types", heard.text)
    args |= {"type": kind} if kind else {}
    if heard.mentions.places:
        args["place"] = _place(heard)
        if args.get("state") in ("charging", "waiting", "paused") and not _NOW.search(heard.text):
            del args["state"]
    return args


def _orders(heard: Heard) -> dict[str, Value]:
    args: dict[str, Value] = {}
    things = heard.mentions
    state = first("order_states", without_bystanders(heard.text))
    args |= {"state": state} if state else {}
    if things.robots:
        args["robot"] = things.robots[0]
    start, goal = ends(heard)
    args |= {"from": start} if start else {}
    args |= {"to": goal} if goal else {}
    args |= {name: value for name in ("goods", "barge", "container") if (value := getattr(things, name))}
    if heard.times.at or heard.times.soon:
        args["due_before"] = heard.times.at or heard.times.soon
        if args.get("state") == "done":  # "phải xong trước 16 giờ" are not done yet
            del args["state"]
    if "due_before" not in args:
        args |= _period(heard)
    if _WORDS["low_priority"].search(heard.text):
        args["priority"] = "low"
    elif _WORDS["normal_priority"].search(heard.text):
        args["priority"] = "normal"
    elif _WORDS["high"].search(heard.text):
        args["priority"] = "high"
    return args


def _cargo(heard: Heard) -> dict[str, Value]:
    things = heard.mentions
    args: dict[str, Value] = {
        name: value for name in ("sscc", "container", "goods") if (value := getattr(things, name))
    }
    args |= {} if _ALL_THE_WHILE.search(heard.typed) else _period(heard)
    if things.places:
        args["station"] = _place(heard)
    return args


_TWO: Final = 2
_ALL_THE_WHILE: Final = re.compile(r"(?<!\w)(?<!hôm )(?<!hom )(?<!bữa )(?<!bua )(?:nãy|nay) (?:giờ|gio|h|g)(?!\w)")
"""How long somebody waits, and no time in which a load was moved."""


def _zones(heard: Heard) -> dict[str, Value]:
    args: dict[str, Value] = {}
    by_camera = any("cameras" in place for place in heard.mentions.places)
    text = _WORDS["not_that"].sub("", heard.text)
    state = "" if by_camera or len(every("zone_states", text)) > _TWO else first("zone_states", text)
    args |= {"state": state} if state else {}
    camera = next((place["cameras"] for place in heard.mentions.places if "cameras" in place), "")
    if camera:
        return args | {"source": camera}
    source = first("sources", text) if _BY.search(text) else ""
    return args | ({"source": source} if source else {})


def _alarms(heard: Heard) -> dict[str, Value]:
    args: dict[str, Value] = {}
    state = first("alarm_states", heard.text)
    args |= {"state": state} if state else {}
    # "robot 6 lỗi gì" names no grade
    graded = not (heard.mentions.robots or heard.mentions.places) or _GRADED.search(heard.text)
    severity = first("severities", heard.text) if graded else ""
    args |= {"severity": severity} if severity else {}
    if heard.mentions.robots:
        args["robot"] = heard.mentions.robots[0]
    if heard.mentions.places:
        args["station"] = _place(heard)
    return args if _TILL_NOW.search(heard.typed) else args | _period(heard)


_TILL_NOW: Final = re.compile(
    r"(?:reo|kêu|keu|hú|nháy|chớp|chop|báo|bao|la) .*(?:nãy giờ|nay gio)|(?:nãy giờ|nay gio) .*(?:reo|kêu|keu|hú|nháy)"
)


_GRADED: Final = pattern("(mức|cấp|loại|độ) .. (lỗi|nghiêm trọng|nặng|nhẹ|nguy hiểm|cao|thấp|đỏ|vàng)|"
                         "(mức|cấp|loại|độ) (lỗi|nghiêm trọng|nặng|nhẹ|nguy hiểm|cao|thấp|đỏ|vàng)")  # fmt: skip


def _kpi(heard: Heard, name: str = "") -> dict[str, Value]:
    args: dict[str, Value] = {"name": name or first("kpis", heard.text) or "throughput"}
    args |= _period(heard)
    by = first("by", heard.text)
    return args | ({"by": by} if by else {})


def _shift(heard: Heard) -> dict[str, Value]:
    args: dict[str, Value] = {}
    if heard.times.shift:
        args["shift"] = heard.times.shift
    elif heard.times.period:
        args["date"] = heard.times.period
    else:
        args["shift"] = "current"
    if heard.times.shift and heard.times.period:
        args["date"] = begins_on(heard.times.shift, heard.times.period)
    return args


def _incidents(heard: Heard) -> dict[str, Value]:
    args: dict[str, Value] = {}
    kind = first("incidents", heard.text)
    args |= {"kind": kind} if kind else {}
    args |= _period(heard)
    if heard.mentions.robots:
        args["robot"] = heard.mentions.robots[0]
    if heard.mentions.orders:
        args["order"] = heard.mentions.orders[0]
    if heard.mentions.places:
        args["place"] = _place(heard)
    return args


def _battery(heard: Heard) -> dict[str, Value]:
    args: dict[str, Value] = {"robot": heard.mentions.robots[0]} if heard.mentions.robots else {}
    if heard.times.at or heard.times.soon:
        args["until"] = heard.times.at or heard.times.soon
    elif heard.times.shift or _SHIFT_ENDS.search(heard.text):
        args["until"] = "shift:end"
    return args


def one(argument: str, names: Callable[[Heard], list[str]]) -> Callable[[Heard], dict[str, Value]]:
    """Return what makes the one argument of a tool: the first of names, none where there are none."""

    def args(heard: Heard) -> dict[str, Value]:
        found = names(heard)
        return {argument: found[0]} if found else {}

    return args


def _eta(heard: Heard) -> dict[str, Value]:
    """Return the order; where only a robot is named, the robot: its order is looked up."""
    things = heard.mentions
    if things.orders:
        return {"order": things.orders[0]}
    if things.robots:
        return {"order": f"{OF_ROBOT}{things.robots[0]}"}
    carried = things.container or things.goods or things.barge
    if not carried and things.places and _LOAD.search(heard.text):
        carried = _place(heard)  # "hàng đi cửa 8 mấy giờ mới có"
    return {"order": f"{OF_CARGO}{carried}"} if carried else {}


_LOAD: Final = pattern("(hàng|đơn|chuyến|lô) (đi|về|ra|vào|giao|cho|của|tới|đến|lên|xuống)( cho| tới| đến)* PLACE")


ARGS: Final[dict[str, Callable[[Heard], dict[str, Value]]]] = {
    "fleet_status": lambda _: {},
    "robots_list": _robots,
    "robot_get": one("robot", lambda heard: heard.mentions.robots),
    "robot_why_waiting": one("robot", lambda heard: heard.mentions.robots),
    "orders_find": _orders,
    "order_get": one("order", lambda heard: heard.mentions.orders),
    "order_eta": _eta,
    "cargo_where": _cargo,
    "station_state": lambda heard: {"station": _place(heard)} if heard.mentions.places else {},
    "zones_list": _zones,
    "alarms_list": _alarms,
    "kpi": _kpi,
    "shift_summary": _shift,
    "incidents_list": _incidents,
    "trial_status": lambda _: {},
    "battery_forecast": _battery,
    "what_if": what_if,
    "help": lambda _: {},
}
# Tools that mean nothing without this argument, and for which several things in one sentence are several calls.
NEEDS: Final = {
    "robot_get": "robot",
    "robot_why_waiting": "robot",
    "order_get": "order",
    "order_eta": "order",
    "station_state": "station",
}
_SURE: Final = 11
_AND: Final = pattern("và|với")
_SEVERAL: Final = {"robot": "robots", "order": "orders"}
# Without a thing of this kind the tool cannot be meant; with it, it is meant more.
_ABOUT: Final = {
    "robots_list": ("robots", -4),
    "orders_find": ("orders", -5),
    "fleet_status": ("robots", -4),
    "help": ("robots", -3),
}


def question(heard: Heard) -> Reading | None:
    """Return the call that answers a sentence, or what to choose from; None when nothing of it was understood."""
    if CONDITION.search(heard.text):
        return Reading(kind="refuse", why="condition")
    heard = said_alone(heard)
    found = weighed(heard)
    ranked = sorted(found.items(), key=lambda item: (-item[1], _ORDER.index(item[0])))
    if not ranked or ranked[0][1] <= 0:
        return None
    tool, weight = likelier(ranked, heard.text, CLEAR)
    calls = calls_of(tool, heard)
    if weight < CLEAR and len(ranked) > 1 and ranked[1][1] == weight:
        return Reading(
            kind="clarify",
            calls=tuple(call for name, _ in ranked[:3] for call in calls_of(name, heard)[:1]),
            why="which",
        )
    needed = NEEDS.get(tool)
    if needed and not calls[0].args.get(needed) and not (tool == "station_state" and _WORDS["any"].search(heard.text)):
        return Reading(kind="clarify", calls=calls, why=f"need_{needed}")
    return Reading(kind="tools", calls=calls)


def sure(reading: Reading, heard: Heard) -> bool:
    """Say whether a clause asks something by itself: heavy words for one tool, and a figure that is named."""
    call = reading.calls[0] if reading.kind == "tools" and reading.calls else None
    if call is None or weights(heard.text).get(call.name, 0) < _OWN:
        return False
    return call.name != "kpi" or bool(first("kpis", heard.text))


_OWN: Final = 7
_LANES: Final = frozenset({"aisles", "halls", "zones"})
_COUNTED: Final = pattern("mấy|bao nhiêu|nhiêu|số lần|số vụ|tỷ lệ|theo|từng")
_ALMOST: Final = 9
_NO_FIGURE: Final = pattern("va chạm|đụng|tông|rơi|sự cố|tai nạn|cảnh báo|(giao|đơn|chuyến) trễ|bị hủy|thất bại")


def weighed(heard: Heard) -> dict[str, int]:
    """Return what a sentence speaks for, with what the things and times beside the words say."""
    found = dict(weights(heard.text))
    for tool, (things, change) in _ABOUT.items():
        if tool in found and getattr(heard.mentions, things):
            found[tool] += change
    if (heard.times.at or heard.times.soon) and _WORDS["charge_left"].search(heard.text):
        found["battery_forecast"] = _SURE
    if "kpi" in found and not first("kpis", heard.text) and _NO_FIGURE.search(heard.text):
        found["kpi"] -= 5  # no figure is named, and what is counted is no output
    loads = heard.mentions
    if (
        found.get("kpi")
        and first("kpis", heard.text) == "throughput"
        and (loads.barge or loads.container or loads.goods)
    ):
        found["kpi"] -= 4  # the orders of a barge are counted, the output is everybody's
    if found.get("kpi") and first("kpis", heard.text) == "near_misses" and not _COUNTED.search(heard.text):
        found["kpi"] -= 5  # which ones there were is asked, not how many
        found["incidents_list"] = max(_ALMOST, found.get("incidents_list", 0))
    if "cargo_where" in found and heard.mentions.orders and not (loads.container or loads.goods or loads.sscc):
        found["cargo_where"] -= 4  # "thông tin đơn 417, hàng gì, đi đâu": it is the order's
    if "robots_list" in found and heard.mentions.orders:
        found["robots_list"] -= 4
    if found.get("station_state") and found.get("robots_list") and heard.mentions.places:
        found["station_state"] -= 4 * (set(heard.mentions.places[0]) <= _LANES)  # who stands in a lane
    if "zones_list" in found and any("chargers" in place for place in heard.mentions.places):
        found["zones_list"] -= 5  # chargers are free or taken, not closed
    if heard.times.period and heard.times.period not in ("today", "last_24h"):
        found.pop("fleet_status", None)  # it is about now
    return found


def calls_of(tool: str, heard: Heard) -> tuple[Call, ...]:
    """Return the calls of a tool that a sentence asks for: one for each thing, state or period that it names."""
    args = ARGS[tool](heard)
    if states := by_state(tool, heard, ARGS[tool]):
        return states
    if periods := by_period(tool, Call(tool, args), heard.times):
        return periods
    if tool == "cargo_where" and (loads := _loads(heard)):
        rest = {name: value for name, value in args.items() if name not in ("sscc", "container")}
        return tuple(Call(tool, {kind: name} | rest) for kind, name in loads)
    needed = NEEDS.get(tool, "robot" if tool == "battery_forecast" else "")
    names = list(dict.fromkeys(getattr(heard.mentions, _SEVERAL[needed]))) if needed in _SEVERAL else []
    if needed == "station" and len(heard.mentions.places) > 1:
        names = list(dict.fromkeys(_place(heard, at) for at in range(len(heard.mentions.places))))
    if tool == "kpi":
        several = list(dict.fromkeys(filter(None, (first("kpis", part) for part in _AND.split(heard.text)))))
        if len(several) > 1:
            return tuple(Call(tool, _kpi(heard, name)) for name in several)
    if len(names) > 1:
        return tuple(Call(tool, args | {needed: name}) for name in names)
    return (Call(tool, args),)


def _loads(heard: Heard) -> list[tuple[str, str]]:
    """Return the loads of a sentence that names several: each is asked for by itself."""
    things = heard.mentions
    named = [(kind, getattr(things, kind)) for kind in ("sscc", "container") if getattr(things, kind)]
    named += things.more_cargo
    return named if len(named) > 1 else []


# When two tools weigh the same, the one that stands first is meant.
_ORDER: Final = (
    *(
        "what_if",
        "battery_forecast",
        "trial_status",
        "robot_why_waiting",
        "order_eta",
        "zones_list",
        "cargo_where",
        "kpi",
    ),
    *("incidents_list", "shift_summary", "orders_find", "order_get", "robots_list", "alarms_list"),
    *("robot_get", "station_state", "fleet_status", "help"),
)
