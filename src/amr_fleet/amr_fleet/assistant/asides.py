"""What stands in a question beside it: the robot of "ngoài con 8 ra", what somebody wants to know it for."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from amr_fleet.assistant.cues import first
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.reading import Heard
from amr_fleet.assistant.times import Times
from amr_fleet.assistant.wording import named

_BUT: Final = named("questions.yaml")["but"]
_WHO: Final = "(tôi|em|mình|tụi tôi|tụi em|bên tôi|bên em|xe tôi|xe em|khách|tài xế|sếp|chủ hàng|thuyền trưởng)"
_PURPOSE: Final = pattern(
    f"để (tôi|em|anh|mình|còn|tụi tôi|biết) .*$|(tại|vì|bởi|do|bởi vì|tại vì) {_WHO} (?!nào|.*(?:không|sao) ?[?]?$).*$"
)
_GUESS: Final = pattern("(có phải|phải chăng|hay (là )?|chắc (là )?)(do|tại|vì|bị) .*$")
_WHY: Final = pattern("(vì sao|tại sao|lý do|sao .. (ROBOT|ORDER|PLACE)|(ROBOT|ORDER|PLACE) sao)")
# "..., không tính các robot đã tạm dừng": what is left out beside a state that is named.
LEFT_OUT: Final = pattern(
    "(không (tính|kể|bao gồm|gồm|lấy)|trừ|ngoại trừ|trừ ra|chứ không phải) (ra )?"
    "(các|những|mấy|số|con|xe|robot|khu vực|chỗ|đơn|chuyến|cái) .*$"
)
_THEY_DO: Final = pattern(
    "(tài công|tài xế|thuyền trưởng|khách|chủ hàng|sếp|tôi|em|anh|chị|mình|chú|bác|người ta|họ|tay) (đang|còn)"
)


_SHOW_ME: Final = pattern(
    "cho (tôi|em|anh|chị|mình|chú|bác|tụi tôi|tụi em) (được |xin )*(biết|xem|hay|hỏi|xin)|cho (biết|xem)"
)


def without_bystanders(text: str) -> str:
    """Return a text without the "đang" of people, and without "cho tôi biết", which typed without marks may wait.

    "tài công đang hỏi" is no state of an order.
    """
    return _SHOW_ME.sub(" ", _THEY_DO.sub(" ", text))


_STATES: Final = ("robot_states", "order_states", "zone_states", "alarm_states")
_THINGS: Final = (("robots", "ROBOT"), ("orders", "ORDER"), ("places", "PLACE"))


def said_alone(heard: Heard) -> Heard:
    """Return a question without what stands beside it: its words and its things."""
    if _BUT.search(heard.text):
        heard = replace(_without_excepted(heard), text=" ".join(_BUT.sub(" ", heard.text).split()))
    heard = _without_purpose(_where_it_should_be(heard))
    match = _GUESS.search(heard.text)
    if match and match.start() and _WHY.search(heard.text[: match.start()]):
        heard = _cut(heard, match.start())
    return _without_left_out(heard)


def without_asides(heard: Heard) -> Heard:
    """Return a question with the things that it is about, and its words but for what it is asked for."""
    return _without_left_out(_without_purpose(_without_excepted(_where_it_should_be(heard))))


_SHOULD: Final = pattern(
    "(đáng lẽ|đáng lý|lẽ ra|đáng ra|lý ra) ((?!PLACE)[^ ]+ ){0,4}PLACE(?= (mà|nhưng|sao|giờ|bây|không|chưa))"
)


def _where_it_should_be(heard: Heard) -> Heard:
    """Return "pallet ... đi đâu rồi" of "pallet ... đáng lẽ nằm ở A1 mà không thấy, nó đi đâu rồi"."""
    match = _SHOULD.search(heard.text)
    if match is None:
        return heard
    at = heard.text[: match.start()].split().count("PLACE")
    places = [place for number, place in enumerate(heard.mentions.places) if number != at]
    text = " ".join(f"{heard.text[: match.start()]} {heard.text[match.end() :]}".split())
    return replace(heard, text=text, mentions=replace(heard.mentions, places=places))


def _without_excepted(heard: Heard) -> Heard:
    if not _BUT.search(heard.text):
        return heard
    return replace(heard, mentions=replace(heard.mentions, robots=heard.mentions.robots[1:]))


def _without_purpose(heard: Heard) -> Heard:
    """Return "con nào rảnh" of "con nào rảnh để tôi gọi ra cửa 9": the door is none of the question's."""
    match = _PURPOSE.search(heard.text)
    if match is None or not match.start():
        return heard
    return _cut(heard, match.start())


def _without_left_out(heard: Heard) -> Heard:
    """Return "con nào đang chờ" of "con nào đang chờ, không tính các con tạm dừng": only where a state is left."""
    match = LEFT_OUT.search(heard.text)
    if match is None or not any(first(group, heard.text[: match.start()]) for group in _STATES):
        return heard
    return heard if any(word.isupper() for word in match[0].split()) else _cut(heard, match.start())


def _cut(heard: Heard, end: int) -> Heard:
    """Return a sentence up to a place in it, with the things and times of that part."""
    kept = heard.text[:end].strip(" ,")
    words = kept.split()
    things = heard.mentions
    shorter = replace(things, **{kind: getattr(things, kind)[: words.count(word)] for kind, word in _THINGS})
    timed = not {"PERIOD", "SHIFT", "AT"}.isdisjoint(words) or not {"PERIOD", "SHIFT", "AT"} & set(heard.text.split())
    return replace(heard, text=kept, mentions=shorter, times=heard.times if timed else Times())
