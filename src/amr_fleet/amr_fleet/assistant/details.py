"""What a command says beside its verb: from where to where, what and how much, how long, by when, why."""

from __future__ import annotations

import re
from typing import Final

from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Call, Heard, Reading, Value
from amr_fleet.assistant.wording import named

_WORDS: Final = named("commands.yaml")
_URGENT: Final = pattern("khẩn|gấp|ưu tiên|hỏa tốc|vội")
_NO_HURRY: Final = pattern("(không|chưa|chẳng|khỏi|đừng) (cần |phải )?(gấp|khẩn|vội)|ưu tiên thấp")
_PLAINLY: Final = pattern("bình thường|(mức|ưu tiên|loại|hạng) (thường|vừa)")
_QTY: Final = pattern(r"(?<![^ ])(\d+) (pallet|bao|thùng|cái|kiện|container|lô)|số lượng (\d+)(?![^ ])")
_FOR: Final = pattern(
    r"(trong|khoảng|tầm|chừng|suốt|thêm|vòng)? ?(?<![^ ])(\d{1,4}) (phút|giờ|tiếng|ngày)( (rưỡi))?|"
    r"(nửa) (giờ|tiếng)|(một) (tiếng|giờ)"
)
_REASON: Final = re.compile(
    r"(?<!\w)(?<!không )(?<!đừng )(?<!cấm )(?<!khỏi )"
    r"(?:vì|do|để|tại vì|bởi vì|bởi|cho)\s+(?!tôi|em|anh|chị|mình|mọi|khách|xin)"
    r"(.{2,80}?)(?:\s+(?:trong|đến|tới|khoảng)\s+\d.*)?$"
)
_BARE_REASON: Final = re.compile(r"(?<!\w)(?:vi|do|de|tai vi|boi)\s+(.{2,80}?)(?:\s+(?:trong|den|toi|khoang)\s+\d.*)?$")
_ALSO: Final = pattern(" (và|với|hoặc|hay|cùng) ((cửa|cổng|kệ|lối|khối|trạm) )?")
_TAKEN: Final = pattern("^ (để )?(lấy|bốc|rước|nhận|chở) (?!PLACE)")


def minutes(text: str) -> float:
    """Return the length that a sentence names, in minutes; 0 = none."""
    match = _FOR.search(text)
    if match is None:
        return 0.0
    if match[6]:
        return 30.0
    count, unit = (float(match[2]), match[3]) if match[2] else (1.0, match[9])
    count += 0.5 if match[5] else 0.0
    return count * {"phut": 1.0, "ngay": 1440.0}.get(unit.partition("'")[0], 60.0)


def reason(typed: str) -> str:
    """Return why, in the words of the person."""
    match = _REASON.search(typed) or _BARE_REASON.search(typed)
    return match[1].strip(" .,!") if match else ""


def ends(heard: Heard) -> tuple[str, str]:
    """Return the places from and to which something is carried, "" for those not said."""
    start, goal, loose = "", "", []
    kinds = ("places", "stations", "parking", "chargers", "halls", "aisles")
    parts = heard.text.split("PLACE")
    for at in range(min(len(parts) - 1, len(heard.mentions.places))):
        before = parts[at]
        if at and _ALSO.fullmatch(before):
            continue  # "từ cửa 2 và cửa 5": which of them is not for us to choose
        name = heard.mentions.place(*kinds, at=at)
        if _WORDS["to"].search(before) and not goal and not (not start and _TAKEN.match(parts[at + 1])):
            goal = name
        elif _TAKEN.match(parts[at + 1]) and not start:
            start = name  # "ra cổng 3 lấy phân bón"
        elif _WORDS["from"].search(before) and not start:
            start = name
        else:
            loose.append(name)
    for name in loose:
        if not start and (goal or len(loose) > 1):
            start = name
        else:
            goal = goal or name
    return start, goal


def carried(heard: Heard) -> dict[str, Value]:
    """Return what of an order a sentence says beside its places: goods, how many, by when, how urgent."""
    things = heard.mentions
    args: dict[str, Value] = {"goods": things.goods, "sscc": things.sscc, "container": things.container}
    quantity = _QTY.search(heard.text)
    if quantity:
        args["qty"] = int(quantity[1] or quantity[3])
    if heard.times.at or heard.times.soon:
        args["due"] = heard.times.at or heard.times.soon
    if _URGENT.search(heard.text):
        plain = _PLAINLY.search(heard.text)
        args["priority"] = "normal" if plain else "low" if _NO_HURRY.search(heard.text) else "high"
    return {name: value for name, value in args.items() if value}


def filled(args: dict[str, Value]) -> Reading:
    """Return the proposal of an order, or a question for the end that is missing."""
    if args.get("from") == args.get("to"):  # said twice it is one end; the other one is missing
        args = {name: value for name, value in args.items() if name != "to"}
    call = Call("order_create", args)
    named = "sscc" in args or "container" in args
    if "from" not in args and "to" not in args and not named:
        return Reading(kind="clarify", calls=(call,), why="need_places")
    if "to" not in args or ("from" not in args and not named):
        return Reading(kind="clarify", calls=(call,), why="need_from" if "to" in args else "need_to")
    return Reading(kind="propose", calls=(call,))
