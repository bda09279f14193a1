"""Codes as people say and type them: in pieces, by their last digits, a robot by the first letter of "con"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from amr_fleet.assistant.codes import norm, number
from amr_fleet.assistant.patterns import pattern
from amr_fleet.assistant.state import ENDED, Facts

_PIECES: Final = re.compile(r"(?<![^ ])\d{2,9}(?: \d{2,9}){1,9}(?![^ ])")
_SSCC_DIGITS: Final = (18, 20)
_CONTAINER: Final = re.compile(r"(?<![^ ])([a-z]{3}[ujz])[- ]?(\d[\d -]{5,9}\d)(?![^ ])")
_CONTAINER_DIGITS: Final = (6, 7)
_TAIL: Final = pattern(
    r"(?:có |mang |mã |số )*(?:đuôi|số cuối|mấy số cuối|số đuôi|tận cùng|cuối mã|kết thúc)"
    r"(?: là| bằng| số| mã)* ([a-z]?\d{2,8})(?![^ ])"
)
_LETTER: Final = re.compile(r"(?<![^ ])c([1-9]\d?)(?![^ ])")
_CAMERA: Final = pattern("camera|cam|hình|mờ|che|nhìn|(sạc|trạm|trụ|kệ|lối|khối|ô|cửa|cổng) (số )?c")
_OF_ROBOTS: Final = pattern(
    "dừng|ngừng|đứng|chạy|đi|pin|sạc|sửa|chở|đơn|rảnh|kẹt|vướng|chờ|đậu|nằm|đang|tới|hư|hỏng|bệnh|sao|ở đâu|"
    "tiếp|khoan|rồi"
)


def joined(sentence: str) -> str:
    """Return a sentence with the digits of an SSCC and the pieces of a container's number as one word each."""

    def load(match: re.Match[str]) -> str:
        digits = match[0].replace(" ", "")
        return digits if len(digits) in _SSCC_DIGITS else match[0]

    def container(match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match[2])
        return match[1] + digits if len(digits) in _CONTAINER_DIGITS else match[0]

    return _CONTAINER.sub(container, _PIECES.sub(load, sentence))


def by_last_digits(sentence: str, facts: Facts) -> str:
    """Return a sentence with "đuôi 0017" as the one load or order whose code ends so, if there is one."""
    match = _TAIL.search(sentence)
    if match is None:
        return sentence
    before = sentence[: match.start()].split()[-2:]
    orders = any(word.startswith("don") for word in before)
    codes = _codes(facts, orders=orders)
    same = [code for code in codes if norm(code).endswith(match[1]) or code.lower().endswith(match[1])]
    if len(same) > 1 and orders:  # of two the one that is under way
        same = [row.order for row in facts.orders if row.order in same and row.state not in ENDED]
    return f"{sentence[: match.start()]}{same[0].lower()}{sentence[match.end() :]}" if len(same) == 1 else sentence


def _codes(facts: Facts, *, orders: bool) -> list[str]:
    if orders:
        return sorted({row.order for row in facts.orders})
    rows: Iterable[tuple[str, str]] = (
        *((row.sscc, row.container) for row in facts.orders),
        *((row.sscc, row.container) for row in facts.cargo),
    )
    return sorted({code for pair in rows for code in pair if code})


def orders_named(code: str, orders: Iterable[str], facts: Facts) -> list[str]:
    """Return the orders that a code or number names; one that ended long ago is looked up."""
    orders = list(orders)
    same = [order for order in orders if norm(order) == norm(code)]
    same = same or [order for order in orders if number(order) == number(code)]
    older = facts.older(code) if not same and facts.older is not None else None
    return [older.order] if older is not None else same


def robots_by_letter(sentence: str, numbers: Iterable[str]) -> str:
    """Return a sentence with "c8" as "robot 8", as it is typed for "con 8", where nothing speaks of a camera."""
    if _CAMERA.search(sentence) or not _OF_ROBOTS.search(sentence):
        return sentence
    known = set(numbers)
    return _LETTER.sub(lambda match: f"robot {match[1]}" if match[1] in known else match[0], sentence)
