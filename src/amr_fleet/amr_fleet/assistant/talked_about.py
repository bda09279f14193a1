"""What was talked about, five minutes long: what "nó" stands for, and the last question asked about another thing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from amr_fleet.assistant.amending import with_new
from amr_fleet.assistant.mentions import Mentions
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.questions import ARGS, NEEDS, question
from amr_fleet.assistant.reading import Call, Heard, Reading
from amr_fleet.assistant.tools import COMMANDS
from amr_fleet.assistant.wording import named

_GUARDS: Final = named("guards.yaml")
_IT: Final = {
    "robots": (pattern("(con|robot|xe|chiếc|thằng) (đó|này|ấy|kia|nãy|vừa rồi|trên|hồi nãy)|nó|ổng"), "ROBOT"),
    "orders": (pattern("(đơn|cái|chuyến) (đó|này|ấy|kia|nãy|vừa rồi|trên)|nó"), "ORDER"),
    "places": (pattern("(chỗ|khu vực|lối|cửa|trạm|nơi|khối|cổng|đường) (đó|này|ấy|kia|nãy)|đó|ở đó|nó"), "PLACE"),
}
"""What points at a thing that was talked about, and the word that stands for such a thing."""
FRAME_SECONDS: Final = 300.0


@dataclass
class TalkedAbout:
    """What was talked about last: the last call, the last things, until when (s) it is remembered."""

    call: Call | None = None
    mentions: Mentions | None = None
    until: float = 0.0


def resolved(heard: Heard, frame: TalkedAbout, at: float) -> Heard:
    """Fill in what "nó", "con đó", "chỗ đó" stand for."""
    if frame.mentions is None or at > frame.until:
        return heard
    text = heard.text
    for kind, (matcher, word) in _IT.items():
        before = getattr(frame.mentions, kind)
        if before and not getattr(heard.mentions, kind) and matcher.search(text):
            getattr(heard.mentions, kind).append(before[-1])
            text = matcher.sub(word, text, count=1)
            break
    return replace(heard, text=text)


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
    named = plain.calls[0] if plain is not None and plain.kind == "tools" and plain.calls else None
    if named is not None and named.name == frame.call.name and plain is not None and len(plain.calls) == 1:
        return Reading(kind="tools", calls=(Call(named.name, frame.call.args | named.args),))
    if named is not None and not _weak(named, heard):
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


def _weak(call: Call, heard: Heard) -> bool:
    """Say whether a call is only what any sentence with such a thing would get."""
    words = [word for word in heard.text.split() if not word.isupper()]
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
