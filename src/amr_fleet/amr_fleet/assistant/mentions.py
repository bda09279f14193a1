"""Things of the site that a sentence names: each becomes one word (ROBOT, ORDER, PLACE, ...) and an entry beside it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from amr_fleet.assistant.codes import name_words, norm, number
from amr_fleet.assistant.goods import GOODS, goods_pattern
from amr_fleet.assistant.lookalikes import codes_like, of_places, run_together
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.place_names import (
    COMPASS,
    HEAD_RE,
    LETTERS_ONLY,
    aliases,
    barge_codes,
    by_head,
    is_spot,
    letters_meant,
    side_meant,
    sided,
)
from amr_fleet.assistant.spoken_codes import by_last_digits, joined, orders_named, robots_by_letter
from amr_fleet.assistant.state import Facts
from amr_fleet.assistant.text import key
from amr_fleet.assistant.zone_names import spoken

MAX_WORDS: Final = 5
ORDER_DIGITS: Final = 3
"""Digits from which on a number that an order has means that order."""
_SSCC: Final = re.compile(r"(?<![^ ])(\d{18}|\d{20})(?![^ ])")
_CONTAINER: Final = re.compile(r"(?<![^ ])[a-z]{4}\d{6,7}(?![^ ])")
_NOT_COUNTED: Final = pattern(
    r"(phút|giờ|tiếng|ngày(?!$| (?:đi|lại|lập|liền|cho|giúp|nhé|nha|em|anh|luôn))|"
    r"pallet|đơn|robot|trạm|tấn|lần(?! (cuối|chót))|container|%|đứa|con(?! (?:bao|mấy|gì|đâu|chờ|đứng|%|chạy|đi|làm|"
    r"pin|sạc|rảnh|ở|được|đang|không|nằm|kẹt|trống|đủ|sống|hoạt|online|giữ|\d+ %))|"
    r"bao(?! (?:giờ|nhiêu|lâu|lỗi))|thùng|tuần|tháng)"
)
_ROBOT: Final = pattern(
    r"(?:(con|xe|chiếc|em|máy|cái) )?(robot|amr|con|chiếc|xe|máy|thằng) (số |thứ )?([a-z]*-?\d{1,4})"
)
_NUMBERED: Final = pattern(r"(thằng |ông |thần |bà |con |cái |chiếc |đứa )*số (\d{1,2})")
# Before "số 5" these say that something else than a robot has the number.
_NUMBERED_HEADS: Final = frozenset(
    (
        *("don", "cua", "cong", "tram", "sac", "camera", "loi", "vuc", "ke", "khoi"),
        *("kho", "bao", "ma", "lan", "tau", "ca", "day", "tri", "ngan", "o", "do", "dau"),
        *("bo", "cau", "can", "den", "tu", "phong", "doi", "nhom", "kip", "ham", "tang", "tuyen", "nhap", "xuat"),
    )
)
_BESIDE_PLACE: Final = pattern(r"(trạm sạc|sạc|cửa|cổng|kệ|lối|camera) (số )?[a-z]*\d+ (và|với|hay|hoặc|lẫn) $")
_MORE_PLACES: Final = pattern(r"PLACE (?:và |với )?(?:số )?(\d{1,2})")
_MORE: Final = pattern(r"ROBOT (và |với |cùng |lẫn )?(robot |con |số |amr )*(\d{1,3})")
_ORDER: Final = pattern(r"(mã )?(đơn|số đơn|mã đơn)( số| mã)? ([a-z]{0,4}[-_]?\d[\d_-]*)(?![^ ])")
_SPOKEN_ORDER: Final = pattern(r"(mã đơn|số đơn|đơn)( số| mã)? (\d{1,2}(?: \d{1,2}){1,3})(?![^ ])")
_MORE_ORDERS: Final = pattern(r"ORDER (và |với |cùng )?(đơn |số )*(\d{1,6})(?![^ ])")
_ALARM: Final = pattern(
    r"(cảnh báo(?: nhẹ)?|sự cố)( số| mã)? ([a-z]{0,5}[-_]?\d+)(?![^ ])(?! (?:lần|giờ|phút|ngày|đơn)(?! cuối))"
)
_SPOKEN_ALARM: Final = pattern(r"(cảnh báo(?: nhẹ)?|báo động)( số| mã)? (\d) (\d)(?![^ ])(?! (?:giờ|phút|lần|robot))")
_MORE_ALARMS: Final = pattern(r"ALARM (?:và |với |cùng |lẫn )(?:cảnh báo |số |cb[-_]?)*(\d{1,4})(?! (?:giờ|phút))")
_BARGE: Final = pattern(r"(sà lan|tàu|đò)( số| mã| chuyến)? ([a-z]{0,4}[-_ ]?\d+)")
_KINDS: Final = ("places", "stations", "chargers", "parking", "aisles", "cameras", "halls", "zones")
_PLACE_HEAD: Final = pattern(
    "(cửa xuất nhập|cửa xuất|cửa nhập|cửa|cổng|trạm sạc|trạm|sạc|khối hàng|khối|kệ|lối đi|lối|khu vực|hall|nhà kho|"
    "kho|bãi|chỗ đỗ|ô|giao lộ|ngã tư|bến|đường|chỗ) (số )?(?=PLACE)"
)
_POSITION: Final = pattern(r"PLACE (?:rồi )?(vị trí|ô|chỗ|trạm|ngăn)( số)?( thứ)? (\d)(?! (?:giờ|phút|pallet))")
_POSITION_OF: Final = pattern(r"(?:vị trí|ô|chỗ|trạm|ngăn)(?: số)?(?: thứ)? (\d) (?:của |ở |trong )?(?:cửa |kệ )?PLACE")


def _counted(rest: list[str]) -> bool:
    return bool(_NOT_COUNTED.match(" ".join(rest)))


@dataclass
class Mentions:
    """What a sentence names, in its order. places: each with the kinds of the site's lists that have the name."""

    robots: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    places: list[dict[str, str]] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    sscc: str = ""
    container: str = ""
    more_cargo: list[tuple[str, str]] = field(default_factory=list)
    """Further loads: (sscc or container, which)."""
    goods: str = ""
    more_goods: list[str] = field(default_factory=list)
    barge: str = ""
    unknown_robots: list[str] = field(default_factory=list)
    unknown_alarms: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Orders and places that are named and are not there, as typed."""
    vague: list[str] = field(default_factory=list)
    """Places that one way of saying a place can mean."""

    def place(self, *kinds: str, at: int = 0) -> str:
        """Return the name of the place that stands at a position, of the first of the kinds that has it."""
        if at >= len(self.places):
            return ""
        found = self.places[at]
        return next((found[kind] for kind in kinds if kind in found), next(iter(found.values())))


class SiteNames:
    """The site's vocabulary, ready to be found in sentences."""

    def __init__(self, facts: Facts) -> None:
        """Collect the names of everything that the facts know."""
        words = facts.vocabulary
        self._facts = facts
        self.robots = {number(name): name for name in (*words.robots, *(row.robot for row in facts.robots))}
        self.orders = [row.order for row in facts.orders]
        self.alarms = [row.alarm for row in facts.alarms]
        self.barges = sorted({*(row.barge for row in facts.orders), *(row.name for row in facts.visits)} - {""})
        self.kinds: dict[str, list[str]] = {kind: list(getattr(words, kind)) for kind in _KINDS}
        self.kinds["zones"] += [row.zone for row in facts.zones if row.zone not in self.kinds["zones"]]
        known = [name for names in self.kinds.values() for name in names]
        self.kinds["places"] += sorted({row.where for row in facts.cargo if row.where} - set(known))
        self.places: dict[str, dict[str, str]] = defaultdict(dict)
        for kind, names in self.kinds.items():
            for name in names:
                for alias in aliases(name):
                    self.places[norm(alias)].setdefault(kind, name)
        self.places.pop("", None)
        seen = {row.goods for row in facts.orders if row.goods} | {row.goods for row in facts.cargo if row.goods}
        self.goods = sorted({*seen, *GOODS}, key=lambda name: (name not in seen, -len(name)))
        self._spoken = spoken(self.kinds["zones"])
        self._barge_re = barge_codes(self.barges)
        named = (*self.barges, *(name for kind in self.kinds.values() for name in kind))
        self._alike = codes_like(named, self.alarms)
        self._goods_re = [(goods_pattern(name), name) for name in self.goods]

    def words(self) -> frozenset[str]:
        """Return all words of the names, for the speller."""
        texts = (*self.goods, *(name for names in self.kinds.values() for name in names), *self.barges)
        sides = {word for words in COMPASS.values() for word in words}
        return frozenset(sides.union(*map(name_words, texts)))

    def take(self, sentence: str) -> tuple[str, Mentions]:
        """Return the sentence with each thing as one word, and the things."""
        found = Mentions()
        sentence = robots_by_letter(by_last_digits(joined(sentence), self._facts), self.robots)
        text = _SSCC.sub(lambda match: _load(found, "sscc", match[0]), sentence)
        text = _CONTAINER.sub(lambda match: _load(found, "container", match[0].upper()), text)
        if self._barge_re is not None:
            text = self._barge_re.sub(lambda match: match[1] + match[2], text)
        text = self._take_spoken(text, found)
        text = self._take_orders(text, found)
        text = self._take_robots(text, found)
        text = " ".join(self._code(word, found) for word in text.split())
        text = _SPOKEN_ALARM.sub(self._joined_alarm, text)
        text = _ALARM.sub(lambda match: self._alarm(match, found), text)
        while more := _MORE_ALARMS.search(text):
            same = [alarm for alarm in self.alarms if number(alarm) == number(more[1])]
            found.alarms.append(same[0] if len(same) == 1 else more[1])
            text = f"{text[: more.start()]}ALARM và ALARM{text[more.end() :]}"
        text = _BARGE.sub(lambda match: self._barge(match, found), text)
        text = self._take_places(text, found)
        text = self._take_goods(text, found)
        found.unknown += of_places(self._alike.finditer(text)) if self._alike else []
        return " ".join(text.split()), found

    def _take_goods(self, text: str, found: Mentions) -> str:
        for matcher, name in self._goods_re:
            if matcher.search(text):
                text = matcher.sub("GOODS", text)
                if "GOODS GOODS" in text:  # "lúa gạo" is one
                    text = text.replace("GOODS GOODS", "GOODS")
                elif found.goods:
                    found.more_goods.append(name)
                found.goods = found.goods or name
        return text

    def _code(self, word: str, found: Mentions) -> str:
        """Return ALARM or BARGE for a code that can be nothing else."""
        name = norm(word.partition("'")[0])
        alarm = next((alarm for alarm in self.alarms if norm(alarm) == name and not name.isdigit()), "")
        if alarm:
            return _add(found.alarms, alarm, "ALARM")
        barge = next((barge for barge in self.barges if norm(barge) == name and not name.isdigit()), "")
        return _set(found, "barge", barge, "BARGE") if barge else word

    def _take_orders(self, text: str, found: Mentions) -> str:
        def named(match: re.Match[str]) -> str:
            if match[4].isdigit() and len(match[4]) < ORDER_DIGITS and _NOT_COUNTED.match(text[match.end() + 1 :]):
                return match[0]  # "tạo đơn 3 pallet", "mỗi đơn 1 giờ"
            order = self.order(match[4])
            if self.orders and order not in self.orders:
                found.unknown.append(match[0])
            return _add(found.orders, order, "ORDER")

        text = _SPOKEN_ORDER.sub(self._joined, text)
        text = _ORDER.sub(named, text)
        while more := _MORE_ORDERS.search(text):
            if len(more[3]) < ORDER_DIGITS and _NOT_COUNTED.match(text[more.end() + 1 :]):
                break
            found.orders.append(self.order(more[3]))
            text = f"{text[: more.start()]}ORDER và ORDER{text[more.end() :]}"
        by_norm = {norm(order): order for order in self.orders if not order.isdigit()}
        by_norm |= {number(order): order for order in self.orders if len(number(order)) >= ORDER_DIGITS}
        words = text.split()
        for at, word in enumerate(words):
            order = by_norm.get(number(word) if word.isdigit() else norm(word))
            if order and not (word.isdigit() and _NOT_COUNTED.match(" ".join(words[at + 1 : at + 3]))):
                words[at] = _add(found.orders, order, "ORDER")
        return " ".join(words)

    def _joined(self, match: re.Match[str]) -> str:
        """Return "đơn 4 13" as "đơn 413" where only that order is there."""
        digits = re.sub(r"\D", "", match[3])
        known = {number(order) for order in self.orders}
        return (
            f"{match[1]} {digits}"
            if str(int(digits)) in known and number(match[3].split()[0]) not in known
            else match[0]
        )

    def _take_robots(self, text: str, found: Mentions) -> str:
        def robot(match: re.Match[str]) -> str:
            head, code = match[2].partition("'")[0], match[4]
            rest = match.string[match.end() + 1 :]
            if match[2] == "thang":
                return match[0]  # typed without marks it is a month
            if head in ("con", "may", "xe", "chiec", "thang") and (_NOT_COUNTED.match(rest) or not code.isdigit()):
                return match[0]
            return self._robot(code, found)

        text = _ROBOT.sub(robot, text)
        while more := _MORE.search(text):
            if _NOT_COUNTED.match(text[more.end() + 1 :]) or number(more[3]) not in self.robots:
                break
            text = f"{text[: more.start()]}ROBOT và {self._robot(more[3], found)}{text[more.end() :]}"
        text = _NUMBERED.sub(lambda match: self._numbered_robot(match, found), text)
        words = []
        for word in text.split():
            named = re.fullmatch(r"(amr|robot|r|rb)[-_]?0*(\d{1,3})", word)
            words.append(self._robot(named[2], found) if named and named[2] in self.robots else word)
        return " ".join(words)

    def _numbered_robot(self, match: re.Match[str], found: Mentions) -> str:
        """Return ROBOT for "số 5" where nothing before it says what else has that number."""
        before = match.string[: match.start()].split()[-1:]
        if number(match[2]) not in self.robots or _NOT_COUNTED.match(match.string[match.end() + 1 :]):
            return match[0]
        if is_spot(match) or (before and before[0].partition("'")[0] in _NUMBERED_HEADS):
            return match[0]
        if _BESIDE_PLACE.search(match.string[: match.start()]):
            return match[0]  # "trạm sạc số một và số hai"
        return self._robot(match[2], found)

    def _robot(self, code: str, found: Mentions) -> str:
        name = self.robots.get(number(code))
        if name is None:
            found.unknown_robots.append(code)
            found.robots.append(code)
        else:
            found.robots.append(name)
        return "ROBOT"

    def order(self, code: str) -> str:
        """Return the order that a code or number names; the code itself when there is no such order, or several."""
        same = orders_named(code, self.orders, self._facts)
        self.orders += [order for order in same if order not in self.orders]
        return same[0] if len(same) == 1 else code.upper()

    def _alarm(self, match: re.Match[str], found: Mentions) -> str:
        same = [alarm for alarm in self.alarms if number(alarm) == number(match[3]) or norm(alarm) == norm(match[3])]
        found.unknown += [] if same or not self.alarms else [match[0]]
        found.unknown_alarms += [] if same else [match[3].upper()]
        found.alarms.append(same[0] if len(same) == 1 else match[3].upper())
        return "ALARM"

    def _joined_alarm(self, match: re.Match[str]) -> str:
        """Return "cảnh báo 3 3" as "cảnh báo 33" where only that alarm is there."""
        digits, known = f"{match[3]}{match[4]}", {number(alarm) for alarm in self.alarms}
        return f"{match[1]} {digits}" if digits in known and match[3] not in known else match[0]

    def _barge(self, match: re.Match[str], found: Mentions) -> str:
        if norm(match[3]) in self.places and not any(norm(name) == norm(match[3]) for name in self.barges):
            return match[0]  # "bai do P05" typed without marks is a parking place
        same = [name for name in self.barges if norm(name) == norm(match[3]) or number(name) == number(match[3])]
        return _set(found, "barge", same[0] if same else match[3].upper(), "BARGE")

    def _take_spoken(self, text: str, found: Mentions) -> str:
        """Return the sentence with "giao lộ 30 phía nam" as the name that it means."""
        for entry in self._spoken:
            text = entry.said.sub(entry.name, text)
        if not any(entry.name in text for entry in self._spoken):
            vague = [entry for entry in self._spoken if entry.vague.search(text)]
            nearer = [entry for entry in vague if entry.fits(text)]
            found.vague = [entry.name for entry in nearer or vague]
        return text

    def _take_places(self, text: str, found: Mentions) -> str:
        self._missing: list[str] = []
        for matcher, kind, prefixes in HEAD_RE:
            text = matcher.sub(lambda match, kind=kind, prefixes=prefixes: self._numbered(match, kind, prefixes), text)  # type: ignore[misc]
        found.unknown += self._missing
        words = sided(text, self.places).split()
        out: list[str] = []
        while words:
            for count in range(min(MAX_WORDS, len(words)), 0, -1):
                name = norm("".join(word.partition("'")[0] for word in words[:count]))
                place = self.places.get(name)
                if place is not None and (count == 1 or words[0].isalpha()):
                    typed = "".join(word.partition("'")[0] for word in words[:count])
                    place = {kind: one for kind, one in place.items() if not run_together(typed, one)}
                if (
                    not place
                    or not side_meant(words[:count], out)
                    or (count == 1 and name.isdigit())
                    or any(word.isupper() for word in words[:count])
                ):
                    continue
                if count > 1 and name[-1:].isdigit() and words[count - 1].isdigit() and _counted(words[count:]):
                    continue  # "A3W 3 pallet" is no A3W_3
                if name.isalpha() and len(name) <= LETTERS_ONLY and not letters_meant(words[:count], out):
                    continue
                found.places.append(by_head(place, out))
                out.append("PLACE")
                del words[:count]
                break
            else:
                out.append(words.pop(0))
        text = self._positions(_PLACE_HEAD.sub("", _without_hall(" ".join(out), found)), found)
        while (more := _MORE_PLACES.search(text)) and found.places:
            last = next(iter(found.places[-1].values()))
            sibling = re.sub(r"\d+(?!.*\d)", more[1], last)
            place = self.places.get(norm(sibling))
            if place is None or _NOT_COUNTED.match(text[more.end() + 1 :]):
                break
            found.places.append(place)
            text = f"{text[: more.start()]}PLACE và PLACE{text[more.end() :]}"
        return text

    def _positions(self, text: str, found: Mentions) -> str:
        """Return the sentence with "cửa 5 vị trí số 2" as one place, D05_2."""
        text = _POSITION_OF.sub(rf"PLACE {key('ô')} \1", text)
        match = _POSITION.search(text)
        at = text[: match.start()].count("PLACE") if match else 0
        if match is None or at >= len(found.places):
            return text
        name = norm(f"{next(iter(found.places[at].values()))} {match[4]}")
        if name not in self.places:
            return text
        found.places[at] = self.places[name]
        return f"{text[: match.start()]}PLACE{text[match.end() :]}"

    def _numbered(self, match: re.Match[str], kind: str, prefixes: Iterable[str]) -> str:
        """Return the name of "cửa 3" on this site, with its head kept before it."""
        digits = match[match.lastindex or 1]
        for prefix in prefixes:
            if norm(f"{prefix}{digits}") in self.places and any(
                norm(name) == norm(f"{prefix}{digits}") for name in self._of_kind(kind)
            ):
                head = match[0][: match[0].rfind(digits)]
                return f"{head}{prefix.lower()}{digits}"
        numbered = [name for name in self._of_kind(kind) if number(name) == number(digits)]
        if not numbered and kind != "halls" and not _counted(match.string[match.end() + 1 :].split()[:1]):
            self._missing.append(match[0])
        return f"{match[0][: match[0].rfind(digits)]}{norm(numbered[0])}" if len(numbered) == 1 else match[0]

    def _of_kind(self, kind: str) -> list[str]:
        return [*self.kinds[kind], *self.kinds["stations"]] if kind == "places" else self.kinds[kind]


def _without_hall(text: str, found: Mentions) -> str:
    """Return the sentence without the hall of "lối A1 nhà A": it only says where the place before it is."""
    match = _IN_HALL.search(text)
    at = text[: match.start()].count("PLACE") + 1 if match else 0
    if match is None or at >= len(found.places) or set(found.places[at]) != {"halls"}:
        return text
    del found.places[at]
    return f"{text[: match.start()]}PLACE{text[match.end() :]}"


_IN_HALL: Final = pattern("PLACE (?:ở |của |bên |trong )?(?:nhà|kho|hall|nhà kho) PLACE")


def _load(found: Mentions, kind: str, name: str) -> str:
    if getattr(found, kind) not in ("", name):
        found.more_cargo.append((kind, name))
        return kind.upper()
    return _set(found, kind, name, kind.upper())


def _set(found: Mentions, name: str, value: str, word: str) -> str:
    setattr(found, name, value)
    return word


def _add(names: list[str], value: str, word: str) -> str:
    names.append(value)
    return word
