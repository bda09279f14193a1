"""What was talked about, five minutes long: what "nó" stands for, and the last question asked about another thing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from amr_fleet.assistant.amending import conditional, with_new
from amr_fleet.assistant.mentions import Mentions
from amr_fleet.assistant.orders_given import VERBS, is_asked
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.questions import ARGS, NEEDS, question
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.rules import weights
from amr_fleet.assistant.tools import COMMANDS
from amr_fleet.assistant.wording import named

_GUARDS: Final = named("guards.yaml")
_IT: Final = {
    "robots": (pattern("(con|robot|xe|chiếc|thằng) (đó|này|ấy|kia|nãy|vừa rồi|trên|hồi nãy)|nó|ổng"), "ROBOT"),
    "orders": (pattern("(đơn|cái|chuyến) (đó|này|ấy|kia|nãy|vừa rồi|trên)|nó"), "ORDER"),
    "places": (pattern("(chỗ|khu vực|lối|cửa|trạm|nơi|khối|cổng|đường) (đó|này|ấy|kia|nãy)|đó|ở đó|nó"), "PLACE"),
}
"""What points at a thing that was talked about, and the word that stands for such a thing."""
# chosen: people come back to a thing within minutes; longer, "nó" is something else by then
FRAME_SECONDS: Final = 300.0


@dataclass
class TalkedAbout:
    """What was talked about last: the last call, the last things that were named, until when (s) it is remembered."""

    call: Call | None = None
    mentions: Mentions | None = None
    until: float = 0.0
    shown: Mentions = field(default_factory=Mentions)
    """What the last answer showed beside what was named: it counts where nothing that was named fits."""


def talked_about(call: Call, *, until: float) -> TalkedAbout:
    """Return what is talked about once a call was chosen that nobody typed: what it names."""

    def named(*arguments: str) -> list[str]:
        return [str(call.args[name]) for name in arguments if isinstance(call.args.get(name), str)]

    places = [{"stations": name} for name in named("station", "zone", "place", "from", "to")]
    mentions = Mentions(robots=named("robot"), orders=named("order"), places=places, alarms=named("alarm"))
    for name in ("goods", "sscc", "container", "barge"):
        setattr(mentions, name, next(iter(named(name)), ""))
    return TalkedAbout(call=call, mentions=mentions, until=until)


def resolved(heard: Heard, frame: TalkedAbout, at: float) -> Heard:
    """Fill in what "nó", "con đó", "chỗ đó" stand for."""
    if frame.mentions is None or at > frame.until:
        return heard
    if _ANOTHER.search(heard.text) and not names_things(heard.mentions):
        return heard
    if frame.shown.orders and not heard.mentions.orders and _ITS_ORDER.search(heard.text):
        heard.mentions.orders.append(frame.shown.orders[-1])
        return replace(heard, text=_ITS_ORDER.sub("ORDER", heard.text, count=1))
    kind = "robots" if _OF_ROBOT.search(heard.text) else "orders" if _OF_ORDER.search(heard.text) else ""
    if kind and not heard.mentions.robots and not heard.mentions.orders:
        it = {kind: (_NO, _IT[kind][1])}
        if text := _pointed(heard, frame.mentions, it) or _pointed(heard, frame.shown, it):
            return replace(heard, text=text)
    text = _pointed(heard, frame.mentions, _IT) or _load(heard, frame.mentions)
    if not text and not (heard.mentions.robots or heard.mentions.orders):
        text = _pointed(heard, frame.shown, _IT)
    return replace(heard, text=text or heard.text)


def _pointed(heard: Heard, things: Mentions, words: Mapping[str, tuple[re.Pattern[str], str]]) -> str:
    """Return the text with the word of the thing that it points at, which is taken along; "" where it does not."""
    for kind, (matcher, word) in words.items():
        before = getattr(things, kind)
        if before and not getattr(heard.mentions, kind) and matcher.search(heard.text):
            getattr(heard.mentions, kind).append(before[-1])
            return matcher.sub(word, heard.text, count=1)
    return ""


def _load(heard: Heard, things: Mentions) -> str:
    """Return the text with the load that "nó" is, where a load and nothing else was talked about; "" otherwise."""
    named = next((name for name in ("container", "sscc", "goods") if getattr(things, name)), "")
    if not named or things.robots or things.orders or not _THAT_LOAD.search(heard.text):
        return ""
    if not getattr(heard.mentions, named):
        setattr(heard.mentions, named, getattr(things, named))
    return _THAT_LOAD.sub(named.upper(), heard.text, count=1)


_NO: Final = pattern("nó")
_OF_ROBOT: Final = pattern("nó .. (đứng|chạy|kẹt|nằm|vướng|sạc|pin)|nó (đứng|chạy|kẹt|nằm|vướng|sạc|pin)")
_OF_ORDER: Final = pattern("(hủy|bỏ|ưu tiên) (cái )?nó|(cho|đẩy|nâng|hạ) nó .. (ưu tiên|lên|xuống)|nó .. (trễ|ưu tiên)")
"""What is only said of a robot, and only of an order: "nó" is that one, whatever was named last."""
_ITS_ORDER: Final = pattern("(đơn|chuyến) (mà )?(của )?(nó|ổng|(con|xe|robot) (đó|này|ấy))( (đang )?(chở|ôm|làm|giữ))?")
_THAT_LOAD: Final = pattern("(cái|container|thùng|lô|lô hàng|hàng|kiện|pallet|công) (đó|này|ấy)|nó")
_ANOTHER: Final = pattern("^(còn |rồi |thế |vậy |r )*(con|robot|xe|chiếc|đơn|chỗ|cửa|lối) kia( thì sao| sao)?( [?])?$")


def of_those(reading: Reading, heard: Heard, frame: TalkedAbout, at: float) -> Reading:
    """Return a short question for orders in a state, asked of those that were listed: "bao nhiêu đơn xong rồi?"."""
    before = frame.call
    if before is None or at > frame.until or before.name != "orders_find" or reading.kind != "tools":
        return reading
    call = reading.calls[0]
    alone = len(reading.calls) == 1 and call.name == "orders_find" and set(call.args) == {"state"}
    if not alone or names_things(heard.mentions) or len(heard.text.split()) > _FEW or _ALL.search(heard.text):
        return reading
    kept = {name: value for name, value in before.args.items() if name in _OF_ORDERS}
    return replace(reading, calls=(Call(call.name, {**kept, **call.args}),)) if kept else reading


_OF_ORDERS: Final = frozenset({"barge", "goods", "container", "from", "to", "robot", "period"})
_ALL: Final = pattern("tất cả|toàn bộ|cả (đội|kho|bãi|cảng)|hết thảy")
_FEW: Final = 7


def asked_of_it(heard: Heard, frame: TalkedAbout, at: float) -> Reading | None:
    """Return a question that leaves out what it is about, asked of the one thing that was talked about.

    "sạc bao nhiêu % rồi" behind "con 10 ở đâu" is asked of robot 10. Only a question that its own words make clear.
    """
    if frame.call is None or frame.mentions is None or at > frame.until or frame.call.name in COMMANDS:
        return None
    if names_things(heard.mentions) or heard.mentions.container or len(heard.text.split()) > _SHORT:
        return None
    for things in (frame.mentions, frame.shown):
        for kind, word in _SUBJECTS:
            named = getattr(things, kind)
            if not named or (isinstance(named, list) and len(named) > 1):
                continue
            said = replace(heard, text=f"{word} {heard.text}", mentions=replace(heard.mentions, **{kind: named}))
            reading = question(said)
            tool = reading.calls[0].name if reading is not None and reading.kind == "tools" else ""
            if reading is not None and _KIND_OF.get(tool) == kind and weights(said.text).get(tool, 0) >= _CLEARLY:
                return reading
            if reading is not None and tool == "order_eta" and weights(said.text)["order_eta"] >= _CLEARLY:
                return reading
    return None


_SUBJECTS: Final = (("robots", "ROBOT"), ("orders", "ORDER"), ("container", "CONTAINER"))
_KIND_OF: Final = {"robot_get": "robots", "robot_why_waiting": "robots", "battery_forecast": "robots",
                   "order_get": "orders"}  # fmt: skip
_CLEARLY: Final = 7
_SHORT: Final = 9


def at_that_time(heard: Heard, frame: TalkedAbout, at: float) -> Heard:
    """Fill in what "ca đó" and "hôm đó" stand for: the shift or the day of the last call."""
    if frame.call is None or at > frame.until or heard.times.said or heard.times.at:
        return heard
    shift, period = (str(frame.call.args.get(name) or "") for name in ("shift", "period"))
    if period.startswith("shift:"):
        shift, period = period.removeprefix("shift:"), ""
    if "date" in frame.call.args:
        shift, period = "", "" if shift else str(frame.call.args["date"])  # a shift of another day has no name
    if shift and (match := _THAT_SHIFT.search(heard.text)):
        times = replace(heard.times, shift=shift)
        return replace(heard, times=times, text=f"{heard.text[: match.start()]}SHIFT{heard.text[match.end() :]}")
    if period and (match := _THAT_DAY.search(heard.text)):
        times = replace(heard.times, period=period)
        return replace(heard, times=times, text=f"{heard.text[: match.start()]}PERIOD{heard.text[match.end() :]}")
    return heard


_THAT_SHIFT: Final = pattern("(trong )?ca (đó|ấy)")
_THAT_DAY: Final = pattern("(trong )?(hôm|bữa|ngày|tuần|tháng|quý) (đó|ấy)")


def followed(heard: Heard, frame: TalkedAbout, at: float) -> Reading | None:
    """Return the last question, asked about another thing: "còn robot 5?"."""
    if frame.call is None or at > frame.until or not _GUARDS["follows"].search(heard.text):
        return None
    if frame.call.name in COMMANDS or frame.call.name == "help":
        return None
    plain = question(heard)
    if conditional(heard):
        return None
    if VERBS.search(heard.text) and not is_asked(heard.text) and _WISHED.search(heard.text):
        return None  # "vậy hủy nó đi" is no list of what was cancelled
    named = plain.calls[0] if plain is not None and plain.kind == "tools" and plain.calls else None
    if named is not None and named.name == frame.call.name and plain is not None and len(plain.calls) == 1:
        return Reading(kind="tools", calls=(Call(named.name, frame.call.args | named.args),))
    dated = frame.call.name in _DATED and named is not None and named.name == "shift_summary"
    if named is not None and not _weak(named, heard) and not (dated and not heard.times.shift):
        return None
    new = dict(ARGS[frame.call.name](heard))
    needed = NEEDS.get(frame.call.name)
    if needed and needed not in new:
        return None
    if frame.call.name == "kpi" and new.get("name") == "throughput":  # it stands where no figure is named
        del new["name"]
    if frame.call.name == "shift_summary" and not heard.times.shift:
        new.pop("shift", None)
    if not new:
        return None
    return Reading(kind="tools", calls=(Call(frame.call.name, with_new(frame.call.args, new)),))


_DATED: Final = frozenset({"kpi", "incidents_list", "alarms_list", "orders_find", "cargo_where"})
_WISHED: Final = pattern(
    "(hủy|dừng|đóng|mở|chặn|khóa) .. (đi|luôn|nhé|liền|ngay)$|^(vậy |rồi |thôi |thế )*(hủy|dừng|đóng|mở) "
)


def about(call: Call, frame: TalkedAbout) -> bool:
    """Say whether a call is about what was talked about: the same tool, or the same order or robot."""
    if frame.call is not None and frame.call.name == call.name:
        return True
    return bool({call.args.get("order"), call.args.get("robot")} & {*_mentioned(frame)})


def _mentioned(frame: TalkedAbout) -> list[str]:
    return [*frame.mentions.robots, *frame.mentions.orders] if frame.mentions else []


def names_things(mentions: Mentions) -> bool:
    """Say whether a sentence names a robot, an order, a place, an alarm or goods."""
    return bool(mentions.robots or mentions.orders or mentions.places or mentions.alarms or mentions.goods)


def said_by_itself(plain: Reading | None, heard: Heard, before: Call) -> bool:
    """Say whether a sentence is whole without the one before: a wish, or another question that is no weak one."""
    if plain is None or plain.kind not in ("tools", "propose") or not plain.calls:
        return plain is not None and plain.why in ("later", "negated", "all", "not_offered")
    if plain.kind == "propose":
        return True
    if plain.calls[0].name == before.name:
        return not _ONLY.search(heard.text)
    return not _weak(plain.calls[0], heard)


_ONLY: Final = pattern("^(chỉ|riêng|còn|trong đó)|thôi$")


_ONLY_NAMED: Final = 6
_SO: Final = pattern("thì sao|sao( [?])?$")


def _weak(call: Call, heard: Heard) -> bool:
    """Say whether a call is only what any sentence with such a thing would get."""
    words = [word for word in heard.text.split() if not word.isupper()]
    named = heard.mentions.robots or heard.mentions.orders
    if named and weights(heard.text).get(call.name, 0) > _ONLY_NAMED and not _SO.search(heard.text):
        return False  # its own words ask for it
    return len(words) <= 4 and call.name in {
        "robot_get",
        "order_get",
        "station_state",
        "shift_summary",
        "orders_find",
        "cargo_where",
        "fleet_status",
        "robots_list",
    }
