"""When a word is the name of a place, and how names are spoken."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from typing import Final

from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.text import key

COMPASS: Final = {"W": ("tây", "west"), "E": ("đông", "east"), "N": ("bắc", "north"), "S": ("nam", "south")}


def barge_codes(barges: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern for codes of barges that are typed in two pieces: "sl 07"."""
    heads = sorted({match[1] for name in barges if (match := re.match(r"([a-z]{2,4})[-_ ]?\d", name.lower()))})
    return re.compile(rf"(?<![^ ])({'|'.join(heads)}) (\d{{1,3}})(?![^ ])") if heads else None


# Heads of places with a number, and what the names of such places begin with on the site.
_HEADS: Final = (
    ("(trạm sạc|sạc)( số| thứ)?", "chargers", ("CH", "C", "S", "SAC", "CHARGER")),
    ("(chỗ đỗ|bãi đỗ|chỗ đậu|ô đỗ|chỗ đứng)( số)?", "parking", ("P", "PARK", "DO")),
    ("camera( số)?", "cameras", ("C", "CAM", "CAMERA")),
    ("(cửa|cửa xuất nhập|cửa xuất|cửa nhập|bến)( số| thứ)?", "places", ("D", "DOCK", "CUA")),
    ("(cổng)( số| thứ)?", "places", ("G", "GATE", "CONG")),
    ("(lối|lối đi)( số| thứ)?", "aisles", ("A", "L", "LOI")),
    ("(khu vực)( số)?", "zones", ("Z", "KV", "ZONE")),
    ("(kho|hall|nhà kho|nhà|sảnh)( số)?", "halls", ("H", "KHO", "HALL")),
)
HEAD_RE: Final = tuple((pattern(rf"{head} (\d{{1,3}})"), kind, prefixes) for head, kind, prefixes in _HEADS)

LETTERS_ONLY: Final = 2


def letters_meant(words: list[str], before: list[str]) -> bool:
    """Say whether "SE" or "A" is a place here: it is no word with marks, and stands after what places stand after."""
    return (
        "'" not in words[0] and bool(before) and (before[-1].partition("'")[0] in _SINGLE or before[-1] == key("chỗ"))
    )


_SINGLE: Final = frozenset(
    {
        "kho",
        "hall",
        "vuc",
        "sanh",
        "san",
        "nha",
        "khoi",
        "ke",
        "bai",
        "loi",
        "tu",
        "den",
        "ra",
        "vao",
        "ve",
        "goc",
        "o",
        "duong",
        "tai",
        "dong",
        "chan",
        "mo",
    }
)
_SIDES: Final = {word for words in COMPASS.values() for word in words}
_SIDE_KEYS: Final = {key(word) for word in _SIDES}
_SIDE_BARE: Final = {word.partition("'")[0] for word in _SIDE_KEYS}


# Before a place these say that it is where something goes: "vao a3 dong" is A3 east, "loi a3 dong" a closed lane.
_BEFORE_SIDE: Final = {
    "goc",
    key("góc"),
    "khoi",
    "hang",
    key("khối"),
    key("hàng"),
    "vao",
    key("vào"),
    key("qua"),
    key("đến"),
    key("tới"),
    "den",
    "toi",
    "sang",
    "qua",
    "tu",
    "ve",
    "o",
    "tai",
    "ke",
    "di",
}


def side_meant(words: list[str], before: list[str]) -> bool:
    """Say whether a last word such as "đông" means a side here: "A2 đóng" and "loi a2 dong" do not."""
    if len(words) == 1 or words[-1].partition("'")[0] not in _SIDE_BARE:
        return True
    return words[-1].rstrip("'") in _SIDE_KEYS or ("'" not in words[-1] and bool(before) and before[-1] in _BEFORE_SIDE)


_SPOT: Final = key("chỗ")
_SPOT_OF: Final = pattern(r"(cửa|cổng|kệ|trạm) (số )?[a-z]*\d+ chỗ $")
_GOES: Final = pattern(" (chạy|đi|vào|qua|ra|tới|lên)")


def is_spot(match: re.Match[str]) -> bool:
    """Say whether a number is that of a place at a gate or rack: "cửa 4 chỗ số 2", also typed without marks."""
    before = match.string[: match.start()]
    beside = bool(_SPOT_OF.search(before)) and not _GOES.match(match.string[match.end() :])
    return beside or before.split()[-1:] == [_SPOT]


_HEAD_KINDS: Final = (
    ("loi", "aisles"), ("day", "aisles"),
    ("khoi", "places"), ("ke", "places"), ("cua", "places"), ("cong", "places"), ("sac", "chargers"),
    ("camera", "cameras"), ("vuc", "zones"), ("kho", "halls"), ("hall", "halls"), ("do", "parking"),
)  # fmt: skip


_SIDED: Final = pattern(r"(?<![^ ])([a-z]+\d+) (?:ở |về )?(?:phía|hướng|bên|mạn|đầu|mé) (đông|tây|nam|bắc)")
_SIDE_LETTER: Final = {"dong": "e", "tay": "w", "nam": "s", "bac": "n"}


def sided(text: str, places: Container[str]) -> str:
    """Return a sentence with "a1 phía đông" as "a1e" where there is such a place."""

    def one(match: re.Match[str]) -> str:
        name = match[1] + _SIDE_LETTER[match[2].partition("'")[0]]
        return name if name in places else match[0]

    return _SIDED.sub(one, text)


def by_head(place: dict[str, str], before: list[str]) -> dict[str, str]:
    """Return the kinds of a place, only the one that the word before it says, if it says one."""
    last = [word.partition("'")[0] for word in before[-2:]]
    for head, kind in _HEAD_KINDS:
        if head in last and kind in place:
            return {kind: place[kind]}
    return place


_CORNERS: Final = {"SE": "đông nam", "SW": "tây nam", "NE": "đông bắc", "NW": "tây bắc"}


def aliases(name: str) -> list[str]:
    """Return a name and how it is spoken: A1W is "A1 tây", too."""
    aliases = [name]
    if name in _CORNERS:
        aliases.append(_CORNERS[name])
    ends = re.fullmatch(r"([A-Za-z]+\d+)([WENS])(.*)", name)
    if ends:
        aliases += [f"{ends[1]}{side}{ends[3]}" for side in COMPASS[ends[2]]]
    return aliases
