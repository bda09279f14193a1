"""What people write into a cell of an order list, as what the fleet takes: places, priorities, times, yes and no.

A cell that means nothing here stays as it is: the check of its row then names column and text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from amr_core.site.model import LoadType, Place
from amr_fleet import written
from amr_fleet.assistant.text import fold
from amr_fleet.fleet_time import DAY_S, HOUR_S, LOCAL, UNIX

_SHIFT_S: Final = 8 * HOUR_S  # a time of day up to a shift ago is late, one before that is meant for tomorrow
_PRIORITIES: Final[Mapping[str, int]] = {
    "thuong": 0, "binhthuong": 0, "normal": 0, "cao": 5, "uutien": 5, "high": 5, "khan": 9, "khancap": 9, "gap": 9,
    "hoatoc": 9, "urgent": 9,
}  # fmt: skip
"""The words of the page for a new order, and those that people write for them."""
_ANSWERS: Final[Mapping[str, bool]] = {
    "1": True, "yes": True, "true": True, "x": True, "co": True,
    "0": False, "no": False, "false": False, "khong": False,
}  # fmt: skip
_KINDS: Final[Mapping[str, str]] = {
    "pallet": "pallet", "palet": "pallet", "lo": "lot", "lohang": "lot", "lot": "lot", "container": "container",
    "cont": "container", "congteno": "container",
}  # fmt: skip
_AROUND: Final = ("cua", "so", "kho", "vitri", "vi", "tri", "dock", "door", "gate", "place", "o")
_CLOCK: Final = re.compile(r"(\d{1,2})(?::|h|g)(\d{2})?(?::\d{2})?", re.IGNORECASE)
_DATED: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?[ ,]+(.+)")
_MINUTES: Final = re.compile(r"(\d+(?:[.,]\d+)?) *(?:phút|phut|ph|p|minutes|min|m)?", re.IGNORECASE)


def key(text: str) -> str:
    """Return letters and digits of a text without case and marks: "Cửa D01" and "cua d01" are one."""
    return "".join(c for c in fold(text.casefold()) if c.isalnum())


def place_finder(places: Iterable[Place]) -> Callable[[str], str]:
    """Return what finds the id of a place by id or name, or by an id behind words for a place ("cửa số d02")."""
    ids: dict[str, set[str]] = {}
    around = set(_AROUND)
    for place in places:
        for name in (place.id, place.name_vi, place.name_en):
            ids.setdefault(key(name), set()).add(place.id)
            around |= {key(word) for word in name.split()}
    known = {name: next(iter(found)) for name, found in ids.items() if len(found) == 1}
    around -= set(ids)

    def find(text: str) -> str:
        *before, last = map(key, text.split() or [""])
        return known.get(key(text)) or (known.get(last, text) if set(before) <= around else text)

    return find


def load_type_finder(kinds: Iterable[LoadType]) -> Callable[[str], str]:
    """Return what finds the id of a load type by id or name."""
    known = {key(name): kind.id for kind in kinds for name in (kind.name_vi, kind.name_en, kind.id)}
    return lambda text: known.get(key(text), text)


def priority(text: str) -> int | str:
    """Return a number or the number of a word."""
    try:
        return int(text)
    except ValueError:
        return _PRIORITIES.get(key(text), text)


def answer(text: str) -> bool | str:
    """Return what yes or no means."""
    return _ANSWERS.get(key(text), text)


def kind(text: str) -> str:
    """Return the kind of cargo."""
    return _KINDS.get(key(text), text)


def kilograms(text: str) -> float | str:
    """Return a weight in kg."""
    try:
        return written.kilograms(text)
    except ValueError:
        return text


def seconds_from_now(text: str, now: float) -> float | str:
    """Return the seconds until what a cell says: minutes, a time of the clock, or a date and time.

    A time that the clock showed in the last eight hours, a shift, has passed; any other is the next one. now: fleet
    seconds. A date needs a fleet on Unix time; in a simulation it stays a text. What has passed is negative.
    """
    if found := _MINUTES.fullmatch(text):
        return 60.0 * float(found[1].replace(",", "."))
    if found := _CLOCK.fullmatch(text):
        clock = _second_of_day(found)
        wait = clock - _of_day(now) if clock is not None else None
        if wait is None:
            return text
        return (wait + _SHIFT_S) % DAY_S - _SHIFT_S
    at = _moment(text, now) if now > UNIX else None
    return at - now if at is not None else text


def _of_day(t: float) -> float:
    if t < UNIX:
        return t % DAY_S
    local = datetime.fromtimestamp(t, LOCAL)
    return local.hour * 3600.0 + local.minute * 60.0 + local.second


def _second_of_day(clock: re.Match[str]) -> float | None:
    hours, minutes = int(clock[1]), int(clock[2] or 0)
    return hours * 3600.0 + minutes * 60.0 if hours < 24 and minutes < 60 else None


def _moment(text: str, now: float) -> float | None:
    """Return the Unix seconds of 27/11 17:30, 27/11/2026 17:30 or 2026-11-27T17:30; None for anything else."""
    if found := _DATED.fullmatch(text):
        clock = _CLOCK.fullmatch(found[4].strip())
        second = _second_of_day(clock) if clock else None
        today = datetime.fromtimestamp(now, LOCAL)
        try:
            day = datetime(int(found[3] or today.year), int(found[2]), int(found[1]), tzinfo=LOCAL)
            if not found[3] and today - day > timedelta(days=180):  # 02/01, written on New Year's Eve
                day = day.replace(year=today.year + 1)
        except ValueError:
            return None
        return (day + timedelta(seconds=second)).timestamp() if second is not None else None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).timestamp()
