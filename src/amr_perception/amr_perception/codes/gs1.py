"""GS1 on labels: the check digit of an SSCC, and the SSCC inside an element string (GS1 General Specifications)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from amr_core import check_digits

_FNC1 = "\x1d"
_ELEMENT = re.compile(r"^\(00\)(\d{18})")


@dataclass(frozen=True)
class Sscc:
    """An SSCC as it was read: 18 digits and whether its check digit is right."""

    digits: str
    valid: bool


def check_digit(digits: str) -> int:
    """Return the modulo-10 check digit of a GS1 key given without it; weights 3, 1, 3, ... from the right."""
    return int(check_digits.gs1(digits))


def valid_key(digits: str) -> bool:
    """Return whether the last of the digits is the check digit of the others."""
    return len(digits) > 1 and digits.isascii() and digits.isdigit() and check_digit(digits[:-1]) == int(digits[-1])


def sscc_in(text: str, *, gs1: bool = False) -> Sscc | None:
    """Return the SSCC in the text of a code, or None.

    text: raw element string (00 + 18 digits), with brackets as printed, or a GS1 Digital Link path /00/<18 digits>.
    gs1: the code says that it holds GS1 data (FNC1 first); else 20 plain digits that start with 00 are taken as such.
    """
    plain = text.strip().lstrip(_FNC1)
    printed = _ELEMENT.match(plain.replace(" ", ""))
    if printed:
        return _judge(printed.group(1))
    link = re.search(r"/00/(\d{18})(?:\D|$)", plain)
    if link:
        return _judge(link.group(1))
    first = plain.split(_FNC1)[0]
    if (
        first.startswith("00")
        and first.isascii()
        and first.isdigit()
        and (len(first) == 20 or (gs1 and len(first) > 20))
    ):
        return _judge(first[2:20])
    return None


def _judge(digits: str) -> Sscc:
    return Sscc(digits, valid_key(digits))
